public import Contacts
import JSON

/// A file of customers, read as its bytes come: a table (CSV), or lines of JSON where it begins with a brace.
///
/// UTF-8, UTF-16 with its byte order mark, and tables in windows-1251.
public struct ImportFile: Sendable {
    /// One line or row that is not blank.
    public struct Entry: Sendable, Hashable {
        /// Counted from 1; of a row with line ends in it, the first.
        public let number: Int
        public let source: Source
        /// What is brought in, with the bytes that stand for it.
        public let content: Result<Content, ImportLineFailure>

        public struct Content: Sendable, Hashable {
            public let line: ImportLine
            public let bytes: [UInt8]
        }

        /// As it stands in the file.
        public enum Source: Sendable, Hashable {
            case row([String])
            case line([UInt8])
            /// Too long to be held.
            case lost
        }
    }

    private enum Format { case lines, table }

    private let map: [String: ColumnUse]
    private var text = UTF16Text()
    private var format: Format?
    /// What came while nothing told the format: blanks.
    private var blank: [UInt8] = []
    private var lines = ImportLines(limit: ImportLine.longest)
    private var table = CSVReader(limit: ImportLine.longest)
    /// Known after the first row of a table; nil for lines of JSON.
    public private(set) var columns: CustomerColumns?

    /// - Parameter map: what columns are, by name, whatever they look like.
    public init(map: [String: ColumnUse] = [:]) { self.map = map }

    /// Whether the columns are known, or that there are none.
    public var isRecognised: Bool { format == .lines || columns != nil }

    /// What wrong lines of it are written as.
    public var wrongLines: WrongLines { WrongLines(columns: columns, delimiter: table.delimiter) }

    /// - Throws: where the file as a whole makes no sense.
    /// - Returns: what is complete.
    public mutating func add(_ bytes: [UInt8]) throws(CustomerColumnsFailure) -> [Entry] {
        try read(text.add(bytes), isLast: false)
    }

    /// The last line may have no end.
    public mutating func finish() throws(CustomerColumnsFailure) -> [Entry] {
        try read(text.finish(), isLast: true)
    }

    private mutating func read(_ bytes: [UInt8], isLast: Bool) throws(CustomerColumnsFailure) -> [Entry] {
        guard format != nil else {
            let blanks: Set<UInt8> = [0xEF, 0xBB, 0xBF, 0x20, 0x09, 0x0A, 0x0D]
            blank += bytes
            guard let first = blank.first(where: { !blanks.contains($0) }) else { return [] }
            format = first == UInt8(ascii: "{") ? .lines : .table
            return try read(blank, isLast: isLast)
        }
        if format == .lines { return readLines(bytes, isLast: isLast) }
        var rows: [(CSVReader.Row, Int)] = []
        table.add(bytes) { rows.append(($0, $1)) }
        if isLast { table.finish { rows.append(($0, $1)) } }
        var entries: [Entry] = []
        for (row, number) in rows {
            if columns == nil {
                guard case .fields(let cells) = row else { throw .unreadable }
                let found = try CustomerColumns(first: cells, map: map)
                columns = found
                if found.hasHead { continue }
            }
            entries.append(entry(row, number))
        }
        return entries
    }

    // MARK: - Lines of JSON

    private mutating func readLines(_ bytes: [UInt8], isLast: Bool) -> [Entry] {
        var found: [(ImportLines.Line, Int)] = []
        lines.add(bytes) { found.append(($0, $1)) }
        if isLast { lines.finish { found.append(($0, $1)) } }
        return found.map { line, number in
            guard case .text(let bytes) = line else { return tooLong(number) }
            let mended = WrongLines.original(of: bytes) ?? bytes
            return entry(mended, number, .line(mended))
        }
    }

    private func tooLong(_ number: Int) -> Entry {
        Entry(number: number, source: .lost, content: .failure(.tooLong))
    }

    private func entry(_ bytes: [UInt8], _ number: Int, _ source: Entry.Source) -> Entry {
        let content = Result { () throws(ImportLineFailure) in
            Entry.Content(line: try ImportLine(bytes: bytes), bytes: bytes)
        }
        return Entry(number: number, source: source, content: content)
    }

    // MARK: - Rows

    private func entry(_ row: CSVReader.Row, _ number: Int) -> Entry {
        func wrong(_ cells: [String], _ detail: String) -> Entry {
            Entry(
                number: number, source: .row(cells),
                content: .failure(ImportLineFailure(.wrongShape, detail)))
        }
        switch row {
        case .tooLong: return tooLong(number)
        case .badQuotes(let line): return wrong([line], "the quotes do not match")
        case .fields(let cells):
            guard let columns, cells.dropFirst(columns.columns.count).allSatisfy(\.isEmpty) else {
                return wrong(cells, "there are more cells than columns")
            }
            let line: JSON = ["card": columns.card(cells).json]
            return entry(Array(line.text().utf8), number, .row(cells))
        }
    }
}
