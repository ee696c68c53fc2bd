import Postgres
import Store

/// Ends our own sessions that stand still in the middle of a transaction, whichever process they belong to.
///
/// That process sleeps or is cut off, a pipeline half sent or half read. PostgreSQL waits for it without end: the session is
/// not idle and no statement of it runs, so that none of the server's timeouts applies, and its locks hold everybody up. What
/// it had done is undone; should the process wake, the fence turns it away.
struct StuckSessions {
    private static let interval = Duration.seconds(1)
    /// Seconds that a session may keep the server waiting in a transaction. Less than a lease, so that what the session held
    /// is free when another worker may take it.
    private static let patience = 3.0

    private var nextLook = ContinuousClock.now

    /// Looks once a second, however often it is called.
    ///
    /// - Returns: how many sessions were ended.
    /// - SQL: `session.endStuck`
    mutating func endIfDue(_ connection: Connection) throws(PostgresFailure) -> Int {
        guard ContinuousClock.now >= nextLook else { return 0 }
        nextLook = .now + StuckSessions.interval
        let answers = try connection.pipeline([
            (.begin, []), (SQL.statement("session.asLogin"), []),
            (SQL.statement("session.endStuck"), [.double(StuckSessions.patience)]), (.commit, []),
        ])
        return answers[2].count
    }
}
