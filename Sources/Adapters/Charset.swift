/// Text encodings that forms still come in (WHATWG Encoding, single-byte indexes).
enum Charset {
    case utf8, windows1251, windows1252, koi8

    /// - Returns: nil for a label that is not known.
    init?(label: String) {
        switch label.lowercased().filter({ $0 != " " && $0 != "\"" && $0 != "'" }) {
        case "utf-8", "utf8", "us-ascii", "ascii": self = .utf8
        case "windows-1251", "cp1251", "x-cp1251", "cp-1251": self = .windows1251
        case "windows-1252", "cp1252", "iso-8859-1", "latin1": self = .windows1252
        case "koi8-r", "koi8", "koi8-u": self = .koi8
        default: return nil
        }
    }

    /// - Returns: nil only for UTF-8 that is not valid.
    func decode(_ bytes: [UInt8]) -> String? {
        let table: [Unicode.Scalar]
        switch self {
        case .utf8: return String(validating: bytes, as: UTF8.self)
        case .windows1251: table = Charset.upper1251
        case .windows1252: table = Charset.upper1252
        case .koi8: table = Charset.upperKOI8
        }
        var text = String.UnicodeScalarView()
        for byte in bytes { text.append(byte < 128 ? Unicode.Scalar(byte) : table[Int(byte) - 128]) }
        return String(text)
    }

    /// The text of bytes in a stated charset; without one, or where they are not what it says, UTF-8, and if
    /// they are not that either, windows-1251: the charset of the pages that forget to say.
    static func text(_ bytes: [UInt8], stated: Charset?) -> String {
        if let stated, case .utf8 = stated {} else if let text = stated?.decode(bytes) { return text }
        return Charset.utf8.decode(bytes) ?? Charset.windows1251.decode(bytes) ?? ""
    }

    private static let upper1251 = Array(
        ("ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—\u{98}™љ›њќћџ\u{A0}ЎўЈ¤Ґ¦§Ё©Є«¬\u{AD}®Ї°±Ііґµ¶·ё№є»јЅѕї"
            + "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдежзийклмнопрстуфхцчшщъыьэюя").unicodeScalars)
    private static let upper1252 = Array(
        ("€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8D}Ž\u{8F}\u{90}‘’“”•–—˜™š›œ\u{9D}žŸ"
            + String(String.UnicodeScalarView((0xA0...0xFF).compactMap { Unicode.Scalar(UInt32($0)) })))
            .unicodeScalars)
    private static let upperKOI8 = Array(
        ("─│┌┐└┘├┤┬┴┼▀▄█▌▐░▒▓⌠■∙√≈≤≥\u{A0}⌡°²·÷═║╒ёє╔ії╗╘╙╚╛ґў╞╟╠╡ЁЄ╣ІЇ╦╧╨╩╪ҐЎ©"
            + "юабцдефгхийклмнопярстужвьызшэщчъЮАБЦДЕФГХИЙКЛМНОПЯРСТУЖВЬЫЗШЭЩЧЪ").unicodeScalars)
}
