import Adapters
import Contacts
import Store
import Testing

@testable import Receiving

@Suite("A kept request")
struct KeptRequestTests {
    private static let secret = "s+cr/t= canary&ü"
    private static let token = "url-token-canary"
    private let channel = Adapters.Channel(
        key: "site", adapter: "generic", tokens: [Secret(Self.token), "second-token-canary"],
        secrets: ["key": [Secret(Self.secret), "old-key-canary", "abc"]], region: "UA")

    @Test(
        "a secret in the query or the path is left out, however it is spelled",
        arguments: [
            ("a=1&key=url-token-canary&b=2", "a=1&key=-&b=2"),
            ("key=url%2Dtoken%2dcanary", "key=-"),
            ("key=u%72l-token-canar%79", "key=-"),
            ("url-token-canary=1", "-=1"),
            ("key=xurl-token-canaryx", "key=x-x"),
            ("key=s%2Bcr%2Ft%3D%20canary%26%C3%BC", "key=-"),
            ("key=s%2bcr/t=+canary%26%c3%bc&b=2", "key=s%2bcr/t=+canary%26%c3%bc&b=2"),
            ("key=s%2bcr%2ft%3d+canary%26%c3%bc&b=2", "key=-&b=2"),
            ("key=old-key-canary&key=second-token-canary", "key=-&key=-"),
        ])
    func masksQueries(_ query: String, _ expected: String) throws {
        let event = try event(query: query, tail: query)
        #expect(event.query == expected)
        #expect(event.url == "https://leads.example.com/in/site/-?" + expected)
    }

    @Test("a secret in the tail of the path is left out")
    func masksTails() throws {
        #expect(try event(tail: "hook/url-token-canary/end").tail == "hook/-/end")
    }

    @Test("headers that hold credentials or signatures keep their name only")
    func masksCredentials() throws {
        let telling = [
            "Authorization", "Proxy-Authorization", "X-Telegram-Bot-Api-Secret-Token", "X-Hub-Signature-256",
            "Signature", "X-Api-Key", "X-Apikey", "X-Twilio-Signature", "X-Auth-Token", "X-Shop-Hmac-Sha256",
            "X-Password", "Content-Sign",
        ]
        let event = try event(headers: telling.map { Header($0, "Canary \($0)") })
        #expect(event.headers == telling.map { JournalHeader($0.lowercased(), "-") })
    }

    @Test("cookies and what only concerns one connection are not kept")
    func dropsConnectionHeaders() throws {
        let dropped = ["Cookie", "Connection", "Content-Length", "Transfer-Encoding", "Keep-Alive"]
        #expect(try event(headers: dropped.map { Header($0, "x") }).headers == [])
    }

    @Test("other headers are kept in their order, the channel's secrets left out of them")
    func masksSecretsInHeaders() throws {
        let event = try event(headers: [
            Header("User-Agent", "Canary/1.0"), Header("Referer", "https://e.com/in/site/url-token-canary?x"),
            Header("X-Odd", "a s+cr/t= canary&ü b"), Header("X-Odd", "abc"),
            Header("X-Spelled", "https://e.com/url%2dtoken-canary/x"),
        ])
        #expect(
            event.headers == [
                JournalHeader("user-agent", "Canary/1.0"),
                JournalHeader("referer", "https://e.com/in/site/-?x"),
                JournalHeader("x-odd", "a - b"), JournalHeader("x-odd", "abc"),
                JournalHeader("x-spelled", "https://e.com/-/x"),
            ])
    }

    @Test("what is no secret stays as it was spelled")
    func leavesTheRest() throws {
        let query = "%zz=%ff&a=%2f+b&&=&abc=abc&%=url-token"
        #expect(try event(query: query).query == query)
        #expect(try event(tail: "100%/a%2fb").tail == "100%/a%2fb")
    }

    @Test("a multipart form's content is the same whatever its boundary, another form's is not")
    func ignoresBoundaries() throws {
        func content(_ boundary: String, _ value: String) throws -> [UInt8] {
            let body =
                "--\(boundary)\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\(value)\r\n--\(boundary)--"
            let type = "Multipart/Form-Data; Boundary=\"\(boundary)\"; charset=utf-8"
            return try event(headers: [Header("Content-Type", type)], body: body).contentSHA256
        }
        #expect(try content("one", "x") == content("----two", "x"))
        #expect(try content("one", "x") != content("one", "y"))
        let plain = try event(body: "a=x")
        #expect(plain.contentSHA256 == plain.bodySHA256)
    }

    @Test("nothing tells a secret: neither the event nor its description")
    func describesNoSecret() throws {
        let event = try event(query: "key=url-token-canary", headers: [Header("Signature", "sig-canary")])
        var text = ""
        dump(event, to: &text)
        #expect(!text.contains("canary"))
        #expect(!"\(channel)".contains("canary"))
        text = ""
        dump(channel, to: &text)
        #expect(!text.contains("canary"))
    }

    private func event(
        query: String = "", tail: String = "", headers: [Header] = [], body: String = ""
    ) throws -> JournalEvent {
        let adapter = try #require(try DoorServer.adapters.get().byName["generic"])
        let request = InboundRequest(
            method: "POST", tail: tail, query: query, headers: headers, body: Array(body.utf8),
            remote: "203.0.113.7", receivedAt: JournalRig.start)
        guard
            case .accepted(let accepted) = adapter.receive(
                request, channel: withoutKey, now: JournalRig.start)
        else { throw NotAccepted() }
        let plain = "https://leads.example.com/in/site/-" + (query.isEmpty ? "" : "?" + query)
        return KeptRequest(request: request, channel: channel, adapter: adapter, plainURL: plain).event(
            accepted)
    }

    /// The adapter asks for the key in a header only where the channel has one.
    private var withoutKey: Adapters.Channel {
        Adapters.Channel(key: channel.key, adapter: channel.adapter, tokens: channel.tokens, region: "UA")
    }

    private struct NotAccepted: Error {}
}
