import Foundation
import Harness
import Postgres
import Store
import Testing

@Suite("Security of the schema")
struct SecurityTests {
    /// Everything the two roles may do, as `role table privileges`, columns in brackets.
    private static let granted = [
        "leadgate_ingress event_key insert, select, update(body_sha256, event_id, received_at, reusable_at)",
        "leadgate_ingress inbound_event insert",
        "leadgate_ingress intake insert",
        "leadgate_ingress rejection insert, select, update(count, last_address)",
        "leadgate_ingress schema_version select",
        "leadgate_serve account insert, select, update(disabled_at, password, role)",
        "leadgate_serve activity insert, select, update",
        "leadgate_serve api_token insert, select, update",
        "leadgate_serve audit_log insert, select",
        "leadgate_serve call_statement insert, select",
        "leadgate_serve card insert, select, update",
        "leadgate_serve card_suggestion insert, select, update",
        "leadgate_serve channel insert, select, update",
        "leadgate_serve contact_point insert, select, update",
        "leadgate_serve event select",
        "leadgate_serve event_key select",
        "leadgate_serve inbound_event select",
        "leadgate_serve intake delete, insert, select, update",
        "leadgate_serve lead insert, select, update",
        "leadgate_serve merge_log insert, select, update(undone_at)",
        "leadgate_serve outbox insert, select, update",
        "leadgate_serve outcome insert, select",
        "leadgate_serve rejection select",
        "leadgate_serve schema_version select",
        "leadgate_serve session delete, insert, select, update(seen_at)",
        "leadgate_serve thread insert, select, update",
        "leadgate_serve workspace insert, select",
    ]

    @Test("each role may do what is listed here and nothing else")
    func grantsExactly() throws {
        let admin = try SecurityRig().admin
        let found = try admin.texts(
            """
            WITH granted AS (
                SELECT c.relname, a.grantee, lower(a.privilege_type) AS privilege
                FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a
                WHERE c.relnamespace = 'leadgate'::regnamespace AND a.grantee <> c.relowner
                UNION ALL
                SELECT c.relname, a.grantee,
                    lower(a.privilege_type) || '(' || string_agg(t.attname, ', ' ORDER BY t.attname) || ')'
                FROM pg_class c
                JOIN pg_attribute t ON t.attrelid = c.oid CROSS JOIN LATERAL aclexplode(t.attacl) a
                WHERE c.relnamespace = 'leadgate'::regnamespace
                GROUP BY c.relname, a.grantee, a.privilege_type
            )
            SELECT coalesce(r.rolname, 'public') || ' ' || g.relname || ' '
                || string_agg(g.privilege, ', ' ORDER BY g.privilege)
            FROM granted g LEFT JOIN pg_roles r ON r.oid = g.grantee
            GROUP BY r.rolname, g.relname ORDER BY r.rolname, g.relname
            """)
        #expect(found.sorted() == Self.granted.sorted())
    }

