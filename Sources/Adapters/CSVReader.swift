/// Cuts a stream of bytes into the rows of a table (RFC 4180), holding no more than one of them.
///
/// The delimiter is the one of comma, semicolon and tab that the first row has most of, or what Excel's `sep=;` says. Rows are
/// UTF-8, else windows-1251. A quote opens a cell only where the cell begins: `ТОВ "Ромашка"` keeps its quotes.
public struct CSVReader: Sendable {
    public enum Row: Sendable, Hashable {
        case fields([String])
        /// Over the limit; it was not held.
        case tooLong
        /// A quote is not closed, or something stands behind the one that closes; the line as it is. Reading goes on behind it.
        case badQuotes(String)
    }

    private enum State {
        /// Where a cell begins.
        case start
        case plain
        case quoted
        /// Behind a quote within quotes: the end of the cell, or the first of two.
        case quote
        /// The quotes are wrong; the line is read to its end.
        case lost
        case tooLong
    }

    private static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    private let limit: Int
    private var row: [UInt8] = []
    private var state = State.start
    private var line = 1
    private var start = 1
    private var isFirst = true
    public private(set) var delimiter = UInt8(ascii: ",")

    /// - Parameter limit: bytes of a row, without its end.
    public init(limit: Int) { self.limit = limit }

    /// - Parameter take: told each whole row that is not blank, with the line it begins on, counted from 1.
    public mutating func add(
        _ bytes: some Sequence<UInt8>, _ take: (Row, Int) throws -> Void
    ) rethrows {
        for byte in bytes { try add(byte, take) }
    }

    /// The last row may have no end.
    public mutating func finish(_ take: (Row, Int) throws -> Void) rethrows {
        while !row.isEmpty || state == .tooLong {
            if state == .quoted { try giveUp(take) } else { try finishRow(take) }
        }
    }

    private mutating func add(_ byte: UInt8, _ take: (Row, Int) throws -> Void) rethrows {
        if byte == 0x0A {
            line += 1
            if state != .quoted { return try finishRow(take) }
        }
        if state == .tooLong { return }
        row.append(byte)
        let isMark = isFirst && row.count <= 3 && CSVReader.mark.starts(with: row)
        if !isMark {
            let wasQuote = state == .quote
            state = CSVReader.next(state, byte, isDelimiter: isDelimiter(byte))
            if wasQuote && state == .lost { return try giveUp(take) }
        }
        // One more than the limit, since a carriage return may go yet.
        if row.count > limit + 1 {
            if state == .quoted { return try giveUp(take) }
            state = .tooLong
            row = []
        }
    }

    private func isDelimiter(_ byte: UInt8) -> Bool {
        isFirst ? byte == 0x2C || byte == 0x3B || byte == 0x09 : byte == delimiter
    }

    private static func next(_ state: State, _ byte: UInt8, isDelimiter: Bool) -> State {
        let isQuote = byte == 0x22
        switch state {
        case .start: return isQuote ? .quoted : isDelimiter ? .start : .plain
        case .plain: return isDelimiter ? .start : .plain
        case .quoted: return isQuote ? .quote : .quoted
        case .quote: return isQuote ? .quoted : isDelimiter ? .start : byte == 0x0D ? .quote : .lost
        case .lost, .tooLong: return state
        }
    }

    /// The row's quotes are wrong: its first line is given up on, what was held behind it is read again.
    private mutating func giveUp(_ take: (Row, Int) throws -> Void) rethrows {
        guard let end = row.firstIndex(of: 0x0A) else {
            if row.count > limit {
                state = .tooLong
                row = []
            } else if state == .quoted {
                state = .lost
            }
            return
        }
        let rest = row[(end + 1)...]
        row.removeSubrange(end...)
        line = start + 1
        state = .lost
        try finishRow(take)
        try add(rest, take)
    }

    private mutating func finishRow(_ take: (Row, Int) throws -> Void) rethrows {
        let (begun, ended) = (start, state)
        defer { row.removeAll(keepingCapacity: true) }
        (state, start) = (.start, line)
        if row.last == 0x0D { row.removeLast() }
        if isFirst, row.starts(with: CSVReader.mark) { row.removeFirst(3) }
        if ended == .tooLong || row.count > limit { return try take(.tooLong, begun) }
        if ended == .lost { return try take(.badQuotes(Charset.text(row, stated: nil)), begun) }
        if row.allSatisfy({ $0 == 0x20 || $0 == 0x09 }) { return }
        if isFirst {
            isFirst = false
            if row.count == 5, row.starts(with: "sep=".utf8) {
                delimiter = row[4]
                return
            }
            delimiter = CSVReader.delimiter(of: row)
        }
        try take(.fields(fields()), begun)
    }

    private static func delimiter(of row: [UInt8]) -> UInt8 {
        var counts: [UInt8: Int] = [:]
        var isQuoted = false
        for byte in row {
            if byte == 0x22 { isQuoted.toggle() }
            if !isQuoted { counts[byte, default: 0] += 1 }
        }
        var best = UInt8(ascii: ",")
        for other in [UInt8(ascii: ";"), 0x09] where counts[other, default: 0] > counts[best, default: 0] {
            best = other
        }
        return best
    }

    private func fields() -> [String] {
        let charset: Charset = Charset.utf8.decode(row) == nil ? .windows1251 : .utf8
        var fields: [String] = []
        var field: [UInt8] = []
        var state = State.start
        for byte in row {
            let next = CSVReader.next(state, byte, isDelimiter: byte == delimiter)
            if next == .start {
                fields.append(charset.decode(field) ?? "")
                field.removeAll(keepingCapacity: true)
            } else if byte != 0x22 || (state != .start && state != .quoted) {
                field.append(byte)
            }
            state = next
        }
        return fields + [charset.decode(field) ?? ""]
    }
}
