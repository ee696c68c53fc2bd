import Adapters
import Contacts
import Harness
import JSON
import Store
import Testing

@testable import Resolving

@Suite("Whose card an event belongs to")
struct IdentityTests {
    @Test("phone only, then e-mail only, then both: attached by the phone, the other card is suggested")
    func linked() throws {
        let desk = try Desk()
        for event in [
            contact(phone: "0501234567"), contact(email: "ann@example.com"),
            contact(phone: "0501234567", email: "ann@example.com"),
        ] {
            try desk.post(event)
            try desk.work()
        }
        #expect(try desk.count("card") == 2)
        #expect(try desk.count("card_suggestion", where: "state = 'open'") == 1)
        let last = try desk.rows(
            "SELECT because->>'matched' AS matched FROM leadgate.activity ORDER BY id DESC LIMIT 1"
        )
        #expect(last.first?[0] == "phone")
        let phone = try desk.rows("SELECT card_id FROM leadgate.contact_point WHERE kind = 'phone'")
        #expect(try desk.rows("SELECT card_id FROM leadgate.activity ORDER BY id DESC LIMIT 1") == phone)
    }

    @Test("points of one event that are new go to the card that another of its points has")
    func gathers() throws {
        let desk = try Desk()
        try desk.post(contact(email: "ann@example.com"))
        try desk.work()
        try desk.post(contact(phone: "0501234567", email: "ANN@example.com", handle: "telegram:shop:7"))
        try desk.work()
        #expect(try desk.count("card") == 1)
        #expect(try desk.rows("SELECT count(DISTINCT card_id) FROM leadgate.contact_point") == [["1"]])
    }

    @Test("new points beside an unverified match are proposed: they attach, and are not shown in a lookup")
    func proposed() throws {
        let desk = try Desk()
        try desk.post(contact(email: "ann@example.com"))
        try desk.work()
        try desk.post(contact(phone: "0501234567", email: "ann@example.com"))
        try desk.work()
        let state = "SELECT state FROM leadgate.contact_point WHERE kind = 'phone'"
        #expect(try desk.rows(state) == [["proposed"]])
        let connection = try desk.database.connect(role: "leadgate_serve")
        let find = { try connection.knownCaller(workspaceID: Desk.workspaceID, phone: "+380501234567") }
        #expect(try find() == nil)
        try desk.post(contact(phone: "0501234567"))
        try desk.work()
        #expect(try desk.count("card") == 1)
        try desk.post(contact(phone: "0501234567", verified: true))
        try desk.work()
        #expect(try desk.rows(state) == [["known"]])
        #expect(try find() != nil)
    }

    @Test("a blocked or shared point identifies nobody", arguments: ["blocked", "shared"])
    func unusable(state: String) throws {
        let desk = try Desk()
        try desk.post(contact(phone: "0501234567"))
        try desk.work()
        try desk.run("UPDATE leadgate.contact_point SET state = '\(state)'")
        try desk.post(contact(phone: "0501234567"))
        try desk.post(contact(phone: "0501234567"))
        try desk.work()
        #expect(try desk.count("card") == 3)
        #expect(try desk.rows("SELECT state FROM leadgate.contact_point") == [[state]])
    }

    @Test("one batch holds a person's events by phone, by e-mail and by both: one card")
    func oneBatch() throws {
        let desk = try Desk()
        try desk.post(contact(phone: "0501234567", email: "ann@example.com"))
        try desk.post(contact(email: "ann@example.com"))
        try desk.post(contact(phone: "050 123 4567"))
        try desk.work()
        #expect(try desk.count("card") == 1)
        #expect(try desk.count("lead") == 1)
        #expect(try desk.count("activity") == 3)
    }

    @Test(
        "cards are merged where the channel says so and proves both points, else suggested only",
        arguments: [true, false])
    func merges(isVerified: Bool) throws {
        let desk = try Desk(channels: [Desk.channel(rules: ChannelRules(mergesAutomatically: true))])
        try desk.post(contact(phone: "0501234567"))
        try desk.post(contact(handle: "telegram:shop:7"))
        try desk.work()
        #expect(try desk.count("card") == 2)
        try desk.post(
            contact("message", phone: "0501234567", handle: "telegram:shop:7", verified: isVerified))
        try desk.work()
        #expect(try desk.count("card", where: "merged_into IS NOT NULL") == (isVerified ? 1 : 0))
        #expect(try desk.count("card_suggestion", where: "state = 'open'") == (isVerified ? 0 : 1))
        #expect(
            try desk.rows("SELECT count(DISTINCT card_id) FROM leadgate.activity") == [
                [isVerified ? "1" : "2"]
            ])
        #expect(try desk.count("lead", where: "status = 'open'") == (isVerified ? 1 : 2))
    }
}
