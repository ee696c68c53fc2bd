import Adapters
import Contacts
import Foundation
import Harness
import Logging
import OpenSSL
import Postgres
import Store
import Synchronization
import Telemetry
import Testing

@testable import Receiving

/// A database of its own with what the journal's tests ask of it.
final class JournalRig: Sendable {
    let database: TestDatabase
    let metrics = Metrics()
    /// The workspaces of each commit's bell.
    let rung = Mutex<[Set<Int64>]>([])
    static let start = Instant(microseconds: 1_768_465_230_000_000)

    init(on cluster: TestCluster? = nil) throws {
        database = try TestDatabase.make(on: cluster)
    }

    /// Of one writer, so that it is known which events come together, and patient, since a busy machine is no fault.
    func journal(spool: Spool? = nil, _ change: (inout JournalOptions) -> Void = { _ in }) -> Journal {
        let url = database.url
        return journal(by: { url }, spool: spool, change)
    }

    /// - Parameter url: another way to the database.
    func journal(
        by url: @escaping @Sendable () -> String, spool: Spool? = nil,
        _ change: (inout JournalOptions) -> Void = { _ in }
    ) -> Journal {
        var options = JournalOptions()
        options.writers = 1
        options.patience = .seconds(120)
        (options.channelPart, options.workspacePart) = (1, 1)
        change(&options)
        return Journal(url: url, options: options, metrics: metrics, log: .silent, spool: spool) {
            [self] workspaces in rung.withLock { $0.append(workspaces) }
        }
    }

    /// Somebody who may look at everything.
    func admin() throws -> Connection { try Connection(database.url, options: .administration) }

    static func event(
        _ key: String, body: String? = nil, workspace: Int64 = 1, channel: Int64 = 11, tail: String = "",
        reusableAt: Instant? = nil, at time: Instant = start
    ) -> JournalEvent {
        let bytes = Array((body ?? "body of \(key)").utf8)
        return JournalEvent(
            workspaceID: workspace, channelID: channel, id: UUID.v7(at: time), adapter: "generic",
            method: "POST",
            tail: tail, body: bytes, bodySHA256: digest(bytes, .sha256), verified: ["static"],
            key: digest(Array(key.utf8), .sha256), reusableAt: reusableAt, receivedAt: time)
    }

    /// Closes a journal away from the threads that its callers' tasks need.
    func close(_ journal: Journal) async throws { try await OwnThread.run { journal.close() } }

    /// The sum of a counter's samples.
    func counted(_ name: String) -> Double { metrics.sum(of: name) }
}

extension Metrics {
    func sum(of name: String) -> Double {
        render().split(separator: "\n").filter { $0.hasPrefix("\(name)_total") }
            .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
    }
}

extension Connection {
    /// A number that a statement written on the spot gives.
    func number(_ sql: String, _ values: [Value] = []) throws(PostgresFailure) -> Int64 {
        try query(Statement(name: "test.\(sql)", sql: sql), values).bigint(0, 0) ?? -1
    }

    /// The first column's texts.
    func words(_ sql: String, _ values: [Value] = []) throws(PostgresFailure) -> [String] {
        let rows = try query(Statement(name: "test.\(sql)", sql: sql), values)
        return (0..<rows.count).map { rows.text($0, 0) ?? "" }
    }

    /// The tables of the schema with a row that has `text` anywhere, bytes looked through too.
    func tables(holding text: String) throws(PostgresFailure) -> [String] {
        let tables = try words(
            "SELECT relname::text FROM pg_class WHERE relnamespace = 'leadgate'::regnamespace AND relkind IN ('r', 'p')"
        )
        let hex = Hex.encode(Array(text.utf8))
        var found: [String] = []
        for table in tables {
            let count = try number(
                "SELECT count(*) FROM \(table) t WHERE position($1 in t::text) > 0 OR position($2 in t::text) > 0",
                [.text(text), .text(hex)])
            if count > 0 { found.append(table) }
        }
        return found.sorted()
    }

    /// Holds a lock until ``rollback()``, on a session that nothing ends.
    func lock(_ table: String) throws(PostgresFailure) {
        try script("BEGIN; LOCK TABLE \(table) IN ACCESS EXCLUSIVE MODE")
    }

    /// Waits until a session of the journal waits for something of that kind (`relation`, `advisory`).
    func waitUntilJournalWaits(for kind: String) async throws {
        try await Poll.until("a journal that waits for \(kind)") {
            // In a transaction the first look would be the last.
            _ = try query(Statement(name: "test.forget", sql: "SELECT pg_stat_clear_snapshot()::text"))
            return try number(
                """
                SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND application_name = 'leadgate journal' AND wait_event = $1
                """, [.text(kind)]) > 0
        }
    }
}

extension Logger {
    /// Says nothing.
    static var silent: Logger { Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } }
}

enum Poll {
    /// Asks again until `condition` holds.
    static func until(
        _ what: String, sourceLocation: SourceLocation = #_sourceLocation, _ condition: () throws -> Bool
    ) async throws {
        let end = ContinuousClock.now + .seconds(60)
        while try !condition() {
            try #require(ContinuousClock.now < end, "\(what) did not come", sourceLocation: sourceLocation)
            try await Task.sleep(for: .milliseconds(5))
        }
    }
}

/// Where a test may block: the few threads of tasks are needed by whoever it waits for.
enum OwnThread {
    static func run<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            Thread { continuation.resume(with: Result { try body() }) }.start()
        }
    }
}

/// Lets the tests of all suites that have it run one at a time: each has threads and a server's processes of its own, and all
/// together would only wait for the processor and run into their deadlines.
struct InTurn: SuiteTrait, TestTrait, TestScoping {
    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        // Asked for the suite, the test and each of its cases; only a case holds the turn.
        guard testCase != nil else { return try await function() }
        await Turn.shared.take()
        do {
            try await function()
        } catch {
            await Turn.shared.give()
            throw error
        }
        await Turn.shared.give()
    }

    private actor Turn {
        static let shared = Turn()
        private var isTaken = false
        private var waiting: [CheckedContinuation<Void, Never>] = []

        func take() async {
            guard isTaken else { return isTaken = true }
            await withCheckedContinuation { waiting.append($0) }
        }

        /// The turn goes to whoever waits longest.
        func give() {
            if waiting.isEmpty { isTaken = false } else { waiting.removeFirst().resume() }
        }
    }
}

extension Trait where Self == InTurn {
    static var inTurn: Self { InTurn() }
}
