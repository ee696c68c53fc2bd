import Foundation
import Harness
import JSON
import Postgres
import Store
import Testing

/// What the hot reads cost on a filled database, asked of PostgreSQL as a serving process asks: with its role, its
/// workspace, and statements that are prepared, since a plan may change after some executions.
@Suite("Plans of the hot reads")
struct ReadingPlanTests {
    struct Question: Sendable, CustomTestStringConvertible {
        let name: String
        /// Type and SQL literal of each parameter.
        let parameters: [(String, String)]
        /// The most rows that may be looked at, in all tables together.
        let bound: Int
        let testDescription: String

        init(_ name: String, _ further: [(String, String)], bound: Int = 300, _ what: String = "") {
            self.name = name
            parameters = [("bigint", "1")] + further
            self.bound = bound
            testDescription = "\(name) \(what)"
        }
    }

    private static let page: [(String, String)] = [
        ("uuid", "'\(UUID.filled(0))'"), ("uuid", "'\(UUID.filled(180_000))'"), ("bigint", "51"),
    ]
    private static let everything: [(String, String)] = [
        ("uuid", "'00000000-0000-0000-0000-000000000000'"),
        ("uuid", "'ffffffff-ffff-ffff-ffff-ffffffffffff'"),
        ("bigint", "51"),
    ]
    private static let leads: [(String, String)] = [
        ("uuid", "'\(UUID.filled(40_000))'"), ("bigint", "51"), ("timestamptz", "NULL"),
        ("uuid", "'00000000-0000-0000-0000-000000000000'"), ("text", "NULL"),
    ]
    private static let card = ("uuid", "'\(UUID.filled(30_001))'")
    private static let busyCard = ("uuid", "'\(UUID.filled(1))'")
    private static let noChannel = ("bigint", "NULL")

    static let questions: [Question] = [
        Question("event.page", everything, "from the newest"),
        Question("event.page", page, "from the middle"),
        Question("event.pageOfChannel", everything + [("bigint", "101")], "of a busy channel"),
        Question("event.pageOfChannel", page + [("bigint", "103")], "of a quiet channel"),
        Question("event.pageQueued", everything + [noChannel]),
        Question("event.pageQueued", page + [("bigint", "102")], "of a channel"),
        Question("event.pageFinished", everything + [noChannel, ("text", "'done'")], "done"),
        Question("event.pageFinished", page + [noChannel, ("text", "'dead'")], "dead"),
        Question(
            "event.pageFinished", page + [("bigint", "101"), ("text", "'dead'")], bound: 600,
            "dead of a channel"),
        Question("event.pageDoneOfChannel", everything + [("bigint", "103")]),
        Question("event.rows", [("uuid[]", "ARRAY['\(UUID.filled(7))', '\(UUID.filled(150_000))']::uuid[]")]),
        Question("event.request", [("uuid", "'\(UUID.filled(150_000))'")]),
        Question("event.outcomes", [("uuid", "'\(UUID.filled(150_000))'")]),
        Question("lead.page", leads),
        Question("lead.page", leads.dropLast() + [("text", "'site'")], "of a source"),
        Question("lead.pageOfStatus", leads + [("text", "'open'")]),
        Question("lead.ofCard", [card]), Question("card.winner", [card]), Question("card.show", [card]),
        Question("card.mergedFrom", [card]), Question("card.points", [card]),
        Question("card.suggestions", [card]),
        Question(
            "card.timeline",
            [busyCard, ("timestamptz", "'infinity'"), ("uuid", "'\(UUID.filled(0))'"), ("bigint", "51")]),
        Question("card.byPoint", [("text", "'phone'"), ("text", "'+380500030001'")], bound: 10),
        Question("lookup.byPhone", [("text", "'+380500030001'")], bound: 10),
    ]

