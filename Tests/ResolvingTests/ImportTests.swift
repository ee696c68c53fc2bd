import Adapters
import Contacts
import Foundation
import Harness
import JSON
import Postgres
import Store
import Testing

@testable import Resolving

@Suite("Imported lines")
struct ImportTests {
    private static let channel = "import@main"

    private func desk() throws -> Desk {
        try Desk(channels: [Desk.channel(), .imports(into: "main", region: "UA")])
    }

    private func card(
        phone: String? = nil, email: String? = nil, name: String? = nil, id: String? = nil,
        attributes: JSONObject = [:], verified: Bool? = nil
    ) -> JSON {
        var points: [JSON] = []
        for (kind, value) in [("phone", phone), ("email", email)] {
            guard let value else { continue }
            var point = JSONObject([("kind", .string(kind)), ("value", .string(value))])
            point["verified"] = verified.map(JSON.bool)
            points.append(.object(point))
        }
        var card = JSONObject([("points", .array(points))])
        card["name"] = name.map(JSON.string)
        card["id"] = id.map(JSON.string)
        if !attributes.isEmpty { card["attributes"] = .object(attributes) }
        return ["card": .object(card)]
    }

    @Test("a card never opens a lead and joins none: it leaves a note and what is known of it")
    func noLead() throws {
        let desk = try desk()
        try desk.post(
            card(
                phone: "0501234567", email: "ann@example.com", name: "Ann", id: "7",
                attributes: ["city": "Lviv"]),
            to: Self.channel)
        try desk.work()
        #expect(try desk.outcomes() == ["done"])
        #expect(try desk.count("lead") == 0)
        #expect(
            try desk.rows("SELECT kind, direction, title, lead_id FROM leadgate.activity") == [
                ["note", "internal", "Imported", nil]
            ])
        #expect(
            try desk.rows(
                "SELECT name, attributes->>'city' AS city, attributes->>'id' AS id FROM leadgate.card")
                == [["Ann", "Lviv", "7"]])
        #expect(try desk.count("contact_point", where: "state = 'known' AND verified_by IS NOT NULL") == 2)
        try desk.post(contact(phone: "0501234567"))
        try desk.work()
        #expect(try desk.count("lead", where: "status = 'open'") == 1)
        try desk.post(card(phone: "0501234567", name: "Anna"), to: Self.channel)
        try desk.work()
        #expect(try desk.count("card") == 1)
        #expect(try desk.count("lead") == 1)
        #expect(try desk.count("activity", where: "kind = 'note' AND lead_id IS NULL") == 2)
        #expect(try desk.rows("SELECT name FROM leadgate.card") == [["Ann"]])
    }

    @Test("a card joins the one that a point leads to; its new points are known, unless it says otherwise")
    func joins() throws {
        let desk = try desk()
        try desk.post(contact(phone: "0501234567"))
        try desk.post(contact(phone: "0507654321"))
        try desk.work()
        try desk.post(card(phone: "050 123 45 67", email: "ann@example.com", name: "Ann"), to: Self.channel)
        try desk.post(card(phone: "0507654321", email: "bo@example.com", verified: false), to: Self.channel)
        try desk.work()
        #expect(try desk.count("card") == 2)
        #expect(
            try desk.rows(
                "SELECT value, state FROM leadgate.contact_point WHERE kind = 'email' ORDER BY value")
                == [["ann@example.com", "known"], ["bo@example.com", "proposed"]])
        #expect(try desk.count("card", where: "name = 'Ann'") == 1)
    }

    @Test("the same line twice is one note, one that changed adds what is new and keeps what was")
    func twice() throws {
        let desk = try desk()
        let line = card(phone: "0501234567", id: "7", attributes: ["city": "Lviv"])
        for _ in 0..<2 { try desk.post(line, to: Self.channel) }
        try desk.work()
        try desk.post(line, to: Self.channel)
        try desk.work()
        #expect(try desk.count("activity") == 1)
        try desk.post(
            card(
                phone: "0501234567", email: "ann@example.com", id: "7",
                attributes: ["city": "Kyiv", "tier": "gold"]), to: Self.channel)
        try desk.work()
        #expect(try desk.count("activity") == 2)
        #expect(try desk.count("contact_point") == 2)
        #expect(
            try desk.rows("SELECT attributes->>'city' AS a, attributes->>'tier' AS b FROM leadgate.card")
                == [["Lviv", "gold"]])
    }

    @Test("an import of one person racing with their calls makes one card and one lead")
    func races() throws {
        let desk = try desk()
        for number in 0..<40 {
            if number.isMultiple(of: 2) {
                try desk.post(contact("message", phone: "0501234567"))
            } else {
                try desk.post(card(phone: "+380501234567", id: "\(number)"), to: Self.channel)
            }
        }
        desk.advance(.seconds(1))
        let threads = (0..<4).map { _ in
            let thread = Thread { try? desk.work() }
            thread.start()
            return thread
        }
        let end = ContinuousClock.now + .seconds(60)
        while threads.contains(where: { !$0.isFinished }), .now < end {
            Thread.sleep(forTimeInterval: 0.02)
        }
        try desk.work()
        #expect(try desk.count("intake") == 0)
        #expect(try desk.count("card") == 1)
        #expect(try desk.count("lead") == 1)
        #expect(try desk.count("activity") == 40)
    }

    @Test("a contact event of an import follows the rules of all, at its own time, and its id counts once")
    func event() throws {
        let desk = try desk()
        let event: JSON = [
            "type": "message", "event_id": "m-1", "occurred_at": "2025-12-01T10:00:00Z",
            "contact": ["points": [["kind": "phone", "value": "0501234567"]]],
        ]
        for _ in 0..<2 { try desk.post(event, to: Self.channel) }
        try desk.work()
        #expect(try desk.count("activity") == 1)
        #expect(try desk.count("lead", where: "opened_at = '2025-12-01T10:00:00Z'") == 1)
    }

    @Test(
        "a card that nobody could be recognised by is a dead letter, our own is ignored, wrong lines are dead"
    )
    func unreadable() throws {
        let own = OwnPoints(emails: ["sales@shop.example"])
        let desk = try Desk(channels: [.imports(into: "main", region: "UA", own: own)])
        try desk.post(card(phone: "12"), to: Self.channel)
        try desk.post(card(email: "sales@shop.example"), to: Self.channel)
        try desk.post(["type": "song"], to: Self.channel)
        try desk.work()
        #expect(try desk.outcomes() == ["dead mapping_failed", "ignored own", "dead mapping_failed"])
        #expect(try desk.count("card") == 0)
    }
}
