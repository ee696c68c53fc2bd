import Adapters
import Contacts
import Foundation
import Harness
import JSON
import Postgres
import Synchronization
import Testing

@testable import Resolving

@Suite("Cards that become one")
struct MergeTests {
    private static func merge(_ desk: Desk, _ connection: Connection, _ loser: UUID, _ winner: UUID) throws
        -> CardMerge.Outcome
    {
        let now = desk.now
        return try CardMerge(
            workspaceID: Desk.workspaceID, connection: connection, now: now, makeID: { UUID.v7(at: now) }
        )
        .merge(loser, into: winner, because: ["rule": "test"])
    }

    @Test("points, leads, activities and calls move; the log says what; a second time does nothing")
    func moves() throws {
        let desk = try Desk()
        try desk.post(contact(phone: "0501234567", name: "Ann"))
        try desk.post(contact(email: "ann@example.com"))
        try desk.work()
        let ids = try desk.rows("SELECT id FROM leadgate.card ORDER BY id").compactMap {
            $0[0].flatMap { UUID(uuidString: $0) }
        }
        let connection = try desk.workers.connect()
        #expect(try Self.merge(desk, connection, ids[0], ids[1]) == .merged)
        #expect(try Self.merge(desk, connection, ids[0], ids[1]) == .nothing)
        for table in ["contact_point", "activity", "lead"] {
            #expect(
                try desk.rows("SELECT DISTINCT card_id FROM leadgate.\(table)") == [[ids[1].text]], "\(table)"
            )
        }
        #expect(try desk.count("lead", where: "status = 'open'") == 1)
        #expect(try desk.count("lead", where: "status = 'duplicate'") == 1)
        #expect(try desk.count("merge_log", where: "jsonb_array_length(moved->'points') = 1") == 1)
        #expect(try desk.rows("SELECT name FROM leadgate.card WHERE merged_into IS NULL") == [["Ann"]])
        try desk.post(contact(phone: "0501234567"))
        try desk.work()
        #expect(try desk.rows("SELECT DISTINCT card_id FROM leadgate.activity") == [[ids[1].text]])
    }

    @Test("merges that race with the intake of both cards never leave anything at a loser")
    func races() async throws {
        let desk = try Desk()
        let pairs = 40
        for number in 0..<pairs {
            try desk.post(contact(phone: "0501\(100_000 + number)"))
            try desk.post(contact(email: "p\(number)@example.com"))
        }
        try desk.work()
        for _ in 0..<3 {
            for number in 0..<pairs {
                try desk.post(contact(phone: "0501\(100_000 + number)", handle: "x:y:\(number)"))
                try desk.post(contact(email: "p\(number)@example.com"))
            }
        }
        let cards = { (kind: String) -> [UUID] in
            try desk.rows("SELECT card_id FROM leadgate.contact_point WHERE kind = '\(kind)' ORDER BY value")
                .compactMap { $0[0].flatMap { UUID(uuidString: $0) } }
        }
        let phones = try cards("phone")
        let emails = try desk.rows(
            "SELECT card_id FROM leadgate.contact_point WHERE kind = 'email' ORDER BY substring(value FROM 2 FOR position('@' IN value) - 2)::int"
        )
        .compactMap { $0[0].flatMap { UUID(uuidString: $0) } }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<2 {
                group.addTask {
                    let worker = Worker(workers: desk.workers)
                    while try desk.count("intake") > 0 {
                        desk.advance(.milliseconds(501))
                        _ = try worker.work(Desk.workspaceID)
                    }
                }
            }
            group.addTask {
                let connection = try desk.workers.connect()
                for (phone, email) in zip(phones, emails) {
                    _ = try Self.merge(desk, connection, phone, email)
                }
            }
            try await group.waitForAll()
        }
        #expect(try desk.count("card", where: "merged_into IS NOT NULL") == pairs)
        for table in ["contact_point", "activity", "lead"] {
            let left = try desk.rows(
                "SELECT t.card_id FROM leadgate.\(table) t JOIN leadgate.card c ON c.id = t.card_id WHERE c.merged_into IS NOT NULL"
            )
            #expect(left.isEmpty, "\(table)")
        }
        #expect(try desk.count("lead", where: "status = 'open'") == pairs)
        #expect(try desk.count("outcome", where: "status <> 'done'") == 0)
    }
}
