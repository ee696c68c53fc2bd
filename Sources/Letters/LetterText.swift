import Contacts

/// A letter's words, what was only carried along set apart.
public struct LetterText: Sendable, Hashable {
    /// What was written now. At most 64 KiB, may be empty.
    public var own = ""
    /// The letter that is answered, its introducing line first. At most 64 KiB.
    public var quoted = ""
    /// At most 4 KiB.
    public var signature = ""
    /// The letter that is sent on, its introducing lines first. At most 64 KiB.
    public var forwarded = ""

    var isForward: Bool { !forwarded.isEmpty }

    init() {}

    /// - Parameter isForward: the subject says that a letter is sent on.
    init(_ text: String, isForward: Bool) {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map { LetterLine($0) }
        var rest = lines[...]
        if let mark = LetterMarks.firstMark(in: lines) {
            let carried = lines[mark.line...]
            if isForward || mark.isForward {
                forwarded = carried.joinedText.kept(bytes: Limit.text)
                rest = lines[..<mark.line]
            } else {
                rest = answer(lines, mark)
            }
        } else {
            rest = withoutTrailingQuote(rest)
        }
        if let start = LetterMarks.signature(in: Array(rest)) {
            signature = rest.dropFirst(start).joinedText.kept(bytes: 4_096)
            rest = rest.prefix(start)
        }
        own = rest.joinedText.kept(bytes: Limit.text)
    }

    /// The quotation that `mark` introduces. Words below a quotation with marks (`>`) are the answer; without marks
    /// everything below is the quotation.
    private mutating func answer(_ lines: [LetterLine], _ mark: LetterMarks.Mark) -> ArraySlice<LetterLine> {
        let below = lines[mark.end...]
        let first = below.first { !$0.isBlank }
        guard first?.isQuoted == true, !mark.isBlock else {
            quoted = lines[mark.line...].joinedText.kept(bytes: Limit.text)
            return lines[..<mark.line]
        }
        guard let last = below.lastIndex(where: \.isQuoted) else { return lines[...] }
        // Between the quoted lines the answer goes on: it stays as it is, with what it answers to.
        let isInterleaved = lines[mark.end...last].contains { !$0.isQuoted && !$0.isBlank }
        if isInterleaved {
            return withoutTrailingQuote(lines[...])
        }
        quoted = lines[mark.line...last].joinedText.kept(bytes: Limit.text)
        return ArraySlice(Array(lines[..<mark.line]) + Array(lines[(last + 1)...]))
    }

    private mutating func withoutTrailingQuote(_ lines: ArraySlice<LetterLine>) -> ArraySlice<LetterLine> {
        guard let last = lines.lastIndex(where: { !$0.isBlank }), lines[last].isQuoted else { return lines }
        var start = last
        while start > lines.startIndex, lines[start - 1].isQuoted || lines[start - 1].isBlank { start -= 1 }
        quoted = lines[start...last].joinedText.kept(bytes: Limit.text)
        return lines[..<start]
    }
}

/// One line with what is asked of it again and again.
struct LetterLine: Sendable {
    let text: Substring
    let isBlank: Bool
    let isQuoted: Bool

    init(_ text: Substring) {
        self.text = text
        let first = text.unicodeScalars.first { !$0.isBlankHere }
        isBlank = first == nil
        isQuoted = first == ">" && text.prefix(3).contains(">")
    }

    /// Lower case, without outer blanks; nil for lines too long to be a mark.
    var mark: String? { text.utf8.count > 400 ? nil : text.lowercased().trimmed }
}

extension Unicode.Scalar {
    fileprivate var isBlankHere: Bool { value <= 0x20 || value == 0xA0 || value == 0x200B || value == 0xFEFF }
}

extension Collection where Element == LetterLine {
    var joinedText: String { map(\.text).joined(separator: "\n").trimmed }
}
