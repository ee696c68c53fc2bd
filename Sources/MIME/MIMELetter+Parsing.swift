extension MIMELetter {
    /// Takes a letter (RFC 5322, RFC 2045 and 2046) apart. Any bytes give a letter.
    ///
    /// GMime's own parser bounds neither parts nor header fields, of which a letter of 25 MB can hold millions; so the structure is
    /// found here, line by line, and GMime reads what stands in a field.
    public init(_ bytes: [UInt8], limits: MIMELimits = MIMELimits()) {
        // Line ends of old Macs.
        let isOld = !bytes.contains(UInt8(ascii: "\n")) && bytes.contains(UInt8(ascii: "\r"))
        var parser = MIMEParser(
            bytes: isOld ? bytes.map { $0 == UInt8(ascii: "\r") ? UInt8(ascii: "\n") : $0 } : bytes,
            limits: limits)
        root = parser.part(0..<bytes.count, depth: 0, inside: "")
        bodyStart = parser.bodyStart
        isCut = parser.isCut
    }
}

/// One letter being taken apart.
private struct MIMEParser {
    let bytes: [UInt8]
    let limits: MIMELimits
    private(set) var isCut = false
    /// Of the letter itself, the first part read.
    private(set) var bodyStart = 0
    private var parts = 0
    private var decodedBytes = 0

    private static let newline = UInt8(ascii: "\n")
    private static let hyphen = UInt8(ascii: "-")

    init(bytes: [UInt8], limits: MIMELimits) {
        self.bytes = bytes
        self.limits = limits
    }

    /// - Parameter container: the media type around it, empty for the letter itself.
    mutating func part(_ range: Range<Int>, depth: Int, inside container: String) -> MIMEPart {
        parts += 1
        var part = MIMEPart()
        let body = head(range, &part)
        if depth == 0 { bodyStart = body.lowerBound }
        describe(&part, inside: container)
        if part.mediaType.hasPrefix("multipart/"), let boundary = part.parameters["boundary"],
            !boundary.isEmpty
        {
            if depth < limits.depth {
                part.parts = children(body, Array(boundary.utf8), depth, part.mediaType)
            } else {
                isCut = true
            }
        }
        if part.parts.isEmpty { take(body, &part) }
        return part
    }

    private mutating func take(_ body: Range<Int>, _ part: inout MIMEPart) {
        guard decodedBytes + body.count <= limits.decodedBytes else {
            isCut = true
            return
        }
        part.bytes = transferDecoded(bytes[body], encoding: part.value("content-transfer-encoding") ?? "")
        decodedBytes += part.bytes.count
    }

    // MARK: - Lines

    /// The line that begins at `start`, without its end, and where the next begins.
    private func line(_ start: Int, _ end: Int) -> (text: Range<Int>, next: Int) {
        let newline = bytes[start..<end].firstIndex(of: Self.newline) ?? end
        let isPair = newline > start && newline < end && bytes[newline - 1] == UInt8(ascii: "\r")
        return (start..<(isPair ? newline - 1 : newline), min(newline + 1, end))
    }

    // MARK: - Header fields

    /// Reads the header fields; gives where the body is.
    private mutating func head(_ range: Range<Int>, _ part: inout MIMEPart) -> Range<Int> {
        var (start, field) = (range.lowerBound, [UInt8]())
        while start < range.upperBound {
            let (text, next) = line(start, range.upperBound)
            if text.isEmpty {
                start = next
                break
            }
            let isFolded = bytes[text.lowerBound] == 0x20 || bytes[text.lowerBound] == 0x09
            if isFolded, !field.isEmpty {
                field += bytes[text].prefix(max(0, limits.headerBytes - field.count))
            } else if isField(text) {
                add(field, &part)
                field = Array(bytes[text].prefix(limits.headerBytes))
            } else if !(start == range.lowerBound && isMailboxMark(text)) {
                // The blank line is missing: this is the body's first.
                break
            }
            start = next
        }
        add(field, &part)
        return start..<range.upperBound
    }

