import Contacts
import Foundation
import Harness
import JSON
import Postgres
import Store
import Testing

/// How the statements of the writers read large tables: as the roles and with the session settings of the program, from the
/// plans that the server really carried out.
@Suite("Plans of the writers", .serialized)
struct WritingPlanTests {
    /// Rows that a batch asks for.
    private static let batch = 200

    @Test("the journal's batch finds its keys by their index, also while its tables are empty")
    func journal() throws {
        let filled = try FilledStore.shared.get()
        for database in [filled.database, try TestDatabase.make()] {
            let session = try FilledStore.ingress(database)
            let events = (0..<Self.batch).map { filled.journalEvent($0 * 991) }
            let plans = try session.plans { _ = try $0.keep(events) }
            #expect(plans.count == 2)
            for plan in plans { plan.expectIndexes(reading: Self.batch) }
        }
    }

    @Test("a claim reads each lane from its low-water mark, no further than its share")
    func claim() throws {
        let filled = try FilledStore.shared.get()
        for low in [0, 50_000] {
            let plans = try filled.worker().plans { session in
                _ = try session.query(
                    SQL.statement("intake.claim"),
                    [
                        .bigint(1), .bigints(FilledStore.channels),
                        .uuids(Array(repeating: filled.id(low), count: 4)), .timestamp(filled.now),
                        .ints([50, 50, 50, 50]), .uuid(UUID()), .timestamp(filled.now + 5_000_000),
                    ])
            }
            try #require(plans.count == 1)
            // Each row is found in its lane, claimed and joined with its payload.
            plans[0].expectIndexes(reading: 3 * Self.batch)
        }
    }

    /// What a batch asks of the queue, the points, cards, leads, calls and activities, and how often it comes to a row.
    private static let statements = [
        "intake.renew": 2, "intake.fence": 1, "intake.release": 2, "intake.finish": 2, "intake.wakeParked": 3,
        "thread.insert": 1, "thread.lock": 1, "thread.save": 1, "callStatement.insert": 1,
        "callStatement.read": 1,
        "activity.existing": 1, "activity.refold": 1, "contactPoint.insert": 1, "contactPoint.read": 1,
        "contactPoint.assign": 1, "card.lock": 1, "card.save": 1, "lead.ofCards": 1, "lead.reopen": 1,
        "lead.respond": 1,
        "lead.changeDue": 1, "lead.backdate": 2,
    ]

    @Test("what a batch asks is found by indexes", arguments: statements.keys.sorted())
    func batch(_ name: String) throws {
        let filled = try FilledStore.shared.get()
        let session = try filled.worker()
        try expectIndexes(name, filled, session)
    }

    @Test(
        "plans made while the tables were empty are made anew by the time they are full, whatever the statistics say"
    )
    func emptyFirst() throws {
        let store = try FilledStore(isFilled: false)
        let session = try store.worker()
        for name in Self.statements.keys {
            let values = try #require(store.values(of: name, rows: [0]))
            _ = try session.plans { _ = try $0.query(SQL.statement(name), values) }
        }
        try store.fill(isAnalyzed: false)
        _ = try session.query(SQL.statement("worker.replan"))
        for name in Self.statements.keys.sorted() { try expectIndexes(name, store, session) }
    }

    private func expectIndexes(_ name: String, _ store: FilledStore, _ session: Connection) throws {
        let values = try #require(store.values(of: name, rows: (0..<Self.batch).map { $0 * 487 }))
        let plans = try session.plans { _ = try $0.query(SQL.statement(name), values) }
        try #require(plans.count == 1, "\(name)")
        plans[0].expectIndexes(reading: Self.batch * (Self.statements[name] ?? 1), name)
    }

