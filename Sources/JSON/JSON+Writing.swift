extension JSON {
    /// The value as JSON text: without blanks, or if `pretty` a line for each member, two blanks for each level.
    ///
    /// Members stay in their order unless `sortedKeys` (by the bytes of their names). Escaped are the control
    /// characters, `"`, `\` and the line separators U+2028 and U+2029, so that the text may stand in a script.
    public func text(sortedKeys: Bool = false, pretty: Bool = false) -> String {
        var writer = Writer(sortedKeys: sortedKeys, pretty: pretty)
        writer.value(self, depth: 0)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

private struct Writer {
    let sortedKeys: Bool
    let pretty: Bool
    var bytes: [UInt8] = []

    init(sortedKeys: Bool, pretty: Bool) {
        self.sortedKeys = sortedKeys
        self.pretty = pretty
        bytes.reserveCapacity(512)
    }

    mutating func value(_ value: JSON, depth: Int) {
        switch value {
        case .null: put("null")
        case .bool(let value): put(value ? "true" : "false")
        case .integer(let value): integer(value)
        case .number(let text): isNumber(text) ? bytes.append(contentsOf: text.utf8) : put("null")
        case .string(let text): string(text)
        case .array(let elements):
            bytes.append(UInt8(ascii: "["))
            var isFirst = true
            for element in elements {
                separate(&isFirst, depth: depth + 1)
                self.value(element, depth: depth + 1)
            }
            close(UInt8(ascii: "]"), isEmpty: isFirst, depth: depth)
        case .object(let object):
            bytes.append(UInt8(ascii: "{"))
            var isFirst = true
            if sortedKeys {
                for member in object.sorted { self.member(member, &isFirst, depth: depth + 1) }
            } else {
                for member in object { self.member(member, &isFirst, depth: depth + 1) }
            }
            close(UInt8(ascii: "}"), isEmpty: isFirst, depth: depth)
        }
    }

    private mutating func member(_ member: JSONObject.Element, _ isFirst: inout Bool, depth: Int) {
        separate(&isFirst, depth: depth)
        string(member.key)
        bytes.append(UInt8(ascii: ":"))
        if pretty { bytes.append(UInt8(ascii: " ")) }
        value(member.value, depth: depth)
    }

    private mutating func separate(_ isFirst: inout Bool, depth: Int) {
        if !isFirst { bytes.append(UInt8(ascii: ",")) }
        isFirst = false
        if pretty { line(depth) }
    }

    private mutating func close(_ bracket: UInt8, isEmpty: Bool, depth: Int) {
        if pretty && !isEmpty { line(depth) }
        bytes.append(bracket)
    }

    private mutating func line(_ depth: Int) {
        bytes.append(UInt8(ascii: "\n"))
        bytes.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 2 * depth))
    }

    private mutating func put(_ text: StaticString) {
        unsafe bytes.append(
            contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    private mutating func integer(_ value: Int64) {
        if value >= 0 && value < 10 {
            bytes.append(UInt8(ascii: "0") + UInt8(value))
        } else {
            bytes.append(contentsOf: String(value).utf8)
        }
    }

    private mutating func string(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        var text = text
        text.withUTF8 { unsafe escape($0) }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Copies runs of plain characters whole and spells the others out.
    private mutating func escape(_ text: UnsafeBufferPointer<UInt8>) {
        var start = 0
        var place = 0
        while place < text.count {
            let byte = unsafe text[place]
            if byte >= 0x20 && byte != 0x22 && byte != 0x5C && byte != 0xE2 {
                place += 1
                continue
            }
            var length = 1
            if byte == 0xE2 {
                guard place + 2 < text.count, unsafe text[place + 1] == 0x80,
                    unsafe text[place + 2] & 0xFE == 0xA8
                else {
                    place += 1
                    continue
                }
                length = 3
            }
            unsafe bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<place]))
            if length == 3 {
                put("\\u202")
                unsafe bytes.append(UInt8(ascii: "8") + (text[place + 2] & 1))
            } else {
                escaped(byte)
            }
            place += length
            start = place
        }
        unsafe bytes.append(contentsOf: UnsafeBufferPointer(rebasing: text[start..<place]))
    }

    private mutating func escaped(_ byte: UInt8) {
        switch byte {
        case 0x22: put("\\\"")
        case 0x5C: put("\\\\")
        case 0x08: put("\\b")
        case 0x09: put("\\t")
        case 0x0A: put("\\n")
        case 0x0C: put("\\f")
        case 0x0D: put("\\r")
        default:
            put(byte < 0x10 ? "\\u000" : "\\u001")
            let digit = byte & 0x0F
            bytes.append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}

/// Whether a text is a number as RFC 8259 §6 spells it.
private func isNumber(_ text: String) -> Bool {
    var rest = Substring(text).utf8[...]
    func digits() -> Int {
        let count = rest.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }.count
        rest = rest.dropFirst(count)
        return count
    }
    if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
    let startsWithZero = rest.first == UInt8(ascii: "0")
    let whole = digits()
    guard whole == 1 || (whole > 1 && !startsWithZero) else { return false }
    if rest.first == UInt8(ascii: ".") {
        rest = rest.dropFirst()
        guard digits() > 0 else { return false }
    }
    if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
        rest = rest.dropFirst()
        if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
        guard digits() > 0 else { return false }
    }
    return rest.isEmpty
}
