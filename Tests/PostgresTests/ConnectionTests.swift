import Foundation
import Harness
import Postgres
import Testing

@Suite("connections") struct ConnectionTests {
    @Test("the role, time zone, timeouts and name are set before the first statement") func session() throws {
        let admin = try connect()
        try? admin.script("CREATE ROLE \"odd \"\"role\" NOLOGIN")
        let connection = try connect(
            ConnectionOptions(
                role: "odd \"role", applicationName: "the tests", statementTimeout: .milliseconds(1500),
                lockTimeout: .milliseconds(700), idleInTransaction: .seconds(2)))
        let rows = try connection.ask(
            "SELECT current_user, current_setting('TimeZone'), current_setting('statement_timeout'), "
                + "current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout'), "
                + "current_setting('application_name'), current_setting('client_encoding')")
        let found = (0..<7).map { rows.text(0, $0) }
        #expect(found == ["odd \"role", "UTC", "1500ms", "700ms", "2s", "the tests", "UTF8"])
    }

    @Test("a role that does not exist is a lasting failure") func noRole() throws {
        let refused = try failure { _ = try connect(ConnectionOptions(role: "nobody_here")) }
        #expect(refused.kind != .unavailable)
        #expect(refused.message.contains("nobody_here"))
    }

    @Test("no server is unavailable") func noServer() throws {
        let refused = try failure { _ = try Connection("postgresql:///x?host=/nowhere/at/all") }
        #expect(refused.kind == .unavailable)
    }

    @Test(
        "a URL that is none is refused without being repeated",
        arguments: [
            "postgresql://user:tops3cret@host:port:port/x?bad", "no url: tops3cret",
            "postgresql://h/?tops3cret=1",
        ])
    func badURL(url: String) throws {
        let refused = try failure { _ = try Connection(url) }
        #expect(refused.kind == .other)
        #expect(!"\(refused)".contains("tops3cret"))
    }

