import Contacts
import Foundation
import Harness
import Postgres
import Store
import Synchronization
import Testing

@testable import Receiving

@Suite("The journal", .inTurn)
struct JournalTests {
    @Test("an event is acknowledged after its commit, not before")
    func acknowledgesAfterCommit() async throws {
        let rig = try JournalRig()
        defer { try? rig.database.drop() }
        let admin = try rig.admin()
        // Every commit waits for whoever holds the lock 42.
        try admin.script(
            """
            CREATE FUNCTION test_gate() RETURNS trigger LANGUAGE plpgsql
            AS $$ BEGIN PERFORM pg_advisory_xact_lock_shared(42); RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER test_gate AFTER INSERT ON intake DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION test_gate();
            SELECT pg_advisory_lock(42);
            """)
        let journal = rig.journal()
        let isAnswered = Mutex(false)
        async let outcome = answered(journal, JournalRig.event("one")) { isAnswered.withLock { $0 = true } }
        try await admin.waitUntilJournalWaits(for: "advisory")
        #expect(!isAnswered.withLock { $0 })
        #expect(try admin.number("SELECT count(*) FROM event_key") == 0)
        try admin.script("SELECT pg_advisory_unlock(42)")
        guard case .accepted(let id) = try await outcome else { return #expect(Bool(false)) }
        for (table, column) in [("inbound_event", "id"), ("intake", "event_id"), ("event_key", "event_id")] {
            #expect(try admin.number("SELECT count(*) FROM \(table) WHERE \(column) = $1", [.uuid(id)]) == 1)
        }
        try await rig.close(journal)
    }

    @Test("what is kept is what came")
    func keepsEverything() async throws {
        let rig = try JournalRig()
        defer { try? rig.database.drop() }
        let journal = rig.journal()
        var event = JournalRig.event("one", tail: "a/ü")
        event.body = Array(0...255)
        event.headers = [JournalHeader("b", "2"), JournalHeader("a", "1"), JournalHeader("b", "ü\0")]
        event.query = "a=%ff&b"
        event.verified = ["hmac-sha256", "static"]
        #expect(try await journal.append(event) == .accepted(event.id))
        let rows = try rig.admin().query(
            Statement(
                name: "test.kept",
                sql: """
                    SELECT e.body, e.headers, e.query, e.tail, e.verified, e.received_at, i.next_attempt_at, i.reason
                    FROM inbound_event e JOIN intake i ON i.event_id = e.id WHERE e.id = $1
                    """), [.uuid(event.id)])
        #expect(rows.bytea(0, 0) == event.body)
        #expect(
            JournalHeader.list(json: rows.json(0, 1) ?? "") == [
                JournalHeader("b", "2"), JournalHeader("a", "1"), JournalHeader("b", "ü\u{FFFD}"),
            ])
        #expect(rows.text(0, 2) == "a=%ff&b")
        #expect(rows.text(0, 3) == "a/ü")
        #expect(rows.texts(0, 4) == event.verified)
        #expect(rows.timestamp(0, 5) == event.receivedAt.microseconds)
        #expect(rows.timestamp(0, 6) == event.receivedAt.microseconds)
        #expect(rows.isNull(0, 7))
        try await rig.close(journal)
    }

