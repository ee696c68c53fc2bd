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
        #expect(
            try Schema.migrate(connection, login: nil) == [
                "m0001_foundation", "m0002_security", "m0003_accounts", "m0004_watch",
            ])
        #expect(try Schema.version(connection) == Schema.newestVersion)
        #expect(try Schema.migrate(connection, login: nil).isEmpty)
    }
}