    @Test(
        "a hot read looks at few rows, by indexes, at first and when its plan has settled",
        arguments: questions)
    func hotRead(question: Question) throws {
        let connection = try Filling.database.get().connect(role: "leadgate_serve")
        let sql = SQL.statement(question.name).sql
        let types = question.parameters.map(\.0).joined(separator: ", ")
        let values = question.parameters.map(\.1).joined(separator: ", ")
        try connection.script("PREPARE question (\(types)) AS \(sql)")
        let enter = SQL.statement("workspace.enter")
        func plan(_ explain: String) throws -> Plan {
            let answers = try connection.pipeline([
                (.begin, []), (enter, [.bigint(1)]),
                (Statement(name: "test.\(explain.count)", sql: "\(explain)EXECUTE question (\(values))"), []),
                (.commit, []),
            ])
            return try Plan(answers[2])
        }
        // The first five executions of a prepared statement are planned with their values; a plan for all may follow.
        for execution in ["first", "settled"] {
            let plan = try plan("EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ")
            #expect(plan.scannedTables.isEmpty, "\(execution): \(plan.text)")
            #expect(plan.rowsLookedAt <= question.bound, "\(execution): \(plan.text)")
            for _ in 0..<6 where execution == "first" {
                try connection.script(
                    "BEGIN; SELECT set_config('leadgate.workspace', '1', true); EXECUTE question (\(values)); COMMIT"
                )
            }
        }
    }

    @Test("the holder of a token is found by the token's hash")
    func tokenHolder() throws {
        let connection = try Filling.database.get().connect(role: "leadgate_serve")
        let hash = "sha256('token 4000')"
        let answers = try connection.pipeline([
            (.begin, []),
            (
                Statement(
                    name: "test.present",
                    sql: "SELECT set_config('leadgate.token', encode(\(hash), 'hex'), true)"), []
            ),
            (
                Statement(
                    name: "test.holder",
                    sql: "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) "
                        + SQL.statement("token.holder").sql.replacing("$1", with: hash)), []
            ),
            (.commit, []),
        ])
        let plan = try Plan(answers[2])
        #expect(plan.scannedTables.isEmpty, "\(plan.text)")
        #expect(plan.rowsLookedAt == 1, "\(plan.text)")
    }
}

// MARK: - Plans

/// An executed plan, as `EXPLAIN (ANALYZE, FORMAT JSON)` tells it.
private struct Plan {
    let text: String
    /// Big tables that were read from end to end.
    private(set) var scannedTables: Set<String> = []
    /// Rows that came out of tables and indexes, and those that a filter then dropped.
    private(set) var rowsLookedAt = 0

    /// So small that reading them whole is best.
    private static let small: Set<String> = ["channel", "workspace", "card_suggestion"]

