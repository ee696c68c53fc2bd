import Adapters
import Contacts
import Curl
import Foundation
import Harness
import JSON
import Store
import Testing

@Suite("Lists of the API")
struct ListTests {
    private struct Known {
        let id: UUID
        let channel: String
        let status: String
    }

    @Test("events are filtered by status, channel and time, in every combination")
    func events() async throws {
        try await GatewayUnderTest.run { gateway in
            var seed = Seed()
            let begin = gateway.now - .seconds(3_600)
            let known = (0..<60).map { index in
                Known(
                    id: UUID.v7(at: begin + .milliseconds(index * 10)),
                    channel: ["site", "pbx"].randomElement(using: &seed) ?? "site",
                    status: ["queued", "done", "ignored", "dead"].randomElement(using: &seed) ?? "done")
            }
            try gateway.insert("inbound_event", known.map { Row.event($0.id, channel: $0.channel).json })
            try gateway.insert(
                "intake",
                known.filter { $0.status == "queued" }.map { Row.intake($0.id, channel: $0.channel).json })
            try gateway.insert(
                "outcome",
                known.filter { $0.status != "queued" }.map {
                    Row.outcome($0.id, channel: $0.channel, $0.status).json
                })
            let token = try gateway.token()
            let (since, until) = (known[15].id.instant, known[45].id.instant)
            for status in [nil, "queued", "done", "ignored", "dead"] {
                for channel in [nil, "site", "pbx", "nowhere"] {
                    for (from, to) in [
                        (nil, nil), (since, nil), (nil, until), (since, until), (until, since),
                    ] {
                        let parameters = [
                            status.map { "status=\($0)" }, channel.map { "channel=\($0)" },
                            from.map { "since=\($0.iso8601)" }, to.map { "until=\($0.iso8601)" }, "limit=50",
                        ]
                        let path = "/v1/events?" + parameters.compactMap(\.self).joined(separator: "&")
                        let expected = known.filter { event in
                            (status ?? event.status) == event.status
                                && (channel ?? event.channel) == event.channel
                                && (from.map { event.id.instant >= $0 } ?? true)
                                && (to.map { event.id.instant < $0 } ?? true)
                        }
                        #expect(
                            try await gateway.ids(path, token) == expected.reversed().map(\.id.text),
                            "\(path), \(seed)")
                    }
                }
            }
        }
    }

    @Test("of an event's outcomes the worst of the latest run speaks, and none while it is queued again")
    func statusOfMany() async throws {
        try await GatewayUnderTest.run { gateway in
            let cases: [(String, [(Int64, Int64, String)], Bool)] = [
                ("done", [(0, 0, "dead"), (1, 0, "done")], false),
                ("dead", [(0, 0, "done"), (0, 1, "dead"), (0, 2, "ignored")], false),
                ("done", [(0, 0, "ignored"), (0, 1, "done")], false),
                ("ignored", [(0, 0, "dead"), (1, 0, "done"), (2, 0, "ignored")], false),
                ("queued", [(0, 0, "dead")], true), ("queued", [], true),
            ]
            var expected: [String: [String]] = [:]
            for (status, outcomes, isQueued) in cases {
                gateway.advance(.milliseconds(1))
                let id = UUID.v7(at: gateway.now)
                expected[status, default: []].insert(id.text, at: 0)
                try gateway.insert("inbound_event", [Row.event(id, channel: "site").json])
                try gateway.insert(
                    "outcome",
                    outcomes.map { Row.outcome(id, channel: "site", $2, run: $0, ordinal: $1).json })
                if isQueued { try gateway.insert("intake", [Row.intake(id, channel: "site").json]) }
            }
            let token = try gateway.token()
            for (status, ids) in expected {
                #expect(try await gateway.ids("/v1/events?status=\(status)", token) == ids, "\(status)")
                let byChannel = "/v1/events?status=\(status)&channel=site"
                #expect(try await gateway.ids(byChannel, token) == ids, "\(status)")
                for id in ids {
                    #expect(try await gateway.json("/v1/events/\(id)", token)["status"] == .string(status))
                }
            }
        }
    }

    @Test("leads are filtered by status, source and the time they were opened")
    func leads() async throws {
        try await GatewayUnderTest.run { gateway in
            let card = UUID.v7(at: gateway.now)
            try gateway.insert("card", [Row.card(card).json])
            let words = ["won", "lost", "spam", "duplicate"]
            let leads = (0..<24).map { index in
                Known(
                    id: UUID.v7(at: gateway.now - .seconds(100 - index)),
                    channel: index % 3 == 0 ? "pbx" : "site", status: words[index % 4])
            }
            try gateway.insert(
                "lead",
                leads.map {
                    Row.lead($0.id, of: card, status: $0.status).with(["source": .string($0.channel)]).json
                })
            let token = try gateway.token()
            let since = leads[10].id.instant
            for status in [nil, "open", "won", "lost", "spam", "duplicate"] {
                for source in [nil, "pbx", "site", "elsewhere"] {
                    for from in [nil, since] {
                        let parameters = [
                            status.map { "status=\($0)" }, source.map { "source=\($0)" },
                            from.map { "since=\($0.iso8601)" }, "limit=9",
                        ]
                        let path = "/v1/leads?" + parameters.compactMap(\.self).joined(separator: "&")
                        let expected = leads.filter { lead in
                            (status ?? lead.status) == lead.status
                                && (source ?? lead.channel) == lead.channel
                                && (from.map { lead.id.instant >= $0 } ?? true)
                        }
                        #expect(
                            try await gateway.ids(path, token) == expected.reversed().map(\.id.text),
                            "\(path)")
                    }
                }
            }
        }
    }

    @Test("an offset of time is read with its plus sign, escaped or not")
    func offsets() async throws {
        try await GatewayUnderTest.run { gateway in
            _ = try gateway.tell("north", channel: "site")
            let token = try gateway.token()
            // The story is a minute older than 12:00 UTC.
            for (time, count) in [
                ("2026-01-15T13:58:00+02:00", 2), ("2026-01-15T13:58:00%2B02:00", 2),
                ("2026-01-15T13:58:00Z", 0), ("2026-01-15T11:59:30Z", 0),
            ] {
                #expect(try await gateway.ids("/v1/events?since=\(time)", token).count == count, "\(time)")
            }
        }
    }
}
