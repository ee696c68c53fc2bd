import API
import Curl
import Harness
import Postgres
import Telemetry
import Testing

@Suite("Figures of what can rot")
struct DatabaseFigureTests {
    /// Scrapes until what is shown is as wished, for an answer of the database may be late on a busy machine.
    private func samples(
        _ gateway: GatewayUnderTest, until isWished: ([String: Double]) -> Bool = { _ in true }
    ) async throws -> [String: Double] {
        let end = ContinuousClock.now + .seconds(30)
        while true {
            let answer = try await gateway.call("/metrics", nil)
            try #require(answer.status == 200)
            let samples = try OpenMetrics.samples(of: answer.text)
            if isWished(samples) { return samples }
            try #require(ContinuousClock.now < end, "not shown: \(samples)")
        }
    }

    @Test("the server is asked every 15 seconds at most, and an answer is shown for a minute")
    func pace() async throws {
        try await GatewayUnderTest.run { gateway in
            let admin = try Connection(gateway.database.url, options: .administration)
            let (size, age) = ("leadgate_database_size_bytes", "leadgate_database_oldest_snapshot_seconds")
            let first = try await samples(gateway) { $0[size] != nil }
            let before = try #require(first[size])
            #expect(first[#"leadgate_database_dead_rows{table="intake"}"#] == 0)
            #expect(try #require(first[age]) >= 0)
            #expect(first["leadgate_database_replication_lag_bytes"] == 0)
            #expect(first["leadgate_database_connections"].map { $0 >= 2 } == true)

            try admin.script("CREATE TABLE filler AS SELECT repeat('x', 100) FROM generate_series(1, 10000)")
            gateway.advance(.seconds(14))
            #expect(try await samples(gateway)[size] == before)
            gateway.advance(.seconds(1))
            _ = try await samples(gateway) { $0[size].map { $0 > before + 1_000_000 } == true }

            try admin.script("REVOKE EXECUTE ON FUNCTION watch() FROM leadgate_serve")
            gateway.advance(.seconds(59))
            #expect(try await samples(gateway)[size] != nil)
            gateway.advance(.seconds(1))
            let old = try await samples(gateway).keys.filter { $0.hasPrefix("leadgate_database") }
            #expect(old == ["leadgate_database_up"])
        }
    }

    @Test("a server that takes its time delays no scrape beyond the patience, and its late answer is shown")
    func late() async throws {
        try await GatewayUnderTest.run { gateway in
            let holder = try gateway.database.connect(options: ConnectionOptions(idleInTransaction: nil))
            // The figures come from a table that can be locked: what the server reads them from is shared by all databases.
            try holder.script(
                """
                CREATE TABLE shown AS SELECT * FROM watch();
                DROP FUNCTION watch();
                CREATE FUNCTION watch() RETURNS SETOF shown LANGUAGE sql SECURITY DEFINER
                    AS 'SELECT * FROM leadgate.shown'
                """)
            try holder.script("BEGIN; LOCK TABLE shown")
            let early = try await samples(gateway)
            #expect(early["leadgate_database_size_bytes"] == nil)
            try holder.rollback()
            _ = try await samples(gateway) { $0["leadgate_database_size_bytes"] != nil }
        }
    }

    @Test("a pool shows who works and who waits, also while a scrape cannot have a connection")
    func pools() async throws {
        try await GatewayUnderTest.run { gateway in
            gateway.metrics.show(pools: ["api": gateway.pool])
            let holder = try gateway.database.connect(options: ConnectionOptions(idleInTransaction: nil))
            try holder.script("SELECT pg_advisory_lock(1)")
            let blocked = Statement(name: "test.lock", sql: "SELECT pg_advisory_lock_shared(1)")
            func work() async throws {
                _ = try await gateway.pool.run(deadline: .seconds(60)) { connection in
                    // The pool's sessions wait no longer than this by themselves.
                    try connection.script("SET statement_timeout = 0; SET lock_timeout = 0")
                    return try connection.query(blocked)
                }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<5 { group.addTask { try await work() } }
                let end = ContinuousClock.now + .seconds(30)
                while (gateway.pool.inUse, gateway.pool.waiting) != (2, 3) {
                    try #require(ContinuousClock.now < end, "the pool is not full")
                    try await Task.sleep(for: .milliseconds(5))
                }
                // Nobody lets the workers go before the scrape is answered.
                let full = try await samples(gateway)
                #expect(full[#"leadgate_pool_size{pool="api"}"#] == 2)
                #expect(full[#"leadgate_pool_connected{pool="api"}"#] == 2)
                #expect(full[#"leadgate_pool_in_use{pool="api"}"#] == 2)
                #expect(full[#"leadgate_pool_waiting{pool="api"}"#].map { $0 >= 3 } == true)
                #expect(full["leadgate_database_up"] == 0)
                try holder.script("SELECT pg_advisory_unlock(1)")
                try await group.waitForAll()
            }
            gateway.advance(.seconds(15))
            let idle = try await samples(gateway)
            #expect(idle[#"leadgate_pool_in_use{pool="api"}"#] == 0)
            #expect(idle[#"leadgate_pool_waiting{pool="api"}"#] == 0)
        }
    }
}
