import JSON
import OpenSSL
import Testing

@testable import Adapters

@Suite("Reading bodies")
struct DecoderTests {
    private func decode(
        _ body: [UInt8], type: String? = nil, as kind: BodyKind = .any, query: String = "",
        method: String = "POST"
    ) -> DecodedRequest {
        let accepts = AcceptRule(
            methods: ["GET", "POST"], body: kind, limit: 1 << 20, jsonField: nil, jsonTexts: [])
        var request = makeRequest(method, query: query, headers: type.map { [("Content-Type", $0)] } ?? [])
        request.body = body
        return Decoder(accepts: accepts).decode(request)
    }

    private func decode(_ body: String, type: String? = nil, as kind: BodyKind = .any) -> DecodedRequest {
        decode(Array(body.utf8), type: type, as: kind)
    }

    @Test("urlencoded fields keep their names, order and repeats")
    func form() {
        let decoded = decode("b=1&a%5Bx%5D=2+3&b=%D0%AF&empty=&bare&=nameless&bad=%zz%4", as: .form)
        #expect(decoded.form.map(\.name) == ["b", "a[x]", "b", "empty", "bare", "", "bad"])
        #expect(decoded.form.map(\.value) == ["1", "2 3", "Я", "", "", "nameless", "%zz%4"])
        #expect(decoded.form.json["b"] == ["1", "Я"])
        #expect(decoded.failure == nil)
    }

    @Test("more than a thousand fields are refused")
    func manyFields() {
        let thousand = Array(repeating: "a=1", count: 1_000).joined(separator: "&")
        #expect(decode(thousand, as: .form).failure == nil)
        #expect(decode(thousand + "&b=1", as: .form).failure != nil)
    }

    @Test(
        "a form's charset is the stated one, its own word, or guessed",
        arguments: [
            ("application/x-www-form-urlencoded; charset=windows-1251", "n=%CF%B8%F2%F0", "Пётр"),
            ("application/x-www-form-urlencoded", "n=%CF%B8%F2%F0", "Пётр"),
            ("application/x-www-form-urlencoded", "n=%CF%B8%F2%F0&_charset_=windows-1251", "Пётр"),
            ("application/x-www-form-urlencoded; charset=\"koi8-r\"", "n=%F0%A3%D4%D2", "Пётр"),
            ("application/x-www-form-urlencoded; charset=iso-8859-1", "n=J%FCrgen", "Jürgen"),
            ("application/x-www-form-urlencoded; charset=unheard-of", "n=%D0%9F", "П"),
            ("application/x-www-form-urlencoded; charset=utf-8", "n=%CF%B8%F2%F0", "Пётр"),
        ])
    func charsets(_ type: String, _ body: String, _ name: String) {
        #expect(decode(body, type: type, as: .form).form.first?.value == name)
    }

