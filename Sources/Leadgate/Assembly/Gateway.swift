import API
import Adapters
import Configuring
import Contacts
import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Logging
import Postgres
import Receiving
import Resolving
import ServiceLifecycle
import Store
import Telemetry
import UnixSignals

/// The running program: builds the services a process's roles need, runs them, stops them in order.
struct Gateway {
    let settings: Settings
    let option: ConfigurationOption
    let roles: Set<Role>
    let database: Database
    let log: Logger
    private let registrar: Registrar
    let metrics = Metrics()
    private let signals: ProcessSignals
    private let stop: StopWatch

    init(
        settings: Settings, option: ConfigurationOption, roles: Set<Role>, database: Database,
        signals: ProcessSignals, log: Logger
    ) {
        self.settings = settings
        self.option = option
        self.roles = roles
        self.database = database
        self.signals = signals
        self.log = log
        registrar = Registrar(settings.configuration)
        stop = StopWatch(signals: signals.stop, log: log)
    }

    private var configuration: Configuration { settings.configuration }

    /// Runs until SIGTERM or SIGINT; then takes nothing more in, finishes what was taken, and returns within five seconds.
    func run() async throws {
        let registration = Registration(database: database, registrar: registrar, log: log)
        // Before anything else is started: what waiting does not mend is told at once.
        try registration.attempt()
        let url: @Sendable () -> String = { [database] in database.url() }
        let workers = roles.contains(.worker) ? makeWorkers(url) : nil
        let receiving = roles.contains(.ingress) ? makeReceiving(url, workers) : nil
        let pool = ConnectionPool(
            name: "api", size: 4, url: url,
            options: ConnectionOptions(
                role: "leadgate_serve", applicationName: "leadgate api", statementTimeout: .seconds(5),
                connectTimeout: .seconds(2), silence: .seconds(7)), maxWaiting: 256)
        metrics.show(pools: ["api": pool].merging(receiving.map { ["lookup": $0.lookups] } ?? [:]) { $1 })
        let servers = makeServers(receiving, makeAPI(pool, workers, receiving))
        let services: [any Service] =
            servers + [
                registration,
                AdapterWatch(catalog: settings.catalog, log: log),
                Reloading(
                    signals: signals.reload, option: option, started: configuration,
                    catalog: settings.catalog, registration: registration, log: log),
            ]
        var groupLog = log
        groupLog.logLevel = max(log.logLevel, .warning)
        var group = ServiceGroupConfiguration(
            services: services.map { .init(service: $0) } + [
                .init(service: stop, successTerminationBehavior: .gracefullyShutdownGroup)
            ], logger: groupLog)
        group.maximumGracefulShutdownDuration = .milliseconds(2_500)
        group.maximumCancellationDuration = .milliseconds(500)
        var failure: (any Error)?
        do { try await ServiceGroup(configuration: group).run() } catch { failure = error }
        // Whatever was answered with yes is committed already; what was taken and not answered yet is written now. Each part has
        // its time, all of them together what the requests left of the five seconds.
        let end = (stop.raisedAt ?? .now) + .milliseconds(4_200)
        func limit(_ share: Duration) -> Duration { max(.zero, min(share, end - .now)) }
        receiving?.journal.close(limit: limit(.seconds(1)))
        workers?.close(limit: limit(.seconds(2)))
        receiving?.rejections.close(limit: limit(.milliseconds(500)))
        receiving?.lookups.close(limit: limit(.milliseconds(200)))
        receiving?.scripts.close()
        pool.close(limit: limit(.milliseconds(200)))
        log.info("stopped")
        if let failure { throw failure }
    }

    // MARK: - Parts

    private func makeWorkers(_ url: @escaping @Sendable () -> String) -> Workers {
        let catalog = settings.catalog
        return Workers(
            url: url, channels: registrar.directory, adapters: { catalog.snapshot }, metrics: metrics,
            log: logger("worker"))
    }

    private func makeReceiving(_ url: @escaping @Sendable () -> String, _ workers: Workers?)
        -> ReceivingServices
    {
        let catalog = settings.catalog
        let figures = ReceivingMetrics(metrics)
        var journal = JournalOptions()
        journal.waitingEvents = configuration.limits.journal
        var limits = ReceivingLimits()
        limits.lookup = configuration.limits.lookup
        limits.formRate = configuration.limits.formRate
        limits.formBurst = configuration.limits.formBurst
        return ReceivingServices(
            journal: Journal(
                url: url, options: journal, metrics: metrics, log: logger("journal"), spool: makeSpool()
            ) { workspaces in
                workers?.ring(workspaces)
            },
            lookups: ConnectionPool(
                name: "lookup", size: 2, url: url, options: ReceivingServices.lookupOptions, maxWaiting: 64),
            scripts: ScriptPool(),
            rejections: Rejections(url: url, metrics: figures, log: logger("receiving")),
            channels: registrar.directory, adapters: { catalog.snapshot }, metrics: figures,
            proxies: TrustedProxies(configuration.trustedProxies), publicURL: configuration.publicURL,
            limits: limits,
            now: { .now() }, log: logger("receiving"))
    }

    private func makeSpool() -> Spool? {
        let limit = configuration.limits.spool
        if limit == 0 { return nil }
        return Spool(
            root: "\(configuration.data)/spool", limit: limit, metrics: metrics, now: { .now() },
            log: logger("spool"))
    }

    private func makeAPI(
        _ pool: ConnectionPool, _ workers: Workers?, _ receiving: ReceivingServices?
    ) -> APIServices {
        let (catalog, directory, stop) = (settings.catalog, registrar.directory, stop)
        metrics.gauge(
            "leadgate_adapter_info", help: "Adapters in force in this process.",
            labels: ["adapter", "version"],
            read: { catalog.snapshot.byName.values.map { ([$0.name, $0.version], 1) } })
        return APIServices(
            pool: pool, channels: directory, adapters: { catalog.snapshot }, metrics: metrics,
            metricsToken: configuration.metrics.token, isStopping: { stop.isRaised },
            spool: receiving?.journal.spool,
            ring: { workers?.ring(Set(directory.snapshot.workspaces.keys)) },
            rehearse: { workspaceID, event in
                try await pool.run(deadline: .seconds(5)) { connection in
                    try Rehearsal(channels: directory.snapshot, adapters: catalog.snapshot)
                        .run(connection, workspaceID: workspaceID, event: event, now: .now()) ?? .null
                }
            }, imports: receiving.map { ImportServices($0) }, now: { .now() }, log: logger("api"))
    }

    private func logger(_ part: String) -> Logger { Logger(label: "leadgate.\(part)") }
}
