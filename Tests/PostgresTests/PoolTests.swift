import Foundation
import Harness
import Postgres
import Testing

@Suite("connection pool") struct PoolTests {
    private func pool(_ url: String, size: Int = 2, maxWaiting: Int = 1000) -> ConnectionPool {
        ConnectionPool(
            name: "test", size: size, url: { url }, options: ConnectionOptions(), maxWaiting: maxWaiting)
    }

    private let one = Statement(name: "one", sql: "SELECT 1")

    @Test("many tasks share few connections, each gets its own answer") func many() async throws {
        let pool = try pool(scratch.get().url)
        let echo = Statement(name: "echo", sql: "SELECT $1")
        let sum = try await withThrowingTaskGroup(of: Int64.self) { group in
            for number in 0..<200 {
                group.addTask {
                    try await pool.run(deadline: .seconds(10)) { connection in
                        try connection.query(echo, [.bigint(Int64(number))]).bigint(0, 0) ?? -1
                    }
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(sum == 199 * 100)
        #expect(pool.connected <= 2)
        await close(pool)
        let refused = await refusal { try await pool.run(deadline: .seconds(1)) { _ in } }
        #expect(refused?.kind == .unavailable)
    }

    @Test("a job that waits too long, or behind too many, is refused in time") func deadlines() async throws {
        let pool = try pool(scratch.get().url, size: 1, maxWaiting: 1)
        async let busy: Void = pool.run(deadline: .seconds(5)) { connection in
            _ = try connection.query(Statement(name: "sleep", sql: "SELECT pg_sleep(4)"))
        }
        try await wait("the first job") { pool.waiting == 0 && pool.connected == 1 }
        try await Task.sleep(for: .milliseconds(100))
        let start = ContinuousClock.now
        async let second = refusal { try await pool.run(deadline: .milliseconds(200)) { _ in } }
        try await wait("the second job") { pool.waiting == 1 }
        let third = await refusal { try await pool.run(deadline: .seconds(5)) { _ in } }
        #expect(third?.message.contains("too many") == true)
        #expect(await second?.kind == .unavailable)
        let taken = ContinuousClock.now - start
        #expect(taken >= .milliseconds(200))
        try await busy
        await close(pool)
    }

    @Test("an abandoning caller leaves at the deadline while the work goes on") func abandoning() async throws
    {
        let pool = try pool(scratch.get().url, size: 1)
        try await wait("a connection") { pool.connected == 1 }
        let ended = Counter()
        let refused = await refusal {
            try await pool.run(deadline: .milliseconds(100), abandoning: true) { connection in
                _ = try connection.query(Statement(name: "sleep", sql: "SELECT pg_sleep(4)"))
                ended.add(1)
            }
        }
        #expect(refused?.kind == .unavailable)
        #expect(ended.value == 0)
        _ = try await pool.run(deadline: .seconds(20)) { try $0.query(one) }
        #expect(ended.value == 1)
        await close(pool)
    }

    @Test("a cancelled task leaves the queue at once") func cancelled() async throws {
        let pool = pool("postgresql:///x?host=/nowhere")
        let task = Task { try await pool.run(deadline: .seconds(30)) { _ in } }
        try await Task.sleep(for: .milliseconds(50))
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        await close(pool)
    }

    @Test("without a server jobs are refused at their deadline with the reason") func noServer() async throws
    {
        let pool = pool("postgresql:///x?host=/nowhere")
        let refused = await refusal { try await pool.run(deadline: .milliseconds(100)) { _ in } }
        #expect(refused?.kind == .unavailable && refused?.message.contains("/nowhere") == true)
        await close(pool)
    }

    @Test("a transaction left open is rolled back before the next job") func leftOpen() async throws {
        let pool = try pool(scratch.get().url, size: 1)
        _ = try await pool.run(deadline: .seconds(5)) { try $0.query(.begin) }
        let isOpen = try await pool.run(deadline: .seconds(5)) { $0.isInTransaction }
        #expect(!isOpen)
        await close(pool)
    }

    @Test("the pool survives a restart of the server") func restart() async throws {
        let cluster = try TestCluster.make()
        let pool = pool(cluster.url(), size: 3)
        let ask: @Sendable () async throws -> Int32? = {
            try await pool.run(deadline: .seconds(10)) { try $0.query(one).int(0, 0) }
        }
        #expect(try await ask() == 1)
        try await wait("connections") { pool.connected == 3 }
        for isImmediate in [false, true] {
            try cluster.restart(isImmediate: isImmediate)
            // No job is spent on a connection that ended while idle.
            for _ in 0..<10 { #expect(try await ask() == 1) }
        }
        try await wait("connections") { pool.connected == 3 }
        await close(pool)
        try cluster.stop()
    }

    @Test("closing lets waiting jobs end") func closing() async throws {
        let pool = try pool(scratch.get().url, size: 1)
        let done = Counter()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<5 {
                group.addTask {
                    try await pool.run(deadline: .seconds(10)) { connection in
                        _ = try connection.query(Statement(name: "sleep", sql: "SELECT pg_sleep(0.05)"))
                        done.add(1)
                    }
                }
            }
            while pool.waiting + done.value < 3 { try await Task.sleep(for: .milliseconds(2)) }
            await close(pool)
            while let result = await group.nextResult() {
                if case .failure(let error as PostgresFailure) = result {
                    #expect(error.kind == .unavailable)
                }
            }
        }
        #expect(done.value >= 3)
    }

    private func close(_ pool: ConnectionPool) async {
        try? await onThread { pool.close() }
    }

    private func refusal(_ body: () async throws -> Void) async -> PostgresFailure? {
        do {
            try await body()
            return nil
        } catch {
            return error as? PostgresFailure
        }
    }
}
