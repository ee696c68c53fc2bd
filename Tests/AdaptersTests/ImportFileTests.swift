import Adapters
import Contacts
import JSON
import Testing

@Suite("Files of customers")
struct ImportFileTests {
    /// What came of one line: its number with the card's members or what is wrong.
    private func read(
        _ bytes: [UInt8], piece: Int = .max, map: [String: ColumnUse] = [:]
    ) throws -> [String] {
        var file = ImportFile(map: map)
        return try entries(bytes, piece: piece, &file).map { entry in
            switch entry.content {
            case .success(let content):
                let card = try JSON.parse(content.bytes)["card"] ?? .null
                return "\(entry.number) \(card.text(sortedKeys: true))"
            case .failure(let failure): return "\(entry.number) \(failure)"
            }
        }
    }

    private func entries(
        _ bytes: [UInt8], piece: Int = .max, _ file: inout ImportFile
    ) throws -> [ImportFile.Entry] {
        var entries: [ImportFile.Entry] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            entries += try file.add(Array(rest.prefix(piece)))
            rest = rest.dropFirst(piece)
        }
        return try entries + file.finish()
    }

    private static let table =
        "\u{FEFF}Ім'я;Телефон;Примітка\r\nОлена;067 111 22 33;\"a;\"\"b\"\"\"\r\n\r\nІван;-;\r\n"
    private static let found = [
        #"2 {"attributes":{"Примітка":"a;\"b\""},"name":"Олена","points":[{"kind":"phone","value":"067 111 22 33"}]}"#,
        "4 wrong_shape: card.points hold no phone, e-mail or handle",
    ]

    @Test("a table becomes cards, whatever pieces it comes in", arguments: [1, 2, 3, 64, .max])
    func tables(piece: Int) throws {
        #expect(try read(Array(Self.table.utf8), piece: piece) == Self.found)
    }

    @Test("UTF-16 of both orders is read, pairs among it", arguments: [1, 3, .max])
    func utf16(piece: Int) throws {
        let text = "\u{FEFF}Name\tEmail\nAnn 😀\tann@example.com\n"
        for isBig in [true, false] {
            let bytes = text.utf16.flatMap { unit -> [UInt8] in
                let (high, low) = (UInt8(unit >> 8), UInt8(unit & 0xFF))
                return isBig ? [high, low] : [low, high]
            }
            #expect(
                try read(bytes, piece: piece) == [
                    #"2 {"name":"Ann 😀","points":[{"kind":"email","value":"ann@example.com"}]}"#
                ])
        }
    }

    @Test("windows-1251 is read")
    func windows() throws {
        // Имя;Телефон / Ян;+380671112233
        let head: [UInt8] = [0xC8, 0xEC, 0xFF, 0x3B, 0xD2, 0xE5, 0xEB, 0xE5, 0xF4, 0xEE, 0xED, 0x0A]
        let row: [UInt8] = [0xDF, 0xED] + Array(";+380671112233".utf8)
        #expect(
            try read(head + row) == [
                #"2 {"name":"Ян","points":[{"kind":"phone","value":"+380671112233"}]}"#
            ])
    }

    @Test(
        "lines of JSON are taken as they are, blank and wrong ones told by number",
        arguments: [1, 2, 7, .max])
    func lines(piece: Int) throws {
        let text =
            "\n" + """

                {"card": {"points": [{"kind": "phone", "value": "1"}]}}
                no
                {"card": {"name": "Ann"}}
                """
        let found = try read(Array(text.utf8), piece: piece)
        #expect(found.count == 3)
        #expect(found[0] == #"3 {"points":[{"kind":"phone","value":"1"}]}"#)
        #expect(found[1].hasPrefix("4 not_json: "))
        #expect(found[2] == "5 wrong_shape: card.points hold no phone, e-mail or handle")
    }

    @Test("a row with more cells than columns is wrong, one with fewer is not")
    func cells() throws {
        #expect(
            try read(Array("phone,name\n0671112233\n0671112234,Ann,x\n0671112235,Ann,\n".utf8)) == [
                #"2 {"points":[{"kind":"phone","value":"0671112233"}]}"#,
                "3 wrong_shape: there are more cells than columns",
                #"4 {"name":"Ann","points":[{"kind":"phone","value":"0671112235"}]}"#,
            ])
    }

    /// Mended as a person would: what is wrong is replaced.
    private func mend(_ bytes: [UInt8], _ wrong: String, _ right: String) throws -> [String] {
        var file = ImportFile()
        let entries = try entries(bytes, &file)
        var text = file.wrongLines.head
        for entry in entries {
            if case .failure(let failure) = entry.content { text += file.wrongLines.text(entry, failure) }
        }
        #expect(text.contains(wrong))
        return try read(Array(text.replacing(wrong, with: right).utf8))
    }

    @Test("wrong rows are mended in the file that tells them, and brought in from there")
    func mendsRows() throws {
        let text = "Name;Phone;Note\nAnn;none;\"=1+1;\n\"\"x\"\"\"\nBen;0671112233;\n"
        #expect(
            try mend(Array(text.utf8), ";none;\"'=1", ";0671112244;\"'=1") == [
                #"2 {"attributes":{"Note":"=1+1;\n\"x\""},"name":"Ann","points":[{"kind":"phone","value":"0671112244"}]}"#
            ])
    }

    @Test("wrong rows of a list without names are read again as they were")
    func mendsNameless() throws {
        let text = "Ann,0671112233,Kyiv\nBen,x,Lviv\n"
        #expect(
            try mend(Array(text.utf8), ",x,", ",0671112244,") == [
                #"2 {"attributes":{"column 3":"Lviv"},"name":"Ben","points":[{"kind":"phone","value":"0671112244"}]}"#
            ])
    }

    @Test("wrong lines of JSON are mended in the file that tells them, and brought in from there")
    func mendsLines() throws {
        let text = #"{"card": {"name": "Ann", "points": [{"kind": "fax", "value": "0671112233"}]}}"#
        #expect(
            try mend(Array(text.utf8), "fax\",", "phone\",") == [
                #"1 {"name":"Ann","points":[{"kind":"phone","value":"0671112233"}]}"#
            ])
        let broken = #"{"card": {"points": [{"kind": "phone", "value": "0671112233"}]}"#
        let found = try mend(Array(broken.utf8), #"}]}"}"#, #"}]}}"}"#)
        #expect(found == [#"1 {"points":[{"kind":"phone","value":"0671112233"}]}"#])
    }

    @Test("a file that is no list at all is refused as a whole")
    func refuses() {
        #expect(throws: CustomerColumnsFailure.unreadable) { try read(Array("\"a\"b,phone\n1,2\n".utf8)) }
        #expect(throws: CustomerColumnsFailure.noPoint(["a", "b"])) { try read(Array("a,b\n1,2\n".utf8)) }
    }
}
