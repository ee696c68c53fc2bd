import JSON
import Testing

@testable import Adapters

@Suite("Secrets stay unseen")
struct SecretTests {
    private let canary = "canary-7f3a"

    @Test("a secret shows a dash in every way of printing it")
    func prints() {
        let secret = Secret(canary)
        var dumped = ""
        dump([secret], to: &dumped)
        for text in [
            "\(secret)", String(describing: secret), String(reflecting: [secret]), dumped,
            "\(Optional(secret) as Any)",
        ] {
            #expect(!text.contains(canary))
        }
        #expect("\(secret)" == "-")
        #expect(secret.reveal() == canary)
    }

    @Test("a channel shows neither its secrets nor its tokens")
    func channels() {
        let channel = Channel(
            key: "pbx", adapter: "zadarma", tokens: [Secret(canary)], secrets: ["secret": [Secret(canary)]],
            own: OwnPoints(phones: [canary]))
        var dumped = ""
        dump(channel, to: &dumped)
        dump(channel.secrets, to: &dumped)
        for text in ["\(channel)", String(reflecting: channel), dumped, "\(ChannelSnapshot([channel]))"] {
            #expect(!text.contains(canary))
        }
    }

    @Test("the script sees no secret, no credential header and no token")
    func scripts() throws {
        let adapter = try makeAdapter(
            """
            accepts = { body = "json" }, settings = { secret = { secret = true }, shown = { default = "yes" } },
            verify = { { kind = "static", from = "header.X-Key", key = "{settings.secret}" } },
            """, map: "return { fetch = request }")
        let request = makeRequest(
            headers: [("X-Key", canary), ("Authorization", canary), ("Cookie", canary), ("X-Other", "seen")],
            body: "{}")
        let channel = Channel(
            key: "test", adapter: "test", tokens: [Secret(canary)], secrets: ["secret": [Secret(canary)]])
        guard case .fetch(let seen) = try AdapterRuntime().map(request, adapter: adapter, channel: channel)
        else {
            Issue.record("no request came back")
            return
        }
        #expect(!seen.text().contains(canary))
        #expect(seen["headers"] == ["x-other": "seen"])
        #expect(seen["settings"] == ["shown": "yes"])
    }

    @Test("a token opens only its own channel, and none opens an empty one")
    func tokens() {
        let channel = Channel(key: "a", adapter: "x", tokens: ["one", "two", ""])
        #expect(channel.accepts(token: "one") && channel.accepts(token: "two"))
        #expect(
            !channel.accepts(token: "") && !channel.accepts(token: "on") && !channel.accepts(token: "three"))
    }

    @Test("ids derive from keys and are positive")
    func ids() {
        #expect(Channel.identifier(of: "pbx") == Channel(key: "pbx", adapter: "x").id)
        #expect(Channel.identifier(of: "pbx") > 0)
        #expect(Channel.identifier(of: "pbx") != Channel.identifier(ofWorkspace: "pbx"))
    }
}
