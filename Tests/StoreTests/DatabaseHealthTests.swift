import Foundation
import Harness
import Postgres
import Store
import Testing

@Suite("What can rot in the database", .serialized)
struct DatabaseHealthTests {
    /// A server of its own: others' transactions would show here. It keeps dead rows until told, prepares
    /// transactions and has what replication needs.
    private static let cluster = Result {
        try TestCluster.make(
            further: ["autovacuum": "off", "max_prepared_transactions": "4", "wal_level": "logical"])
    }

    private let database: TestDatabase
    private let admin: Connection
    private let serve: Connection

    init() throws {
        database = try TestDatabase.make(on: Self.cluster.get())
        admin = try Connection(database.url, options: .administration)
        serve = try database.connect(role: "leadgate_serve")
    }

    /// Whether something holds a snapshot that 50 transactions were begun behind.
    private func isHeldBack() throws -> Bool {
        for _ in 0..<50 { _ = try admin.asked("SELECT pg_current_xact_id()") }
        return try #require(serve.databaseHealth().snapshotTransactions) >= 50
    }

    @Test("a session's snapshot shows with its age until it is let go")
    func showsSnapshot() throws {
        let holder = try database.connect(options: ConnectionOptions(idleInTransaction: nil))
        #expect(try !isHeldBack())
        try holder.script("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1")
        #expect(try isHeldBack())
        let age = try #require(
            admin.asked(
                "SELECT max(extract(epoch FROM clock_timestamp() - xact_start))::float8 "
                    + "FROM pg_stat_activity WHERE backend_xmin IS NOT NULL"
            ).double(0, 0))
        #expect(try #require(serve.databaseHealth().snapshotSeconds) >= age)
        try holder.rollback()
        #expect(try !isHeldBack())
        #expect(try #require(serve.databaseHealth().snapshotSeconds) < age)
    }

    @Test("another database's reader holds nothing back here, its writer does")
    func otherDatabase() throws {
        let other = try TestDatabase.make(isMigrated: false, on: Self.cluster.get())
        let holder = try other.connect(options: ConnectionOptions(idleInTransaction: nil))
        try holder.script("BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1")
        #expect(try !isHeldBack())
        try holder.script("SELECT pg_current_xact_id()")
        #expect(try isHeldBack())
    }

    @Test("a prepared transaction and a replication slot hold, too")
    func showsForgotten() throws {
        try admin.script("BEGIN; SELECT pg_current_xact_id(); PREPARE TRANSACTION 'forgotten'")
        #expect(try isHeldBack())
        try admin.script("ROLLBACK PREPARED 'forgotten'")
        #expect(try !isHeldBack())
        #expect(try serve.databaseHealth().keptWALBytes == 0)
        try admin.script("SELECT pg_create_logical_replication_slot('forgotten', 'pgoutput')")
        #expect(try isHeldBack())
        try admin.script("SELECT pg_logical_emit_message(true, 'test', repeat('x', 100000))")
        #expect(try #require(serve.databaseHealth().keptWALBytes) > 100_000)
        try admin.script("SELECT pg_drop_replication_slot('forgotten')")
        #expect(try serve.databaseHealth().keptWALBytes == 0)
    }

    @Test("dead rows are counted by table, partitions with it, until they are removed")
    func countsDeadRows() throws {
        #expect(
            try serve.databaseHealth().deadRows == [
                "contact_point": 0, "event_key": 0, "inbound_event": 0, "intake": 0, "outcome": 0,
            ])
        try admin.script(
            """
            INSERT INTO event_key SELECT 1, 11, i::text::bytea, gen_random_uuid(), '', now() FROM generate_series(1, 7) i;
            INSERT INTO inbound_event SELECT 1, gen_random_uuid(), 11, 'generic', 'POST', '', '', '', '[]', '', '', '',
                '{}', now() FROM generate_series(1, 9);
            DELETE FROM event_key;
            DELETE FROM inbound_event
            """)
        #expect(
            try becomes {
                let dead = try serve.databaseHealth().deadRows
                return dead["event_key"] == 7 && dead["inbound_event"] == 9 && dead["intake"] == 0
            })
        for table in ["event_key", "inbound_event"] { try admin.script("VACUUM \(table)") }
        #expect(try becomes { try serve.databaseHealth().deadRows.values.allSatisfy { $0 == 0 } })
    }

    @Test("sessions and bytes are those of the server")
    func countsSessions() throws {
        let before = try serve.databaseHealth()
        #expect(before.connectionsLimit == 300)
        let more = try (0..<5).map { _ in try database.connect() }
        let after = try serve.databaseHealth()
        #expect(try #require(after.connections) >= #require(before.connections) + Double(more.count))
        try admin.script("CREATE TABLE filler AS SELECT repeat('x', 100) FROM generate_series(1, 10000)")
        #expect(try #require(serve.databaseHealth().sizeBytes) > #require(before.sizeBytes) + 1_000_000)
    }

    @Test("a standby that stands still shows by the bytes it is behind")
    func showsStandby() throws {
        #expect(try serve.databaseHealth().standbys == 0)
        let standby = try Standby(admin)
        defer { standby.end() }
        try #require(
            becomes {
                let health = try serve.databaseHealth()
                return health.standbys == 1 && health.lagBytes == 0 && health.lagSeconds != nil
            }, "it does not follow: \(standby.words)")
        standby.signal(SIGSTOP)
        try admin.script("SELECT pg_logical_emit_message(true, 'test', repeat('x', 100000))")
        #expect(try #require(serve.databaseHealth().lagBytes) > 100_000)
        standby.signal(SIGCONT)
        #expect(try becomes { try serve.databaseHealth().lagBytes == 0 })
    }

    @Test("an owner that does not see others' sessions gives no figure rather than a part of it")
    func hidesPart() throws {
        try admin.script("CREATE ROLE plain; ALTER FUNCTION watch() OWNER TO plain")
        let health = try serve.databaseHealth()
        #expect(health.snapshotSeconds == nil && health.snapshotTransactions == nil)
        #expect(health.connections == nil && health.standbys == nil)
        #expect(health.lagBytes == nil && health.lagSeconds == nil)
        #expect(health.connectionsLimit == 300 && health.sizeBytes != nil && health.keptWALBytes == 0)
        try admin.script("GRANT pg_read_all_stats TO plain")
        #expect(try serve.databaseHealth().snapshotSeconds != nil)
    }
}

