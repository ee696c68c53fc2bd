import Contacts
import JSON
import Testing

@testable import Adapters

@Suite("The data of adapter.lua")
struct DefinitionTests {
    private static func rule(_ text: String) -> String {
        #"accepts = { body = "json" }, settings = { k = { secret = true } }, verify = { { \#(text) } },"#
    }

    @Test(
        "a mistake is told with its path and what belongs there",
        arguments: [
            (
                #"accepts = { body = "yaml" },"#,
                "accepts.body: expected one of form, form-brackets, json, query, multipart, xml, jwt, any, found \"yaml\""
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
                "verify[1].string: needed by kind \"rsa\", found nothing"
            ),
            (
                rule(
                    #"kind = "rsa", hash = "sha1", key = "{settings.k}", from = "header.s", encoding = "hex", string = "{body}""#
                ),
                "verify[1].hash: expected sha256 or sha512"
            ),
            (
                rule(
                    #"kind = "rsa", hash = "sha256", key = "MIIB", from = "header.s", encoding = "hex", string = "{body}""#
                ),
                "verify[1].key: expected a public key of RSA in PEM, 2048 bits or more"
            ),
            (
                rule(
                    #"kind = "rsa", hash = "sha256", key = {"{settings.k}", "MIIB"}, from = "header.s", encoding = "hex", string = "{body}""#
                ),
                "verify[1].key[2]: expected a public key"
            ),
            (
                rule(
                    #"kind = "rsa", hash = "sha256", key = "{json.key}", from = "header.s", encoding = "hex", string = "{body}""#
                ),
                "verify[1].key: the key comes from the file or from settings.x, never from the request"
            ),
            (
                rule(
                    #"kind = "rsa", hash = "sha256", key = "{settings.k}", key_encoding = "base64", from = "header.s", encoding = "hex", string = "{body}""#
                ),
                "verify[1].key_encoding: means nothing to kind \"rsa\""
            ),
            (
                rule(
                    #"kind = "ed25519", key = "{settings.k}", from = "header.s", encoding = "hex", string = "{body}""#
                ),
                "verify[1].key_encoding: needed by kind \"ed25519\", found nothing"
            ),
            (
                rule(
                    #"kind = "ed25519", key = "00ff", key_encoding = "hex", from = "header.s", encoding = "hex", string = "{body}""#
                ),
                "verify[1].key: expected 32 bytes"
            ),
            (
                rule(
                    #"kind = "ed25519", key = "{settings.k}", key_encoding = "text", from = "header.s", encoding = "base64(hex)", string = "{body}""#
                ),
                "verify[1].key_encoding: expected hex or base64; verify[1].encoding: expected one of hex, base64, base64url"
            ),
            (
                rule(
                    #"kind = "jwt", algorithm = "none", key = "{settings.k}", from = "header.Authorization""#),
                "verify[1].algorithm: expected one of HS256, RS256, found \"none\""
            ),
            (
                rule(#"kind = "jwt", key = "{settings.k}", from = "header.Authorization""#),
                "verify[1].algorithm: needed by kind \"jwt\", found nothing"
            ),
            (
                rule(#"kind = "jwt", algorithm = "HS256", key = "fixed", from = "header.Authorization""#),
                "so anybody could sign"
            ),
            (
                rule(
                    #"kind = "jwt", algorithm = "HS256", key = {"{settings.k}", "fixed"}, from = "header.Authorization""#
                ),
                "so anybody could sign"
            ),
            (
                rule(
                    #"kind = "jwt", algorithm = "HS256", key = "{settings.k}{header.kid}", from = "header.Authorization""#
                ),
                "verify[1].key: the key comes from the file or from settings.x"
            ),
            (
                rule(
                    #"kind = "jwt", algorithm = "RS256", key = "{settings.k}", key_encoding = "hex", from = "header.Authorization""#
                ),
                "verify[1].key_encoding: a key of RSA is text in PEM"
            ),
            (
                rule(
                    #"kind = "jwt", algorithm = "RS256", key = "{settings.k}", from = "header.Authorization", claims = { iss = 5 }"#
                ),
                "verify[1].claims.iss: expected a text, found the number 5"
            ),
            (
                rule(
                    #"kind = "jwt", algorithm = "RS256", key = "{settings.k}", from = "header.Authorization", claims = { iss = "{settings.nope}" }"#
                ),
                "verify[1]: settings.nope is not among"
            ),
            (
                #"accepts = { body = "jwt" },"#,
                "accepts.body: \"jwt\" and a rule of kind \"jwt\" with from = \"body\" need each other"
            ),
            (
                rule(#"kind = "jwt", algorithm = "HS256", key = "{settings.k}", from = "body""#),
                "need each other"
            ),
            (
                #"accepts = { body = "jwt" }, settings = { k = { secret = true } }, verify = { { kind = "jwt", algorithm = "HS256", key = "{settings.k}", from = "body", optional = true } },"#,
                "need each other"
            ),
            (
                #"accepts = { body = "jwt" }, settings = { k = { secret = true } }, verify = { { kind = "static", key = "{settings.k}", from = "header.s" } },"#,
                "need each other"
            ),
            (
                rule(
                    #"kind = "ed25519", key = "not hex", key_encoding = "hex", from = "header.s", encoding = "hex", string = "{body}""#
                ),
                "verify[1].key: expected 32 bytes"
            ),
            (
                rule(
                    #"kind = "hmac", hash = "md5", key = "{settings.k}", from = "body", encoding = "hex", string = "{body}", claims = {}"#
                ),
                "verify[1].claims: means nothing to kind \"hmac\""
            ),
            (
                rule(
                    #"kind = "hmac", hash = "md5", key = "{settings.k}", from = "form.a|body", encoding = "hex", string = "{body}""#
                ),
                "verify[1].from: expected header.X"
            ),
            (
                rule(#"kind = "static", key = "{settings.k}", from = "form.a", tolerance = 5"#),
                "verify[1].tolerance: needs a timestamp"
            ),
            (
                rule(
                    #"kind = "hash", hash = "md5", from = "form.a", encoding = "hex", string = {"{body}{settings.k}", "{body}"}"#
                ),
                "so anybody could sign"
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
            (
                #"accepts = { body = "json" }, settings = { s = { secret = true } }, handshake = { { body = false, reply = { text = "{settings.s}" } } },"#,
                "handshake[1].reply: settings.s is a secret, which an answer may hold in an hmac only"
            ),
            (
                #"accepts = { body = "json" }, settings = { s = { secret = true } }, reply = { cases = { { when = { body = true }, text = "{lower(settings.s)}" } } },"#,
                "reply.cases[1]: settings.s is a secret"
            ),
            (
                #"accepts = { body = "json" }, handshake = { { tail = "x", reply = { text = "{settings.nope}" } } },"#,
                "handshake[1].reply: settings.nope is not among the adapter's settings"
            ),
            (
                #"accepts = { body = "json" }, reply = { headers = { ["X-T"] = "{token}" } },"#,
                "reply: no answer shows the {token}"
            ),
            (#"accepts = { body = "json" }, unproven = true,"#, "unproven: expected a text"),
            (#"accepts = { body = "json" }, unproven = "","#, "unproven: expected a sentence"),
            (
                #"accepts = { body = "json" }, event_key = { "form.id|settings.id" },"#,
                "event_key[1]: expected a place"
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
            try makeAdapter(#"accepts = { body = "yaml", limit = "x" }, event_key = { "y" },"#)
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
            query: "q=1&p=a%20b&x=%3CA%20%22%26%27%5C%0A%01%3E", headers: [("X-A", "t=5,v1=x,v1=y")],
            body: "b=2&a=1&a=0&a=1", tail: "t/u")
        let accepts = AcceptRule(methods: ["POST"], body: .form, limit: 100, jsonField: nil, jsonTexts: [])
        let evaluation = Evaluation(
            request: request, decoded: Decoder(accepts: accepts).decode(request),
            choice: [.setting("key"): "test-secret"])
        let cases = [
            ("{{}}", "{}"), ("{method}|{path.tail}|{query.p}", "POST|t/u|a b"), ("{sorted(form)}", "a0a1b2"),
            (#"{sorted(query+form, "=", "&")}"#, "a=0&a=1&b=2&p=a b&q=1&x=<A \"&'\\\n\u{1}>"),
            ("{urlenc(query.p)}", "a%20b"), ("{xmlenc(query.x)}", "&lt;A &quot;&amp;&#39;\\&#10;&gt;"),
            ("{jsonenc(query.x)}", #"<A \"&'\\\u000a\u0001>"#),
            ("{lower(query.x|query.q)}", "<a \"&'\\\n\u{1}>"),
            ("{query.nope|form.b|method}", "2"), ("{form.nope|json.nope}", ""),
            ("{hash(md5, query.q)}", "c4ca4238a0b923820dcc509a6f75849b"),
            ("{hash(sha1, query.nope, base64)}", "2jmj7l5rSw0yVb/vlWAYkK/YBwk="),
            (
                "{hmac(sha256, settings.key, query.q, base64url)}",
                "htHC0nlV_S7ERToUxOyxQes0H584wqDQCHH6dsH3Bv0"
            ),
            ("{has(query)}{has(body)}", "yesyes"), ("{header.x-a#t}", "5"), ("{form.nope}", ""),
        ]
        for (text, expected) in cases {
            let filled = try #require(evaluation.fill(Template(text)))
            #expect(String(decoding: filled, as: UTF8.self) == expected)
        }
        for ambiguous in [
            "{form.a}", "{header.X-A#v1}", "{form.nope|form.a}", "{hash(md5, form.a)}",
            "{hmac(md5, settings.none, query.q)}",
        ] {
            #expect(try evaluation.fill(Template(ambiguous)) == nil)
        }
        for wrong in [
            "{", "}", "{x}", "{sorted(json)}", "{urlenc(x)}", "{form.}", "{header.#t}", "{form.a|}",
            "{form.a|settings.key}", "{hash(sha3, body)}", "{hash(sha256, body, base32)}",
            "{hmac(sha256, form.a, body)}",
            "{hmac(sha256, body)}", "{lower(form.a, form.b)}",
        ] {
            #expect(throws: TemplateProblem.self) { try Template(wrong) }
        }
    }

    @Test(
        "the port of a URL is written where it goes without saying",
        arguments: [
            ("https://a.example/x?y=1:2", "https://a.example:443/x?y=1:2"),
            ("http://a.example", "http://a.example:80"),
            ("https://a.example:8443/x", "https://a.example:8443/x"),
            ("https://a.example?x", "https://a.example:443?x"),
            ("https://[2001:db8::1]/x", "https://[2001:db8::1]:443/x"),
            ("https://[2001:db8::1]:99/x", "https://[2001:db8::1]:99/x"), ("", ""),
        ])
    func ports(_ url: String, _ expected: String) throws {
        let evaluation = Evaluation(request: makeRequest(url: url), decoded: DecodedRequest())
        #expect(try evaluation.fill(Template("{url_port}")) == Array(expected.utf8))
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
