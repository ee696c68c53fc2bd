import Foundation
import Logging
import Postgres

/// Hears the bells of other processes, and ends sessions that hold everybody up. While it hears nothing, workers poll.
final class BellListener: Sendable {
    private let url: @Sendable () -> String
    private let bell: IntakeBell
    private let log: Logger

    init(url: @escaping @Sendable () -> String, bell: IntakeBell, log: Logger) {
        self.url = url
        self.bell = bell
        self.log = log
    }

    /// The thread's work.
    func run() {
        var connection: Connection?
        var pause = 0.1
        var stuck = StuckSessions()
        while !bell.isClosed {
            bell.wake()
            do throws(PostgresFailure) {
                let open: Connection
                if let connection { open = connection } else { open = try connect() }
                connection = open
                pause = 0.1
                // Short, so that the thread ends soon after the bell is closed.
                if try open.waitForNotification(timeout: .milliseconds(200)) { bell.ringAll() }
                let ended = try stuck.endIfDue(open)
                if ended > 0 {
                    log.warning(
                        "ended sessions that stood still in a transaction", metadata: ["sessions": "\(ended)"]
                    )
                }
            } catch {
                connection = nil
                log.debug("bell not heard", metadata: ["cause": "\(error)"])
                Thread.sleep(forTimeInterval: pause)
                pause = min(pause * 2, 2)
            }
        }
    }

    private func connect() throws(PostgresFailure) -> Connection {
        let connection = try Connection(
            url(),
            options: ConnectionOptions(
                role: "leadgate_serve", applicationName: "leadgate worker bell", connectTimeout: .seconds(2)))
        try connection.listen("leadgate_intake")
        // What was rung before we listened is not heard.
        bell.ringAll()
        return connection
    }
}