    @Test(
        "merging two cards reads what hangs on them only",
        arguments: [
            "thread.lockOfCards", "contactPoint.lockOfCards", "lead.move", "contactPoint.move",
            "activity.move", "thread.move",
        ])
    func merging(_ name: String) throws {
        let filled = try FilledStore.shared.get()
        let cards = [filled.id(17), filled.id(54_321)]
        let values: [Value] =
            name.hasSuffix("OfCards")
            ? [.bigint(1), .uuids(cards)] : [.bigint(1), .uuid(cards[0]), .uuid(cards[1])]
        let plans = try filled.worker().plans { _ = try $0.query(SQL.statement(name), values) }
        try #require(plans.count == 1)
        plans[0].expectIndexes(reading: 4)
    }

    @Test("a caller is found by the number's index, and the card by its own", arguments: [false, true])
    func lookup(_ isGeneric: Bool) throws {
        let filled = try FilledStore.shared.get()
        let session = try FilledStore.session("leadgate_serve", filled.database)
        if isGeneric { try session.script("SET plan_cache_mode = force_generic_plan") }
        var caller: KnownCaller?
        let plans = try session.plans {
            caller = try $0.knownCaller(workspaceID: 1, phone: filled.phone(4_711))
        }
        #expect(caller?.cardID == filled.id(4_711))
        try #require(plans.count == 1)
        plans[0].expectIndexes(reading: 4)
    }
}

/// Tables as a busy installation has them, filled once.
private struct FilledStore: Sendable {
    static let shared = Result { try FilledStore() }
    static let channels: [Int64] = [11, 12, 13, 14]
    private static let start: Int64 = 1_768_465_230_000

    let database: TestDatabase
    /// Microseconds, when everything in the queue is due.
    let now = (FilledStore.start + 1_000_000) * 1_000

    init(isFilled: Bool = true) throws {
        database = try TestDatabase.make()
        try Connection(database.url, options: .administration).script(
            """
            CREATE FUNCTION test_id(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
                SELECT (lpad(to_hex(\(Self.start) + n), 12, '0') || '70008000' || lpad(to_hex(n), 12, '0'))::uuid $$;
            CREATE FUNCTION test_time(n bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
                SELECT 'epoch'::timestamptz + (\(Self.start) + n) * interval '1 millisecond' $$;
            """)
        if isFilled { try fill(isAnalyzed: true) }
    }

    func fill(isAnalyzed: Bool) throws {
        try Connection(database.url, options: .administration).script(
            """
            INSERT INTO inbound_event
            SELECT 1, test_id(n), 11 + n % 4, 'generic', 'POST', '', '', '', '[]', 'body', 'hash', '', '{}', test_time(n)
            FROM generate_series(0, 99999) n;
            INSERT INTO event_key
            SELECT 1, 11 + n % 4, sha256(n::text::bytea), test_id(n), 'hash', test_time(n), NULL
            FROM generate_series(0, 199999) n;
            INSERT INTO intake (workspace_id, channel_id, event_id, next_attempt_at, reason)
            SELECT 1, 11 + n % 4, test_id(n), test_time(n), CASE WHEN n % 100 = 3 THEN 'parked' END
            FROM generate_series(0, 99999) n;
            INSERT INTO card (workspace_id, id, name, created_at, updated_at)
            SELECT 1, test_id(n), 'Card ' || n, test_time(n), test_time(n) FROM generate_series(0, 99999) n;
            INSERT INTO contact_point (workspace_id, kind, value, raw, state, card_id, created_at)
            SELECT 1, 'phone', '+38050' || lpad(n::text, 7, '0'), '', 'known', test_id(n), test_time(n)
            FROM generate_series(0, 99999) n;
            INSERT INTO lead (workspace_id, id, card_id, pipeline, status, source, opened_at, closed_at)
            SELECT 1, test_id(n), test_id(n), 'sales', CASE n % 2 WHEN 0 THEN 'open' ELSE 'won' END, '', test_time(n),
                CASE n % 2 WHEN 1 THEN test_time(n) END
            FROM generate_series(0, 99999) n;
            INSERT INTO activity (workspace_id, id, card_id, lead_id, channel_id, event_id, inbound_event_id, kind, direction,
                occurred_at, title, because, created_at, thread)
            SELECT 1, test_id(n), test_id(n), test_id(n), 11 + n % 4, 'event ' || n, test_id(n), 'call', 'inbound',
                test_time(n), '', '{}', test_time(n), 'thread ' || n
            FROM generate_series(0, 99999) n;
            INSERT INTO thread (workspace_id, channel_id, key, card_id, first_seen_at)
            SELECT 1, 11 + n % 4, 'thread ' || n, test_id(n), test_time(n) FROM generate_series(0, 99999) n;
            INSERT INTO call_statement
            SELECT 1, 11 + n % 4, 'thread ' || n, 'event ' || n, test_id(n), '{}', test_time(n)
            FROM generate_series(0, 99999) n;
            INSERT INTO outcome
            SELECT 1, test_id(n), 0, 0, 11 + n % 4, 'done', NULL, 1, NULL, NULL, NULL, '{}', '', test_time(n)
            FROM generate_series(0, 99999) n;
            \(isAnalyzed ? "ANALYZE" : "");
            """)
    }

