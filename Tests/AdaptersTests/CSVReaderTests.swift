import Adapters
import Testing

@Suite("Tables as CSV")
struct CSVReaderTests {
    private struct Found: Hashable {
        let row: CSVReader.Row
        let line: Int
    }

    private func read(_ bytes: [UInt8], piece: Int = .max, limit: Int = 100) -> [Found] {
        var reader = CSVReader(limit: limit)
        var found: [Found] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            reader.add(rest.prefix(piece)) { found.append(Found(row: $0, line: $1)) }
            rest = rest.dropFirst(piece)
        }
        reader.finish { found.append(Found(row: $0, line: $1)) }
        return found
    }

    private func rows(_ text: String) -> [CSVReader.Row] { read(Array(text.utf8)).map(\.row) }

    @Test("quotes hold delimiters, line ends and doubled quotes", arguments: [1, 2, 3, 7, .max])
    func quotes(piece: Int) {
        let text = "a,b\r\n\"x, \"\"y\"\"\",\"1\n2\"\r\n\r\n\"\",\"\"\"\"\nlast"
        #expect(
            read(Array(text.utf8), piece: piece) == [
                Found(row: .fields(["a", "b"]), line: 1), Found(row: .fields([#"x, "y""#, "1\n2"]), line: 2),
                Found(row: .fields(["", "\""]), line: 5), Found(row: .fields(["last"]), line: 6),
            ])
    }

    @Test("the first row tells the delimiter, without what it quotes")
    func delimiters() {
        #expect(rows("a;b\n1,5;2") == [.fields(["a", "b"]), .fields(["1,5", "2"])])
        #expect(rows("a\tb\n1;2\t3") == [.fields(["a", "b"]), .fields(["1;2", "3"])])
        #expect(rows("\"a,b,c\";d\n1;2") == [.fields(["a,b,c", "d"]), .fields(["1", "2"])])
    }

    @Test("a byte order mark is no part of the first name, and windows-1251 is read")
    func encodings() {
        #expect(rows("\u{FEFF}Ім'я;b") == [.fields(["Ім'я", "b"])])
        #expect(read([0xC8, 0xEC, 0xFF, 0x3B, 0x31]).map(\.row) == [.fields(["Имя", "1"])])
    }

    @Test("a quote within a cell is a sign like another")
    func plainQuotes() {
        #expect(
            rows("name;n\nТОВ \"Ромашка\";1\n5\" pipe;2") == [
                .fields(["name", "n"]), .fields(["ТОВ \"Ромашка\"", "1"]), .fields(["5\" pipe", "2"]),
            ])
    }

    @Test("a row over the limit costs itself")
    func limits() {
        let long = String(repeating: "x", count: 101)
        #expect(rows("\(long)\nb") == [.tooLong, .fields(["b"])])
        #expect(rows("\(long.dropFirst())\r\nb") == [.fields([String(long.dropFirst())]), .fields(["b"])])
        #expect(rows("a,\"\(long)\nb") == [.tooLong, .fields(["b"])])
    }

    @Test("wrong quotes cost their own line, wherever it is noticed", arguments: [1, 5, .max])
    func wrongQuotes(piece: Int) {
        let many = (3...40).map { "\($0),x" }
        let text = "a,b\n\"open,1\n" + many.joined(separator: "\n") + "\n\"q\"z,\"y\"\n\"last"
        let found = read(Array(text.utf8), piece: piece)
        #expect(found.count == many.count + 4)
        #expect(found[1] == Found(row: .badQuotes("\"open,1"), line: 2))
        #expect(found[2] == Found(row: .fields(["3", "x"]), line: 3))
        #expect(found[39] == Found(row: .fields(["40", "x"]), line: 40))
        #expect(found[40] == Found(row: .badQuotes("\"q\"z,\"y\""), line: 41))
        #expect(found[41] == Found(row: .badQuotes("\"last"), line: 42))
    }

    @Test("Excel's line for the delimiter is no row, and blank lines may stand before the names")
    func separator() {
        #expect(rows("sep=;\na,b;c") == [.fields(["a,b", "c"])])
        #expect(rows("\u{FEFF}sep=;\r\na;b") == [.fields(["a", "b"])])
        #expect(rows("\n \na;b\n1;2") == [.fields(["a", "b"]), .fields(["1", "2"])])
        #expect(rows("\u{FEFF}\"a;b\";c") == [.fields(["a;b", "c"])])
    }
}
