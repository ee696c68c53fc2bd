import Contacts
import JSON
import Testing

@testable import Adapters

@Suite("The data of adapter.lua")
struct DefinitionTests {
    @Test(
        "a mistake is told with its path and what belongs there",
        arguments: [
            (
                #"accepts = { body = "xml" },"#,
                "accepts.body: expected one of form, form-brackets, json, query, multipart, any, found \"xml\""
            ),
            (
                #"accepts = { body = "form", limit = "64KB" },"#,
                "accepts.limit: expected a size up to 16MiB as \"64KiB\", found \"64KB\""
            ),
            (#"accepts = { body = "form", limit = "99MiB" },"#, "accepts.limit: expected a size"),
            (#"accepts = { methods = {"FETCH"}, body = "form" },"#, "accepts.methods: expected some of"),
            (#"accept = { body = "form" },"#, "accept: unknown key"),
            (
                #"accepts = { body = "form" }, verify = { { kind = "rsa" } },"#,
                "verify[1].kind: kind \"rsa\" is not supported by this version"
            ),
            (
                #"accepts = { body = "form" }, verify = { { kind = "ed25519" } },"#,
                "kind \"ed25519\" is not supported by this version"
            ),
            (
                #"accepts = { body = "form" }, verify = { { kind = "jwt" } },"#,
                "kind \"jwt\" is not supported by this version"
            ),
            (
                #"accepts = { body = "form" }, verify = { { kind = "hmak" } },"#,
                "verify[1].kind: expected one of hmac, hash, rsa"
            ),
            (
                #"accepts = { body = "form" }, verify = { { kind = "hmac", hash = "sha3" } },"#,
                "verify[1].hash: expected one of md5, sha1, sha256, sha512, found \"sha3\""
            ),
            (
                #"accepts = { body = "form" }, verify = { { kind = "static", from = "form.x", key = "fixed" } },"#,
                "so anybody could sign"
            ),
            (
                #"accepts = { body = "form" }, verify = { { kind = "static", from = "form.x", key = "{settings.nope}" } },"#,
                "settings.nope is not among the adapter's settings"
            ),
            (
                #"accepts = { body = "form" }, verify = { { kind = "allow_list", addresses = {"10.0.0.0/33"} } },"#,
                "verify[1].addresses[1]: expected an address or a network"
            ),
            (
                #"accepts = { body = "form" }, event_key = { "form.a", "from.b" },"#,
                "event_key[2]: expected a place"
            ),
            (
                #"accepts = { body = "form" }, lookup = { when = { ["form.e"] = "x" } },"#,
                "lookup.phone: expected a place"
            ),
            (#"accepts = { body = "form" }, answer = function() end,"#, "answer: needs a lookup rule"),
            (#"accepts = { body = "form" }, answer = "x","#, "answer: expected a function"),
            (
                #"accepts = { body = "form" }, settings = { key = { secret = true, default = "x" } },"#,
                "settings.key.default: a secret has no default"
            ),
            (
                #"accepts = { body = "form" }, settings = { key = { optional = true } },"#,
                "settings.key.optional: unknown key"
            ),
            (
                #"accepts = { body = "form" }, handshake = { { reply = { text = "{query.x" } } },"#,
                "a { without its }"
            ),
            (
                #"accepts = { body = "form" }, handshake = { { reply = {} } },"#,
                "handshake[1]: expected at least one of"
            ),
            (
                #"accepts = { body = "form" }, reply = { status = 99 },"#,
                "reply.status: expected a whole number 200...599"
            ),
            (
                #"accepts = { body = "form" }, repeat_window = 0,"#,
                "repeat_window: expected a whole number 1...86400"
            ),
            (
                #"accepts = { body = "form" }, phones = { anonymous = 5 },"#,
                "phones.anonymous: expected a list"
            ),
            (#"name = "Bad Name", accepts = { body = "form" },"#, "name: expected lower-case letters"),
        ])
    func mistakes(_ data: String, _ message: String) throws {
        let problem = try #require(throws: AdapterProblem.self) { try makeAdapter(data) }
        #expect(problem.message.contains(message), "\(problem)")
        #expect(problem.file == "/nowhere/telephony/test/adapter.lua")
    }

    @Test("several mistakes are told at once")
    func several() throws {
        let problem = try #require(throws: AdapterProblem.self) {
            try makeAdapter(#"accepts = { body = "xml", limit = "x" }, event_key = { "y" },"#)
        }
        for path in ["accepts.body", "accepts.limit", "event_key[1]"] {
            #expect(problem.message.contains(path))
        }
    }

    @Test("a script that does not load is told with its line")
    func syntax() throws {
        let problem = try #require(throws: AdapterProblem.self) {
            try Adapter(source: "return {\n  name = = 1,\n}", folder: "/nowhere/form/x")
        }
        #expect(problem.line == 2)
    }

    @Test("a mistake in the data is told with the line that looks like it")
    func line() throws {
        let problem = try #require(throws: AdapterProblem.self) {
            try makeAdapter(
                "accepts = { body = \"form\" },\n  verify = { {\n    kind = \"hmac\", hash = \"sha3\" } },")
        }
        #expect(problem.line == 5)
    }

    @Test("templates: braces, places and functions")
    func templates() throws {
        let request = makeRequest(
            query: "q=1&p=a%20b", headers: [("X-A", "t=5,v1=x,v1=y")], body: "b=2&a=1&a=0&a=1", tail: "t/u")
        let accepts = AcceptRule(methods: ["POST"], body: .form, limit: 100, jsonField: nil)
        let evaluation = Evaluation(request: request, decoded: Decoder(accepts: accepts).decode(request))
        let cases = [
            ("{{}}", "{}"), ("{method}|{path.tail}|{query.p}", "POST|t/u|a b"), ("{sorted(form)}", "a0a1b2"),
            (#"{sorted(query+form, "=", "&")}"#, "a=0&a=1&b=2&p=a b&q=1"), ("{urlenc(query.p)}", "a%20b"),
            ("{has(query)}{has(body)}", "yesyes"), ("{header.x-a#t}", "5"), ("{form.nope}", ""),
        ]
        for (text, expected) in cases {
            let filled = try #require(evaluation.fill(Template(text)))
            #expect(String(decoding: filled, as: UTF8.self) == expected)
        }
        for ambiguous in ["{form.a}", "{header.X-A#v1}"] {
            #expect(try evaluation.fill(Template(ambiguous)) == nil)
        }
        for wrong in ["{", "}", "{x}", "{sorted(json)}", "{urlenc(x)}", "{form.}", "{header.#t}"] {
            #expect(throws: TemplateProblem.self) { try Template(wrong) }
        }
    }

    @Test(
        "times in the spellings of providers",
        arguments: [
            ("1775053255", "UTC", 1_775_053_255_000_000), ("1775053255123", "UTC", 1_775_053_255_123_000),
            ("1775053255123456", "UTC", 1_775_053_255_123_456),
            ("1775053255.000200", "UTC", 1_775_053_255_000_200),
            ("2026-01-15T08:20:30Z", "Europe/Kyiv", 1_768_465_230_000_000),
            ("2026-01-15T08:20:30.5+00:00", "UTC", 1_768_465_230_500_000),
            ("2026-01-15 10:20:30", "Europe/Kyiv", 1_768_465_230_000_000),
            ("2026-07-15 11:20:30", "Europe/Kyiv", 1_784_103_630_000_000),
            ("2026-01-15 10:20:30", "+02:00", 1_768_465_230_000_000),
            ("20260115T082030Z", "UTC", 1_768_465_230_000_000),
            ("Thu, 15 Jan 2026 10:20:30 +0200", "UTC", 1_768_465_230_000_000),
            ("15 Jan 2026 08:20:30 GMT", "UTC", 1_768_465_230_000_000),
            ("2026-01-15", "UTC", 1_768_435_200_000_000),
            ("2026-01-15 08:20", "UTC", 1_768_465_200_000_000),
        ] as [(String, String, Int64)])
    func times(_ text: String, _ zone: String, _ microseconds: Int64) {
        #expect(TimeText.parse(text, zone: zone)?.microseconds == microseconds)
    }

    @Test(
        "what is no time is none",
        arguments: [
            "", " ", "0", "1970-01-01 00:00:00", "1970-01-01T00:00:00Z", "soon", "2026-13-01",
            "99999999999999999999",
            "2026-01-15 25:00:00", "-5", "2026-01-15T08:20:30+99:00", String(repeating: " ", count: 70_000),
        ])
    func noTimes(_ text: String) {
        #expect(TimeText.parse(text, zone: "UTC") == nil)
    }
}