    // MARK: - Sessions

    static func session(_ role: String, _ database: TestDatabase) throws -> Connection {
        let session = try database.connect(options: ConnectionOptions(idleInTransaction: nil))
        try session.script(
            """
            LOAD 'auto_explain';
            SET auto_explain.log_min_duration = 0;
            SET auto_explain.log_analyze = on;
            SET auto_explain.log_format = json;
            SET auto_explain.log_level = notice;
            SET ROLE \(role);
            """)
        return session
    }

    static func ingress(_ database: TestDatabase) throws -> Connection {
        let session = try session("leadgate_ingress", database)
        try session.prepareForJournal()
        return session
    }

    func worker() throws -> Connection {
        let session = try Self.session("leadgate_serve", database)
        _ = try session.query(SQL.statement("worker.session"))
        return session
    }

    // MARK: - Rows

    func id(_ number: Int) -> UUID {
        let high = String(Self.start + Int64(number), radix: 16)
        let low = String(number, radix: 16)
        let digits =
            String(repeating: "0", count: 12 - high.count) + high + "70008000"
            + String(repeating: "0", count: 12 - low.count) + low
        let parts = [(0, 8), (8, 4), (12, 4), (16, 4), (20, 12)].map { digits.dropFirst($0.0).prefix($0.1) }
        return UUID(uuidString: parts.joined(separator: "-")) ?? UUID()
    }

    func phone(_ number: Int) -> String {
        let digits = String(number)
        return "+38050" + String(repeating: "0", count: 7 - digits.count) + digits
    }

    /// A new one, whose key belongs to nobody.
    func journalEvent(_ number: Int) -> JournalEvent {
        let key = Array("key \(number) \(UUID())".utf8.prefix(32))
        return JournalEvent(
            workspaceID: 1, channelID: Self.channels[number % 4], id: UUID.v7(at: .now()), adapter: "generic",
            method: "POST", body: [], bodySHA256: key, key: key, receivedAt: Instant(microseconds: now))
    }

