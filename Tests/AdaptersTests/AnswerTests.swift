import Contacts
import JSON
import Testing

@testable import Adapters

@Suite("Answers word for word")
struct AnswerTests {
    private func receive(
        _ data: String, _ request: InboundRequest, secrets: [String: [String]] = ["secret": ["test-secret"]],
        settings: [String: [String]] = [:]
    ) throws -> Reception {
        try makeAdapter(
            """
            accepts = { methods = {"GET", "POST"}, body = "any" },
            settings = { secret = { secret = true }, confirmation = {} },
            \(data)
            """
        ).receive(request, channel: makeChannel(secrets: secrets, settings: settings), now: moment)
    }

    @Test("VK's confirmation is the channel's own text, and its events are answered with ok alone")
    func vk() throws {
        let adapter = """
            handshake = { { json = { type = "confirmation" }, reply = { text = "{settings.confirmation}" } } },
            verify = { { kind = "static", from = "json.secret", key = "{settings.secret}" } },
            reply = { body = "ok" },
            """
        let settings = ["confirmation": ["246f7b2a", "old"]]
        let probe = makeRequest(body: #"{"type":"confirmation","group_id":1}"#)
        #expect(try receive(adapter, probe, settings: settings).handshake?.text == "246f7b2a")
        #expect(try receive(adapter, probe).handshake?.text == "")
        let event = makeRequest(body: #"{"type":"message_new","secret":"test-secret"}"#)
        #expect(try receive(adapter, event, settings: settings).accepted?.reply.text == "ok")
    }

    @Test(
        "a probe is echoed from the query, a header or the body, in the form the provider wants",
        arguments: [
            (
                #"query = "zd_echo", reply = { text = "{query.zd_echo}" }"#,
                makeRequest("GET", query: "zd_echo=a1b2"), "a1b2"
            ),
            (
                #"query = { mode = "subscribe" }, reply = { text = "{query.challenge}" }"#,
                makeRequest("GET", query: "mode=subscribe&challenge=7"), "7"
            ),
            (
                #"json = { type = "url_verification" }, reply = { type = "application/json", text = '{{"challenge":"{jsonenc(json.challenge)}"}}' }"#,
                makeRequest(body: #"{"type":"url_verification","challenge":"a\"b"}"#),
                #"{"challenge":"a\"b"}"#
            ),
            (
                #"form = "challenge", reply = { text = "{lower(form.challenge)}" }"#,
                makeRequest(body: "challenge=AB"),
                "ab"
            ),
            // LinkedIn's vector.
            (
                #"query = "challengeCode", reply = { type = "application/json", text = '{{"challengeCode":"{jsonenc(query.challengeCode)}","challengeResponse":"{hmac(sha256, settings.secret, query.challengeCode)}"}}' }"#,
                makeRequest("GET", query: "challengeCode=890e4665-4dfe-4ab1-b689-ed553bceeed0"),
                #"{"challengeCode":"890e4665-4dfe-4ab1-b689-ed553bceeed0","challengeResponse":"8bde2af5ee9529546d2098fc83434bb05aff1104dca629a22f301714626e29b0"}"#
            ),
            (#"body = false, method = "POST", reply = {}"#, makeRequest(), ""),
        ])
    func echoes(_ handshake: String, _ request: InboundRequest, _ answer: String) throws {
        #expect(try receive("handshake = { { \(handshake) } },", request).handshake?.text == answer)
    }

    @Test("RingCentral's token comes back in the header it came in")
    func header() throws {
        let reply = try receive(
            #"handshake = { { header = "Validation-Token", reply = { headers = { ["Validation-Token"] = "{header.Validation-Token}" } } } },"#,
            makeRequest(headers: [("Validation-Token", "a1-b2")])
        ).handshake
        #expect(reply == Reply(headers: [Header("validation-token", "a1-b2")]))
    }

    @Test("a computed answer is empty while the channel has no secret")
    func noSecret() throws {
        let adapter =
            #"handshake = { { query = "crc", reply = { text = "{hmac(sha256, settings.secret, query.crc)}" } } },"#
        let probe = makeRequest("GET", query: "crc=x")
        #expect(try receive(adapter, probe).handshake?.text.count == 64)
        #expect(try receive(adapter, probe, secrets: [:]).handshake?.text == "")
        #expect(try receive(adapter, probe, secrets: ["secret": [""]]).handshake?.text == "")
    }

    @Test("an empty body is no body")
    func emptyBody() throws {
        let adapter = #"handshake = { { body = true, header = "X-Probe", reply = {} } },"#
        let probe = [("X-Probe", "1")]
        #expect(try receive(adapter, makeRequest(headers: probe, body: "a=b")).handshake != nil)
        #expect(try receive(adapter, makeRequest(headers: probe)).accepted != nil)
    }

    @Test("Binotel and sipgate get the very bytes they wait for")
    func exact() throws {
        let binotel = #"reply = { type = "application/json", body = '{"status":"success"}' },"#
        let reply = try receive(binotel, makeRequest(body: "a=b")).accepted?.reply
        #expect(reply?.text == #"{"status":"success"}"#)
        #expect(reply?.headers.first == Header("content-type", "application/json"))
        let sipgate = """
            reply = { type = "application/xml",
              text = '<?xml version="1.0"?><Response onAnswer="{xmlenc(url_base)}" onHangup="{xmlenc(url_base)}"/>' },
            """
        let request = makeRequest(body: "event=newCall", url: "https://gw.example.com/in/a&b/token?x=1")
        #expect(
            try receive(sipgate, request).accepted?.reply.text
                == #"<?xml version="1.0"?><Response onAnswer="https://gw.example.com/in/a&amp;b/token" "#
                + #"onHangup="https://gw.example.com/in/a&amp;b/token"/>"#)
    }

    @Test("a place with alternatives is the first that was sent, for signatures, keys and conditions")
    func alternatives() throws {
        let viber = """
            verify = { { kind = "static", from = "header.X-Sign|query.sig", key = "{settings.secret}" } },
            event_key = { "form.id|json.id" },
            reply = { cases = { { when = { ["form.cmd|json.cmd"] = "contact" }, body = "{}" } } },
            """
        let form = try receive(viber, makeRequest(query: "sig=test-secret", body: "id=7&cmd=contact"))
            .accepted
        let json = try receive(
            viber, makeRequest(headers: [("X-Sign", "test-secret")], body: #"{"id":7,"cmd":"contact"}"#)
        ).accepted
        #expect(form?.key == json?.key)
        #expect(form?.key.repeatWindow == nil)
        #expect(form?.reply.text == "{}" && json?.reply.text == "{}")
        // A wrong header is not helped by a right query.
        let both = makeRequest(query: "sig=test-secret", headers: [("X-Sign", "wrong")], body: "id=7")
        #expect(try receive(viber, both).rejection == .signatureMismatch)
        let twice = makeRequest(query: "sig=test-secret&sig=x", body: "id=7")
        #expect(try receive(viber, twice).rejection == .signatureMismatch)
        #expect(try receive(viber, makeRequest(body: "id=7")).rejection == .signatureMissing)
    }

    @Test("a script does not see the header of a signature that may also come in the query")
    func hidden() throws {
        let adapter = try makeAdapter(
            """
            accepts = { body = "json" }, settings = { secret = { secret = true } },
            verify = { { kind = "static", from = "query.key|header.X-Key", key = "{settings.secret}" } },
            """, map: "return { fetch = request.headers }")
        let request = makeRequest(headers: [("X-Key", "test-secret"), ("X-Other", "seen")], body: "{}")
        guard
            case .fetch(let seen) = try AdapterRuntime().map(
                request, adapter: adapter, channel: makeChannel())
        else {
            Issue.record("no headers came back")
            return
        }
        #expect(seen == ["x-other": "seen"])
    }

    @Test("what nobody has seen working is told with the adapter")
    func unproven() throws {
        let adapter = try makeAdapter(#"accepts = { body = "json" }, unproven = "no delivery was seen","#)
        #expect(adapter.definition.unproven == "no delivery was seen")
        #expect(try makeAdapter(#"accepts = { body = "json" },"#).definition.unproven == nil)
    }
}