    @Test("a repeated event is a duplicate of the first, within a batch and across batches")
    func knowsDuplicates() async throws {
        let rig = try JournalRig()
        defer { try? rig.database.drop() }
        let journal = rig.journal()
        let first = JournalRig.event("one")
        let together = [first, JournalRig.event("one"), JournalRig.event("two"), JournalRig.event("one")]
        let outcomes = try await journal.append(JournalEntry(events: together))
        #expect(
            outcomes == [
                .accepted(first.id), .duplicate(of: first.id), .accepted(together[2].id),
                .duplicate(of: first.id),
            ])
        #expect(try await journal.append(JournalRig.event("one")) == .duplicate(of: first.id))
        // The same key elsewhere is another event.
        for other in [JournalRig.event("one", channel: 12), JournalRig.event("one", workspace: 2)] {
            #expect(try await journal.append(other) == .accepted(other.id))
        }
        let admin = try rig.admin()
        for table in ["inbound_event", "intake", "event_key"] {
            #expect(try admin.number("SELECT count(*) FROM \(table)") == 4)
        }
        try await rig.close(journal)
    }

    @Test("another content under a known key is kept once, with its reason")
    func keepsOtherContent() async throws {
        let rig = try JournalRig()
        defer { try? rig.database.drop() }
        let journal = rig.journal()
        let first = JournalRig.event("one")
        let other = JournalRig.event("one", body: "changed")
        let further = JournalRig.event("one", body: "changed again")
        let outcomes = try await journal.append(
            JournalEntry(events: [first, other, JournalRig.event("one", body: "changed")]))
        #expect(outcomes == [.accepted(first.id), .accepted(other.id), .duplicate(of: other.id)])
        #expect(
            try await journal.append(JournalRig.event("one", body: "changed")) == .duplicate(of: other.id))
        #expect(try await journal.append(further) == .accepted(further.id))
        #expect(try await journal.append(JournalRig.event("one")) == .duplicate(of: first.id))
        let admin = try rig.admin()
        #expect(try admin.number("SELECT count(*) FROM inbound_event") == 3)
        #expect(
            try admin.words(
                "SELECT coalesce(reason, 'none') FROM intake WHERE event_id <> $1", [.uuid(first.id)])
                == ["same_key_other_content", "same_key_other_content"])
        #expect(
            try admin.words("SELECT coalesce(reason, '-') FROM intake WHERE event_id = $1", [.uuid(first.id)])
                == ["-"])
        try await rig.close(journal)
    }

    @Test("a key made of a digest may be used again when its window is over, and not before")
    func reusesDigestKeys() async throws {
        let rig = try JournalRig()
        defer { try? rig.database.drop() }
        let journal = rig.journal()
        func event(after seconds: Int) -> JournalEvent {
            let time = JournalRig.start + .seconds(seconds)
            return JournalRig.event("digest", reusableAt: time + .seconds(600), at: time)
        }
        let (first, second) = (event(after: 0), event(after: 600))
        #expect(try await journal.append(first) == .accepted(first.id))
        #expect(try await journal.append(event(after: 599)) == .duplicate(of: first.id))
        #expect(try await journal.append(second) == .accepted(second.id))
        #expect(try await journal.append(event(after: 601)) == .duplicate(of: second.id))
        #expect(try await journal.append(event(after: 1_199)) == .duplicate(of: second.id))
        #expect(try rig.admin().number("SELECT count(*) FROM inbound_event") == 2)
        // A window of no length: the attempt that is repeated finds its own key.
        let brief = JournalRig.event("brief", reusableAt: JournalRig.start)
        #expect(try await journal.append(brief) == .accepted(brief.id))
        #expect(try await journal.append(brief) == .accepted(brief.id))
        try await rig.close(journal)
    }

    @Test("a thousand copies of each event, shuffled over two journals, make one row each")
    func survivesARace() async throws {
        let rig = try JournalRig()
        defer { try? rig.database.drop() }
        let journals = [rig.journal { $0.writers = 2 }, rig.journal { $0.writers = 2 }]
        var seed = Seed()
        let names = (0..<100).flatMap { Array(repeating: $0, count: 1_000) }.shuffled(using: &seed)
        let lists = (0..<1_000).map { list in names[list * 100..<(list + 1) * 100] }
        let outcomes = try await withThrowingTaskGroup(of: [(Int, JournalOutcome)].self) { group in
            for (number, list) in lists.enumerated() {
                let journal = journals[number % 2]
                group.addTask {
                    let entry = JournalEntry(events: list.map { JournalRig.event("event \($0)") })
                    while true {
                        do throws(JournalFailure) {
                            return Array(zip(list, try await journal.append(entry)))
                        } catch {
                            guard error == .overloaded else { throw error }
                            await Task.yield()
                        }
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        var accepted: [Int: UUID] = [:]
        for case (let name, .accepted(let id)) in outcomes {
            #expect(
                accepted.updateValue(id, forKey: name) == nil, "event \(name) was accepted twice, \(seed)")
        }
        #expect(accepted.count == 100, "\(seed)")
        for case (let name, .duplicate(let id)) in outcomes where accepted[name] != id {
            Issue.record("a copy of \(name) names another event, \(seed)")
        }
        #expect(outcomes.count == 100_000)
        let admin = try rig.admin()
        for table in ["inbound_event", "intake", "event_key"] {
            #expect(try admin.number("SELECT count(*) FROM \(table)") == 100, "\(seed)")
        }
        for journal in journals { try await rig.close(journal) }
    }

    @Test("companions are committed with the events they came with, or neither is")
    func commitsCompanions() async throws {
        let rig = try JournalRig()
        defer { try? rig.database.drop() }
        let admin = try rig.admin()
        try admin.script(
            """
            CREATE TABLE test_cursor (position int CHECK (position < 100));
            GRANT INSERT ON test_cursor TO leadgate_ingress;
            """)
        func advance(to position: Int32) -> (Statement, [Value]) {
            (Statement(name: "test.cursor", sql: "INSERT INTO test_cursor VALUES ($1)"), [.int(position)])
        }
        let journal = rig.journal()
        let event = JournalRig.event("one")
        let kept = try await journal.append(JournalEntry(events: [event], companions: [advance(to: 1)]))
        #expect(kept == [.accepted(event.id)])
        await #expect(throws: JournalFailure.self) {
            try await journal.append(
                JournalEntry(events: [JournalRig.event("two")], companions: [advance(to: 100)]))
        }
        // Also where the event needs a second step, which fails here.
        try admin.script("ALTER TABLE intake ADD CONSTRAINT test_no_reason CHECK (reason IS NULL)")
        await #expect(throws: JournalFailure.self) {
            try await journal.append(
                JournalEntry(
                    events: [JournalRig.event("one", body: "changed")], companions: [advance(to: 2)]))
        }
        #expect(try admin.number("SELECT count(*) FROM inbound_event") == 1)
        #expect(try admin.words("SELECT position::text FROM test_cursor") == ["1"])
        try admin.script("ALTER TABLE intake DROP CONSTRAINT test_no_reason")
        let other = JournalRig.event("one", body: "changed")
        #expect(
            try await journal.append(JournalEntry(events: [other], companions: [advance(to: 3)]))
                == [.accepted(other.id)])
        // Without events, and with a duplicate only.
        #expect(try await journal.append(JournalEntry(events: [], companions: [advance(to: 4)])).isEmpty)
        #expect(
            try await journal.append(
                JournalEntry(events: [JournalRig.event("one")], companions: [advance(to: 5)]))
                == [.duplicate(of: event.id)])
        #expect(
            try admin.words("SELECT position::text FROM test_cursor ORDER BY position") == [
                "1", "3", "4", "5",
            ])
        try await rig.close(journal)
    }

    @Test("one entry that the database refuses fails alone in its batch")
    func isolatesABadEntry() async throws {
        let rig = try JournalRig()
        defer { try? rig.database.drop() }
        let admin = try rig.admin()
        try admin.lock("event_key")
        let journal = rig.journal()
        async let first = journal.append(JournalRig.event("first"))
        try await admin.waitUntilJournalWaits(for: "relation")
        let unknown = (Statement(name: "test.bad", sql: "UPDATE no_such_table SET x = 1"), [Value]())
        let entries = [
            JournalEntry(events: [JournalRig.event("a")]),
            JournalEntry(events: [JournalRig.event("b", tail: "NUL \0 inside")]),
            JournalEntry(events: [JournalRig.event("c"), JournalRig.event("d")]),
            JournalEntry(events: [JournalRig.event("e")], companions: [unknown]),
            JournalEntry(events: [JournalRig.event("f")]),
        ]
        async let rest = withTaskGroup(of: (Int, PendingEntry.Answer).self) { group in
            for (place, entry) in entries.enumerated() {
                group.addTask { (place, await answer(journal, entry)) }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        try await Poll.until("all entries in the journal") { journal.waiting == 7 }
        try admin.rollback()
        _ = try await first
        let answers = await rest
        for place in [0, 2, 4] {
            #expect(answers[place] == .success(entries[place].events.map { .accepted($0.id) }))
        }
        guard case .failure(.refused(let reason)) = answers[1] else { return #expect(Bool(false)) }
        #expect(!reason.contains("inside"), "a refusal holds no values")
        #expect(answers[3] == .failure(.unavailable))
        #expect(try admin.number("SELECT count(*) FROM inbound_event") == 5)
        try await rig.close(journal)
    }

    @Test("a commit rings in this process and in others")
    func ringsTheBell() async throws {
        let rig = try JournalRig()
        defer { try? rig.database.drop() }
        let listener = try rig.database.connect()
        try listener.listen("leadgate_intake")
        let journal = rig.journal()
        _ = try await journal.append(
            JournalEntry(events: [
                JournalRig.event("one", workspace: 7), JournalRig.event("one", workspace: 8),
            ]))
        try await Poll.until("a notification") { try listener.waitForNotification(timeout: .milliseconds(1)) }
        // A duplicate wakes nobody.
        _ = try await journal.append(JournalRig.event("one", workspace: 7))
        _ = try await journal.append(JournalRig.event("one", workspace: 9))
        try await Poll.until("the last bell") { rig.rung.withLock { $0.last } == [9] }
        #expect(rig.rung.withLock { $0 } == [[7, 8], [9]])
        try await rig.close(journal)
    }
}

/// The answer, after telling that it is there.
private func answered(
    _ journal: Journal, _ event: JournalEvent, _ tell: @Sendable () -> Void
) async throws -> JournalOutcome {
    let outcome = try await journal.append(event)
    tell()
    return outcome
}

/// What a caller is told, failures too.
private func answer(_ journal: Journal, _ entry: JournalEntry) async -> PendingEntry.Answer {
    do throws(JournalFailure) {
        return .success(try await journal.append(entry))
    } catch {
        return .failure(error)
    }
}
