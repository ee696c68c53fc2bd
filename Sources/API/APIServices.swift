public import Adapters
public import Contacts
public import Foundation
public import JSON
public import Logging
public import Postgres
public import Receiving
public import Telemetry

/// What the API needs of the rest of the program.
public struct APIServices: Sendable {
    /// The longest a request waits for the database, connection and query together.
    static let deadline = Duration.seconds(5)

    /// Connections with the role `leadgate_serve` and a statement timeout of 5 s.
    public var pool: ConnectionPool
    public var channels: ChannelDirectory
    /// Adapters in force in this process, for their versions.
    public var adapters: @Sendable () -> AdapterSnapshot
    public var metrics: Metrics
    /// Opens `/metrics` to callers from elsewhere. Nil: only this machine may scrape.
    public var metricsToken: Secret?
    /// Whether this process is on its way out; `/health/ready` tells it at once.
    public var isStopping: @Sendable () -> Bool
    /// Takes events while the database is away; nil in a process that takes none.
    public var spool: Spool?
    /// Rings the workers' bell after events were put back into the queue.
    public var ring: @Sendable () -> Void
    /// Maps a stored event of a workspace again and says what would come of it, without a change.
    /// Nil: this process cannot, and `dry_run=true` is answered 501.
    public var rehearse: (@Sendable (_ workspaceID: Int64, _ event: UUID) async throws -> JSON)?
    /// Where imports go. Nil: this process takes nothing in, and they are answered 501.
    public var imports: ImportServices?
    public var now: @Sendable () -> Instant
    public var log: Logger

    public init(
        pool: ConnectionPool, channels: ChannelDirectory, adapters: @escaping @Sendable () -> AdapterSnapshot,
        metrics: Metrics, metricsToken: Secret? = nil, isStopping: @escaping @Sendable () -> Bool,
        spool: Spool? = nil,
        ring: @escaping @Sendable () -> Void,
        rehearse: (@Sendable (_ workspaceID: Int64, _ event: UUID) async throws -> JSON)? = nil,
        imports: ImportServices? = nil,
        now: @escaping @Sendable () -> Instant, log: Logger
    ) {
        self.pool = pool
        self.channels = channels
        self.adapters = adapters
        self.metrics = metrics
        self.metricsToken = metricsToken
        self.isStopping = isStopping
        self.spool = spool
        self.ring = ring
        self.rehearse = rehearse
        self.imports = imports
        self.now = now
        self.log = log
    }
}

extension APIServices {
    /// Runs a read on a connection; after ``deadline`` the caller is let go.
    func read<Answer: Sendable>(
        _ work: @escaping @Sendable (Connection) throws -> Answer
    ) async throws -> Answer {
        try await pool.run(deadline: APIServices.deadline, abandoning: true, work)
    }
}
