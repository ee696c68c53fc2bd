import Contacts
import Logging
import Postgres
import Store
import Synchronization
import Telemetry

/// What can rot in the database server, asked for at most every 15 seconds however often it is scraped.
final class DatabaseFigures: Sendable {
    /// How long an answer counts as new.
    static let freshness = Duration.seconds(15)
    /// How long an answer is shown. An older one would hide the trouble.
    static let validity = Duration.seconds(60)

    private struct State {
        var pace = Pace(DatabaseFigures.freshness)
        var health: DatabaseHealth?
        var readAt = Instant(microseconds: 0)
    }
    private let state = Mutex(State())
    private let services: APIServices

    /// Registers the gauges. A figure that is not known, or may not be seen, has no series.
    init(services: APIServices) {
        self.services = services
        register(
            "oldest_snapshot_seconds",
            "Age of the oldest transaction that keeps dead rows from being removed."
        ) { $0.snapshotSeconds }
        register(
            "oldest_snapshot_transactions",
            "Transactions begun since the oldest snapshot of a session, prepared transaction, slot or standby."
        ) { $0.snapshotTransactions }
        register("connections", "Sessions of clients on the database server.") { $0.connections }
        register("connections_limit", "The database server's max_connections.") { $0.connectionsLimit }
        register("standbys", "Standbys that stream from the database server.") { $0.standbys }
        register("replication_lag_bytes", "WAL that the standby furthest behind has not applied.") {
            $0.lagBytes
        }
        register("replication_lag_seconds", "Delay of the standby furthest behind, as last told.") {
            $0.lagSeconds
        }
        register("kept_wal_bytes", "WAL that the replication slot furthest behind keeps on the disk.") {
            $0.keptWALBytes
        }
        register("size_bytes", "Bytes of the database on the disk.") { $0.sizeBytes }
        services.metrics.gauge(
            "leadgate_database_dead_rows", help: "Dead rows of the tables that every event changes.",
            labels: ["table"], read: { [self] in current?.deadRows.map { ([$0], Double($1)) } ?? [] })
    }

    private func register(
        _ name: String, _ help: String, _ figure: @escaping @Sendable (DatabaseHealth) -> Double?
    ) {
        services.metrics.gauge("leadgate_database_\(name)", help: help) { [self] in current.flatMap(figure) }
    }

    private var current: DatabaseHealth? {
        let now = services.now()
        return state.withLock { now.duration(since: $0.readAt) < DatabaseFigures.validity ? $0.health : nil }
    }

    /// Asks the database if the last answer is old. One that comes after the patience is shown by the next scrape.
    func refresh() async {
        let now = services.now()
        guard state.withLock({ $0.pace.isDue(now) }) else { return }
        do {
            try await services.pool.run(deadline: QueueFigures.patience, abandoning: true) {
                [self] connection in
                let health = try connection.databaseHealth()
                state.withLock { state in
                    state.health = health
                    state.readAt = now
                }
            }
        } catch {
            services.log.warning("database figures not read", metadata: ["cause": "\(error)"])
        }
    }
}
