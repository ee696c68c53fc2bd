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

/// The signals that end the process or make it read its configuration again, heard from the first moment on: one that comes
/// while an embedded database is still being started is obeyed after it, so that no server is left behind.
struct ProcessSignals: Sendable {
    /// SIGTERM and SIGINT.
    let stop: UnixSignalsSequence
    /// SIGHUP.
    let reload: UnixSignalsSequence

    init() async {
        stop = await UnixSignalsSequence(trapping: .sigterm, .sigint)
        reload = await UnixSignalsSequence(trapping: .sighup)
    }
}

/// Hears that the process is to end, and remembers it. The last of the services, so that nothing else stops before.
struct StopWatch: Service {
    private final class State: Sendable {
        let raisedAt = Mutex<ContinuousClock.Instant?>(nil)
    }
    let signals: UnixSignalsSequence
    let log: Logger
    private let state = State()

    init(signals: UnixSignalsSequence, log: Logger) {
        self.signals = signals
        self.log = log
    }

    var isRaised: Bool { raisedAt != nil }
    var raisedAt: ContinuousClock.Instant? { state.raisedAt.withLock { $0 } }

    func run() async throws {
        for await signal in signals.cancelOnGracefulShutdown() {
            log.info("stopping", metadata: ["signal": "\(signal)"])
            break
        }
        state.raisedAt.withLock { $0 = .now }
    }
}

/// Brings the schema up to date where that is ours to do, and writes the channels to the database; goes on trying while it is
/// away. Until it is done requests are taken in as far as the database takes them.
struct Registration: Service {
    let database: Database
    let registrar: Registrar
    let log: Logger

    func run() async throws {
        var pause = Duration.milliseconds(100)
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            let rest = registrar.isOwed ? pause : .seconds(1)
            try? await cancelWhenGracefulShutdown { try await Task.sleep(for: rest) }
            if registrar.isOwed {
                try attempt()
                pause = min(pause * 2, .seconds(2))
            } else {
                pause = .milliseconds(100)
            }
        }
    }

    /// Writes what is owed, or leaves it to a later attempt while the database is away.
    ///
    /// - Throws: what waiting does not mend, as long as nothing was ever written.
    func attempt() throws {
        do {
            if !registrar.hasRegistered { try prepareSchema() }
            let configuration = try registrar.register(with: database.connect(), now: .now())
            log.info(
                "channels registered",
                metadata: [
                    "channels": "\(configuration.channels.count)",
                    "workspaces": "\(configuration.workspaces.count)",
                ])
        } catch let failure as PostgresFailure where Registration.passes(failure) {
            log.warning("the database is away", metadata: ["cause": "\(failure)"])
        } catch  where registrar.hasRegistered {
            log.error("channels not written to the database", metadata: ["cause": "\(error)"])
        }
    }

    private func prepareSchema() throws {
        guard database.migratesItself else { return try database.requireSchema() }
        for name in try database.migrate() { log.info("migrated", metadata: ["migration": "\(name)"]) }
    }

    /// Whether a later attempt may do better.
    private static func passes(_ failure: PostgresFailure) -> Bool {
        switch failure.kind {
        case .unavailable, .unknownCommit, .retryable, .cancelled: true
        case .uniqueViolation, .invalid, .other: false
        }
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
    let signals: UnixSignalsSequence
    let option: ConfigurationOption
    let started: Configuration
    let catalog: AdapterCatalog
    let registration: Registration
    let log: Logger

    func run() async throws {
        for await _ in signals.cancelOnGracefulShutdown() { try reload() }
    }

    private func reload() throws {
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
        registration.registrar.replace(with: configuration)
        log.info("configuration taken", metadata: ["channels": "\(configuration.channels.count)"])
        try registration.attempt()
    }
}