    @Test("one function lends its owner's rights, for figures only, to the serving role alone")
    func lendsRights() throws {
        let rig = try SecurityRig()
        #expect(
            try rig.admin.texts(
                """
                SELECT concat_ws(' ', p.proname, array_to_string(p.proconfig, '; '), (
                    SELECT string_agg(a.grantee::regrole::text, ', ') FROM aclexplode(p.proacl) a
                    WHERE a.grantee <> p.proowner))
                FROM pg_proc p WHERE p.pronamespace = 'leadgate'::regnamespace AND p.prosecdef
                """) == ["watch search_path=pg_catalog, pg_temp leadgate_serve"])
        #expect(
            try rig.admin.texts(
                "SELECT DISTINCT unnest(proallargtypes)::regtype::text FROM pg_proc WHERE proname = 'watch'")
                == ["double precision"])
        #expect(try rig.session("leadgate_ingress").refusal(of: "SELECT watch()") == "42501")
    }

    @Test("the roles own nothing, log in as nobody and stand above nobody")
    func rolesArePlain() throws {
        let admin = try SecurityRig().admin
        #expect(
            try admin.texts(
                """
                SELECT rolname::text FROM pg_roles
                WHERE rolname IN ('leadgate_serve', 'leadgate_ingress') AND NOT (rolcanlogin OR rolsuper OR rolbypassrls OR rolcreaterole
                    OR rolcreatedb OR rolreplication)
                ORDER BY 1
                """) == ["leadgate_ingress", "leadgate_serve"])
        let owned = """
            SELECT relname::text FROM pg_class WHERE pg_get_userbyid(relowner) IN ('leadgate_serve', 'leadgate_ingress')
            UNION ALL SELECT proname::text FROM pg_proc WHERE pg_get_userbyid(proowner) IN ('leadgate_serve', 'leadgate_ingress')
            UNION ALL SELECT nspname::text FROM pg_namespace WHERE pg_get_userbyid(nspowner) IN ('leadgate_serve', 'leadgate_ingress')
            """
        #expect(try admin.texts(owned) == [])
        let memberships = """
            SELECT pg_get_userbyid(member)::text FROM pg_auth_members
            WHERE pg_get_userbyid(member) IN ('leadgate_serve', 'leadgate_ingress')
                OR pg_get_userbyid(roleid) IN ('leadgate_serve', 'leadgate_ingress') AND admin_option
            """
        #expect(try admin.texts(memberships) == [])
        for role in ["leadgate_serve", "leadgate_ingress"] {
            let session = try SecurityRig().session(role)
            for wish in [
                "SELECT grant_roles(NULL)", "CREATE TABLE leadgate.own (x int)",
                "TRUNCATE leadgate.event_key",
                "ALTER TABLE leadgate.card DISABLE ROW LEVEL SECURITY", "DROP TABLE leadgate.card",
                "DROP POLICY serve ON leadgate.card",
            ] {
                #expect(session.refusal(of: wish) == "42501", "\(role): \(wish)")
            }
        }
    }

    @Test(
        "every table with a workspace forces row security by one policy, and nobody reaches a partition directly"
    )
    func forcesRowSecurity() throws {
        let admin = try SecurityRig().admin
        let tables =
            "FROM pg_class c WHERE c.relnamespace = 'leadgate'::regnamespace AND c.relkind IN ('r', 'p')"
        let column = "(SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'workspace_id')"
        #expect(
            try admin.texts(
                """
                SELECT c.relname::text \(tables) AND NOT c.relispartition AND EXISTS \(column)
                AND (NOT c.relrowsecurity OR NOT c.relforcerowsecurity OR 1 <> (
                    SELECT count(*) FROM pg_policies p
                    WHERE p.schemaname = 'leadgate' AND p.tablename = c.relname AND p.roles = '{leadgate_serve}'
                      AND p.cmd = 'ALL' AND p.qual = '(workspace_id = current_workspace())' AND p.with_check = p.qual))
                """) == [])
        #expect(
            try admin.texts("SELECT c.relname::text \(tables) AND NOT EXISTS \(column) ORDER BY 1")
                == ["schema_version", "workspace"])
        #expect(
            try admin.texts(
                "SELECT c.relname::text \(tables) AND c.relispartition AND c.relacl IS NOT NULL") == [])
        // What opens a table to the serving role beside that policy.
        #expect(
            try admin.texts(
                """
                SELECT tablename || ' ' || policyname FROM pg_policies
                WHERE schemaname = 'leadgate' AND roles && '{leadgate_serve,public}' AND policyname <> 'serve'
                ORDER BY 1
                """) == ["account named", "api_token presented", "session presented"])
    }

    @Test("the serving role sees and changes its own workspace's rows only, in every table")
    func isolatesWorkspaces() throws {
        let rig = try SecurityRig()
        // A new table cannot be forgotten.
        let tables = try rig.tablesOfWorkspaces()
        #expect(tables == SecurityRig.rows.map(\.table).sorted())
        try rig.fill(workspaces: 1, 2)
        let serve = try rig.session("leadgate_serve")
        for table in tables + ["event"] {
            try serve.enter(1)
            #expect(try serve.texts("SELECT DISTINCT workspace_id::text FROM \(table)") == ["1"], "\(table)")
            try serve.rollback()
            for wish in ["SELECT 1", "SELECT set_config('leadgate.workspace', '', false)"] {
                _ = try serve.texts("SELECT (\(wish))::text")
                #expect(try serve.texts("SELECT count(*)::text FROM \(table)") == ["0"], "\(table)")
            }
        }
        for (table, insert) in SecurityRig.rows {
            if try rig.may("insert", table) {
                try serve.enter(1)
                #expect(serve.refusal(of: insert.replacing("{w}", with: "2")) == "42501", "\(table)")
            }
            if try rig.may("update", table) {
                try serve.enter(1)
                #expect(serve.refusal(of: "UPDATE \(table) SET workspace_id = 2") == "42501", "\(table)")
                try serve.enter(1)
                let foreign = "UPDATE \(table) SET workspace_id = workspace_id WHERE workspace_id = 2"
                #expect(try serve.changed(foreign) == 0, "\(table)")
                try serve.rollback()
            }
            if try rig.may("delete", table) {
                try serve.enter(1)
                #expect(try serve.changed("DELETE FROM \(table) WHERE workspace_id = 2") == 0, "\(table)")
                try serve.rollback()
            }
        }
    }

    @Test("the serving role may insert where it is granted to, in its own workspace")
    func insertsItsOwn() throws {
        let rig = try SecurityRig()
        let serve = try rig.session("leadgate_serve")
        try serve.enter(3)
        var count = 0
        for (table, insert) in SecurityRig.rows where try rig.may("insert", table) {
            #expect(try serve.changed(insert.replacing("{w}", with: "3")) == 1, "\(table)")
            count += 1
        }
        #expect(count == 16)
        // Without a workspace it may not insert at all.
        try serve.rollback()
        #expect(serve.refusal(of: SecurityRig.rows[0].insert.replacing("{w}", with: "3")) == "42501")
    }

    @Test("a token is seen by whoever presents it, and changed in its own workspace only")
    func showsPresentedTokens() throws {
        let rig = try SecurityRig()
        try rig.fill(workspaces: 1, 2)
        let serve = try rig.session("leadgate_serve")
        let hash = try #require(
            try rig.admin.texts("SELECT encode(hash, 'hex') FROM api_token WHERE workspace_id = 2").first)
        let seen = "SELECT workspace_id::text FROM api_token ORDER BY 1"
        try serve.enter(1)
        _ = try serve.texts("SELECT set_config('leadgate.token', '\(hash)', true)")
        #expect(try serve.texts(seen) == ["1", "2"])
        #expect(try serve.changed("UPDATE api_token SET revoked_at = now() WHERE workspace_id = 2") == 0)
        try serve.rollback()
        #expect(try serve.texts(seen) == [])
        try serve.enter(1)
        _ = try serve.texts("SELECT set_config('leadgate.token', '', true)")
        #expect(try serve.texts(seen) == ["1"])
    }

    @Test("the journal's role writes into any workspace and takes nothing back")
    func ingressOnlyAdds() throws {
        let rig = try SecurityRig()
        let ingress = try rig.session("leadgate_ingress")
        for (table, insert) in SecurityRig.rows
        where ["inbound_event", "intake", "event_key", "rejection"].contains(table) {
            for workspace in ["1", "2"] {
                #expect(try ingress.changed(insert.replacing("{w}", with: workspace)) == 1, "\(table)")
            }
        }
        for table in try rig.tablesOfWorkspaces() + ["inbound_event_default", "workspace"] {
            if !["event_key", "rejection"].contains(table) {
                #expect(ingress.refusal(of: "SELECT 1 FROM \(table)") == "42501", "\(table)")
            }
            #expect(ingress.refusal(of: "DELETE FROM \(table)") == "42501", "\(table)")
            #expect(ingress.refusal(of: "UPDATE \(table) SET workspace_id = 3") != nil, "\(table)")
        }
        for (table, insert) in SecurityRig.rows
        where !["inbound_event", "intake", "event_key", "rejection"].contains(table) {
            #expect(ingress.refusal(of: insert.replacing("{w}", with: "1")) == "42501", "\(table)")
        }
        #expect(ingress.refusal(of: "UPDATE event_key SET key = ''") == "42501")
        #expect(ingress.refusal(of: "UPDATE rejection SET reason = ''") == "42501")
    }
}

