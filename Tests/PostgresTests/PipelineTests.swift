import Foundation
import Harness
import Postgres
import Testing

@Suite("pipelines") struct PipelineTests {
    private let insert = Statement(name: "p.insert", sql: "INSERT INTO p (n) VALUES ($1) RETURNING n")
    private let count = Statement(name: "p.count", sql: "SELECT count(*) FROM p")

    private func table(_ connection: Connection) throws {
        try connection.script("CREATE TEMP TABLE p (n int PRIMARY KEY)")
    }

    @Test("steps are answered in order, the same statement prepared once") func order() throws {
        let connection = try connect()
        try table(connection)
        let answers = try connection.pipeline([
            (insert, [.int(1)]), (insert, [.int(2)]), (count, []), (insert, [.int(3)]),
        ])
        #expect(answers.map { $0.count } == [1, 1, 1, 1])
        #expect(answers[1].int(0, 0) == 2 && answers[2].bigint(0, 0) == 2)
        let names = try connection.ask(
            "SELECT count(*) FROM pg_prepared_statements WHERE name LIKE '%p.insert'")
        #expect(names.bigint(0, 0) == 1)
        #expect(try connection.pipeline([]).isEmpty)
    }

    @Test("5,000 steps with large values and answers do not deadlock") func long() throws {
        let connection = try connect()
        let echo = Statement(name: "p.echo", sql: "SELECT $1, repeat('x', 4000)")
        let text = String(repeating: "y", count: 4000)
        let answers = try connection.pipeline((0..<5000).map { (echo, [.text("\($0) \(text)")]) })
        #expect(answers.count == 5000)
        #expect(answers[4999].text(0, 0) == "4999 \(text)" && answers[4999].text(0, 1)?.count == 4000)
    }

    @Test("a failed step undoes the round, is named, and the session goes on") func failedStep() throws {
        let connection = try connect()
        try table(connection)
        let later = Statement(name: "p.later", sql: "SELECT 'never prepared'")
        let told = try failure {
            _ = try connection.pipeline([(insert, [.int(1)]), (insert, [.int(1)]), (later, []), (count, [])])
        }
        #expect(told.kind == .uniqueViolation && told.message.contains("step 1 (p.insert)"))
        #expect(try connection.query(count).bigint(0, 0) == 0)
        #expect(try connection.query(later).text(0, 0) == "never prepared")
        // The first use of a statement may be the one that failed.
        #expect(try connection.pipeline([(insert, [.int(1)]), (later, [])]).count == 2)
    }

    @Test("a failed step in a transaction of several rounds rolls it all back") func failedTransaction()
        throws
    {
        let connection = try connect()
        try table(connection)
        _ = try connection.pipeline([(.begin, []), (insert, [.int(1)])])
        #expect(connection.isInTransaction)
        let told = try failure { _ = try connection.pipeline([(insert, [.int(1)]), (.commit, [])]) }
        #expect(told.kind == .uniqueViolation)
        #expect(!connection.isInTransaction && !connection.isBroken)
        #expect(try connection.query(count).bigint(0, 0) == 0)
        try connection.rollback()
        _ = try connection.pipeline([(.begin, []), (insert, [.int(1)])])
        try connection.rollback()
        #expect(try connection.query(count).bigint(0, 0) == 0)
    }

    @Test("a wrong statement fails and can be corrected") func syntax() throws {
        let connection = try connect()
        let told = try failure { _ = try connection.ask("SELEC 1") }
        #expect(told.kind == .other && told.sqlState == "42601")
        #expect(try connection.ask("SELECT 1").int(0, 0) == 1)
    }

    @Test("a plan made stale by a migration is retryable, and the next try works") func stalePlan() throws {
        let connection = try connect()
        try connection.script("CREATE TEMP TABLE q (a int); INSERT INTO q VALUES (1)")
        let all = Statement(name: "q.all", sql: "SELECT * FROM q")
        #expect(try connection.query(all).columns == ["a"])
        try connection.script("ALTER TABLE q ADD b int")
        #expect(try failure { _ = try connection.query(all) }.kind == .retryable)
        #expect(try connection.query(all).columns == ["a", "b"])
        try connection.script("DISCARD ALL")
        #expect(try failure { _ = try connection.query(all) }.kind == .retryable)
    }

    @Test("a row refused by a deferred check at COMMIT is not kept and not unknown") func deferred() throws {
        let connection = try connect()
        try connection.script("CREATE TEMP TABLE f (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)")
        let add = Statement(name: "f.insert", sql: "INSERT INTO f VALUES (1), (1)")
        let told = try failure { _ = try connection.pipeline([(.begin, []), (add, []), (.commit, [])]) }
        #expect(told.kind == .uniqueViolation && told.message.contains("step 2"))
        #expect(!connection.isInTransaction)
    }

    // MARK: - Unknown outcomes

    /// A table whose COMMIT sleeps, so that there is time to break it.
    private func slowCommits() throws -> TestDatabase {
        let database = try TestDatabase.make(isMigrated: false)
        try database.connect().script(
            """
            CREATE TABLE slow (n int);
            CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
                $$ BEGIN PERFORM pg_sleep(20); RETURN NULL; END $$;
            CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON slow DEFERRABLE INITIALLY DEFERRED
                FOR EACH ROW EXECUTE FUNCTION dawdle();
            """)
        return database
    }

