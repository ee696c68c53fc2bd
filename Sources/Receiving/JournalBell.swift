import Dispatch
import Foundation
import Logging
import Postgres
import Store
import Synchronization

/// Rings `leadgate_intake` for the workers of other processes: from a transaction of its own, many commits with one ring.
///
/// A ring that is lost costs a poll's time: workers look by themselves too.
final class JournalBell: Sendable {
    private struct State {
        var isRung = false
        var isClosed = false
    }
    private let url: @Sendable () -> String
    private let interval: Duration
    private let log: Logger
    private let state = Mutex(State())
    private let news = DispatchSemaphore(value: 0)

    init(url: @escaping @Sendable () -> String, interval: Duration, log: Logger) {
        self.url = url
        self.interval = interval
        self.log = log
    }

    func ring() {
        let wasRung = state.withLock { state in
            defer { state.isRung = true }
            return state.isRung
        }
        if !wasRung { news.signal() }
    }

    /// Lets the thread end after a last ring.
    func close() {
        state.withLock { $0.isClosed = true }
        news.signal()
    }

    /// The thread's work.
    func run() {
        var connection: Connection?
        while true {
            news.wait()
            let (isRung, isClosed) = state.withLock { state in
                defer { state.isRung = false }
                return (state.isRung, state.isClosed)
            }
            if isRung { notify(&connection) }
            if isClosed { return }
            Thread.sleep(forTimeInterval: interval / .seconds(1))
        }
    }

    private func notify(_ connection: inout Connection?) {
        do throws(PostgresFailure) {
            // An idle session may have been ended meanwhile.
            if connection?.isStillOpen != true { connection = try connect() }
            try connection?.ringIntake()
        } catch {
            connection = nil
            log.debug("bell not rung", metadata: ["cause": "\(error)"])
        }
    }

    private func connect() throws(PostgresFailure) -> Connection {
        try Connection(
            url(),
            options: ConnectionOptions(
                role: "leadgate_ingress", applicationName: "leadgate bell", statementTimeout: .seconds(2),
                connectTimeout: .seconds(2), silence: .seconds(3)))
    }
}
