import JSON
import Testing

/// A text and what it must be read as.
struct Reading: CustomTestStringConvertible {
    let text: String
    let value: JSON
    var testDescription: String { text }
}

@Suite("Reading JSON")
struct ParsingTests {
    @Test(
        "values are read as what they are",
        arguments: [
            Reading(text: "null", value: nil), Reading(text: " true\n", value: true),
            Reading(text: "[]", value: []), Reading(text: "{}", value: [:]),
            Reading(text: "[1,[2,{\"a\":[]}],\"x\"]", value: [1, [2, ["a": []]], "x"]),
            Reading(text: #""\u00e9\ud83d\ude00\n\/\u0000""#, value: "é😀\n/\0"),
            Reading(text: #"{"":1,"a":{"a":null}}"#, value: ["": 1, "a": ["a": nil]]),
        ])
    func values(reading: Reading) throws {
        #expect(try JSON.parse(reading.text) == reading.value)
    }

    @Test(
        "a number is an integer only in its one spelling within 64 bits, and else keeps its text",
        arguments: [
            Reading(text: "0", value: 0), Reading(text: "-1", value: -1),
            Reading(text: "9223372036854775807", value: .integer(.max)),
            Reading(text: "-9223372036854775808", value: .integer(.min)),
            Reading(text: "9223372036854775808", value: .number("9223372036854775808")),
            Reading(text: "-9223372036854775809", value: .number("-9223372036854775809")),
            Reading(text: "-0", value: .number("-0")), Reading(text: "1.0", value: .number("1.0")),
            Reading(text: "1e2", value: .number("1e2")), Reading(text: "1E+2", value: .number("1E+2")),
            Reading(text: "0.10", value: .number("0.10")),
            Reading(text: "1e-9999", value: .number("1e-9999")),
            Reading(
                text: "123456789012345678901234567890.5", value: .number("123456789012345678901234567890.5")),
        ])
    func numbers(reading: Reading) throws {
        #expect(try JSON.parse(reading.text) == reading.value)
        #expect(try JSON.parse("[\(reading.text)]") == .array([reading.value]))
        #expect(reading.value.text() == reading.text)
    }

    @Test(
        "what is not one JSON text is refused",
        arguments: [
            "", " ", "nul", "nulll", "01", "1.", ".5", "+1", "-", "1e", "0x1", "NaN", "Infinity", "'a'",
            "[1,]", "[1 2]", "{\"a\"}",
            "{\"a\":}", "{a:1}", "{\"a\":1,}", "[", "{", "\"", "\"\\", "\"\\u12", "\"\\x\"", "\"\n\"", "1 2",
            "{}{}",
            "[]]", "// c\n1", "\u{FEFF}1", "\"\\ud800\"", "\"\\udc00\"", "\"\\ud800x\"", "\"\\ud800\\u0041\"",
            "{\"\\udc00\":1}", "1\0", "[1\0]", "\"a\0b\"", "\0", "null\0null",
        ])
    func malformed(text: String) {
        #expect { try JSON.parse(text) } throws: { error in
            guard case JSONFailure.malformed(let offset, let reason) = error else { return false }
            return offset >= 0 && offset <= text.utf8.count && !reason.isEmpty
        }
    }

    @Test(
        "bytes that are not UTF-8 are refused",
        arguments: [
            [0xFF], [0xC0, 0x80], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0x80],
            [0xF8, 0x88, 0x80, 0x80, 0x80],
        ])
    func badEncoding(bytes: [UInt8]) {
        let quote = UInt8(ascii: "\"")
        #expect(throws: JSONFailure.self) { try JSON.parse([quote] + bytes + [quote]) }
        #expect(throws: JSONFailure.self) { try JSON.parse([quote, 0x41] + bytes) }
    }

    @Test("every cut of a text is refused, with an offset inside it")
    func cuts() throws {
        let text = Array(#"{"a":[1,-2.5e3,true,null,"é😀\u20ac"],"b":{"c":"\ud83d\ude00"}}"#.utf8)
        _ = try JSON.parse(text)
        for count in 0..<text.count {
            #expect { try JSON.parse(Array(text.prefix(count))) } throws: { error in
                guard case JSONFailure.malformed(let offset, _) = error else { return false }
                return offset <= count
            }
        }
    }

    @Test("the offset of a mistake is where it stands")
    func offset() {
        #expect { try JSON.parse("[1, 2, x]") } throws: { error in
            guard case JSONFailure.malformed(offset: 7, _) = error else { return false }
            return true
        }
    }

    @Test(
        "a name that comes twice in one object is refused, the same name in another is not",
        arguments: [2, 40, 5_000])
    func duplicateKeys(count: Int) throws {
        let members = (0..<count).map { "\"k\($0)\":{\"k0\":1}" }
        let object = try JSON.parse("{" + members.joined(separator: ",") + "}")
        #expect(object.object?.count == count)
        #expect(object["k\(count - 1)"] == ["k0": 1])
        let text = "{" + members.joined(separator: ",") + ",\"\\u006b1\":2}"
        #expect(throws: JSONFailure.duplicateKey("k1", offset: text.utf8.count - 3)) { try JSON.parse(text) }
    }

    @Test("names that only look the same are two members")
    func canonicalEquivalents() throws {
        let object = try JSON.parse("{\"caf\u{E9}\":1,\"cafe\u{301}\":2}")
        #expect(object["caf\u{E9}"] == 1)
        #expect(object["cafe\u{301}"] == 2)
    }

    @Test("depth is counted and limited", arguments: [1, 2, 64, 512])
    func depth(limit: Int) throws {
        func nested(_ depth: Int) -> String {
            (0..<depth).map { $0 % 2 == 0 ? "[" : "{\"a\":" }.joined() + "1"
                + (0..<depth).reversed().map { $0 % 2 == 0 ? "]" : "}" }.joined()
        }
        let value = try JSON.parse(nested(limit), maxDepth: limit)
        #expect(value.text() == nested(limit))
        #expect { try JSON.parse(nested(limit + 1), maxDepth: limit) } throws: { error in
            guard case JSONFailure.tooDeep(let offset) = error else { return false }
            return offset > 0
        }
    }

    @Test("endless nesting ends as an error", arguments: ["[", "{\"a\":"], [10_000, 1_000_000])
    func bombs(opening: String, depth: Int) {
        let text = Array(String(repeating: opening, count: depth).utf8)
        for maxDepth in [64, .max] {
            #expect { try JSON.parse(text, maxDepth: maxDepth) } throws: { error in
                guard case JSONFailure.tooDeep = error else { return false }
                return true
            }
        }
    }

    @Test("a failure says where and what")
    func description() {
        #expect(
            "\(JSONFailure.duplicateKey("a", offset: 9))" == "JSON key \"a\" twice in one object, at byte 9")
        #expect("\(JSONFailure.tooDeep(offset: 65))" == "JSON too deep at byte 65")
    }
}