    @Test("a session killed during COMMIT leaves the outcome unknown", arguments: [false, true])
    func killedCommit(isSplit: Bool) async throws {
        let database = try slowCommits()
        let admin = try database.connect()
        let add = Statement(name: "slow.insert", sql: "INSERT INTO slow VALUES (1)")
        let pid = Counter()
        async let told = onThread { () throws -> PostgresFailure in
            let connection = try database.connect()
            pid.add(Int(connection.backendPID))
            if isSplit {
                _ = try connection.pipeline([(.begin, []), (add, [])])
                return try failure { _ = try connection.query(.commit) }
            }
            return try failure { _ = try connection.pipeline([(.begin, []), (add, []), (.commit, [])]) }
        }
        try await wait("the session") { pid.value > 0 }
        try await waitUntil(Int32(pid.value), runs: "COMMIT", asking: admin)
        _ = try admin.ask("SELECT pg_terminate_backend($1)", [.int(Int32(pid.value))])
        #expect(try await told.kind == .unknownCommit)
    }

    @Test("a session killed before COMMIT is only unavailable") func killedBefore() async throws {
        let database = try TestDatabase.make(isMigrated: false)
        let admin = try database.connect()
        try admin.script("CREATE TABLE t (n int)")
        let sleep = Statement(name: "t.sleep", sql: "INSERT INTO t SELECT 1 FROM pg_sleep(20)")
        let pid = Counter()
        async let told = onThread { () throws -> PostgresFailure in
            let connection = try database.connect()
            pid.add(Int(connection.backendPID))
            return try failure { _ = try connection.pipeline([(.begin, []), (sleep, []), (.commit, [])]) }
        }
        try await wait("the session") { pid.value > 0 }
        try await waitUntil(Int32(pid.value), runs: "pg_sleep", asking: admin)
        _ = try admin.ask("SELECT pg_terminate_backend($1)", [.int(Int32(pid.value))])
        #expect(try await told.kind == .unavailable)
    }

    @Test("a cancelled wait for synchronous replicas is unknown, though the commit is answered")
    func cancelledReplication() async throws {
        let cluster = try TestCluster.make()
        let database = try TestDatabase.make(isMigrated: false, on: cluster)
        let admin = try database.connect()
        try admin.script("CREATE TABLE t (n int)")
        try admin.script("ALTER SYSTEM SET synchronous_standby_names = 'nobody'")
        try admin.script("SELECT pg_reload_conf()")
        try await wait("the setting") {
            try admin.ask("SHOW synchronous_standby_names").text(0, 0) == "nobody"
        }
        let add = Statement(name: "t.insert", sql: "INSERT INTO t VALUES (1)")
        for steps in [[Statement.begin, add, .commit], [add]] {
            let pid = Counter()
            async let told = onThread { () throws -> PostgresFailure in
                let connection = try database.connect(options: .administration)
                pid.add(Int(connection.backendPID))
                return try failure { _ = try connection.pipeline(steps.map { ($0, []) }) }
            }
            try await wait("the session") { pid.value > 0 }
            try await wait("the replication wait") {
                try !admin.ask(
                    "SELECT 1 FROM pg_stat_activity WHERE pid = $1 AND wait_event = 'SyncRep'",
                    [.int(Int32(pid.value))]
                ).isEmpty
            }
            _ = try admin.ask("SELECT pg_cancel_backend($1)", [.int(Int32(pid.value))])
            #expect(try await told.kind == .unknownCommit)
        }
        #expect(try admin.ask("SELECT count(*) FROM t").bigint(0, 0) == 2)
        try cluster.stop()
    }

    @Test("a server that dies without a word leaves a change unknown and a read unavailable")
    func serverDies() async throws {
        let cluster = try TestCluster.make()
        let database = try TestDatabase.make(isMigrated: false, on: cluster)
        let admin = try database.connect()
        try admin.script("CREATE TABLE t (n int)")
        let read = Statement(name: "t.read", sql: "SELECT count(*) FROM t, pg_sleep(20)")
        let write = Statement(name: "t.write", sql: "INSERT INTO t SELECT 1 FROM pg_sleep(20)")
        let pids = (Counter(), Counter())
        let ask: @Sendable (Statement, Counter) throws -> PostgresFailure = { statement, pid in
            let connection = try database.connect()
            pid.add(Int(connection.backendPID))
            return try failure { _ = try connection.query(statement) }
        }
        async let ofRead = onThread { try ask(read, pids.0) }
        async let ofWrite = onThread { try ask(write, pids.1) }
        for pid in [pids.0, pids.1] {
            try await wait("the session") { pid.value > 0 }
            try await waitUntil(Int32(pid.value), runs: "pg_sleep", asking: admin)
        }
        for pid in [pids.0, pids.1] { kill(Int32(pid.value), SIGKILL) }
        #expect(try await ofRead.kind == .unavailable)
        // One session is killed, the other told to end by the server: both may be the writer.
        let kind = try await ofWrite.kind
        #expect(kind == .unknownCommit || kind == .unavailable)
        try await wait("the recovery") { (try? cluster.start()) != nil && (try? database.connect()) != nil }
        try cluster.stop()
    }
}
