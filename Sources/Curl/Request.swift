/// The header lines of a call in libcurl's spelling, checked so that no value can add a line or a request of its own.
func headerLines(of call: HTTPCall) throws(CurlFailure) -> [String] {
    guard !call.method.isEmpty, call.method.utf8.allSatisfy(isTokenByte) else {
        throw .invalidCall("the method is no HTTP token")
    }
    guard !call.url.isEmpty, call.url.utf8.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
        throw .invalidCall("the URL is empty or has blanks")
    }
    // libcurl would guess a scheme from the host's name.
    let scheme = call.url.prefix { $0 != ":" }.lowercased()
    guard ["http", "https"].contains(scheme), call.url.dropFirst(scheme.count).hasPrefix("://") else {
        throw .invalidCall("the URL is neither http:// nor https://")
    }
    if let path = call.unixSocket, path.isEmpty || path.utf8.count > 107 || path.utf8.contains(0) {
        throw .invalidCall("the socket path is empty or over 107 bytes")
    }
    var lines: [String] = []
    for (name, value) in call.headers {
        guard !name.isEmpty, name.utf8.allSatisfy(isTokenByte), !value.utf8.contains(where: isLineByte) else {
            throw .invalidCall("a header has a character that HTTP does not allow")
        }
        // A bare "Name:" would take the header away.
        lines.append(value.allSatisfy { $0 == " " || $0 == "\t" } ? "\(name);" : "\(name): \(value)")
    }
    // libcurl would state a form's type for any body, and wait a second for "100 Continue" before a large one.
    let names = Set(call.headers.map { $0.0.lowercased() })
    for name in ["Content-Type", "Expect"] where !names.contains(name.lowercased()) {
        lines.append("\(name):")
    }
    return lines
}

/// RFC 9110 §5.6.2.
private func isTokenByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"):
        true
    default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
    }
}

private func isLineByte(_ byte: UInt8) -> Bool {
    byte == 0 || byte == UInt8(ascii: "\r") || byte == UInt8(ascii: "\n")
}