    /// The parameters of a statement that asks for these rows.
    func values(of name: String, rows: [Int]) -> [Value]? {
        let (ids, channels) = (Value.uuids(rows.map(id)), Value.bigints(rows.map { Self.channels[$0 % 4] }))
        let (threads, time) = (Value.texts(rows.map { "thread \($0)" }), Value.timestamp(now))
        let (events, times) = (
            Value.texts(rows.map { "event \($0)" }), Value.timestamps(rows.map { _ in now })
        )
        let (kinds, phones) = (Value.texts(rows.map { _ in "phone" }), Value.texts(rows.map(phone)))
        let workspace = Value.bigint(1)
        let texts = Value.texts(rows.map { _ in nil })
        switch name {
        case "intake.renew": return [workspace, .uuid(UUID()), channels, ids, time]
        case "intake.fence": return [workspace, .uuid(UUID()), channels, ids]
        case "intake.release": return [workspace, .uuid(UUID()), channels, ids, times, texts, .bool(true)]
        case "intake.finish": return [workspace, channels, ids]
        case "intake.wakeParked": return [workspace, channels, threads, time]
        case "thread.insert": return [workspace, channels, threads, time]
        case "thread.lock", "callStatement.read": return [workspace, channels, threads]
        case "thread.save": return [workspace, channels, threads, ids, ids, ids, time]
        case "callStatement.insert":
            return [workspace, channels, threads, events, ids, .jsonbs(rows.map { _ in "{}" }), times]
        case "activity.existing": return [workspace, channels, events]
        case "contactPoint.insert": return [workspace, kinds, phones, phones, ids, time]
        case "contactPoint.read": return [workspace, kinds, phones]
        case "contactPoint.assign":
            return [workspace, kinds, phones, ids, .texts(rows.map { _ in "known" }), texts, time]
        case "card.lock", "lead.ofCards", "lead.reopen": return [workspace, ids]
        case "lead.respond", "lead.changeDue": return [workspace, ids, times]
        case "lead.backdate": return [workspace, ids, ids, .timestamps(rows.map { _ in 0 }), times]
        case "card.save":
            return [
                workspace, ids, texts, texts, texts, .bigints(rows.map { _ in 1 }), time,
                .jsonbs(rows.map { _ in "{}" }),
            ]
        case "activity.refold":
            let words = Value.texts(rows.map { _ in "inbound" })
            return [workspace, ids, words, times, words, .jsonbs(rows.map { _ in "{}" }), words]
        default: return nil
        }
    }
}

extension Connection {
    /// The plans of the statements in `body`. What it does is undone unless it commits itself.
    fileprivate func plans(_ body: (Connection) throws -> Void) throws -> [ExecutedPlan] {
        try script("BEGIN")
        defer { try? rollback() }
        if try query(Statement(name: "test.role", sql: "SELECT current_user::text")).text(0, 0)
            == "leadgate_serve"
        {
            _ = try query(SQL.statement("workspace.enter"), [.bigint(1)])
        }
        try body(self)
        var told = notices
        // A statement's plan may be told only when the next one comes.
        _ = try query(Statement(name: "test.next", sql: "SELECT 1"))
        told += notices
        return try told.compactMap { try ExecutedPlan($0.message) }
    }
}

/// A plan with what each of its nodes really did, as `auto_explain` tells it.
private struct ExecutedPlan {
    private struct Node {
        let type: String
        let relation: String?
        /// Looked at, whether they fitted or not.
        let rows: Double
    }
    private let text: String
    private var nodes: [Node] = []

    /// Nil for a message about something else, or a statement that reads no table.
    init?(_ message: String) throws {
        guard let start = message.firstRange(of: "plan:\n")?.upperBound else { return nil }
        text = String(message[start...])
        let plan = try #require(try JSON.parse(text)["Plan"])
        collect(plan)
        if nodes.allSatisfy({ $0.relation == nil && $0.type != "ModifyTable" }) { return nil }
    }

    private mutating func collect(_ plan: JSON) {
        let loops = Self.number(plan["Actual Loops"])
        let removed = ["Rows Removed by Filter", "Rows Removed by Index Recheck"].map {
            Self.number(plan[$0])
        }
        let isWriting = plan["Node Type"]?.string == "ModifyTable"
        nodes.append(
            Node(
                type: plan["Node Type"]?.string ?? "",
                relation: isWriting ? nil : plan["Relation Name"]?.string,
                rows: (removed.reduce(Self.number(plan["Actual Rows"]), +)) * loops))
        for child in plan["Plans"]?.array ?? [] { collect(child) }
    }

    private static func number(_ json: JSON?) -> Double {
        json.flatMap { Double($0.text()) } ?? 0
    }

    /// - Parameter limit: rows of tables that may be looked at, all together.
    func expectIndexes(
        reading limit: Int, _ name: String = "", sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for node in nodes where node.type == "Seq Scan" {
            Issue.record("\(node.relation ?? "") is read as a whole: \(text)", sourceLocation: sourceLocation)
        }
        // An average over the loops is rounded.
        let rows = nodes.filter { $0.relation != nil }.reduce(0) { $0 + $1.rows }
        #expect(rows <= Double(limit) * 1.05, "\(text)", sourceLocation: sourceLocation)
    }
}
