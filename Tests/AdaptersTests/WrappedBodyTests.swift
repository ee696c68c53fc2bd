import Contacts
import JSON
import OpenSSL
import Testing

@testable import Adapters

@Suite("Bodies within bodies, and XML")
struct WrappedBodyTests {
    private func decode(_ accepts: String, _ body: String, type: String? = nil) throws -> DecodedRequest {
        let adapter = try makeAdapter("accepts = { \(accepts) },")
        let headers = type.map { [("Content-Type", $0)] } ?? []
        return Decoder(accepts: adapter.definition.accepts).decode(makeRequest(headers: headers, body: body))
    }

    /// A BroadSoft event of Beeline's cloud exchange.
    private static let event =
        #"<xsi:Event xmlns:xsi="http://schema.broadsoft.com/xsi" xmlns:xsi1="http://www.w3.org/2001/XMLSchema-instance"><xsi:eventID>ca8a234e</xsi:eventID><xsi:sequenceNumber>3</xsi:sequenceNumber><xsi:eventData xsi1:type="xsi:CallReleasedEvent"><xsi:call><xsi:callId>callhalf-5489974461:0</xsi:callId><xsi:extTrackingId>5701687:1</xsi:extTrackingId><xsi:state>Released</xsi:state></xsi:call></xsi:eventData></xsi:Event>"#

    @Test("XML is read as JSON, for keys and for the script alike")
    func xml() throws {
        let adapter = try makeAdapter(
            #"accepts = { body = "xml" }, event_key = { "json.Event.eventID" },"#,
            map: "return { fetch = request.json }")
        let request = makeRequest(body: Self.event)
        #expect(
            adapter.receive(request, channel: makeChannel(), now: moment).accepted?.key.repeatWindow == nil)
        guard
            case .fetch(let json) = try AdapterRuntime().map(
                request, adapter: adapter, channel: makeChannel())
        else {
            Issue.record("no JSON came back")
            return
        }
        let call: JSON = [
            "callId": "callhalf-5489974461:0", "extTrackingId": "5701687:1", "state": "Released",
        ]
        #expect(
            json == [
                "Event": [
                    "eventID": "ca8a234e", "sequenceNumber": "3",
                    "eventData": ["@type": "xsi:CallReleasedEvent", "call": call],
                ]
            ])
    }

    @Test(
        "elements become texts, objects and lists",
        arguments: [
            ("<a/>", ["a": ""]), ("<a> 1 </a>", ["a": "1"]), (#"<a b="1"/>"#, ["a": ["@b": "1"]]),
            (#"<a b="1">x</a>"#, ["a": ["@b": "1", "#text": "x"]]),
            ("<a>\n <b>1</b>\n <b/>\n <c>2</c>\n</a>", ["a": ["b": ["1", ""], "c": "2"]]),
            ("<a>x<b/>y</a>", ["a": ["b": "", "#text": "xy"]]),
            (#"<a xmlns:p="u" xmlns:q="v" p:b="1" q:b="2"/>"#, ["a": ["@b": "1"]]),
        ] as [(String, JSON)])
    func shapes(_ text: String, _ json: JSON) throws {
        #expect(try decode(#"body = "xml""#, text).json == json)
    }

    @Test("XML that is torn, declares a type or is no XML cannot be decoded")
    func notXML() throws {
        for text in ["", "{}", "<a>", "<!DOCTYPE a><a/>", String(repeating: "<a>", count: 50)] {
            let decoded = try decode(#"body = "xml""#, text)
            #expect(decoded.json == nil)
            #expect(decoded.failure?.hasPrefix("the body is not XML") == true)
        }
    }

    @Test("any takes XML where the media type says so")
    func any() throws {
        for type in ["text/xml; charset=utf-8", "application/xml", "application/soap+xml"] {
            #expect(try decode(#"body = "any""#, " <a>1</a>", type: type).json == ["a": "1"])
        }
        #expect(try decode(#"body = "any""#, "<a>1</a>", type: "text/plain").failure != nil)
        #expect(try decode(#"body = "any""#, "<a b='1'>=", type: "text/xml").failure != nil)
        #expect(try decode(#"body = "any""#, "a=<b>", type: "text/xml").form.first?.value == "<b>")
    }

    @Test(
        "a form's field holds JSON, percent-encoded or in base 64",
        arguments: [
            ("application/x-www-form-urlencoded", "cdr=%7B%22a%22%3A%22%3F%3F%3E%3E%22%7D"),
            ("application/x-www-form-base64-encoded", "cdr=eyJhIjoiPz8+PiJ9"),
            ("application/x-www-form-urlencoded", "cdr=eyJhIjoiPz8%2BPiJ9"),
            ("application/x-www-form-urlencoded", "cdr=eyJhIjoiPz8-PiJ9"),
            ("text/plain", "cdr=eyJhIjoi%0APz8+PiJ9%0A"),
            ("application/json", #"{"a":"??>>"}"#),
        ])
    func field(_ type: String, _ body: String) throws {
        let decoded = try decode(#"body = "any", json_field = "cdr""#, body, type: type)
        #expect(decoded.json == ["a": "??>>"])
        #expect(decoded.failure == nil)
    }

    @Test("a field that holds neither cannot be decoded, one that is not there leaves the form")
    func noField() throws {
        let accepts = #"body = "form", json_field = "cdr""#
        for value in ["x", "eyJhIjox", "%7B"] {
            let decoded = try decode(accepts, "cdr=\(value)&b=1")
            #expect(decoded.json == nil)
            #expect(decoded.failure == "the field cdr is not JSON")
        }
        #expect(try decode(accepts, "b=1").failure == nil)
    }

    @Test("texts of JSON within JSON are read in the order named")
    func texts() throws {
        let accepts = #"body = "json", json_text = { "data", "data.data", "none", "list" }"#
        let body = #"{"data":"{\"data\":\"{\\\"id\\\":7}\",\"type\":\"x\"}","list":[1],"after":null}"#
        #expect(
            try decode(accepts, body).json == [
                "data": ["data": ["id": 7], "type": "x"], "list": [1], "after": nil,
            ])
        let torn = try decode(accepts, #"{"data":"{\"data\":"}"#)
        #expect(torn.failure == "the text at json.data is not JSON")
    }

    @Test("a key may be inside what a token's claims hold as text")
    func wix() throws {
        let adapter = try makeAdapter(
            """
            accepts = { body = "jwt", json_text = "data" }, settings = { secret = { secret = true } },
            verify = { { kind = "jwt", algorithm = "HS256", key = "{settings.secret}", from = "body" } },
            event_key = { "json.data.id" },
            """)
        func body(_ claims: String) -> String {
            let signed = [#"{"alg":"HS256"}"#, claims].map { Base64.encode(Array($0.utf8), urlSafe: true) }
                .joined(separator: ".")
            let code = hmac(key: Array("s3cret".utf8), message: Array(signed.utf8), .sha256)
            return signed + "." + Base64.encode(code, urlSafe: true)
        }
        func key(_ claims: String) -> EventKey? {
            adapter.receive(
                makeRequest(body: body(claims)), channel: makeChannel(secrets: ["secret": ["s3cret"]]),
                now: moment
            ).accepted?.key
        }
        let first = key(#"{"data":"{\"id\":\"1af2\"}","iat":1768465000}"#)
        #expect(first != nil && first?.repeatWindow == nil)
        #expect(first == key(#"{"data":"{\"id\":\"1af2\"}","iat":1768465100}"#))
        #expect(first != key(#"{"data":"{\"id\":\"1af3\"}","iat":1768465000}"#))
    }
}
