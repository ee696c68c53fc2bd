#if canImport(Glibc)
    import Glibc
#endif

/// Text of bytes in a charset, by what they say and by what they are.
///
/// A declared charset holds unless the bytes belie it: UTF-8 that is none, or Cyrillic that reads as noise. Undeclared bytes
/// are UTF-8 if they can be, else the likeliest of the Cyrillic charsets, else windows-1252. Never fails: what cannot be
/// read becomes U+FFFD.
public func decodedText(_ bytes: [UInt8], charset: String?) -> String {
    let declared = charset.flatMap(charsetName)
    if !bytes.contains(where: { $0 >= 0x80 }) {
        // Seven-bit charsets that are not ASCII (ISO-2022-JP, UTF-7, HZ) and wide ones are told by name only.
        if let declared, isShifted(declared), let text = converted(bytes, from: declared) { return text }
        return String(decoding: bytes, as: UTF8.self)
    }
    if let declared, isWide(declared) || isShifted(declared), let text = converted(bytes, from: declared) {
        return text
    }
    let isUnicode = String(validating: bytes, as: UTF8.self)
    if let isUnicode { return isUnicode }
    if declared == "UTF-8", isMostlyUTF8(bytes) { return String(decoding: bytes, as: UTF8.self) }
    // Only single bytes are second-guessed: nobody writes Chinese and calls it windows-1251.
    if let declared, !isSingleByte(declared), declared != "UTF-8", let text = converted(bytes, from: declared)
    {
        return text
    }
    let name = likeliestCharset(bytes, declared: declared == "UTF-8" ? nil : declared)
    return converted(bytes, from: name) ?? String(decoding: bytes, as: UTF8.self)
}

/// The name by which iconv knows a charset; nil for a word that is none of those that letters come in. Closed, since iconv
/// would also take options and rarely used converters.
func charsetName(_ label: String) -> String? {
    guard label.utf8.count <= 40 else { return nil }
    let word = label.lowercased().filter { !" \"'".contains($0) }
    if let name = charsetAliases[word] { return name }
    let digits = word.reversed().prefix { $0.isASCII && $0.isNumber }.reversed()
    guard let number = Int(String(digits)) else { return nil }
    let stem = word.dropLast(digits.count).filter { $0 != "-" && $0 != "_" }
    switch (stem, number) {
    case ("windows", 1250...1258), ("cp", 1250...1258), ("xcp", 1250...1258), ("win", 1250...1258):
        return "CP\(number)"
    case ("windows", 874), ("cp", 874): return "CP874"
    case ("iso8859", 1...16), ("iso", 88591...88599):
        return "ISO-8859-\(number > 16 ? number - 88590 : number)"
    case ("cp", 866), ("ibm", 866), ("cp", 437), ("cp", 850), ("cp", 852), ("ibm", 850), ("ibm", 852):
        return "CP\(number)"
    default: return nil
    }
}

private let charsetAliases: [String: String] = [
    "utf-8": "UTF-8", "utf8": "UTF-8", "us-ascii": "UTF-8", "ascii": "UTF-8", "unicode-1-1-utf-8": "UTF-8",
    "koi8-r": "KOI8-U", "koi8r": "KOI8-U", "koi8": "KOI8-U", "koi8-u": "KOI8-U", "koi8u": "KOI8-U",
    "koi8-ru": "KOI8-U",
    "latin1": "CP1252", "iso-8859-1": "CP1252", "iso_8859-1": "CP1252", "latin2": "ISO-8859-2",
    "latin5": "ISO-8859-9",
    "866": "CP866", "windows-31j": "CP932", "shift_jis": "CP932", "shift-jis": "CP932", "sjis": "CP932",
    "x-sjis": "CP932",
    "gb2312": "GB18030", "gbk": "GB18030", "gb18030": "GB18030", "cp936": "GB18030", "hz-gb-2312": "HZ",
    "big5": "BIG5-HKSCS",
    "big5-hkscs": "BIG5-HKSCS", "euc-jp": "EUC-JP", "iso-2022-jp": "ISO-2022-JP", "euc-kr": "UHC",
    "ks_c_5601-1987": "UHC",
    "cp949": "UHC", "iso-2022-kr": "ISO-2022-KR", "utf-16": "UTF-16", "utf-16le": "UTF-16LE",
    "utf-16be": "UTF-16BE",
    "utf-32": "UTF-32", "utf-7": "UTF-7", "unicode-1-1-utf-7": "UTF-7", "macintosh": "MACINTOSH",
    "x-mac-roman": "MACINTOSH",
    "x-mac-cyrillic": "MAC-CYRILLIC", "mac-cyrillic": "MAC-CYRILLIC", "tis-620": "CP874",
]

private func isShifted(_ name: String) -> Bool {
    ["HZ", "ISO-2022-JP", "ISO-2022-KR", "UTF-7"].contains(name) || isWide(name)
}

private func isWide(_ name: String) -> Bool { name.hasPrefix("UTF-16") || name.hasPrefix("UTF-32") }

private func isSingleByte(_ name: String) -> Bool {
    (name.hasPrefix("CP") && name != "CP932") || name.hasPrefix("ISO-8859") || name.hasPrefix("KOI8")
        || name.hasPrefix("MAC")
}

/// Whether a text cut or damaged in places is still UTF-8: most bytes beyond ASCII stand in whole characters.
private func isMostlyUTF8(_ bytes: [UInt8]) -> Bool {
    let text = String(decoding: bytes, as: UTF8.self)
    var (whole, broken) = (0, 0)
    for scalar in text.unicodeScalars where scalar.value >= 0x80 {
        if scalar == "\u{FFFD}" { broken += 1 } else { whole += 1 }
    }
    return whole > broken * 4
}

/// Converts by iconv; a byte that cannot be read becomes U+FFFD. Nil where iconv does not know the charset.
func converted(_ bytes: [UInt8], from name: String) -> String? {
    let handle = unsafe iconv_open("UTF-8", name)
    // iconv_open gives -1 for a charset that it does not have.
    guard let handle = unsafe handle, Int(bitPattern: handle) != -1 else { return nil }
    defer { unsafe iconv_close(handle) }
    var input = bytes
    var output: [UInt8] = []
    output.reserveCapacity(bytes.count * 2)
    var buffer = [CChar](repeating: 0, count: 4_096)
    unsafe input.withUnsafeMutableBytes { raw in
        var from = unsafe raw.baseAddress?.assumingMemoryBound(to: CChar.self)
        var left = raw.count
        while left > 0 {
            let before = left
            var room = buffer.count
            let result = unsafe buffer.withUnsafeMutableBufferPointer { space in
                var to = space.baseAddress
                return unsafe iconv(handle, &from, &left, &to, &room)
            }
            let reason = errno
            output.append(contentsOf: buffer.prefix(buffer.count - room).lazy.map { UInt8(bitPattern: $0) })
            if result != -1 { break }
            if reason == E2BIG, room < buffer.count || left < before { continue }
            // No character, or half of one at the end.
            output.append(contentsOf: "\u{FFFD}".utf8)
            unsafe from = from?.advanced(by: 1)
            left -= 1
        }
    }
    return String(decoding: output, as: UTF8.self)
}
