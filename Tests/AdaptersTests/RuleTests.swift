import Contacts
import JSON
import OpenSSL
import Testing

@testable import Adapters

@Suite("The rules beside signatures")
struct RuleTests {
    private func receive(
        _ verify: String, _ request: InboundRequest, secrets: [String: [String]] = ["secret": ["s3cret"]],
        settings: [String: [String]] = [:], body: String = "any"
    ) throws -> Reception {
        try makeAdapter(
            """
            accepts = { methods = {"GET", "POST"}, body = "\(body)" },
            settings = { secret = { secret = true }, company = {}, addresses = {} },
            verify = { \(verify) },
            """
        ).receive(request, channel: makeChannel(secrets: secrets, settings: settings), now: moment)
    }

    @Test(
        "a static secret is found wherever the provider puts it",
        arguments: [
            ("header.X-Key", makeRequest(headers: [("x-key", "s3cret")])),
            ("query.key", makeRequest(query: "a=b&key=s3cret")),
            ("form.auth[application_token]", makeRequest(body: "auth[application_token]=s3cret&a=b")),
            ("json.data.secret", makeRequest(body: #"{"data":{"secret":"s3cret"}}"#)),
            ("path.tail", makeRequest(tail: "s3cret")),
        ])
    func fixedSecret(_ place: String, _ request: InboundRequest) throws {
        let rule = #"{ kind = "static", from = "\#(place)", key = "{settings.secret}" }"#
        #expect(try receive(rule, request).accepted?.verified == ["static"])
        #expect(
            try receive(rule, request, secrets: ["secret": ["S3cret"]]).rejection == .signatureMismatch)
        #expect(try receive(rule, makeRequest()).rejection == .signatureMissing)
    }

    @Test("a bearer token needs its word in front")
    func bearer() throws {
        let rule =
            #"{ kind = "static", from = "header.Authorization", prefix = "Bearer ", key = "{settings.secret}" }"#
        #expect(try receive(rule, makeRequest(headers: [("Authorization", "Bearer s3cret")])).accepted != nil)
        #expect(
            try receive(rule, makeRequest(headers: [("Authorization", "s3cret")])).rejection
                == .signatureMismatch)
    }

    @Test("the URL's own token can be the key")
    func token() throws {
        let rule = #"{ kind = "static", from = "header.X-Key", key = "{token}" }"#
        #expect(try receive(rule, makeRequest(headers: [("X-Key", "url-token")])).accepted != nil)
        #expect(try receive(rule, makeRequest(headers: [("X-Key", "other")])).rejection == .signatureMismatch)
    }

    @Test("basic compares user and password")
    func basic() throws {
        let rule = #"{ kind = "basic", key = "pbx:{settings.secret}" }"#
        let right = makeRequest(headers: [("Authorization", "Basic cGJ4OnMzY3JldA==")])
        #expect(try receive(rule, right).accepted?.verified == ["basic"])
        let wrong = [
            "Basic cGJ4OnMzY3JldB==", "Basic cGJ5OnMzY3JldA==", "Bearer cGJ4OnMzY3JldA==", "Basic !",
        ]
        for value in wrong {
            #expect(try receive(rule, makeRequest(headers: [("Authorization", value)])).rejection != nil)
        }
        #expect(try receive(rule, makeRequest()).rejection == .signatureMissing)
    }

