import Adapters
import Contacts
import Foundation
import JSON
import Testing

@testable import Resolving

@Suite("Calls, told by Zadarma's events")
struct CallTests {
    private static let channel = Channel(
        key: "pbx", adapter: "zadarma", tokens: ["token"], secrets: ["secret": ["s"]], region: "UA")

    private struct Event: Hashable, CustomTestStringConvertible {
        var testDescription: String { name }

        let name: String
        let form: String
        /// Seconds after the call's begin.
        let at: Int64
    }

    private static let head = "&call_start=2026-01-15+10%3A20%3A30&pbx_call_id=in_1"
    private static let parties = "&caller_id=380501234567&called_did=380443334455"
    private static let answered = [
        Event(name: "start", form: "event=NOTIFY_START" + head + parties, at: 0),
        Event(name: "ring", form: "event=NOTIFY_INTERNAL" + head + parties + "&internal=101", at: 1),
        Event(
            name: "answer",
            form: "event=NOTIFY_ANSWER" + head + "&caller_id=380501234567&destination=101&internal=101", at: 8
        ),
        Event(
            name: "end",
            form: "event=NOTIFY_END" + head + parties
                + "&internal=101&duration=65&disposition=answered&status_code=16&is_recorded=1&call_id_with_rec=r1",
            at: 75),
        Event(name: "record", form: "event=NOTIFY_RECORD&pbx_call_id=in_1&call_id_with_rec=r1", at: 115),
    ]
    private static let missed = [
        answered[0], answered[1],
        Event(
            name: "end",
            form: "event=NOTIFY_END" + head + parties
                + "&duration=0&disposition=cancel&status_code=0&is_recorded=0",
            at: 20),
    ]

    /// Its clock stands behind the last event.
    private static func desk() throws -> Desk {
        let desk = try Desk(channels: [channel, Desk.channel()])
        desk.advance(.seconds(300))
        return desk
    }

    private static func post(_ event: Event, to desk: Desk) throws {
        try desk.post(
            Array(event.form.utf8), type: "application/x-www-form-urlencoded", to: "pbx",
            receivedAt: Desk.start + .seconds(event.at))
    }

    /// Everything that is told of a call: activity, card, lead; no ids, no times of ours.
    private static func told(_ desk: Desk) throws -> [[String?]] {
        try desk.rows(
            """
            SELECT a.kind, a.direction, a.occurred_at, a.title, a.details, a.because->>'rule' AS rule, l.status, l.source,
                l.opened_at, l.first_response_due, l.first_response_at, c.name,
                (SELECT string_agg(p.value || p.state, ',') FROM leadgate.contact_point p WHERE p.card_id = c.id) AS points
            FROM leadgate.activity a JOIN leadgate.lead l ON l.id = a.lead_id JOIN leadgate.card c ON c.id = a.card_id
            """)
    }

    private static func permutations<T>(_ items: [T]) -> [[T]] {
        guard let first = items.first else { return [[]] }
        return permutations(Array(items.dropFirst())).flatMap { rest in
            (0...rest.count).map { Array(rest[..<$0]) + [first] + rest[$0...] }
        }
    }

    @Test(
        "every order of a call's events, one by one with a repeat, makes the same activity, card and lead",
        arguments: [answered, missed])
    private func orders(events: [Event]) throws {
        let desk = try Self.desk()
        var expected: [[String?]]?
        for order in Self.permutations(events) {
            try desk.run(
                "TRUNCATE leadgate.card, leadgate.intake, leadgate.thread, leadgate.call_statement, leadgate.outcome CASCADE"
            )
            for event in order + [order[0]] {
                try Self.post(event, to: desk)
                try desk.work()
            }
            let told = try Self.told(desk)
            #expect(told.count == 1)
            if expected == nil { expected = told }
            #expect(told == expected, "order \(order.map(\.name))")
            #expect(try desk.count("intake") == 0, "order \(order.map(\.name))")
            #expect(try desk.count("lead") == 1)
        }
    }

