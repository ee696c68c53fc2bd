import Contacts
import Curl
import Foundation
import Harness
import JSON
import Postgres
import Store
import Testing

@Suite("Pages of the API")
struct PageTests {
    @Test(
        "pages of events are complete, without a repetition, while events arrive and finish",
        arguments: [
            "", "channel=site", "status=done", "status=done&channel=site", "status=queued",
            "status=queued&channel=site", "status=dead", "status=dead&channel=site",
        ])
    func events(filter: String) async throws {
        try await GatewayUnderTest.run { gateway in
            func add(_ count: Int, at time: Instant) throws -> [UUID] {
                let ids = (0..<count).map { UUID.v7(at: time + .milliseconds($0 / 2)) }
                try gateway.insert("inbound_event", ids.map { Row.event($0, channel: "site").json })
                if filter.contains("queued") {
                    try gateway.insert("intake", ids.map { Row.intake($0, channel: "site").json })
                } else {
                    let status = filter.contains("dead") ? "dead" : "done"
                    try gateway.insert("outcome", ids.map { Row.outcome($0, channel: "site", status).json })
                }
                return ids
            }
            let ids = try add(25, at: gateway.now - .seconds(3_600))
            let token = try gateway.token()
            let listed = try await gateway.ids(
                "/v1/events?limit=7&\(filter)", token,
                betweenPages: {
                    gateway.advance(.seconds(1))
                    _ = try add(3, at: gateway.now)
                })
            #expect(listed == ids.map(\.text).sorted(by: >))
        }
    }

    @Test(
        "pages of leads are complete, without a repetition, while leads are opened",
        arguments: ["", "status=won"])
    func leads(filter: String) async throws {
        try await GatewayUnderTest.run { gateway in
            let card = UUID.v7(at: gateway.now)
            try gateway.insert("card", [Row.card(card).json])
            func add(_ count: Int, at time: Instant) throws -> [UUID] {
                let ids = (0..<count).map { UUID.v7(at: time + .milliseconds($0 / 2)) }
                try gateway.insert("lead", ids.map { Row.lead($0, of: card, status: "won").json })
                return ids
            }
            let ids = try add(20, at: gateway.now - .seconds(60))
            let token = try gateway.token()
            let listed = try await gateway.ids(
                "/v1/leads?limit=6&\(filter)", token,
                betweenPages: {
                    gateway.advance(.seconds(1))
                    _ = try add(2, at: gateway.now)
                })
            #expect(listed == ids.map(\.text).sorted(by: >))
        }
    }

    @Test("pages of a timeline are complete, though activities have the same time or come late")
    func timeline() async throws {
        try await GatewayUnderTest.run { gateway in
            let card = UUID.v7(at: gateway.now)
            try gateway.insert("card", [Row.card(card).json])
            func add(_ times: [Int]) throws -> [(Int, String)] {
                let rows = times.map { ($0, UUID.v7(at: gateway.now)) }
                try gateway.insert(
                    "activity",
                    rows.map {
                        Row.activity($1, of: card, channel: "site", at: gateway.now - .microseconds($0)).json
                    })
                return rows.map { ($0, $1.text) }
            }
            let rows = try add([5, 1, 1, 1, 2, 2, 9, 9, 9, 9, 9, 3])
            let expected = rows.sorted { $0.0 == $1.0 ? $0.1 > $1.1 : $0.0 < $1.0 }.map(\.1)
            let listed = try await gateway.ids(
                "/v1/cards/\(card.text)?limit=2", gateway.token(), within: { $0["timeline"] },
                betweenPages: { _ = try add([0]) })
            #expect(listed == expected)
        }
    }

    @Test("a page of exactly the limit is the last one, and says so")
    func exactPage() async throws {
        try await GatewayUnderTest.run { gateway in
            let ids = (0..<3).map { _ in UUID.v7(at: gateway.now) }
            try gateway.insert("inbound_event", ids.map { Row.event($0, channel: "site").json })
            try gateway.insert("intake", ids.map { Row.intake($0, channel: "site").json })
            for (limit, isLast) in [(2, false), (3, true), (200, true)] {
                let page = try await gateway.json("/v1/events?limit=\(limit)", gateway.token())
                #expect(page["items"]?.array?.count == min(limit, 3))
                #expect(page["next_cursor"]?.isNull == isLast)
            }
        }
    }

    @Test("a cursor that was changed, cut or made for another list is refused")
    func tampered() async throws {
        try await GatewayUnderTest.run { gateway in
            let story = try gateway.tell("north", channel: "site")
            try gateway.insert(
                "activity",
                [Row.activity(UUID.v7(at: gateway.now), of: story.card, channel: "site").json])
            let token = try gateway.token()
            let card = "/v1/cards/\(story.card.text)"
            let lists: [(String, String?)] = [
                ("/v1/events", try await gateway.json("/v1/events?limit=1", token)["next_cursor"]?.string),
                ("/v1/leads", try await gateway.json("/v1/leads?limit=1", token)["next_cursor"]?.string),
                (
                    card,
                    try await gateway.json("\(card)?limit=1", token).at(path: "timeline.next_cursor")?.string
                ),
            ]
            for (list, cursor) in lists {
                let cursor = try #require(cursor, "\(list)")
                #expect(try await gateway.call("\(list)?cursor=\(cursor)", token).status == 200)
                var wrong = [String(cursor.dropLast()), cursor + "A", cursor + "=", "x", "AAAA"]
                wrong += lists.filter { $0.0 != list }.compactMap(\.1)
                wrong += cursor.indices.map { index in
                    cursor.replacingCharacters(in: index...index, with: cursor[index] == "B" ? "C" : "B")
                }
                for text in wrong where text != cursor {
                    let answer = try await gateway.call("\(list)?cursor=\(text)", token)
                    #expect(answer.status == 400, "\(list) with \(text) for \(cursor)")
                    #expect(answer.detail?.hasPrefix("cursor: ") == true)
                }
            }
        }
    }
}
