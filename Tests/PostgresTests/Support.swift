import Foundation
import Harness
import Postgres
import Testing

/// One empty database for the tests that only need a session.
let scratch = Result { try TestDatabase.make(isMigrated: false) }

func connect(_ options: ConnectionOptions = ConnectionOptions(statementTimeout: .seconds(30))) throws
    -> Connection
{
    try scratch.get().connect(options: options)
}

extension Connection {
    /// A statement named after its text.
    func ask(_ sql: String, _ values: [Value] = []) throws(PostgresFailure) -> Rows {
        try query(Statement(name: "test", sql: sql), values)
    }
}

/// The failure that `body` throws.
func failure(
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) throws -> PostgresFailure {
    try #require(throws: PostgresFailure.self, sourceLocation: sourceLocation) { try body() }
}

/// Runs `body` on a thread of its own, as sessions that block each other must be.
func onThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Result { try body() }) }.start()
    }
}

/// Asks again until `condition` holds.
func wait(
    _ what: String, sourceLocation: SourceLocation = #_sourceLocation, _ condition: () throws -> Bool
) async throws {
    let end = ContinuousClock.now + .seconds(15)
    while try !condition() {
        try #require(ContinuousClock.now < end, "\(what) did not come", sourceLocation: sourceLocation)
        try await Task.sleep(for: .milliseconds(5))
    }
}

/// Waits until session `pid` runs a statement that contains `text`.
func waitUntil(_ pid: Int32, runs text: String, asking admin: Connection) async throws {
    try await wait("\(text) in session \(pid)") {
        let rows = try admin.ask(
            "SELECT 1 FROM pg_stat_activity "
                + "WHERE pid = $1 AND state = 'active' AND position($2 in query) > 0",
            [.int(pid), .text(text)])
        return !rows.isEmpty
    }
}