/// A database with a row in every table of each workspace asked for.
private struct SecurityRig {
    let database: TestDatabase
    let admin: Connection

    /// One row of each table, in an order that foreign keys allow; `{w}` is the workspace.
    static let rows: [(table: String, insert: String)] = [
        (
            "card",
            "INSERT INTO card (workspace_id, id, created_at, updated_at) VALUES ({w}, '\(id)', now(), now())"
        ),
        (
            "channel",
            "INSERT INTO channel VALUES ({w}, 11, 'channel {w}', 'generic', 'active', now())"
        ),
        (
            "inbound_event",
            """
            INSERT INTO inbound_event VALUES ({w}, '\(id)', 11, 'generic', 'POST', '', '', '', '[]', '', '', '', '{}', now())
            """
        ),
        ("event_key", "INSERT INTO event_key VALUES ({w}, 11, 'key', '\(id)', '', now())"),
        (
            "intake",
            "INSERT INTO intake (workspace_id, channel_id, event_id, next_attempt_at) VALUES ({w}, 11, '\(id)', now())"
        ),
        (
            "outcome",
            "INSERT INTO outcome VALUES ({w}, '\(id)', 0, 0, 11, 'done', NULL, 1, NULL, NULL, NULL, '{}', '', now())"
        ),
        ("rejection", "INSERT INTO rejection VALUES ({w}, 11, 'bad_token', now(), 1, '')"),
        (
            "contact_point",
            """
            INSERT INTO contact_point (workspace_id, kind, value, raw, state, card_id, created_at)
            VALUES ({w}, 'email', 'a@example.com', '', 'known', '\(id)', now())
            """
        ),
        (
            "lead",
            """
            INSERT INTO lead (workspace_id, id, card_id, pipeline, status, source, opened_at)
            VALUES ({w}, '\(id)', '\(id)', 'sales', 'open', '', now())
            """
        ),
        (
            "activity",
            """
            INSERT INTO activity (workspace_id, id, card_id, channel_id, event_id, inbound_event_id, kind, direction,
                occurred_at, title, because, created_at)
            VALUES ({w}, '\(id)', '\(id)', 11, 'e', '\(id)', 'call', 'inbound', now(), '', '{}', now())
            """
        ),
        (
            "thread",
            "INSERT INTO thread (workspace_id, channel_id, key, first_seen_at) VALUES ({w}, 11, 'thread', now())"
        ),
        (
            "call_statement",
            "INSERT INTO call_statement VALUES ({w}, 11, 'thread', 'e', '\(id)', '{}', now())"
        ),
        (
            "card_suggestion",
            """
            INSERT INTO card_suggestion VALUES ({w}, '\(id)', 'ffffffff-0000-7000-8000-000000000000', '{}', 'open', now())
            """
        ),
        ("merge_log", "INSERT INTO merge_log VALUES ({w}, '\(id)', '\(id)', '\(id)', '{}', '{}', now())"),
        (
            "outbox",
            "INSERT INTO outbox (workspace_id, card_id, seq, id, kind, body, created_at) VALUES ({w}, '\(id)', 1, '\(id)', '', '{}', now())"
        ),
        (
            "api_token",
            "INSERT INTO api_token (workspace_id, id, name, hash, scopes, created_at) VALUES ({w}, '\(id)', '', 'hash {w}', '{}', now())"
        ),
        (
            "account",
            "INSERT INTO account (workspace_id, id, name, role, password, created_at) VALUES ({w}, '\(id)', 'name {w}', 'viewer', '', now())"
        ),
        (
            "session",
            "INSERT INTO session VALUES ({w}, 'hash {w}', '\(id)', now(), now(), now())"
        ),
        ("audit_log", "INSERT INTO audit_log VALUES ({w}, '\(id)', '\(id)', 'login', NULL, '', now())"),
    ]
    private static let id = "00000000-0000-7000-8000-000000000001"