    @Test("all events of a call in one batch make the same as one by one")
    func oneBatch() throws {
        let (single, batch) = (try Self.desk(), try Self.desk())
        for event in Self.answered {
            try Self.post(event, to: single)
            try single.work()
            try Self.post(event, to: batch)
        }
        try batch.work()
        #expect(try Self.told(single) == Self.told(batch))
        #expect(try batch.count("activity") == 1)
        #expect(try batch.outcomes() == Array(repeating: "done", count: 5))
    }

    @Test(
        "an answer and a recording that come first wait, without attempts used, and are done when the call is known"
    )
    func parked() throws {
        let desk = try Self.desk()
        try Self.post(Self.answered[4], to: desk)
        try Self.post(Self.answered[2], to: desk)
        try desk.work()
        #expect(try desk.count("activity") == 0)
        #expect(
            try desk.count("intake", where: "reason = 'parked' AND attempts = 0 AND lease_token IS NULL") == 2
        )
        try Self.post(Self.answered[0], to: desk)
        try desk.work()
        #expect(try desk.count("activity") == 1)
        #expect(try desk.count("intake") == 0)
        #expect(try desk.outcomes() == ["done", "done", "done"])
    }

    @Test("a call that nobody identifies for seven days is ignored as never identified")
    func neverIdentified() throws {
        let desk = try Self.desk()
        try Self.post(Self.answered[4], to: desk)
        try desk.work()
        desk.advance(.seconds(6 * 86_400))
        try desk.work()
        #expect(try desk.count("intake") == 1)
        desk.advance(.seconds(86_400 + 120))
        try desk.work()
        #expect(try desk.outcomes() == ["ignored call_never_identified"])
    }

    @Test("a missed call opens a lead that is due when it ended; a call that was taken is the first answer")
    func due() throws {
        let desk = try Self.desk()
        for event in Self.missed { try Self.post(event, to: desk) }
        try desk.work()
        #expect(
            try desk.rows("SELECT title FROM leadgate.activity") == [["Inbound call, missed (cancelled)"]])
        #expect(
            try desk.count("lead", where: "first_response_due IS NOT NULL AND first_response_at IS NULL") == 1
        )
        let taken = try Self.desk()
        for event in Self.answered { try Self.post(event, to: taken) }
        try taken.work()
        #expect(
            try taken.count("lead", where: "first_response_due IS NULL AND first_response_at IS NOT NULL")
                == 1)
    }

    @Test("a call that joins a lead does not make it older")
    func joins() throws {
        let desk = try Self.desk()
        try desk.post(contact(phone: "0501234567"))
        try desk.work()
        let opened = try desk.rows("SELECT opened_at FROM leadgate.lead")
        for event in Self.answered {
            try Self.post(event, to: desk)
            try desk.work()
        }
        #expect(try desk.rows("SELECT opened_at FROM leadgate.lead") == opened)
        #expect(try desk.count("activity") == 2)
    }

    @Test("a foreign number without plus in a Ukrainian workspace stays foreign")
    func foreign() throws {
        let desk = try Self.desk()
        let form = Self.answered[0].form.replacing("380501234567", with: "79991234567")
        try Self.post(Event(name: "start", form: form, at: 0), to: desk)
        try desk.work()
        #expect(try desk.rows("SELECT value FROM leadgate.contact_point") == [["+79991234567"]])
    }

    @Test("a withheld number is a card of its own, its second event finds it again")
    func withheld() throws {
        let desk = try Self.desk()
        for index in [0, 1] {
            let form = Self.answered[index].form.replacing("380501234567", with: "anonymous")
            try Self.post(Event(name: "", form: form, at: Int64(index)), to: desk)
            try desk.work()
        }
        #expect(try desk.count("card") == 1)
        #expect(try desk.count("activity") == 1)
        #expect(try desk.count("contact_point") == 0)
    }
}
