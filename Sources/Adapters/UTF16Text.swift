/// A text that may be UTF-16, as Excel's "Unicode text" is: made UTF-8 as it comes if it begins with that byte order mark, else left
/// as it is.
struct UTF16Text: Sendable {
    private enum Form { case unknown, other, little, big }

    private var form = Form.unknown
    /// Too little to tell anything by.
    private var rest: [UInt8] = []
    /// The first half of a pair.
    private var high: UInt32?

    mutating func add(_ bytes: [UInt8]) -> [UInt8] {
        if form == .other { return bytes }
        let all = rest + bytes
        rest = []
        if form == .unknown {
            guard all.count >= 2 else {
                rest = all
                return []
            }
            switch (all[0], all[1]) {
            case (0xFF, 0xFE): form = .little
            case (0xFE, 0xFF): form = .big
            default:
                form = .other
                return all
            }
            return decoded(all[2...])
        }
        return decoded(all[...])
    }

    /// What is left of a text that ends in the middle.
    mutating func finish() -> [UInt8] { form == .unknown ? rest : [] }

    private mutating func decoded(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var text = String.UnicodeScalarView()
        var place = bytes.startIndex
        while place + 1 < bytes.endIndex {
            let (one, two) = (UInt32(bytes[place]), UInt32(bytes[place + 1]))
            let unit = form == .little ? two << 8 | one : one << 8 | two
            place += 2
            if let high, (0xDC00...0xDFFF).contains(unit) {
                let value = 0x10000 + (high - 0xD800) << 10 + (unit - 0xDC00)
                text.append(Unicode.Scalar(value) ?? "\u{FFFD}")
                self.high = nil
                continue
            }
            if high != nil { text.append("\u{FFFD}") }
            high = (0xD800...0xDBFF).contains(unit) ? unit : nil
            if high == nil { text.append(Unicode.Scalar(unit) ?? "\u{FFFD}") }
        }
        rest = Array(bytes[place...])
        return Array(String(text).utf8)
    }
}