/// A program that streams the server's log as a standby does, into a folder of its own.
private final class Standby {
    private let process = Process()
    private let output = Pipe()
    private let folder =
        FileManager.default.temporaryDirectory.path + "/leadgate-standby-\(UUID().uuidString)"

    /// - Parameter admin: lets replication in and says where the server is.
    init(_ admin: Connection) throws {
        let place = try admin.asked(
            "SELECT trim(current_setting('unix_socket_directories'), '\"'), current_setting('port'), current_user::text, "
                + "current_setting('data_directory'), current_setting('server_version_num')::int / 10000")
        func word(_ column: Int) throws -> String { try #require(place.text(0, column)) }
        try admin.script(
            """
            COPY (VALUES ('local all all trust'), ('local replication all trust')) TO '\(word(3))/pg_hba.conf';
            SELECT pg_reload_conf()
            """)
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let major = try #require(place.int(0, 4))
        process.executableURL = URL(filePath: "/usr/lib/postgresql/\(major)/bin/pg_receivewal")
        process.arguments = try [
            "--host=\(word(0))", "--port=\(word(1))", "--username=\(word(2))", "--directory=\(folder)",
            "--synchronous", "--status-interval=1", "--no-password",
        ]
        process.standardError = output
        try process.run()
    }

    /// What it complained of, once it has ended.
    var words: String {
        end()
        return String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    }

    func signal(_ number: Int32) { kill(process.processIdentifier, number) }

    func end() {
        signal(SIGKILL)
        process.waitUntilExit()
        try? FileManager.default.removeItem(atPath: folder)
    }
}

/// Asks again until it is so or half a minute is over.
private func becomes(_ isSo: () throws -> Bool) rethrows -> Bool {
    let end = ContinuousClock.now + .seconds(30)
    while ContinuousClock.now < end {
        if try isSo() { return true }
        Thread.sleep(forTimeInterval: 0.02)
    }
    return try isSo()
}

extension Connection {
    /// The answer to a statement written on the spot.
    fileprivate func asked(_ sql: String) throws(PostgresFailure) -> Rows {
        try query(Statement(name: "test.\(sql)", sql: sql))
    }
}
