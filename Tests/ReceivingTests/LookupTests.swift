import Adapters
import Contacts
import Curl
import Foundation
import Harness
import JSON
import Postgres
import Telemetry
import Testing

@testable import Receiving

@Suite("Who is calling", .inTurn)
struct LookupTests {
    private static let caller = "380501234567"
    private static let workspace = Doors.pbx.workspaceID

    @Test(
        "a known caller is named in the answer to the ringing call",
        arguments: [
            ("known", Self.caller), ("known", "+\(Self.caller)"),
        ])
    func namesTheKnown(_ state: String, _ sent: String) async throws {
        try await DoorServer.run { door in
            try addCard(to: door, name: "Olena Test", state: state)
            let answer = try await ring(door, "in_1", caller: sent.replacing("+", with: "%2B"))
            #expect(answer == #"{"caller_name":"Olena Test"}"#)
            // A repetition is answered alike.
            #expect(try await ring(door, "in_1", caller: sent.replacing("+", with: "%2B")) == answer)
            #expect(door.metrics.render().contains(#"leadgate_lookups_total{outcome="found"} 2"#))
        }
    }

    @Test(
        "a point that was never proven, or is not to be used, names nobody",
        arguments: ["proposed", "blocked", "shared"])
    func keepsTheUnprovenToItself(_ state: String) async throws {
        try await DoorServer.run { door in
            try addCard(to: door, name: "Olena Test", state: state)
            #expect(try await ring(door, "in_1") == "{}")
            #expect(door.metrics.render().contains(#"leadgate_lookups_total{outcome="unknown"} 1"#))
        }
    }

    @Test("a card that was merged away is answered with the one it became, however long the chain")
    func followsMerges() async throws {
        try await DoorServer.run { door in
            let winner = try addCard(to: door, name: "Winner", state: nil)
            let middle = try addCard(to: door, name: "Middle", state: nil, mergedInto: winner)
            try addCard(to: door, name: "Loser", state: "known", mergedInto: middle)
            #expect(try await ring(door, "in_1") == #"{"caller_name":"Winner"}"#)
        }
    }

    @Test("nobody else's cards are looked at")
    func staysInItsWorkspace() async throws {
        try await DoorServer.run { door in
            try addCard(to: door, name: "Olena Test", state: "known", workspace: Self.workspace + 1)
            #expect(try await ring(door, "in_1") == "{}")
        }
    }

    @Test(
        "an unknown, withheld or impossible number is answered neutrally",
        arguments: [
            "380509999999", "anonymous", "", "12", "%00", "%F0%9F%93%9E",
        ])
    func answersNeutrally(_ caller: String) async throws {
        try await DoorServer.run { door in
            try addCard(to: door, name: "Olena Test", state: "known")
            #expect(try await ring(door, "in_1", caller: caller) == "{}")
            #expect(try door.admin().number("SELECT count(*) FROM inbound_event") == 1)
        }
    }

    @Test("events other than a ringing call are not asked about")
    func asksOnlyWhileRinging() async throws {
        try await DoorServer.run { door in
            try addCard(to: door, name: "Olena Test", state: "known")
            let end = Doors.start().replacing("NOTIFY_START", with: "NOTIFY_END")
            #expect(try await door.ring(end).text == "{}")
            #expect(door.metrics.sum(of: "leadgate_lookups") == 0)
        }
    }

    @Test("when the database does not say who it is, the call is answered neutrally at the deadline and kept")
    func neverHoldsUpACall() async throws {
        var settings = DoorSettings()
        settings.limits = ReceivingLimits()
        // Nothing but the receiver's own deadline ends the wait.
        settings.lookupOptions = ConnectionOptions(
            role: "leadgate_serve", statementTimeout: nil, lockTimeout: nil, silence: nil)
        try await DoorServer.run(settings) { door in
            try addCard(to: door, name: "Olena Test", state: "known")
            let admin = try door.admin()
            try admin.lock("contact_point")
            // The lock is held until all are answered: more calls than connections that can wait for it.
            let start = ContinuousClock.now
            let answers = try await withThrowingTaskGroup(of: String.self) { group in
                for number in 0..<8 { group.addTask { try await ring(door, "in_\(number)") } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(ContinuousClock.now - start < .seconds(10))
            #expect(answers == Array(repeating: "{}", count: 8))
            #expect(door.metrics.render().contains(#"leadgate_lookups_total{outcome="late"} 8"#))
            #expect(try admin.number("SELECT count(*) FROM intake") == 8)
            try admin.rollback()
        }
    }

    @Test("while events go to the spool a call is answered neutrally at once and kept, whoever it is")
    func asksNobodyWhileSpooling() async throws {
        var settings = DoorSettings()
        let root = SpoolTests.newRoot()
        defer { SpoolTests.remove(root) }
        (settings.spool, settings.isDatabaseAway) = (root, true)
        try await DoorServer.run(settings) { door in
            let spool = try #require(door.services.journal.spool)
            spool.databaseIsAway("as far as this test goes")
            #expect(try await ring(door, "in_1") == "{}")
            #expect(door.metrics.render().contains(#"leadgate_lookups_total{outcome="late"} 1"#))
            #expect(door.metrics.render().contains(#"leadgate_spool_events_total{step="written"} 1"#))
        }
    }

    @Test("a forged call is not answered, whoever it claims to be")
    func tellsStrangersNothing() async throws {
        try await DoorServer.run { door in
            try addCard(to: door, name: "Olena Test", state: "known")
            let answer = try await door.ring(Doors.start()) {
                ($0, $1.replacing("380443334455", with: "380443334456"))
            }
            #expect(answer.status == 401)
            #expect(!answer.text.contains("Olena"))
            #expect(door.metrics.sum(of: "leadgate_lookups") == 0)
        }
    }

    private func ring(_ door: DoorServer, _ call: String, caller: String = Self.caller) async throws -> String
    {
        let answer = try await door.ring(Doors.start(call: call, caller: caller))
        #expect(answer.status == 200)
        return answer.text
    }

    /// A card, with the caller's number in a state unless that is nil.
    @discardableResult
    private func addCard(
        to door: DoorServer, name: String, state: String?, mergedInto winner: UUID? = nil,
        workspace: Int64 = Self.workspace
    ) throws -> UUID {
        let id = UUID.v7(at: .now())
        let admin = try door.admin()
        _ = try admin.query(
            Statement(
                name: "test.card",
                sql: """
                    INSERT INTO card (workspace_id, id, name, merged_into, created_at, updated_at)
                    VALUES ($1, $2, $3, $4, now(), now())
                    """), [.bigint(workspace), .uuid(id), .text(name), .uuid(winner)])
        guard let state else { return id }
        _ = try admin.query(
            Statement(
                name: "test.point",
                sql: """
                    INSERT INTO contact_point (workspace_id, kind, value, raw, state, card_id, created_at)
                    VALUES ($1, 'phone', $2, $2, $3, $4, now())
                    """), [.bigint(workspace), .text("+\(Self.caller)"), .text(state), .uuid(id)])
        return id
    }
}