    /// A name of printable ASCII and a colon.
    private func isField(_ text: Range<Int>) -> Bool {
        guard let colon = bytes[text].prefix(128).firstIndex(of: UInt8(ascii: ":")) else { return false }
        let name = bytes[text.lowerBound..<colon]
        let bare = name.reversed().drop { $0 == 0x20 || $0 == 0x09 }
        return !bare.isEmpty && bare.allSatisfy { (0x21...0x7E).contains($0) }
    }

    private func isMailboxMark(_ text: Range<Int>) -> Bool {
        bytes[text].starts(with: "From ".utf8) || bytes[text].starts(with: ">From ".utf8)
    }

    private mutating func add(_ field: [UInt8], _ part: inout MIMEPart) {
        guard let colon = field.firstIndex(of: UInt8(ascii: ":")) else { return }
        guard part.headers.count < limits.headers else {
            isCut = true
            return
        }
        if field.count >= limits.headerBytes { isCut = true }
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
        let name = String(decoding: field[..<colon], as: UTF8.self).lowercased()
        let value = field[(colon + 1)...].drop(while: isBlank)
        part.headers.append(
            MIMEHeader(
                name: name.filter { $0 != " " && $0 != "\t" },
                value: decodedText(value.map { $0 == 0 ? 0x20 : $0 }, charset: nil).trimmedEnd))
    }

    private func describe(_ part: inout MIMEPart, inside container: String) {
        if container == "multipart/digest" { part.mediaType = "message/rfc822" }
        if let value = part.value("content-type"), let (type, parameters) = contentType(value) {
            (part.mediaType, part.parameters) = (type, parameters)
        }
        var name: String?
        if let value = part.value("content-disposition"), let (word, parameters) = disposition(value) {
            part.disposition = word
            name = parameters["filename"]
        }
        part.fileName = (name ?? part.parameters["name"]).flatMap { $0.isEmpty ? nil : $0 }
    }

    // MARK: - Children

    private mutating func children(
        _ body: Range<Int>, _ boundary: [UInt8], _ depth: Int, _ container: String
    ) -> [MIMEPart] {
        var found: [MIMEPart] = []
        var open: Int?
        var start = body.lowerBound
        func close(_ end: Int, _ parser: inout MIMEParser) {
            guard let begin = open else { return }
            found.append(parser.part(begin..<max(begin, end), depth: depth + 1, inside: container))
        }
        while start < body.upperBound {
            let (text, next) = line(start, body.upperBound)
            if let isLast = delimits(text, boundary) {
                close(withoutLineEnd(start, from: open ?? start), &self)
                open = isLast ? nil : next
                if isLast { break }
                if parts >= limits.parts {
                    isCut = true
                    open = nil
                    break
                }
            }
            start = next
        }
        close(body.upperBound, &self)
        return found
    }

    /// The line end before a delimiter belongs to it (RFC 2046 §5.1.1).
    private func withoutLineEnd(_ end: Int, from start: Int) -> Int {
        guard end > start, bytes[end - 1] == Self.newline else { return end }
        return end - 1 > start && bytes[end - 2] == UInt8(ascii: "\r") ? end - 2 : end - 1
    }

    /// Nil where the line is no delimiter of this boundary, else whether it is the last one.
    private func delimits(_ text: Range<Int>, _ boundary: [UInt8]) -> Bool? {
        guard text.count >= boundary.count + 2, bytes[text.lowerBound] == Self.hyphen,
            bytes[text.lowerBound + 1] == Self.hyphen
        else { return nil }
        let behind = text.lowerBound + 2 + boundary.count
        guard bytes[(text.lowerBound + 2)..<behind].elementsEqual(boundary) else { return nil }
        let rest = bytes[behind..<text.upperBound]
        let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
        if rest.allSatisfy(isBlank) { return false }
        return rest.starts(with: [Self.hyphen, Self.hyphen]) && rest.dropFirst(2).allSatisfy(isBlank)
            ? true : nil
    }
}

extension String {
    fileprivate var trimmedEnd: String {
        var end = utf8.endIndex
        while end > utf8.startIndex, utf8[utf8.index(before: end)] <= 0x20 { end = utf8.index(before: end) }
        return String(self[..<end])
    }
}
