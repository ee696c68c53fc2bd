import Foundation
import Postgres
import Testing

@Suite("values") struct ValueTests {
    @Test("every type comes back as it was sent") func scalars() throws {
        let id = UUID()
        let rows = try connect().ask(
            "SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9",
            [
                .bool(true), .int(-7), .bigint(.min), .double(-0.1), .text("Привет \u{1F600} \"'\\"),
                .bytea([0, 255, 10]), .uuid(id), .timestamp(1_768_465_230_000_001),
                .jsonb(#"{"a": [1, null]}"#),
            ])
        #expect(rows.count == 1)
        #expect(rows.bool(0, 0) == true)
        #expect(rows.int(0, 1) == -7)
        #expect(rows.bigint(0, 2) == .min)
        #expect(rows.double(0, 3) == -0.1)
        #expect(rows.text(0, 4) == "Привет \u{1F600} \"'\\")
        #expect(rows.bytea(0, 5) == [0, 255, 10])
        #expect(rows.uuid(0, 6) == id)
        #expect(rows.timestamp(0, 7) == 1_768_465_230_000_001)
        #expect(rows.json(0, 8) == #"{"a": [1, null]}"#)
        #expect(rows.text(0, 8) == #"{"a": [1, null]}"#)
    }

    @Test("the server reads the values as we mean them") func server() throws {
        let id = try #require(UUID(uuidString: "00112233-4455-6677-8899-AABBCCDDEEFF"))
        let rows = try connect().ask(
            "SELECT $1::text, $2::text, $3::text, $4::text, $5::text, $6::text, $7::text",
            [
                .timestamp(0), .timestamp(-1), .uuid(id), .bigints([1, nil, -3]),
                .texts(["a,b", nil, "NULL", ""]),
                .jsonbs(["1", nil]), .bools([true, false]),
            ])
        #expect(rows.text(0, 0) == "1970-01-01 00:00:00+00")
        #expect(rows.text(0, 1) == "1969-12-31 23:59:59.999999+00")
        #expect(rows.text(0, 2) == "00112233-4455-6677-8899-aabbccddeeff")
        #expect(rows.text(0, 3) == "{1,NULL,-3}")
        #expect(rows.text(0, 4) == #"{"a,b",NULL,"NULL",""}"#)
        #expect(rows.text(0, 5) == "{1,NULL}")
        #expect(rows.text(0, 6) == "{t,f}")
    }

    @Test("arrays with NULLs come back as they were sent") func arrays() throws {
        let ids: [UUID?] = [UUID(), nil, UUID()]
        let rows = try connect().ask(
            "SELECT $1, $2, $3, $4, $5, $6, $7, $8",
            [
                .bools([true, false]), .ints([1, nil, .min]), .bigints([nil, .max, 0]),
                .texts(["", nil, "ї\n"]),
                .byteas([[], nil, [0, 1]]), .uuids(ids), .timestamps([0, nil, -5]),
                .jsonbs(["{}", nil, "[1]"]),
            ])
        #expect(rows.bools(0, 0) == [true, false])
        #expect(rows.ints(0, 1) == [1, nil, .min])
        #expect(rows.bigints(0, 2) == [nil, .max, 0])
        #expect(rows.texts(0, 3) == ["", nil, "ї\n"])
        #expect(rows.byteas(0, 4) == [[], nil, [0, 1]])
        #expect(rows.uuids(0, 5) == ids)
        #expect(rows.timestamps(0, 6) == [0, nil, -5])
        #expect(rows.texts(0, 7) == ["{}", nil, "[1]"])
    }

    @Test("arrays can be unnested side by side, and be empty") func unnest() throws {
        let connection = try connect()
        let sql = "SELECT a, b FROM unnest($1, $2) AS t(a, b)"
        let rows = try connection.ask(sql, [.texts(["x", nil]), .bigints([nil, 2])])
        #expect(rows.count == 2)
        #expect(rows.text(0, 0) == "x" && rows.isNull(0, 1))
        #expect(rows.isNull(1, 0) && rows.bigint(1, 1) == 2)
        #expect(try connection.ask(sql, [.texts([]), .bigints([])]).isEmpty)
        #expect(try connection.ask("SELECT $1", [.texts([])]).texts(0, 0) == [])
    }

    @Test("NULL is no empty value") func nulls() throws {
        let rows = try connect().ask(
            "SELECT $1, $2, $3, $4, $5, $6, $7::int",
            [.text(nil), .text(""), .bytea(nil), .bytea([]), .uuid(nil), .jsonb(nil), .null])
        #expect(rows.isNull(0, 0) && rows.text(0, 0) == nil)
        #expect(rows.text(0, 1) == "")
        #expect(rows.bytea(0, 2) == nil)
        #expect(rows.bytea(0, 3) == [])
        #expect(rows.uuid(0, 4) == nil && rows.isNull(0, 5) && rows.int(0, 6) == nil)
    }

    @Test("smaller integers, names, enums and varchar are read too") func others() throws {
        let connection = try connect()
        try connection.script("DROP TYPE IF EXISTS mood; CREATE TYPE mood AS ENUM ('calm', 'not calm')")
        let rows = try connection.ask(
            "SELECT 5::smallint, -5::smallint, 4000000000::oid, 'n'::name, 'not calm'::mood, "
                + "'v'::varchar(9), 1.5::real, '{\"k\": 1}'::json, 'infinity'::timestamptz")
        #expect(rows.int(0, 0) == 5 && rows.bigint(0, 1) == -5 && rows.bigint(0, 2) == 4_000_000_000)
        #expect(rows.text(0, 3) == "n" && rows.text(0, 4) == "not calm" && rows.text(0, 5) == "v")
        #expect(rows.double(0, 6) == 1.5 && rows.json(0, 7) == #"{"k": 1}"# && rows.timestamp(0, 8) == .max)
        #expect(rows.columns.count == 9)
    }

    @Test("a statement may be asked with NULL first and other types later") func typesChange() throws {
        let connection = try connect()
        let statement = Statement(name: "test.types", sql: "SELECT $1::text")
        #expect(try connection.query(statement, [.null]).isNull(0, 0))
        #expect(try connection.query(statement, [.int(3)]).text(0, 0) == "3")
        #expect(try connection.query(statement, [.bigint(4)]).text(0, 0) == "4")
        #expect(try connection.query(statement, [.text("5")]).text(0, 0) == "5")
        #expect(try connection.query(statement, [.null]).isNull(0, 0))
        let kept = "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE '%test.types'"
        #expect(try connection.ask(kept).bigint(0, 0) == 4)
    }

    @Test("a million-byte value and 100,000 elements pass") func large() throws {
        let connection = try connect()
        let bytes = [UInt8](repeating: 0xA5, count: 5_000_000)
        #expect(try connection.ask("SELECT $1", [.bytea(bytes)]).bytea(0, 0) == bytes)
        let numbers = (0..<100_000).map { Int64?.some($0) }
        let rows = try connection.ask("SELECT n FROM unnest($1) AS n", [.bigints(numbers)])
        #expect(rows.count == 100_000 && rows.bigint(99_999, 0) == 99_999)
    }

    @Test(
        "NUL in a text is refused and nothing breaks",
        arguments: [
            Value.text("a\0b"), .texts(["a", "b\0"]), .jsonb("\"\0\""), .jsonb(#""\u0000""#),
        ])
    func nul(value: Value) throws {
        let connection = try connect()
        let refused = try failure { _ = try connection.ask("SELECT $1", [value]) }
        #expect(refused.kind == .invalid)
        #expect(try connection.ask("SELECT 1").int(0, 0) == 1)
    }
}
