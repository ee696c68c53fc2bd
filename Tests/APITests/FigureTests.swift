import Adapters
import Contacts
import Curl
import Foundation
import Harness
import JSON
import Store
import Testing

@Suite("Channels and figures of the API")
struct FigureTests {
    /// Three days: old events, then new ones of every status.
    private func fill(_ gateway: GatewayUnderTest) throws {
        func add(_ channel: String, _ word: String, _ count: Int, ago: Duration) throws {
            let ids = (0..<count).map { UUID.v7(at: gateway.now - ago + .milliseconds($0)) }
            try gateway.insert("inbound_event", ids.map { Row.event($0, channel: channel).json })
            switch word {
            case "queued": try gateway.insert("intake", ids.map { Row.intake($0, channel: channel).json })
            case "parked":
                try gateway.insert(
                    "intake", ids.map { Row.intake($0, channel: channel).with(["reason": "parked"]).json })
            default:
                try gateway.insert("outcome", ids.map { Row.outcome($0, channel: channel, word).json })
            }
        }
        let (old, new) = (Duration.seconds(2 * 86_400), Duration.seconds(600))
        try add("site", "done", 5, ago: old)
        try add("site", "queued", 1, ago: old)
        try add("site", "done", 4, ago: new)
        try add("site", "ignored", 3, ago: new)
        try add("site", "dead", 2, ago: new)
        try add("site", "queued", 6, ago: new)
        try add("pbx", "parked", 2, ago: old)
        try add("pbx", "parked", 3, ago: new)
        let rejections: [(String, Duration, Int64)] = [
            ("bad_token", new, 7), ("bad_token", new - .seconds(60), 5), ("bad_token", old, 100),
            ("rate_limited", new, 1), ("duplicate", new, 9), ("duplicate", old, 100),
        ]
        try gateway.insert(
            "rejection",
            rejections.map { reason, ago, count in
                let minute = (gateway.now - ago).microseconds / 60_000_000 * 60_000_000
                return [
                    "workspace_id": .integer(GatewayUnderTest.north),
                    "channel_id": .integer(Channel.identifier(of: "site")), "reason": .string(reason),
                    "minute": .string(Instant(microseconds: minute).iso8601), "count": .integer(count),
                ]
            })
        let card = UUID.v7(at: gateway.now)
        try gateway.insert("card", [Row.card(card).json])
        let leads = [old, new, new].map { Row.lead(UUID.v7(at: gateway.now - $0), of: card, status: "won") }
        try gateway.insert("lead", leads.map(\.json))
    }

    @Test("channels come by key with their queues, their adapter in force and their newest event")
    func channels() async throws {
        try await GatewayUnderTest.run { gateway in
            try fill(gateway)
            let page = try await gateway.json("/v1/channels", gateway.token())
            let channels = try #require(page["items"]?.array)
            #expect(channels.map { $0["key"] } == ["inbox", "pbx", "site"])
            #expect(channels.map { $0["state"] } == ["retired", "active", "active"])
            #expect(channels.map { $0["queued"] } == [0, 0, 7])
            #expect(channels.map { $0["parked"] } == [0, 5, 0])
            let version = try GatewayUnderTest.adapters.get().byName["generic"]?.version
            #expect(channels[2]["adapter_version"]?.string == version)
            #expect(channels[0]["adapter_version"]?.isNull == true, "a source of the gateway's own has none")
            #expect(channels[1]["unproven"] == "no delivery was seen")
            #expect(channels[2]["unproven"]?.isNull == true)
            func time(_ ago: Duration) -> JSON {
                .string(UUID.v7(at: gateway.now - ago).instant.iso8601)
            }
            #expect(channels[2]["oldest_queued_at"] == time(.seconds(2 * 86_400)))
            #expect(channels[1]["oldest_queued_at"]?.isNull == true, "what is parked waits for no worker")
            #expect(channels[2]["last_event_at"] == time(.seconds(600) - .milliseconds(5)))
            #expect(channels[0]["last_event_at"]?.isNull == true)
        }
    }

    @Test("figures count what was received since then, by what became of it, and all that waits")
    func stats() async throws {
        try await GatewayUnderTest.run { gateway in
            try fill(gateway)
            let token = try gateway.token()
            let day = try await gateway.json("/v1/stats", token)
            #expect(day["since"] == .string((gateway.now - .seconds(86_400)).iso8601))
            #expect(day["until"] == .string(gateway.now.iso8601))
            #expect(day["leads_opened"] == 2)
            #expect(day["oldest_queued_seconds"] == 172_800)
            #expect(day["channels"]?.array?.map { $0["channel"] } == ["inbox", "pbx", "site"])
            #expect(
                day.at(path: "channels.2") == [
                    "channel": "site", "received": 15, "done": 4, "ignored": 3, "dead": 2, "queued": 7,
                    "parked": 0, "duplicates": 9, "rejected": ["bad_token": 12, "rate_limited": 1],
                ])
            #expect(
                day.at(path: "channels.1") == [
                    "channel": "pbx", "received": 3, "done": 0, "ignored": 0, "dead": 0, "queued": 0,
                    "parked": 5, "duplicates": 0, "rejected": [:],
                ])
            let since = (gateway.now - .seconds(3 * 86_400)).iso8601
            let all = try await gateway.json("/v1/stats?since=\(since)", token)
            #expect(all["leads_opened"] == 3)
            #expect(all.at(path: "channels.2.received") == 21)
            #expect(all.at(path: "channels.2.done") == 9)
            #expect(all.at(path: "channels.2.duplicates") == 109)
        }
    }

    @Test("a replayed event counts once, by its latest run, and not at all while it waits")
    func replayed() async throws {
        try await GatewayUnderTest.run { gateway in
            let ids = (0..<2).map { _ in UUID.v7(at: gateway.now - .seconds(60)) }
            try gateway.insert("inbound_event", ids.map { Row.event($0, channel: "site").json })
            try gateway.insert("outcome", ids.map { Row.outcome($0, channel: "site", "dead").json })
            try gateway.insert("outcome", [Row.outcome(ids[0], channel: "site", "done", run: 1).json])
            try gateway.insert("intake", [Row.intake(ids[1], channel: "site").json])
            let site = try await gateway.json("/v1/stats", gateway.token()).at(path: "channels.2")
            #expect(site?["received"] == 2)
            #expect(site?["done"] == 1)
            #expect(site?["dead"] == 0)
            #expect(site?["queued"] == 1)
        }
    }
}