    @Test(
        "the first byte decides where the media type is missing or wrong",
        arguments: [
            (nil, #"{"a":"b"}"#), ("text/plain;charset=UTF-8", #"  [1]"#),
            ("application/x-www-form-urlencoded", "{}"),
            ("application/json", #"{"a":1}"#),
        ] as [(String?, String)])
    func sniffsJSON(_ type: String?, _ body: String) {
        let decoded = decode(body, type: type)
        #expect(decoded.json != nil)
        #expect(decoded.form.isEmpty)
    }

    @Test("a form that begins like JSON is still a form")
    func sniffsForm() {
        #expect(decode("{a=b", type: "application/x-www-form-urlencoded").form.first?.name == "{a")
        #expect(decode("a=b", type: "application/json").form.first?.value == "b")
        #expect(decode("a=b").form.first?.value == "b")
        #expect(decode("{a=b", type: "application/json").failure != nil)
        #expect(decode("hello", type: "text/plain").failure != nil)
        #expect(decode("").failure == nil)
    }

    @Test("a byte order mark before JSON is passed over, a second key of one name is not")
    func jsonBodies() {
        #expect(decode([0xEF, 0xBB, 0xBF] + Array("{}".utf8), as: .json).json == [:])
        #expect(decode(#"{"a":1,"a":2}"#, as: .json).failure != nil)
        #expect(decode("", as: .json).failure != nil)
        #expect(decode([], as: .json, method: "GET").failure == nil)
        #expect(decode(Array(#"{"a":"\#u{41f}"}"#.utf8), as: .json).json?["a"] == "П")
    }

    @Test("names in brackets become objects and lists")
    func brackets() {
        let form = decode(
            "data[client][phone]=1&data[client][name]=A&user[]=a&user[]=b&one[]=c&x[=y&data[client]=clash&plain=z",
            as: .formBrackets
        ).form.json
        let nested: JSON = .object(BracketNames.nested(form))
        #expect(
            nested == [
                "data": ["client": ["phone": "1", "name": "A"]], "user": ["a", "b"], "one": ["c"], "x[": "y",
                "data[client]": "clash", "plain": "z",
            ])
        let deep = "a" + String(repeating: "[b]", count: 5_000)
        #expect(BracketNames.nested([deep: "1"]).keys == [deep])
    }

    private let multipart = [
        "--x", "Content-Disposition: form-data; name=\"a\"", "", "1", "--x",
        "content-disposition: form-data; name=\"f\"; filename=\"q%22.txt\"", "Content-Type: text/plain", "",
        "line\r\n--y", "--x--", "",
    ].joined(separator: "\r\n")

    @Test("multipart gives fields, and files by name, size and type")
    func multipartBody() throws {
        let decoded = decode(multipart, type: "multipart/form-data; boundary=x")
        #expect(decoded.failure == nil)
        #expect(decoded.form.map(\.value) == ["1"])
        let file = try #require(decoded.files.first)
        #expect(file.json == ["field": "f", "name": "q\".txt", "size": 9, "type": "text/plain"])
        #expect(file.sha256 == digest(Array("line\r\n--y".utf8), .sha256))
    }

    @Test("a multipart body cut anywhere is refused, never misread")
    func multipartCut() {
        let bytes = Array(multipart.utf8)
        for length in 0..<(bytes.count - 2) {
            let decoded = decode(Array(bytes.prefix(length)), type: "multipart/form-data; boundary=x")
            #expect(decoded.failure != nil || length >= bytes.count - 4, "\(length)")
        }
    }

    @Test(
        "what is no strict multipart is refused",
        arguments: [
            "", "--x--", "--x\r\n\r\n1\r\n--x--",
            "--x\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n1\r\n--x--",
            "--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--",
            "--x\r\nContent-Disposition: form-data; name=\"a\r\n\r\n1\r\n--x--",
            "--x\r\nContent-Disposition: form-data; name=\"a\"; name=\"b\"\r\n\r\n1\r\n--x--",
            "--x\nContent-Disposition: form-data; name=\"a\"\n\n1\n--x--",
        ])
    func multipartWrong(_ body: String) {
        let decoded = decode(body, type: "multipart/form-data; boundary=x")
        #expect(decoded.form.isEmpty)
        #expect(decoded.failure != nil || body == "--x--")
    }

    @Test("multipart limits: parts, header bytes, names, boundaries")
    func multipartLimits() {
        func parts(_ count: Int, name: String = "a") -> String {
            let part = "--x\r\nContent-Disposition: form-data; name=\"\(name)\"\r\n\r\n1\r\n"
            return String(repeating: part, count: count) + "--x--"
        }
        #expect(decode(parts(100), type: "multipart/form-data; boundary=x").failure == nil)
        #expect(decode(parts(101), type: "multipart/form-data; boundary=x").failure != nil)
        let long = String(repeating: "n", count: 257)
        #expect(decode(parts(1, name: long), type: "multipart/form-data; boundary=x").failure != nil)
        let huge = String(repeating: "n", count: 3_000)
        #expect(decode(parts(1, name: huge), type: "multipart/form-data; boundary=x").failure != nil)
        #expect(decode(parts(1), type: "multipart/form-data").failure != nil)
        #expect(decode(parts(1), type: "multipart/form-data; boundary=" + long).failure != nil)
    }

    @Test("any bytes under any media type are read or refused, never fatal")
    func noise() {
        let types = [
            nil, "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
            "text/plain; charset=koi8-r", ";;;=",
        ]
        let seeds = [
            "{\"a\":[1,", "a=%", "--x\r\n", "Content-Disposition: form-data; name=\"", "\u{0}", "[[[[", "&=&",
        ]
        for seed in UInt64(1)...400 {
            var generator = SeededGenerator(seed: seed)
            var body: [UInt8] = []
            for _ in 0..<Int.random(in: 0...12, using: &generator) {
                if Bool.random(using: &generator), let piece = seeds.randomElement(using: &generator) {
                    body += Array(piece.utf8)
                } else {
                    body += (0..<8).map { _ in UInt8.random(in: 0...255, using: &generator) }
                }
            }
            for kind in BodyKind.allCases {
                let type = types.randomElement(using: &generator) ?? nil
                let decoded = decode(body, type: type, as: kind, query: String(decoding: body, as: UTF8.self))
                #expect(decoded.form.count <= Decoder.maxFields, "seed \(seed)")
            }
        }
    }
}
