/// An e-mail address as it is compared: trimmed, lower case, the domain as A-labels; nothing else is changed (no dots
/// dropped, no `+tag`).
///
/// Takes `mailto:` and a name with angle brackets off. Nil unless it is one address: a local part of 1...64 bytes
/// without blanks, quotes or control characters, and a domain with a point, 254 bytes in all.
///
/// - Parameter asciiDomain: a domain as A-labels, nil if it is none. Not asked for plain ASCII domains of letters,
///   digits and hyphens.
public func canonicalEmail(_ raw: String, asciiDomain: (String) -> String?) -> String? {
    guard raw.utf8.count <= 2_048 else { return nil }
    var text = raw.trimmed
    if text.lowercased().hasPrefix("mailto:") {
        text = String(text.dropFirst(7).prefix { $0 != "?" })
    }
    if text.hasSuffix(">"), let open = text.lastIndex(of: "<") {
        text = String(text[text.index(after: open)...].dropLast())
    }
    text = text.trimmed.compatible.lowercased()
    let parts = text.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, isLocalPart(parts[0]) else { return nil }
    var name = String(parts[1])
    if name.hasSuffix(".") { name.removeLast() }
    guard let domain = isPlainDomain(name) ? name : asciiDomain(name)?.lowercased(), isPlainDomain(domain)
    else { return nil }
    let address = parts[0] + "@" + domain
    return address.utf8.count <= 254 ? address : nil
}

private func isLocalPart(_ text: Substring) -> Bool {
    guard (1...64).contains(text.utf8.count), !text.hasPrefix("."), !text.hasSuffix(".") else { return false }
    return text.unicodeScalars.allSatisfy { scalar in
        switch scalar {
        case "\"", "(", ")", ",", ":", ";", "<", ">", "[", "]", "\\", "\u{7F}": false
        default: scalar.value > 0x20 && !scalar.isBlank && !(0x80...0x9F).contains(scalar.value)
        }
    }
}

/// Letters, digits and hyphens with at least one point, no label empty, over 63 bytes or with a hyphen at an end;
/// the last label is no number.
private func isPlainDomain(_ text: String) -> Bool {
    guard text.utf8.count <= 253 else { return false }
    let labels = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
    guard labels.count >= 2, let last = labels.last, !last.allSatisfy({ (0x30...0x39).contains($0) }) else {
        return false
    }
    return labels.allSatisfy { label in
        (1...63).contains(label.count) && label.first != UInt8(ascii: "-") && label.last != UInt8(ascii: "-")
            && label.allSatisfy {
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-")
            }
    }
}
