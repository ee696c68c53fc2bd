import Harness
import Postgres
import Store
import Testing

@Suite("The schema")
struct SchemaTests {
    @Test("migrating twice runs every migration once")
    func migratesOnce() async throws {
        let database = try TestDatabase.make(isMigrated: false)
        defer { try? database.drop() }
        let connection = try Connection(database.url, options: .administration)
        #expect(try Schema.version(connection) == 0)
        #expect(try Schema.migrate(connection, login: nil) == ["m0001_foundation", "m0002_security"])
        #expect(try Schema.version(connection) == Schema.newestVersion)
        #expect(try Schema.migrate(connection, login: nil).isEmpty)
    }

    @Test("every table but the list of workspaces and of migrations forces row security")
    func forcesRowSecurity() async throws {
        let database = try TestDatabase.make()
        defer { try? database.drop() }
        let connection = try Connection(database.url, options: .administration)
        let open = try connection.query(
            Statement(
                name: "test.open",
                sql: """
                    SELECT relname FROM pg_class
                    WHERE relnamespace = 'leadgate'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
                      AND NOT (relrowsecurity AND relforcerowsecurity)
                    ORDER BY relname
                    """))
        #expect((0..<open.count).map { open.text($0, 0) } == ["schema_version", "workspace"])
    }

    @Test("a workspace sees its own rows only, and writes no other's")
    func isolatesWorkspaces() async throws {
        let database = try TestDatabase.make()
        defer { try? database.drop() }
        let connection = try Connection(database.url, options: ConnectionOptions(role: "leadgate_serve"))
        try insertCard(1, connection)
        try insertCard(2, connection)
        let count = Statement(name: "test.count", sql: "SELECT count(*) FROM card")
        let enter = SQL.statement("workspace.enter")
        let seen = try connection.pipeline([(.begin, []), (enter, [.bigint(1)]), (count, []), (.commit, [])])
        #expect(seen[2].bigint(0, 0) == 1)
        #expect(try connection.query(count).bigint(0, 0) == 0)
        #expect(throws: PostgresFailure.self) { try insertCard(3, connection, entered: 1) }
    }

    @Test("ingress reads no event and no card")
    func ingressMayOnlyInsert() async throws {
        let database = try TestDatabase.make()
        defer { try? database.drop() }
        let connection = try Connection(database.url, options: ConnectionOptions(role: "leadgate_ingress"))
        for table in ["inbound_event", "card", "contact_point", "api_token", "outcome"] {
            let read = Statement(name: "test.\(table)", sql: "SELECT count(*) FROM \(table)")
            #expect(throws: PostgresFailure.self) { try connection.query(read) }
        }
    }

    private func insertCard(_ workspace: Int64, _ connection: Connection, entered: Int64? = nil) throws {
        let insert = Statement(
            name: "test.card",
            sql: """
                INSERT INTO card (workspace_id, id, created_at, updated_at)
                VALUES ($1, gen_random_uuid(), now(), now())
                """)
        _ = try connection.pipeline([
            (.begin, []), (SQL.statement("workspace.enter"), [.bigint(entered ?? workspace)]),
            (insert, [.bigint(workspace)]), (.commit, []),
        ])
    }
}
