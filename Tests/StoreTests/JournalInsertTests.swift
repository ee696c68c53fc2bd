import Contacts
import Foundation
import Harness
import Postgres
import Store
import Testing

@Suite("Writing the journal")
struct JournalInsertTests {
    private static let start = Instant(microseconds: 1_768_465_230_000_000)

    @Test("each event's key has an owner, in the order of the events, also when the batch is repeated")
    func tellsOwners() throws {
        let session = try Self.session(TestDatabase.make())
        let events = ["c", "a", "b"].map { Self.event($0) }
        for _ in 0..<3 {
            let kept = try session.keep(events)
            #expect(kept.owners.map { $0?.eventID } == events.map(\.id))
            #expect(kept.owners.map { $0?.contentSHA256 } == events.map(\.contentSHA256))
            #expect(kept.others.isEmpty)
        }
        let others = [
            Self.event("b"), Self.event("d"), Self.event("a", workspace: 2), Self.event("a", channel: 12),
        ]
        let owners = try session.keep(others).owners.map { $0?.eventID }
        #expect(owners == [events[2].id, others[1].id, others[2].id, others[3].id])
        #expect(try session.keep([]).owners.isEmpty)
    }

    @Test("what is decided by the owners is kept behind them, and with companions in their transaction")
    func keepsOthers() throws {
        let database = try TestDatabase.make()
        let session = try Self.session(database)
        let admin = try Connection(database.url, options: .administration)
        let (first, other) = (Self.event("a"), Self.event("other", reason: "same_key_other_content"))
        var asked: [KeyOwner?] = []
        let kept = try session.keep([first]) { owners in
            asked = owners
            return [other]
        }
        #expect(asked.map { $0?.eventID } == [first.id])
        #expect(kept.others.map { $0?.eventID } == [other.id])
        #expect(try Self.reasons(admin) == ["-", "same_key_other_content"])

        try admin.script("CREATE TABLE mark (x int); GRANT INSERT ON mark TO leadgate_ingress")
        let mark = Statement(name: "test.mark", sql: "INSERT INTO mark VALUES ($1)")
        let broken = Statement(name: "test.broken", sql: "INSERT INTO mark VALUES ($1 / 0)")
        let second = Self.event("b")
        for companions in [[(mark, [Value.int(1)]), (broken, [Value.int(1)])]] {
            #expect(throws: PostgresFailure.self) {
                try session.keep([second], companions: companions) { _ in [Self.event("c")] }
            }
        }
        #expect(try Self.count("inbound_event", admin) == 2)
        #expect(try Self.count("mark", admin) == 0)
        let third = Self.event("c")
        let whole = try session.keep([second], companions: [(mark, [.int(1)])]) { _ in [third] }
        #expect(whole.owners.map { $0?.eventID } == [second.id])
        #expect(whole.others.map { $0?.eventID } == [third.id])
        #expect(try Self.count("inbound_event", admin) == 4)
        #expect(try Self.count("mark", admin) == 1)
    }

    @Test("of two writers with one key the one that commits has it", arguments: [true, false])
    func waitsForAnotherWriter(_ commits: Bool) async throws {
        let database = try TestDatabase.make()
        let (first, second) = (Self.event("a"), Self.event("a"))
        let one = try database.connect(role: "leadgate_ingress", options: Self.patient)
        try one.script("BEGIN")
        let values: [Value] = [
            .bigint(1), .bigint(11), .bytea(first.key), .uuid(first.id), .bytea(first.contentSHA256),
            .timestamp(first.receivedAt.microseconds),
        ]
        _ = try one.query(
            Statement(name: "test.key", sql: "INSERT INTO event_key VALUES ($1, $2, $3, $4, $5, $6)"), values)
        let admin = try Connection(database.url, options: .administration)
        async let owners = onOwnThread { try Self.session(database).keep([second]).owners }
        let waits = Statement(
            name: "test.waits",
            sql:
                "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'transactionid'"
        )
        let end = ContinuousClock.now + .seconds(60)
        while try admin.query(waits).isEmpty {
            try #require(ContinuousClock.now < end)
            try await Task.sleep(for: .milliseconds(5))
        }
        try one.script(commits ? "COMMIT" : "ROLLBACK")
        let owner = try await owners.first??.eventID
        #expect(owner == (commits ? first.id : second.id))
        #expect(try Self.count("inbound_event", admin) == (commits ? 0 : 1))
    }

    @Test("writers with the same keys in other orders never wait for each other crosswise")
    func neverDeadlocks() async throws {
        let database = try TestDatabase.make()
        var seed = Seed()
        let keys = (0..<100).map { "\($0)" }
        let orders = (0..<4).map { _ in (0..<25).map { _ in keys.shuffled(using: &seed) } }
        let failures = try await withThrowingTaskGroup(of: [String].self) { group in
            for batches in orders {
                group.addTask {
                    try await onOwnThread {
                        let session = try Self.session(database)
                        return batches.compactMap { keys -> String? in
                            do throws(PostgresFailure) {
                                // Of digests whose time is over, so that each batch takes all the keys.
                                _ = try session.keep(keys.map { Self.event($0, reusableAt: Self.start) })
                                return nil
                            } catch {
                                return "\(error)"
                            }
                        }
                    }
                }
            }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(failures == [], "\(seed)")
        let admin = try Connection(database.url, options: .administration)
        #expect(try Self.count("inbound_event", admin) == 10_000)
        #expect(try Self.count("event_key", admin) == 100)
    }

    @Test("a key that may be used again goes to the first event behind its time, once")
    func reusesKeys() throws {
        let session = try Self.session(TestDatabase.make())
        func event(after seconds: Int) -> JournalEvent {
            let time = Self.start + .seconds(seconds)
            return Self.event("a", reusableAt: time + .seconds(10), at: time)
        }
        func owner(_ event: JournalEvent) throws -> UUID? { try session.keep([event]).owners.first??.eventID }
        let (first, second) = (event(after: 0), event(after: 10))
        #expect(try owner(first) == first.id)
        #expect(try owner(event(after: 9)) == first.id)
        #expect(try owner(second) == second.id)
        #expect(try owner(second) == second.id)
        #expect(try owner(event(after: 5)) == second.id)
        // What has no end is never given away.
        let lasting = Self.event("lasting")
        #expect(try owner(lasting) == lasting.id)
        #expect(try owner(Self.event("lasting", at: Self.start + .seconds(100_000_000))) == lasting.id)
    }

    @Test("rejections of a minute add up, with the last address")
    func addsRejections() throws {
        let database = try TestDatabase.make()
        let session = try database.connect(role: "leadgate_ingress")
        func count(_ reason: String, _ count: Int64, _ address: String?, minute: Int64 = 0) -> RejectionCount
        {
            RejectionCount(
                workspaceID: 1, channelID: 11, reason: reason, minute: minute * 60_000_000, count: count,
                lastAddress: address)
        }
        try session.addRejections([])
        try session.addRejections([count("bad_token", 2, "192.0.2.1"), count("too_large", 1, nil)])
        try session.addRejections([
            count("too_large", 4, "192.0.2.3"), count("bad_token", 3, "192.0.2.2"),
            count("bad_token", 1, "192.0.2.9", minute: 1),
        ])
        let admin = try Connection(database.url, options: .administration)
        let rows = try admin.query(
            Statement(
                name: "test.rejections",
                sql:
                    "SELECT reason || ' ' || count || ' ' || last_address FROM rejection ORDER BY minute, reason"
            ))
        #expect(
            (0..<rows.count).map { rows.text($0, 0) } == [
                "bad_token 5 192.0.2.2", "too_large 5 192.0.2.3", "bad_token 1 192.0.2.9",
            ])
    }

    @Test("header lines keep their order and repetitions; a NUL becomes a replacement character")
    func writesHeaders() {
        let headers = [JournalHeader("b", "1"), JournalHeader("a", "\"\\\u{1}ü\0"), JournalHeader("b", "")]
        let json = JournalHeader.json(headers)
        #expect(!json.utf8.contains(0))
        #expect(
            JournalHeader.list(json: json) == [
                headers[0], JournalHeader("a", "\"\\\u{1}ü\u{FFFD}"), headers[2],
            ])
        for text in ["", "{}", "[1]", "[[]]", "[[1,2]]", "[[\"a\"]]", "null"] {
            #expect(JournalHeader.list(json: text) == [], "\(text)")
        }
    }

    /// Only the tests decide how long somebody waits.
    private static let patient = ConnectionOptions(
        statementTimeout: nil, lockTimeout: nil, idleInTransaction: nil, silence: nil)

    private static func session(_ database: TestDatabase) throws -> Connection {
        let session = try database.connect(role: "leadgate_ingress", options: patient)
        try session.prepareForJournal()
        return session
    }

    private static func event(
        _ key: String, workspace: Int64 = 1, channel: Int64 = 11, reusableAt: Instant? = nil,
        reason: String? = nil, at time: Instant = start
    ) -> JournalEvent {
        let hash = Array(key.utf8.prefix(32)) + [UInt8](repeating: 0, count: max(0, 32 - key.utf8.count))
        return JournalEvent(
            workspaceID: workspace, channelID: channel, id: UUID.v7(at: time), adapter: "generic",
            method: "POST",
            body: Array(key.utf8), bodySHA256: hash, key: hash, reusableAt: reusableAt, receivedAt: time,
            reason: reason)
    }

    private static func count(_ table: String, _ admin: Connection) throws -> Int64? {
        try admin.query(Statement(name: "test.\(table)", sql: "SELECT count(*) FROM \(table)")).bigint(0, 0)
    }

    private static func reasons(_ admin: Connection) throws -> [String] {
        let rows = try admin.query(
            Statement(name: "test.reasons", sql: "SELECT coalesce(reason, '-') FROM intake ORDER BY 1"))
        return (0..<rows.count).compactMap { rows.text($0, 0) }
    }
}

/// Where a test may block.
private func onOwnThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Result { try body() }) }.start()
    }
}
