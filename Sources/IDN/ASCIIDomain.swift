import CIDN2

/// The ASCII form of a domain name in lower case, by IDNA 2008 with the mapping of UTS 46, non-transitional:
/// `Пошта.УКР` is `xn--80a1acn3a.xn--j1amh` and `straße.de` keeps its ß.
///
/// The dot behind a whole name is dropped. Nil for what can be no host's name: an empty or over-long label, 254 bytes
/// or more, blanks, signs other than hyphen and underscore, a hyphen at a label's end, code points that IDNA forbids.
public func asciiDomain(_ domain: String) -> String? {
    // Over 1 KiB no name can come down to 253 bytes; the library is not asked to try.
    guard domain.utf8.count <= 1_024, !domain.utf8.contains(0) else { return nil }
    let flags = Int32(bitPattern: IDN2_NONTRANSITIONAL.rawValue | IDN2_NFC_INPUT.rawValue)
    // Allocated by the library on success; copied, then given back to it.
    var output: UnsafeMutablePointer<UInt8>?
    guard unsafe idn2_lookup_u8(domain, &output, flags) == IDN2_OK.rawValue, let found = unsafe output else {
        return nil
    }
    defer { unsafe idn2_free(found) }
    var name = unsafe String(cString: found).lowercased()
    if name.hasSuffix(".") { name.removeLast() }
    return isHostName(name) ? name : nil
}

/// The library looks up any ASCII as it is; these are the rules of RFC 1123 §2.1, with the underscore that lives on in
/// some mail domains.
private func isHostName(_ name: String) -> Bool {
    guard (1...253).contains(name.utf8.count) else { return false }
    return name.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy {
        label in
        let hyphen = UInt8(ascii: "-")
        let isEnded = label.first != hyphen && label.last != hyphen
        return (1...63).contains(label.count) && isEnded && label.allSatisfy(isHostCharacter)
    }
}

private func isHostCharacter(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
        UInt8(ascii: "_"):
        true
    default: false
    }
}