    @Test("equals compares with what is configured")
    func equals() throws {
        let rule = #"{ kind = "equals", from = "form.companyID", key = "{settings.company}" }"#
        let settings = ["company": ["77", "78"]]
        #expect(try receive(rule, makeRequest(body: "companyID=78"), settings: settings).accepted != nil)
        #expect(
            try receive(rule, makeRequest(body: "companyID=79"), settings: settings).rejection
                == .signatureMismatch)
    }

    @Test(
        "an allow-list takes addresses and networks of both families",
        arguments: [
            ("92.118.66.0/23", "92.118.67.255", true), ("92.118.66.0/23", "92.118.68.0", false),
            ("193.201.230.155", "193.201.230.155", true), ("193.201.230.155", "193.201.230.154", false),
            ("193.201.230.155", "::ffff:193.201.230.155", true), ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::1", false), ("2001:db8::1", "2001:db8:0:0:0:0:0:1", true),
            ("0.0.0.0/0", "203.0.113.7", true), ("0.0.0.0/0", "2001:db8::1", false),
            ("2001:db8::/33", "2001:db8:8000::1", false), ("10.0.0.0/8", "not an address", false),
            ("10.0.0.0/8", "", false),
        ])
    func allowList(_ network: String, _ remote: String, _ isAllowed: Bool) throws {
        let fixed = try receive(
            #"{ kind = "allow_list", addresses = {"198.51.100.1", "\#(network)"} }"#,
            makeRequest(remote: remote))
        let set = try receive(
            #"{ kind = "allow_list", addresses = {"{settings.addresses}"} }"#, makeRequest(remote: remote),
            settings: ["addresses": ["198.51.100.1", network]])
        for reception in [fixed, set] {
            #expect(reception.rejection == (isAllowed ? nil : .addressNotAllowed))
        }
    }

    @Test("all rules must pass")
    func all() throws {
        let rules =
            #"{ kind = "allow_list", addresses = {"203.0.113.7"} }, "#
            + #"{ kind = "static", from = "header.X-Key", key = "{settings.secret}" }"#
        let right = makeRequest(headers: [("X-Key", "s3cret")])
        #expect(try receive(rules, right).accepted?.verified == ["allow_list", "static"])
        #expect(try receive(rules, makeRequest()).rejection == .signatureMissing)
        let elsewhere = makeRequest(headers: [("X-Key", "s3cret")], remote: "203.0.113.8")
        #expect(try receive(rules, elsewhere).rejection == .addressNotAllowed)
    }

    @Test("an optional rule counts as soon as its setting is given")
    func optional() throws {
        let rule = #"{ kind = "static", from = "header.X-Key", key = "{settings.secret}", optional = true }"#
        #expect(try receive(rule, makeRequest(), secrets: [:]).accepted?.verified == [])
        #expect(try receive(rule, makeRequest()).rejection == .signatureMissing)
    }

    @Test("the key may be hex or base 64")
    func keyEncodings() throws {
        let request = makeRequest(
            headers: [("X-Sign", "9qzLGwiU1yAA5nQO7MjxYvIOPpVkLXU4pHnYOF2XaoQ=")],
            body: #"{"hello":"Привет"}"#)
        for (encoding, key) in [("hex", "746573742d736563726574"), ("base64", "dGVzdC1zZWNyZXQ=")] {
            let rule =
                #"{ kind = "hmac", hash = "sha256", key = "{settings.secret}", key_encoding = "\#(encoding)", "#
                + #"from = "header.X-Sign", encoding = "base64", string = "{body}" }"#
            #expect(try receive(rule, request, secrets: ["secret": [key]]).accepted != nil)
            #expect(try receive(rule, request, secrets: ["secret": ["zz"]]).rejection == .signatureMismatch)
        }
    }

    @Test(
        "one of several texts may be what was signed: Twilio names its port or does not",
        arguments: [
            "https://mycompany.com/myapp.php?foo=1&bar=2", "https://mycompany.com:443/myapp.php?foo=1&bar=2",
        ])
    func severalStrings(_ url: String) throws {
        let fields = "CallSid=CA1&From=%2B14158675309"
        let signed = Array("https://mycompany.com:443/myapp.php?foo=1&bar=2CallSidCA1From+14158675309".utf8)
        let signature = Base64.encode(hmac(key: Array("s3cret".utf8), message: signed, .sha1))
        let rule =
            #"{ kind = "hmac", hash = "sha1", key = "{settings.secret}", from = "header.X-Twilio-Signature", "#
            + #"encoding = "base64", string = { "{url}{sorted(form)}", "{url_port}{sorted(form)}" } }"#
        func receive(_ url: String, _ fields: String) throws -> RejectionReason? {
            let request = makeRequest(headers: [("X-Twilio-Signature", signature)], body: fields, url: url)
            return try self.receive(rule, request, body: "form").rejection
        }
        #expect(try receive(url, fields) == nil)
        #expect(try receive(url, fields + "0") == .signatureMismatch)
        #expect(try receive(url.replacing("https", with: "http"), fields) == .signatureMismatch)
    }

    @Test("one of several keys may be the right one, given or not")
    func severalKeys() throws {
        let rule =
            #"{ kind = "static", from = "header.X-Key", key = {"{settings.secret}", "{settings.company}"}, optional = true }"#
        let request = makeRequest(headers: [("X-Key", "s3cret")])
        #expect(try receive(rule, request).accepted?.verified == ["static"])
        #expect(
            try receive(rule, request, secrets: [:], settings: ["company": ["s3cret"]]).accepted?.verified
                == ["static"])
        #expect(
            try receive(rule, request, secrets: [:], settings: ["company": ["77"]]).rejection
                == .signatureMismatch)
        #expect(try receive(rule, request, secrets: [:]).accepted?.verified == [])
    }

    @Test("a body may be covered by a hash in the signed URL")
    func bodyHash() throws {
        let rule = #"{ kind = "equals", from = "query.bodySHA256", key = "{hash(sha256, body)}" }"#
        // Twilio's vector.
        let hash = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620"
        let body = #"{"property": "value", "boolean": true}"#
        #expect(try receive(rule, makeRequest(query: "bodySHA256=\(hash)", body: body)).accepted != nil)
        #expect(
            try receive(rule, makeRequest(query: "bodySHA256=\(hash)", body: body + " ")).rejection
                == .signatureMismatch)
        #expect(try receive(rule, makeRequest(body: body)).rejection == .signatureMissing)
    }

    @Test("a handshake is answered before verification and echoes only what it was made to")
    func handshake() throws {
        let adapter = try makeAdapter(
            """
            accepts = { methods = {"GET", "POST"}, body = "json" },
            settings = { secret = { secret = true }, verify_token = { secret = true } },
            verify = { { kind = "static", from = "header.X-Key", key = "{settings.secret}" } },
            handshake = {
              { method = "GET", query = "echo", reply = { text = "{query.echo}" } },
              { query = { mode = "subscribe" }, reply = { text = "{query.challenge}" },
                verify = { kind = "static", from = "query.verify_token", key = "{settings.verify_token}" } },
              { header = "Validation-Token", reply = { headers = { ["Validation-Token"] = "{header.Validation-Token}" } } },
              { tail = "ping", reply = {} },
              { json = { type = "url_verification" }, reply = { text = "{json.challenge}" } },
            },
            """)
        let channel = makeChannel(secrets: ["secret": ["s"], "verify_token": ["vt"]])
        func answer(_ request: InboundRequest) -> Reception {
            adapter.receive(request, channel: channel, now: moment)
        }
        #expect(answer(makeRequest("GET", query: "echo=a%0Db")).handshake?.text == "a\rb")
        #expect(answer(makeRequest("POST", query: "echo=ab", body: "{}")).rejection == .signatureMissing)
        #expect(
            answer(makeRequest("GET", query: "mode=subscribe&verify_token=vt&challenge=17")).handshake?.text
                == "17")
        #expect(
            answer(makeRequest("GET", query: "mode=subscribe&verify_token=v&challenge=17")).rejection
                == .signatureMismatch)
        #expect(answer(makeRequest(tail: "ping")).handshake == Reply())
        #expect(
            answer(makeRequest(body: #"{"type":"url_verification","challenge":"c"}"#)).handshake?.text == "c")
        let split = answer(makeRequest(headers: [("Validation-Token", "a\r\nSet-Cookie: b")])).handshake
        #expect(split?.headers == [Header("validation-token", "aSet-Cookie: b")])
        let long = answer(makeRequest("GET", query: "echo=" + String(repeating: "x", count: 9_000))).handshake
        #expect(long?.body.count == 1_024)
    }

    @Test("methods and sizes outside the adapter's are refused")
    func limits() throws {
        let adapter = try makeAdapter(#"accepts = { methods = {"POST"}, body = "form", limit = 10 },"#)
        let channel = makeChannel()
        #expect(
            adapter.receive(makeRequest("GET"), channel: channel, now: moment).rejection
                == .unsupportedContent)
        #expect(
            adapter.receive(makeRequest(body: "a=234567890"), channel: channel, now: moment).rejection
                == .tooLarge)
        #expect(
            adapter.receive(makeRequest(body: "a=23456789"), channel: channel, now: moment).accepted != nil)
    }

    @Test("a reply profile answers by case and never shows the request")
    func replies() throws {
        let adapter = try makeAdapter(
            """
            accepts = { body = "form" }, settings = { base = {} },
            reply = { body = "{}", type = "application/json", cases = {
              { when = { ["form.event"] = {"new", "newer"} }, type = "application/xml",
                text = '<Response onHangup="{url_base}?x={settings.base}"/>' } } },
            """)
        func reply(_ body: String) -> Reply? {
            let channel = makeChannel(settings: ["base": ["b"]])
            return adapter.receive(makeRequest(body: body), channel: channel, now: moment).accepted?.reply
        }
        #expect(reply("event=old")?.text == "{}")
        #expect(
            reply("event=newer")?.text
                == #"<Response onHangup="https://leads.example.com/in/test/token?x=b"/>"#)
        #expect(reply("event=new")?.headers.first == Header("content-type", "application/xml"))
        #expect(throws: AdapterProblem.self) {
            try makeAdapter(#"accepts = { body = "form" }, reply = { text = "{form.event}" },"#)
        }
    }
}
