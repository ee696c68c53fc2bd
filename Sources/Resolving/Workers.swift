public import Adapters
public import Contacts
import Dispatch
import Foundation
public import Logging
import Postgres
import Store
import Synchronization
public import Telemetry

/// Bounds of resolving.
public struct WorkerOptions: Sendable, Hashable {
    /// Threads, each with a connection and a script runtime; with none nothing is worked.
    public var threads = 2
    /// How long a claimed event is hidden from other workers, 2...10 s; renewed while it is worked on. What a killed process
    /// held is taken over after so long.
    public var lease = Duration.seconds(5)
    /// Between two looks at the queue where no bell rang.
    public var poll = Duration.milliseconds(500)

    public init() {}
}

/// Resolves what waits in the queue: claim, map, apply (DESIGN §8).
///
/// Its threads keep it alive: it ends with ``close(limit:)`` only.
public final class Workers: Sendable {
    let options: WorkerOptions
    let channels: ChannelDirectory
    let adapters: @Sendable () -> AdapterSnapshot
    let metrics: ResolvingMetrics
    let log: Logger
    let now: @Sendable () -> Instant
    private let clock = DatabaseClock()
    let bell: IntakeBell
    private let url: @Sendable () -> String
    /// Only touched while `marksLock` is held.
    private let marks = Mutex(LaneMarks())
    private let marksLock = NSLock()
    /// Signalled once by each thread as it ends.
    private let ended = DispatchSemaphore(value: 0)
    private let listener: BellListener

    /// Starts the threads, which connect at once.
    /// - Parameters:
    ///   - url: asked before each attempt to connect.
    ///   - channels: those in force, retired ones among them.
    ///   - adapters: gives the adapters in force.
    ///   - now: nil: the database's clock, by which leases and due times mean the same to every process.
    public init(
        url: @escaping @Sendable () -> String, options: WorkerOptions = WorkerOptions(),
        channels: ChannelDirectory,
        adapters: @escaping @Sendable () -> AdapterSnapshot, metrics: Metrics, log: Logger,
        now: (@Sendable () -> Instant)? = nil
    ) {
        self.url = url
        self.options = options
        self.channels = channels
        self.adapters = adapters
        self.metrics = ResolvingMetrics(metrics)
        self.log = log
        self.now = now ?? { [clock] in clock.now }
        bell = IntakeBell(interval: options.poll) { Array(channels.snapshot.workspaces.keys) }
        listener = BellListener(url: url, bell: bell, log: log)
        for index in 0..<options.threads {
            start("worker-\(index)") { Worker(workers: $0).run() }
        }
        start("worker-bell") { $0.listener.run() }
    }

    /// Tells of events that were committed just now.
    public func ring(_ workspaces: Set<Int64>) { bell.ring(workspaces) }

    /// Claims no more, finishes what is being worked on, closes the connections. Blocks at most `limit`.
    public func close(limit: Duration = .seconds(4)) {
        if bell.isClosed { return }
        bell.close()
        let end = DispatchTime.now() + .milliseconds(Int(limit.wholeMicroseconds / 1_000))
        for _ in 0..<options.threads + 1 where ended.wait(timeout: end) == .timedOut {
            log.warning("workers are still busy", metadata: ["limit": "\(limit)"])
            return
        }
    }

    /// What to claim of a workspace now.
    func lanes(of workspaceID: Int64) -> [LaneMarks.Lane] {
        let channels = channels.snapshot.byID.values.filter { $0.workspaceID == workspaceID }.map(\.id)
            .sorted()
        let now = now()
        return marked { $0.lanes(channels, now: now) }
    }

    func claimed(_ lanes: [LaneMarks.Lane], _ events: [ClaimedEvent]) {
        var newest: [Int64: UUID] = [:]
        for event in events { newest[event.channelID] = max(newest[event.channelID] ?? event.id, event.id) }
        let (found, now) = (newest, now())
        marked { $0.claimed(lanes, newest: found, now: now) }
    }

    private func marked<T: Sendable>(_ body: (inout LaneMarks) -> T) -> T {
        marksLock.lock()
        defer { marksLock.unlock() }
        return marks.withLock { body(&$0) }
    }

    func connect() throws(PostgresFailure) -> Connection {
        let connection = try Connection(
            url(),
            options: ConnectionOptions(
                role: "leadgate_serve", applicationName: "leadgate worker", statementTimeout: .seconds(10),
                lockTimeout: .seconds(3), connectTimeout: .seconds(2), silence: .seconds(12)))
        _ = try connection.query(SQL.statement("worker.session"))
        try askTime(connection)
        return connection
    }

    func askTime(_ connection: Connection) throws(PostgresFailure) {
        let asked = ContinuousClock.now
        if let told = try connection.query(SQL.statement("worker.time")).timestamp(0, 0) {
            clock.set(Instant(microseconds: told), at: asked)
        }
    }

    private func start(_ name: String, _ body: @escaping @Sendable (Workers) -> Void) {
        let thread = Thread { [self] in
            body(self)
            ended.signal()
        }
        thread.name = name
        // Scripts are bounded by instructions and memory, nested data by depth; both want some stack.
        thread.stackSize = 4 << 20
        thread.start()
    }
}
