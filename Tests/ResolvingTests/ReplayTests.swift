import Adapters
import Contacts
import Foundation
import Harness
import JSON
import Postgres
import Store
import Testing

@testable import Resolving

@Suite("Replay")
struct ReplayTests {
    private func replay(_ desk: Desk) throws {
        let ids = try desk.rows("SELECT id FROM leadgate.inbound_event").compactMap { $0[0] }
        let connection = try desk.database.connect(role: "leadgate_serve")
        let put = try connection.replay(
            workspaceID: Desk.workspaceID, ids: try ids.map { try #require(UUID(uuidString: $0)) },
            now: desk.now)
        #expect(put.count == ids.count)
        try desk.work()
    }

    @Test("what was an activity stays that one; the outcome of the new run stands beside the old one")
    func once() throws {
        let desk = try Desk()
        try desk.post(contact(phone: "0501234567"))
        try desk.work()
        try replay(desk)
        #expect(try desk.count("activity") == 1)
        let outcomes = try desk.rows("SELECT run, status, activity_id FROM leadgate.outcome ORDER BY run")
        #expect(outcomes.map { $0[0] } == ["0", "1"])
        #expect(outcomes[0][2] == outcomes[1][2])
    }

    @Test("a dead letter that can be mapped now gets its original time")
    func dead() throws {
        let desk = try Desk()
        try desk.run("ALTER TABLE leadgate.lead ADD CONSTRAINT poison CHECK (source <> 'desk')")
        let received = desk.now
        try desk.post(contact(phone: "0501234567"), receivedAt: received)
        for _ in 0..<6 {
            try desk.work()
            desk.advance(.seconds(301))
        }
        #expect(try desk.outcomes() == ["dead resolution_failed"])
        try desk.run("ALTER TABLE leadgate.lead DROP CONSTRAINT poison")
        try replay(desk)
        #expect(try desk.rows("SELECT occurred_at FROM leadgate.activity").count == 1)
        let same = "occurred_at = (SELECT received_at FROM leadgate.inbound_event)"
        #expect(try desk.count("activity", where: same) == 1)
    }

    @Test("another content under a used key makes no activity by a replay either")
    func sameKey() throws {
        let desk = try Desk()
        try desk.post(contact(phone: "0501234567"))
        try desk.run("UPDATE leadgate.intake SET reason = 'same_key_other_content'")
        try desk.work()
        try replay(desk)
        #expect(try desk.count("activity") == 0)
        #expect(try desk.outcomes() == ["ignored same_key_other_content", "ignored same_key_other_content"])
    }

    @Test("a rehearsal says what would come of it, and changes nothing")
    func rehearsal() throws {
        let desk = try Desk()
        let id = try desk.post(["fail": "on purpose"])
        let other = try desk.post(contact(phone: "0501234567"))
        try desk.run("DELETE FROM leadgate.intake")
        let connection = try desk.database.connect(role: "leadgate_serve")
        let rehearsal = Rehearsal(channels: desk.workers.channels.snapshot, adapters: desk.workers.adapters())
        let dead = try #require(
            try rehearsal.run(connection, workspaceID: Desk.workspaceID, event: id, now: desk.now))
        #expect(dead[0]?["status"] == "dead")
        let done = try #require(
            try rehearsal.run(connection, workspaceID: Desk.workspaceID, event: other, now: desk.now))
        #expect(done[0]?["status"] == "done")
        #expect(done[0]?["because"]?["lead"] == "opened")
        for table in ["intake", "outcome", "card", "contact_point", "lead", "activity", "outbox"] {
            #expect(try desk.count(table) == 0, "\(table)")
        }
        let nobody = try rehearsal.run(
            connection, workspaceID: Desk.workspaceID, event: UUID(), now: desk.now)
        #expect(nobody == nil)
    }
}
