import Contacts
import Hummingbird
import JSON
import Logging
import Postgres
import Receiving
import Store
import Synchronization

extension RouteTable {
    /// `/health/live`: the process runs. `/health/ready`: it can take work, asked by balancers and `deploy/run`.
    func addHealth() {
        open("health/live") { _, _ in .json(["status": "live"]) }
        let services = services
        let database = DatabaseCheck(services: services)
        open("health/ready") { _, _ in
            var checks = await database.result()
            let isWorking = checks.allSatisfy { $0.1 == "ok" }
            let isStopping = services.isStopping()
            checks.append(("stopping", isStopping ? "the process is stopping" : "ok"))
            // Without the database requests are still taken where there is a spool.
            let isReady = !isStopping && (isWorking || services.spool?.canTake == true)
            var members: [(String, JSON)] = [
                ("status", isReady ? "ready" : "not_ready"), ("checks", .members(checks)),
            ]
            if let spool = services.spool {
                let since = spool.activeSince
                var intake: [(String, JSON)] = [("mode", since == nil ? "database" : "spool")]
                if let since { intake.append(("since", .string(since.iso8601))) }
                members.append(("intake", .members(intake)))
            }
            return .json(
                .members(members),
                status: isReady ? .ok : .serviceUnavailable)
        }
    }
}

/// Whether the database answers and has the schema of this program, asked at most once a second, since everybody may ask.
private final class DatabaseCheck: Sendable {
    private static let freshness = Duration.seconds(1)
    /// Less than the second after which a balancer may take no answer for a no.
    private static let patience = Duration.milliseconds(500)

    private struct Known {
        var checks: [(String, JSON)]
        var until: Instant
    }
    private let known = Mutex<Known?>(nil)
    private let services: APIServices

    init(services: APIServices) { self.services = services }

    func result() async -> [(String, JSON)] {
        let now = services.now()
        let fresh = known.withLock { known in
            // A clock that was set back must not keep an answer for long.
            known.flatMap { now < $0.until && $0.until <= now + DatabaseCheck.freshness ? $0.checks : nil }
        }
        if let fresh { return fresh }
        let checks = await ask()
        known.withLock { $0 = Known(checks: checks, until: services.now() + DatabaseCheck.freshness) }
        return checks
    }

    private func ask() async -> [(String, JSON)] {
        do {
            let version = try await services.pool.run(deadline: DatabaseCheck.patience, abandoning: true) {
                try Schema.version($0)
            }
            let schema: JSON =
                version >= Schema.newestVersion ? "ok" : "version \(version) of \(Schema.newestVersion)"
            return [("database", "ok"), ("schema", schema)]
        } catch {
            services.log.warning("database not reached", metadata: ["cause": "\(error)"])
            return [("database", "no answer within half a second"), ("schema", "unknown")]
        }
    }
}
