import Adapters
import Contacts
import Logging
import Postgres
import Store
import Synchronization
import Telemetry

/// The queue as the database has it, per channel, asked for at most every five seconds however often it is scraped.
final class QueueFigures: Sendable {
    /// How long an answer counts as new.
    static let freshness = Duration.seconds(5)
    /// The longest a scrape waits for the database.
    static let patience = Duration.seconds(1)

    private struct State {
        var queues: [ChannelQueue] = []
        var isReachable = false
        var pace = Pace(QueueFigures.freshness)
    }
    private let state = Mutex(State())
    private let services: APIServices

    /// Registers the gauges. Series exist only while the database answers: an old figure would hide the trouble.
    init(services: APIServices) {
        self.services = services
        let labels: [Label] = ["workspace", "channel"]
        register("leadgate_queued", "Events that wait to be resolved.", labels) { Double($0.queued) }
        register("leadgate_oldest_queued_seconds", "Age of the oldest event that waits.", labels) {
            $0.oldestSeconds
        }
        register("leadgate_parked", "Events that wait for the rest of their call.", labels) {
            Double($0.parked)
        }
        register("leadgate_dead_letters", "Events given up on that nobody has replayed.", labels) {
            Double($0.dead)
        }
        services.metrics.gauge(
            "leadgate_database_up", help: "Whether the database answered the last scrape within a second.",
            read: { [self] in state.withLock { $0.isReachable ? 1 : 0 } })
    }

    private func register(
        _ name: String, _ help: String, _ labels: [Label],
        _ figure: @escaping @Sendable (ChannelQueue) -> Double
    ) {
        services.metrics.gauge(
            name, help: help, labels: labels,
            read: { [self] in
                let names = services.channels.snapshot
                return state.withLock { $0.queues }.compactMap { queue in
                    guard let workspace = names.workspaces[queue.workspaceID] else { return nil }
                    return ([workspace, queue.channel], figure(queue))
                }
            })
    }

    /// Asks the database if the last answer is old.
    func refresh() async {
        let now = services.now()
        guard state.withLock({ $0.pace.isDue(now) }) else { return }
        let workspaces = services.channels.snapshot.workspaces.keys.sorted()
        do {
            let queues = try await services.pool.run(deadline: QueueFigures.patience, abandoning: true) {
                try $0.channelQueues(workspaces: workspaces, now: now)
            }
            state.withLock { state in
                state.queues = queues
                state.isReachable = true
            }
        } catch {
            services.log.warning("queue figures not read", metadata: ["cause": "\(error)"])
            state.withLock { state in
                state.queues = []
                state.isReachable = false
            }
        }
    }
}
