import CGMime

/// Someone with an address, as a field names them.
public struct MIMEMailbox: Sendable, Hashable {
    /// Decoded; empty where there is none.
    public let name: String
    /// As written, without brackets; may be no address at all.
    public let address: String

    public init(name: String, address: String) {
        self.name = name
        self.address = address
    }
}

/// The mailboxes of an address list, groups opened. At most the first 8 KiB are read: the library descends into nested
/// groups without a bound of its own.
public func mailboxes(_ value: String) -> [MIMEMailbox] {
    unsafe pairs(String(decoding: value.utf8.prefix(8 << 10), as: UTF8.self)) { text, sink, context in
        unsafe lg_mime_addresses(text, sink, context)
    }.map { MIMEMailbox(name: $0.0, address: $0.1) }
}

/// The seconds since 1970 that a Date field tells; nil if it tells none.
public func dateSeconds(_ value: String) -> Int64? {
    var seconds: Int64 = 0
    return unsafe lg_mime_date(String(decoding: value.utf8.prefix(256), as: UTF8.self), &seconds) == 1
        ? seconds : nil
}

/// The type in lower case and its parameters, names in lower case; nil where there is no type.
public func contentType(_ value: String) -> (type: String, parameters: [String: String])? {
    let found = unsafe pairs(value) { text, sink, context in unsafe lg_mime_content_type(text, sink, context)
    }
    guard let (type, subtype) = found.first, !type.isEmpty, !subtype.isEmpty else { return nil }
    return ("\(type)/\(subtype)".lowercased(), parameters(found))
}

/// The word in lower case and its parameters, names in lower case; nil where there is none.
public func disposition(_ value: String) -> (word: String, parameters: [String: String])? {
    let found = unsafe pairs(value) { text, sink, context in unsafe lg_mime_disposition(text, sink, context) }
    guard let (word, _) = found.first else { return nil }
    return (word.lowercased(), parameters(found))
}

private func parameters(_ found: [(String, String)]) -> [String: String] {
    Dictionary(found.dropFirst().map { ($0.0.lowercased(), $0.1) }, uniquingKeysWith: { first, _ in first })
}

/// Undoes a Content-Transfer-Encoding; what it does not name is copied.
func transferDecoded(_ bytes: ArraySlice<UInt8>, encoding: String) -> [UInt8] {
    let word = encoding.prefix { $0 != ";" && $0 != " " }.lowercased()
    guard ["base64", "quoted-printable", "x-uuencode", "uuencode", "x-uue"].contains(word), !bytes.isEmpty
    else {
        return Array(bytes)
    }
    let room = unsafe lg_mime_decoded_room(word, bytes.count)
    return unsafe [UInt8](unsafeUninitializedCapacity: room) { output, count in
        unsafe bytes.withUnsafeBytes { input in
            guard let from = input.baseAddress, let to = output.baseAddress else { return }
            unsafe count = lg_mime_decode(word, from, input.count, to)
        }
    }
}

// MARK: - Calling back

/// What the library told during one call.
private final class Told {
    var pairs: [(String, String)] = []
}

/// Lists that are longer are nobody's.
private let mostPairs = 500

/// Collects what a call tells its sink. A zero byte ends the text for the library, which sees encoded words as plain
/// letters: they are decoded behind it (``decodedWords(_:)``).
private func pairs(
    _ value: String, _ call: (UnsafePointer<CChar>, lg_mime_sink, UnsafeMutableRawPointer) -> Void
) -> [(String, String)] {
    let told = Told()
    // Borrowed: `told` outlives the call.
    let context = unsafe Unmanaged.passUnretained(told).toOpaque()
    let veiled = value.replacing("=?", with: "\u{E0F0}").replacing("?=", with: "\u{E0F1}")
    unsafe veiled.withCString { text in
        unsafe call(
            text,
            { context, first, second in
                guard let context = unsafe context, let first = unsafe first, let second = unsafe second
                else { return }
                let told = unsafe Unmanaged<Told>.fromOpaque(context).takeUnretainedValue()
                guard told.pairs.count < mostPairs else { return }
                unsafe told.pairs.append((String(cString: first), String(cString: second)))
            }, context)
    }
    return withExtendedLifetime(told) { told.pairs.map { (unveiled($0.0), unveiled($0.1)) } }
}

private func unveiled(_ text: String) -> String {
    guard text.contains("\u{E0F0}") else { return text.replacing("\u{E0F1}", with: "?=") }
    return decodedWords(text.replacing("\u{E0F0}", with: "=?").replacing("\u{E0F1}", with: "?="))
}