    init(_ rows: Rows) throws {
        let json = try JSON.parse(try #require(rows.json(0, 0) ?? rows.text(0, 0)))
        text = json.text()
        walk(try #require(json[0]?["Plan"]))
    }

    private mutating func walk(_ node: JSON) {
        let type = node["Node Type"]?.string ?? ""
        let table = node["Relation Name"]?.string
        if let table, type == "Seq Scan", !Plan.small.contains(table) { scannedTables.insert(table) }
        if type.hasSuffix("Scan"), type != "CTE Scan", type != "Subquery Scan" {
            let loops = node["Actual Loops"]?.integer ?? 1
            let rows = (node["Actual Rows"]?.integer ?? 0) + (node["Rows Removed by Filter"]?.integer ?? 0)
            rowsLookedAt += Int(rows * loops)
        }
        for child in node["Plans"]?.array ?? [] { walk(child) }
    }
}

// MARK: - Filling

private enum Filling {
    /// 200,000 events of three channels with what came of them, 50,000 cards, 3,000 events that wait; a tenth of all is
    /// another workspace's. Made once: 10 s.
    static let database = Result {
        let database = try TestDatabase.make()
        let connection = try database.connect(options: .administration)
        try connection.script(script)
        return database
    }

    /// A version 7 id whose order is that of `n`; 40 ms lie between two.
    private static func id(_ n: String) -> String {
        "(lpad(to_hex(1768400000000 + (\(n)) * 40), 12, '0') || '70008000' || lpad(to_hex(\(n)), 12, '0'))::uuid"
    }

    private static let script = """
        SET search_path = leadgate, public;
        SET synchronous_commit = off;
        INSERT INTO workspace VALUES (1, 'one', now()), (2, 'two', now());
        INSERT INTO channel
        SELECT w, 100 * w + c, 'channel-' || w || c, 'generic', 'active', now()
        FROM generate_series(1, 2) w, generate_series(1, 3) c;
        CREATE TEMPORARY TABLE made AS
        SELECT n, \(id("n")) AS id, CASE WHEN n % 10 = 9 THEN 2 ELSE 1 END AS w,
            CASE WHEN n % 100 < 80 THEN 1 WHEN n % 100 < 98 THEN 2 ELSE 3 END AS c,
            to_timestamp(1768400000 + n * 0.04) AS t
        FROM generate_series(0, 199999) n;
        INSERT INTO inbound_event
        SELECT w, id, 100 * w + c, 'generic', 'POST', '', '', 'https://leads.example.com/in/c/-', '[]',
            convert_to(repeat('name=Anna&', 30), 'UTF8'), sha256(n::text::bytea), '192.0.2.1', '{token}', t
        FROM made ORDER BY n;
        INSERT INTO intake (workspace_id, channel_id, event_id, next_attempt_at)
        SELECT w, 100 * w + c, id, t FROM made WHERE n % 67 = 66;
        INSERT INTO outcome
        SELECT w, id, 0, 0, 100 * w + c,
            CASE WHEN n % 50 = 1 THEN 'dead' WHEN n % 12 = 2 THEN 'ignored' ELSE 'done' END, 'probe', 1,
            NULL, NULL, NULL, '{}', 'v1', t
        FROM made WHERE n % 67 <> 66 ORDER BY n;
        INSERT INTO card (workspace_id, id, name, created_at, updated_at)
        SELECT w, id, 'Card ' || n, t, t FROM made WHERE n < 50000 ORDER BY n;
        UPDATE card SET merged_into = \(id("1")) WHERE workspace_id = 1 AND id > \(id("49500"));
        INSERT INTO contact_point (workspace_id, kind, value, raw, state, card_id, created_at)
        SELECT w, 'phone', '+38050' || lpad(n::text, 7, '0'), 'raw', 'known', id, t FROM made WHERE n < 50000
        ORDER BY n;
        INSERT INTO lead (workspace_id, id, card_id, pipeline, status, source, opened_at, closed_at)
        SELECT w, id, id, 'sales', CASE WHEN n % 10 = 1 THEN 'open' ELSE 'won' END,
            CASE WHEN n % 3 = 0 THEN 'pbx' ELSE 'site' END, t, CASE WHEN n % 10 = 1 THEN NULL ELSE t END
        FROM made WHERE n < 50000 ORDER BY n;
        INSERT INTO activity (workspace_id, id, card_id, channel_id, event_id, inbound_event_id, kind, direction,
            occurred_at, title, because, created_at)
        SELECT w, id, CASE WHEN n % 50 = 0 AND w = 1 THEN \(id("1")) ELSE id END, 100 * w + c, n::text, id,
            'submission', 'inbound', t, 'Form', '{}', t
        FROM made WHERE n < 50000 ORDER BY n;
        INSERT INTO api_token (workspace_id, id, name, hash, scopes, created_at)
        SELECT w, id, 'token', sha256(('token ' || n)::bytea), '{read}', t FROM made WHERE n < 5000;
        ANALYZE
        """
}

extension UUID {
    /// The id of the `n`th row of the filling, as text.
    fileprivate static func filled(_ n: Int) -> String {
        let time = String(1_768_400_000_000 + n * 40, radix: 16)
        let place = String(n, radix: 16)
        let digits =
            String(repeating: "0", count: 12 - time.count) + time + "70008000"
            + String(repeating: "0", count: 12 - place.count) + place
        return digits
    }
}