    @Test("a unique violation names its constraint, and no failure holds a value") func violations() throws {
        let connection = try connect()
        try connection.script(
            "CREATE TEMP TABLE v (id int CONSTRAINT one_of_each UNIQUE, n int CHECK (n > 0))")
        let insert = "INSERT INTO v VALUES ($1, $2)"
        #expect(try connection.ask(insert, [.int(77_123), .int(1)]).affected == 1)
        let unique = try failure { _ = try connection.ask(insert, [.int(77_123), .int(1)]) }
        #expect(
            unique.kind == .uniqueViolation && unique.constraint == "one_of_each"
                && unique.sqlState == "23505")
        let check = try failure { _ = try connection.ask(insert, [.int(2), .int(-77_123)]) }
        #expect(check.kind == .invalid && check.constraint == "v_n_check")
        let cast = try failure { _ = try connection.ask("SELECT $1::text::int", [.text("secret 77123")]) }
        #expect(cast.kind == .invalid && cast.sqlState == "22P02")
        let zone = try failure {
            _ = try connection.ask("SELECT now() AT TIME ZONE $1::text", [.text("secret 77123")])
        }
        #expect(zone.kind == .invalid)
        for told in [unique, check, cast, zone] {
            #expect(!String(reflecting: told).contains("77123") && !"\(told)".contains("secret"))
        }
    }

    @Test("a killed session is unavailable and broken") func killed() async throws {
        let admin = try connect()
        let pid = Counter()
        async let told = onThread { () throws -> (PostgresFailure, Bool) in
            let connection = try connect()
            pid.add(Int(connection.backendPID))
            let told = try failure { _ = try connection.ask("SELECT pg_sleep(20)") }
            return (told, connection.isBroken)
        }
        try await wait("the session") { pid.value > 0 }
        try await waitUntil(Int32(pid.value), runs: "pg_sleep", asking: admin)
        _ = try admin.ask("SELECT pg_terminate_backend($1)", [.int(Int32(pid.value))])
        let (end, isBroken) = try await told
        #expect(end.kind == .unavailable && end.sqlState == "57P01")
        #expect(isBroken)
    }

    @Test("a statement timeout and a lock timeout are cancelled, and the session goes on") func timeouts()
        throws
    {
        let connection = try connect(
            ConnectionOptions(statementTimeout: .milliseconds(300), lockTimeout: .milliseconds(100)))
        let slow = try failure { _ = try connection.ask("SELECT pg_sleep(5)") }
        #expect(slow.kind == .cancelled && slow.sqlState == "57014")
        let holder = try connect()
        try holder.script("CREATE TABLE IF NOT EXISTS locked_table ()")
        try holder.script("BEGIN; LOCK TABLE locked_table")
        let locked = try withExtendedLifetime(holder) {
            try failure { _ = try connection.ask("SELECT * FROM locked_table") }
        }
        #expect(locked.kind == .cancelled && locked.sqlState == "55P03")
        #expect(try connection.ask("SELECT 1").int(0, 0) == 1)
    }

    @Test("a silent server is given up at the client's own deadline") func silence() throws {
        let connection = try connect(ConnectionOptions(statementTimeout: nil, silence: .milliseconds(200)))
        let start = ContinuousClock.now
        let told = try failure { _ = try connection.ask("SELECT pg_sleep(5)") }
        #expect(told.kind == .unavailable && connection.isBroken)
        #expect(ContinuousClock.now - start < .seconds(2))
    }

    @Test("a transaction left idle is ended by the server, which is unavailable") func idle() async throws {
        let connection = try connect(ConnectionOptions(idleInTransaction: .milliseconds(100)))
        _ = try connection.query(.begin)
        try await wait("the end of the session") { !connection.isStillOpen }
        let told = try failure { _ = try connection.query(.commit) }
        #expect(told.kind == .unavailable)
    }

    @Test("a deadlock is retryable") func deadlock() async throws {
        let database = try TestDatabase.make(isMigrated: false)
        let admin = try database.connect()
        try admin.script("CREATE TABLE d (id int PRIMARY KEY, n int); INSERT INTO d VALUES (1, 0), (2, 0)")
        let update = Statement(name: "d.update", sql: "UPDATE d SET n = n + 1 WHERE id = $1")
        let url = database.url
        let gate = Gate(2)
        let run: @Sendable (Int32, Int32) throws -> PostgresFailure.Kind? = { first, second in
            let connection = try Connection(url)
            _ = try connection.pipeline([(.begin, []), (update, [.int(first)])])
            gate.meet()
            do {
                _ = try connection.pipeline([(update, [.int(second)]), (.commit, [])])
                return nil
            } catch let failure as PostgresFailure {
                #expect(!connection.isInTransaction && !connection.isBroken)
                #expect(failure.sqlState == "40P01")
                return failure.kind
            }
        }
        async let one = onThread { try run(1, 2) }
        async let other = onThread { try run(2, 1) }
        let kinds = try await [one, other]
        #expect(kinds.compactMap { $0 } == [.retryable])
        #expect(try admin.ask("SELECT sum(n) FROM (SELECT n::int FROM d) AS t").bigint(0, 0) == 2)
    }

    @Test("notifications wake the listener") func notifications() async throws {
        let listener = try connect()
        let sender = try connect()
        try listener.listen("the bell")
        #expect(try listener.waitForNotification(timeout: .milliseconds(50)) == false)
        try sender.script("NOTIFY \"the bell\"; NOTIFY \"the bell\", 'again'")
        #expect(try listener.waitForNotification(timeout: .seconds(5)))
        try sender.script("NOTIFY \"the bell\"")
        // One that came with the answer of a command is not lost.
        try await wait("a notification") {
            _ = try listener.ask("SELECT 1")
            return try listener.waitForNotification(timeout: .zero)
        }
        _ = try sender.ask("SELECT pg_terminate_backend($1)", [.int(listener.backendPID)])
        let told = try failure { _ = try listener.waitForNotification(timeout: .seconds(5)) }
        #expect(told.kind == .unavailable)
    }

    @Test("a script runs many statements and rolls back at its first failure") func scripts() throws {
        let connection = try connect()
        try connection.script(
            "CREATE TEMP TABLE s (n int); INSERT INTO s VALUES (1); INSERT INTO s VALUES (2)")
        let told = try failure {
            try connection.script("BEGIN; INSERT INTO s VALUES (3); SELECT nonsense; COMMIT")
        }
        #expect(told.kind == .other && told.message.contains("nonsense"))
        #expect(!connection.isInTransaction)
        #expect(try connection.ask("SELECT count(*) FROM s").bigint(0, 0) == 2)
        #expect(throws: PostgresFailure.self) { try connection.script("SELECT 1\0") }
        let copy = try failure { try connection.script("COPY s FROM STDIN") }
        #expect(copy.kind == .other)
    }

    @Test("notices are kept until the next command") func notices() throws {
        let connection = try connect()
        try connection.script("DO $$ BEGIN RAISE WARNING 'look out'; END $$")
        #expect(connection.notices.map(\.message) == ["look out"])
        #expect(connection.notices.first?.severity == "WARNING")
        _ = try connection.ask("SELECT 1")
        #expect(connection.notices.isEmpty)
    }
}

/// Lets several threads go on only when all have come.
final class Gate: Sendable {
    private let condition = NSCondition()
    private let missing: Counter

    init(_ count: Int) {
        missing = Counter(count)
    }

    func meet() {
        condition.lock()
        missing.add(-1)
        condition.broadcast()
        while missing.value > 0 { condition.wait() }
        condition.unlock()
    }
}
