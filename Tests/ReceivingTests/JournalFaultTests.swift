import Contacts
import Foundation
import Harness
import Postgres
import Store
import Synchronization
import Testing

@testable import Receiving

@Suite("The journal and its database", .inTurn)
struct JournalFaultTests {
    @Test("what does not fit is refused at once, and taken again when there is room")
    func refusesOverload() async throws {
        let rig = try JournalRig()
        defer { try? rig.database.drop() }
        let admin = try rig.admin()
        try admin.lock("event_key")
        let journal = rig.journal { $0.waitingEvents = 4 }
        async let taken = withThrowingTaskGroup(of: JournalOutcome.self) { group in
            for number in 0..<4 { group.addTask { try await journal.append(JournalRig.event("\(number)")) } }
            return try await group.reduce(into: 0) { count, _ in count += 1 }
        }
        try await Poll.until("a full journal") { journal.waiting == 4 }
        // The lock is held all the while: an answer can only be a refusal.
        try await #require(throws: JournalFailure.overloaded) {
            try await journal.append(JournalRig.event("late"))
        }
        try admin.rollback()
        #expect(try await taken == 4)
        try await Poll.until("an empty journal") { journal.waiting == 0 }
        let late = JournalRig.event("late")
        #expect(try await journal.append(late) == .accepted(late.id))
        try await rig.close(journal)
    }

    @Test(
        "while nothing can be written a flood is refused, and a call of another channel is taken and kept first"
    )
    func refusesTheFloodOnly() async throws {
        let rig = try JournalRig()
        defer { try? rig.database.drop() }
        let admin = try rig.admin()
        try admin.lock("event_key")
        let journal = rig.journal {
            ($0.batchEvents, $0.waitingEvents, $0.channelPart) = (2, 100, 0.5)
        }
        async let taken = withThrowingTaskGroup(of: JournalOutcome.self) { group in
            for number in 0..<50 { group.addTask { try await journal.append(JournalRig.event("\(number)")) } }
            return try await group.reduce(into: 0) { count, _ in count += 1 }
        }
        try await Poll.until("a flood that has its part") { journal.waiting == 50 }
        let call = JournalRig.event("call", channel: 12)
        async let kept = journal.append(call)
        try await Poll.until("a call in the journal") { journal.waiting == 51 }
        // The lock is held all the while: an answer can only be a refusal.
        for number in 50..<1_000 {
            await #expect(throws: JournalFailure.overloaded) {
                try await journal.append(JournalRig.event("\(number)"))
            }
        }
        try admin.rollback()
        #expect(try await kept == .accepted(call.id))
        #expect(try await taken == 50)
        // Of batches of two it was in the second: the first was on its way before it came. Rows lie as they were written.
        let before = try admin.number(
            "SELECT count(*) FROM event_key WHERE xmin::text::bigint < (SELECT xmin::text::bigint FROM event_key WHERE channel_id = 12)"
        )
        #expect(before <= 2)
        try await rig.close(journal)
    }

    @Test("while the database is away callers are told within their patience, and served again afterwards")
    func survivesARestart() async throws {
        let cluster = try TestCluster.make()
        let rig = try JournalRig(on: cluster)
        let name = rig.database.name
        let journal = rig.journal(by: { cluster.url(of: name) }) {
            $0.patience = .milliseconds(300)
            $0.writers = 2
        }
        let before = JournalRig.event("before")
        #expect(try await appendAtLast(before, to: journal) == .accepted(before.id))
        try cluster.stop()
        for number in 0..<3 {
            await #expect(throws: JournalFailure.unavailable) {
                try await journal.append(JournalRig.event("away \(number)"))
            }
        }
        #expect(journal.waiting <= 2, "what nobody waits for is not kept in memory")
        try cluster.start()
        let after = JournalRig.event("after")
        #expect(try await appendAtLast(after, to: journal) == .accepted(after.id))
        let again = try await appendAtLast(JournalRig.event("before"), to: journal)
        #expect(again == .duplicate(of: before.id))
        let admin = try rig.admin()
        #expect(
            try admin.number(
                "SELECT count(*) FROM inbound_event WHERE id = ANY ($1)", [.uuids([before.id, after.id])])
                == 2)
        try await rig.close(journal)
        try cluster.stop()
    }

    @Test("backends killed in the middle of a flush lose nothing and double nothing")
    func survivesKilledBackends() async throws {
        let rig = try JournalRig()
        defer { try? rig.database.drop() }
        let journal = rig.journal {
            $0.writers = 2
            $0.batchEvents = 8
        }
        let events = (0..<2_000).map { JournalRig.event("\($0)", body: $0 % 10 == 9 ? "again" : nil) }
        let isDone = Mutex(false)
        async let killing = OwnThread.run { [database = rig.database] in
            let killer = try Connection(database.url, options: .administration)
            var kills: Int64 = 0
            while kills < 25, !isDone.withLock({ $0 }) {
                kills += try killer.number(
                    """
                    SELECT count(*) FROM (
                        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                        WHERE datname = current_database() AND application_name = 'leadgate journal'
                          AND state <> 'idle' LIMIT 1
                    ) killed
                    """)
            }
            return kills
        }
        let outcomes = try await withThrowingTaskGroup(of: (UUID, JournalOutcome).self) { group in
            for event in events { group.addTask { (event.id, try await journal.append(event)) } }
            return try await group.reduce(into: [UUID: JournalOutcome]()) { $0[$1.0] = $1.1 }
        }
        isDone.withLock { $0 = true }
        #expect(try await killing > 0)
        #expect(rig.counted("leadgate_journal_repeats") > 0)
        for event in events { #expect(outcomes[event.id] == .accepted(event.id)) }
        let admin = try rig.admin()
        for table in ["inbound_event", "intake", "event_key"] {
            #expect(try admin.number("SELECT count(*) FROM \(table)") == 2_000)
        }
        try await rig.close(journal)
    }

    @Test("a commit whose answer is lost is repeated: kept once, and told as kept", arguments: [1, 2])
    func repeatsALostCommit(_ losses: Int) async throws {
        let rig = try JournalRig()
        defer { try? rig.database.drop() }
        let proxy = try CuttingProxy(to: rig.database.url)
        defer { proxy.close() }
        let journal = rig.journal(by: { proxy.url })
        let first = JournalRig.event("first")
        #expect(try await journal.append(first) == .accepted(first.id))
        let lost = JournalEntry(
            events: [
                JournalRig.event("lost"), JournalRig.event("first", body: "changed"),
                JournalRig.event("digest", reusableAt: JournalRig.start + .seconds(600)),
            ])
        proxy.cutNextCommits(losses)
        #expect(try await journal.append(lost) == lost.events.map { .accepted($0.id) })
        #expect(proxy.cuts == losses)
        #expect(rig.counted("leadgate_journal_repeats") >= 1)
        #expect(try await journal.append(JournalRig.event("lost")) == .duplicate(of: lost.events[0].id))
        let admin = try rig.admin()
        for table in ["inbound_event", "intake", "event_key"] {
            #expect(try admin.number("SELECT count(*) FROM \(table)") == 4)
        }
        try await rig.close(journal)
    }

    @Test("closing writes what waits, and takes no more")
    func flushesOnClose() async throws {
        let rig = try JournalRig()
        defer { try? rig.database.drop() }
        let admin = try rig.admin()
        try admin.lock("event_key")
        let journal = rig.journal { ($0.batchEvents, $0.waitingEvents) = (2, 9) }
        async let taken = withThrowingTaskGroup(of: JournalOutcome.self) { group in
            for number in 0..<9 { group.addTask { try await journal.append(JournalRig.event("\(number)")) } }
            return try await group.reduce(into: 0) { count, _ in count += 1 }
        }
        try await Poll.until("all in the journal") { journal.waiting == 9 }
        async let closed: Void = OwnThread.run { journal.close(limit: .seconds(120)) }
        // Full until it is closed.
        var refusal: JournalFailure?
        while refusal != .unavailable {
            refusal = await #expect(throws: JournalFailure.self) {
                try await journal.append(JournalRig.event("late"))
            }
        }
        try admin.rollback()
        #expect(try await taken == 9)
        try await closed
        #expect(try admin.number("SELECT count(*) FROM inbound_event") == 9)
        try await Poll.until("the end of its sessions") {
            try admin.number(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND application_name IN ('leadgate journal', 'leadgate bell')
                """) == 0
        }
        journal.close()
    }

    @Test("an event goes on to be written when its caller is cancelled")
    func ignoresCancellation() async throws {
        let rig = try JournalRig()
        defer { try? rig.database.drop() }
        let admin = try rig.admin()
        try admin.lock("event_key")
        let journal = rig.journal()
        let task = Task { try await journal.append(JournalRig.event("one")) }
        try await Poll.until("an event in the journal") { journal.waiting == 1 }
        task.cancel()
        try admin.rollback()
        _ = try await task.value
        #expect(try admin.number("SELECT count(*) FROM inbound_event") == 1)
        try await rig.close(journal)
    }

    /// Repeats what a provider would repeat.
    private func appendAtLast(_ event: JournalEvent, to journal: Journal) async throws -> JournalOutcome {
        let end = ContinuousClock.now + .seconds(60)
        while true {
            do throws(JournalFailure) {
                return try await journal.append(event)
            } catch {
                guard ContinuousClock.now < end else { throw error }
            }
        }
    }
}