    init() throws {
        database = try TestDatabase.make()
        admin = try Connection(database.url, options: .administration)
    }

    func session(_ role: String) throws -> Connection {
        try database.connect(role: role, options: ConnectionOptions(idleInTransaction: nil))
    }

    func fill(workspaces: Int...) throws {
        for workspace in workspaces {
            for row in Self.rows { try admin.script(row.insert.replacing("{w}", with: "\(workspace)")) }
        }
    }

    /// Sorted, without partitions.
    func tablesOfWorkspaces() throws -> [String] {
        try admin.texts(
            """
            SELECT c.relname::text FROM pg_class c
            JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'workspace_id'
            WHERE c.relnamespace = 'leadgate'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            """
        ).sorted()
    }

    /// Whether the serving role has a privilege on every column of a table.
    func may(_ privilege: String, _ table: String) throws -> Bool {
        try admin.texts("SELECT has_table_privilege('leadgate_serve', '\(table)', '\(privilege)')::text") == [
            "true"
        ]
    }
}

extension Connection {
    fileprivate func enter(_ workspace: Int64) throws(PostgresFailure) {
        try rollback()
        _ = try pipeline([(.begin, []), (SQL.statement("workspace.enter"), [.bigint(workspace)])])
    }

    /// The first column of a statement written on the spot.
    fileprivate func texts(_ sql: String) throws(PostgresFailure) -> [String] {
        let rows = try query(Statement(name: "test.\(sql)", sql: sql))
        return (0..<rows.count).map { rows.text($0, 0) ?? "" }
    }

    /// How many rows a statement changes.
    fileprivate func changed(_ sql: String) throws(PostgresFailure) -> Int {
        try query(Statement(name: "test.\(sql)", sql: sql)).affected
    }

    /// The SQLSTATE a statement is refused with; nil if it is not. What it did is undone.
    fileprivate func refusal(of sql: String) -> String? {
        defer { try? rollback() }
        do throws(PostgresFailure) {
            _ = try query(Statement(name: "test.\(sql)", sql: sql))
            return nil
        } catch {
            return error.sqlState ?? error.message
        }
    }
}
