/// Base 64 (RFC 4648 §4 and §5).
public enum Base64 {
    /// Padded text in the standard alphabet; `urlSafe` takes `-` and `_` instead and leaves the padding out.
    public static func encode(_ bytes: [UInt8], urlSafe: Bool = false) -> String {
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        var start = 0
        while start < bytes.count {
            let group = min(3, bytes.count - start)
            var bits = UInt32(bytes[start]) << 16
            if group > 1 { bits |= UInt32(bytes[start + 1]) << 8 }
            if group > 2 { bits |= UInt32(bytes[start + 2]) }
            for place in 0...group {
                text.append(character(UInt8(bits >> UInt32(18 - 6 * place) & 63), urlSafe: urlSafe))
            }
            if !urlSafe { text.append(contentsOf: repeatElement(UInt8(ascii: "="), count: 3 - group)) }
            start += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes of a text in the standard or the URL-safe alphabet (not both in one text).
    ///
    /// Padding may be left out, but where there is any it must be right. Nil for every other character (blanks and
    /// line ends too), an impossible length, and unused bits that are not zero, so that one value has one spelling.
    public static func decode(_ text: String) -> [UInt8]? {
        var digits = Array(text.utf8)
        let length = digits.count
        while digits.last == UInt8(ascii: "="), length - digits.count < 2 { digits.removeLast() }
        guard digits.count == length || length % 4 == 0, digits.count % 4 != 1 else { return nil }

        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits.count * 3 / 4)
        var bits: UInt32 = 0
        var bitCount: UInt32 = 0
        var isStandard = false
        var isURLSafe = false
        for digit in digits {
            guard let value = value(digit) else { return nil }
            isStandard = isStandard || digit == UInt8(ascii: "+") || digit == UInt8(ascii: "/")
            isURLSafe = isURLSafe || digit == UInt8(ascii: "-") || digit == UInt8(ascii: "_")
            bits = bits << 6 | UInt32(value)
            bitCount += 6
            if bitCount >= 8 {
                bitCount -= 8
                bytes.append(UInt8(bits >> bitCount))
                bits &= (1 << bitCount) - 1
            }
        }
        return bits == 0 && !(isStandard && isURLSafe) ? bytes : nil
    }

    private static func character(_ value: UInt8, urlSafe: Bool) -> UInt8 {
        switch value {
        case 0..<26: UInt8(ascii: "A") + value
        case 26..<52: UInt8(ascii: "a") + value - 26
        case 52..<62: UInt8(ascii: "0") + value - 52
        case 62: urlSafe ? UInt8(ascii: "-") : UInt8(ascii: "+")
        default: urlSafe ? UInt8(ascii: "_") : UInt8(ascii: "/")
        }
    }

    private static func value(_ character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
        case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
        case UInt8(ascii: "+"), UInt8(ascii: "-"): 62
        case UInt8(ascii: "/"), UInt8(ascii: "_"): 63
        default: nil
        }
    }
}
