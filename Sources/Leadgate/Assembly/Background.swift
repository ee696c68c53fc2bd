import Adapters
import Configuring
import Contacts
import Foundation
import Logging
import Postgres
import ServiceLifecycle
import Store
import Synchronization
import UnixSignals

/// Remembers that the process is on its way out. The last of the services, so that it hears of it first.
struct StopFlag: Service {
    private final class State: Sendable {
        let isRaised = Atomic(false)
    }
    private let state = State()

    var isRaised: Bool { state.isRaised.load(ordering: .relaxed) }

    func run() async throws {
        try await gracefulShutdown()
        state.isRaised.store(true, ordering: .relaxed)
    }
}

/// Brings the schema up to date where that is ours to do, and writes the channels to the database; goes on trying while it is
/// away. Until it is done the process is not ready, but takes requests in.
struct Registration: Service {
    let database: Database
    let registrar: Registrar
    let configuration: Configuration
    let log: Logger
    /// Whether a first try, before anything else was started, was enough.
    private let isDone: Bool

    /// - Throws: what waiting does not mend.
    init(database: Database, registrar: Registrar, configuration: Configuration, log: Logger) throws {
        self.database = database
        self.registrar = registrar
        self.configuration = configuration
        self.log = log
        isDone = try Registration.attempt(database, registrar, configuration, log)
    }

    func run() async throws {
        var pause = Duration.milliseconds(100)
        var isDone = isDone
        while !isDone, !Task.isShuttingDownGracefully, !Task.isCancelled {
            let rest = pause
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: rest) }
            pause = min(pause * 2, .seconds(2))
            isDone = try Registration.attempt(database, registrar, configuration, log)
        }
        try? await gracefulShutdown()
    }

    /// - Returns: false if the database is away.
    private static func attempt(
        _ database: Database, _ registrar: Registrar, _ configuration: Configuration, _ log: Logger
    ) throws -> Bool {
        do {
            try prepare(database, registrar, configuration, log)
            return true
        } catch let failure as PostgresFailure where failure.kind != .other {
            log.warning("the database is away", metadata: ["cause": "\(failure)"])
            return false
        }
    }

    private static func prepare(
        _ database: Database, _ registrar: Registrar, _ configuration: Configuration, _ log: Logger
    ) throws {
        if database.migratesItself {
            for name in try database.migrate() { log.info("migrated", metadata: ["migration": "\(name)"]) }
        } else {
            try database.requireSchema()
        }
        try registrar.register(configuration, with: database.connect(), now: .now())
        log.info(
            "channels registered",
            metadata: [
                "channels": "\(configuration.channels.count)",
                "workspaces": "\(configuration.workspaces.count)",
            ])
    }
}

/// Takes changed adapters over while the program runs.
struct AdapterWatch: Service {
    let catalog: AdapterCatalog
    let log: Logger

    func run() async throws {
        for problem in catalog.snapshot.problems {
            log.error("adapter not usable", metadata: ["problem": "\(problem)"])
        }
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: .seconds(1)) }
            for change in catalog.reloadIfChanged(now: .now()) { tell(change) }
        }
    }

    private func tell(_ change: CatalogChange) {
        switch change {
        case .added(let name, let version):
            log.info("adapter added", metadata: ["adapter": "\(name)", "version": "\(version.prefix(12))"])
        case .updated(let name, let from, let to):
            log.info(
                "adapter updated",
                metadata: [
                    "adapter": "\(name)", "version": "\(to.prefix(12))", "before": "\(from.prefix(12))",
                ])
        case .refused(let problem):
            log.error("adapter refused, the old version stays", metadata: ["problem": "\(problem)"])
        }
    }
}

/// Reads the configuration again at SIGHUP. One with mistakes changes nothing.
struct Reloading: Service {
    let option: ConfigurationOption
    let started: Configuration
    let catalog: AdapterCatalog
    let registrar: Registrar
    let database: Database
    let log: Logger

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() { reload() }
    }

    private func reload() {
        let configuration: Configuration
        do {
            let surroundings = Surroundings.current
            configuration = try Configuration.load(file: option.path(in: surroundings), in: surroundings) {
                _ in
                catalog.snapshot
            }
        } catch let failure as ConfigurationFailure {
            for mistake in failure.mistakes {
                log.error("configuration not taken, the old one stays", metadata: ["mistake": "\(mistake)"])
            }
            return
        } catch {
            log.error("configuration not taken, the old one stays", metadata: ["cause": "\(error)"])
            return
        }
        let needed = configuration.needsRestart(since: started)
        if !needed.isEmpty {
            log.warning(
                "in force after a restart only", metadata: ["settings": "\(needed.joined(separator: ", "))"])
        }
        registrar.replace(with: configuration)
        do {
            try registrar.register(configuration, with: database.connect(), now: .now())
        } catch {
            log.error("channels not written to the database", metadata: ["cause": "\(error)"])
        }
        log.info("configuration taken", metadata: ["channels": "\(configuration.channels.count)"])
    }
}
