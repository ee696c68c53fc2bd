import Adapters
import Contacts
import JSON
import Testing

@testable import Resolving

@Suite("What an event does to card and lead")
struct RuleTests {
    @Test("a first contact makes a card with one open lead, a second joins both")
    func opensAndJoins() throws {
        let desk = try Desk()
        try desk.post(contact(phone: "050 123 45 67", name: "Олена"))
        try desk.post(contact(phone: "+380 (50) 123-45-67"))
        try desk.work()
        #expect(try desk.rows("SELECT name FROM leadgate.card") == [["Олена"]])
        #expect(
            try desk.rows("SELECT status, source, pipeline FROM leadgate.lead") == [
                ["open", "desk", "sales"]
            ])
        #expect(try desk.count("activity") == 2)
        let because = try desk.rows(
            "SELECT because->>'matched' AS matched, because->>'lead' AS lead FROM leadgate.activity ORDER BY inbound_event_id"
        )
        #expect(because == [["nothing, a new card", "opened"], ["phone", "joined"]])
        #expect(try desk.outcomes() == ["done", "done"])
        #expect(try desk.count("intake") == 0)
    }

    @Test("an outbound message makes a card without a lead, and joins one that is open")
    func outbound() throws {
        let desk = try Desk()
        try desk.post(contact("message", phone: "0501234567", direction: "outbound"))
        try desk.work()
        #expect(try desk.count("card") == 1)
        #expect(try desk.count("lead") == 0)
        try desk.post(contact(phone: "0501234567"))
        try desk.post(contact("message", phone: "0501234567", direction: "outbound"))
        try desk.work()
        #expect(try desk.count("activity", where: "lead_id IS NOT NULL") == 2)
    }

    @Test("an event without any point is a card of its own each time")
    func noPoints() throws {
        let desk = try Desk()
        for _ in 0..<3 { try desk.post(contact()) }
        try desk.work()
        #expect(try desk.count("card") == 3)
        #expect(try desk.count("lead", where: "status = 'open'") == 3)
    }

    @Test("what is ours makes nothing; our own point beside a person's is left out")
    func own() throws {
        let own = OwnPoints(
            phones: ["044 333 44 55"], emails: ["info@shop.example"], domains: ["our.example"])
        let desk = try Desk(channels: [Desk.channel(own: own)])
        try desk.post(contact(phone: "+380443334455"))
        try desk.post(contact(email: "Info@Shop.example"))
        try desk.post(contact(email: "anyone@our.example"))
        try desk.post(contact(phone: "+380501234567", email: "x@our.example"))
        try desk.work()
        #expect(try desk.outcomes() == ["ignored own", "ignored own", "ignored own", "done"])
        #expect(try desk.rows("SELECT value FROM leadgate.contact_point") == [["+380501234567"]])
    }

    @Test(
        "a lead closed before gets a successor that names it; within reopen_within it is opened again itself")
    func closed() throws {
        let rules = ChannelRules(reopenWithin: .seconds(3_600))
        let desk = try Desk(channels: [Desk.channel(), Desk.channel("again", rules: rules)])
        try desk.post(contact(phone: "0501234567"))
        try desk.work()
        try desk.run("UPDATE leadgate.lead SET status = 'lost', closed_at = opened_at")
        try desk.post(contact(phone: "0501234567"))
        try desk.work()
        let leads = try desk.rows(
            "SELECT status, previous_lead_id FROM leadgate.lead ORDER BY id")
        #expect(leads.map { $0[0] } == ["lost", "open"])
        #expect(try desk.count("lead", where: "previous_lead_id IS NOT NULL") == 1)
        try desk.run("UPDATE leadgate.lead SET status = 'won', closed_at = opened_at WHERE status = 'open'")
        try desk.post(contact(phone: "0501234567"), to: "again")
        try desk.work()
        #expect(try desk.count("lead") == 2)
        #expect(try desk.rows("SELECT kind FROM leadgate.outbox WHERE kind = 'lead.reopened'").count == 1)
        #expect(try desk.count("lead", where: "status = 'open' AND closed_at IS NULL") == 1)
    }

    @Test("several pipelines have an open lead each")
    func pipelines() throws {
        let desk = try Desk(channels: [
            Desk.channel(), Desk.channel("repairs", rules: ChannelRules(pipeline: "service")),
        ])
        for channel in ["desk", "repairs", "desk"] {
            try desk.post(contact(phone: "0501234567"), to: channel)
        }
        try desk.work()
        let leads = try desk.rows("SELECT pipeline FROM leadgate.lead WHERE status = 'open' ORDER BY 1")
        #expect(leads == [["sales"], ["service"]])
        #expect(try desk.count("card") == 1)
    }

    @Test("every change stands in the outbox, numbered per card without gaps")
    func outbox() throws {
        let desk = try Desk()
        for number in 0..<30 { try desk.post(contact(phone: "05012345\(60 + number % 3)")) }
        try desk.work()
        let gaps = try desk.rows(
            """
            SELECT c.id FROM leadgate.card c WHERE c.seq <> (SELECT count(*) FROM leadgate.outbox o WHERE o.card_id = c.id)
                OR c.seq <> (SELECT max(o.seq) FROM leadgate.outbox o WHERE o.card_id = c.id)
            """)
        #expect(gaps.isEmpty)
        #expect(try desk.count("outbox", where: "kind = 'activity.added'") == 30)
        #expect(try desk.count("outbox", where: "kind = 'lead.opened'") == 3)
    }

    @Test("a lead has its time to answer from the channel's rule")
    func due() throws {
        let desk = try Desk(channels: [Desk.channel(rules: ChannelRules(respondWithin: .seconds(900)))])
        try desk.post(contact(phone: "0501234567"))
        try desk.work()
        #expect(try desk.count("lead", where: "first_response_due = opened_at + interval '15 minutes'") == 1)
    }
}
