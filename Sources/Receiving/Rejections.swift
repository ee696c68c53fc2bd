public import Adapters
public import Contacts
import Foundation
public import Logging
import Postgres
import Store
import Synchronization
import Telemetry

/// Counts what is turned away, per channel, reason and minute, and writes the sums down once a second.
///
/// Bounded: channels are the configured ones, and those that are not there count as one.
public final class Rejections: Sendable {
    private struct Key: Hashable {
        /// 0 for a channel that does not exist.
        let workspaceID: Int64
        let channelID: Int64
        let reason: RejectionReason
        let minute: Int64
    }
    private struct Count {
        var count: Int64
        var lastAddress: String
    }
    private struct State {
        var counts: [Key: Count] = [:]
        var isClosed = false
    }
    /// While the database is away, older minutes go first.
    static let capacity = 10_000
    private static let interval = Duration.seconds(1)

    private let pending: Mutex<State>
    private let metrics: ReceivingMetrics
    private let log: Logger
    private let url: @Sendable () -> String
    private let ended = DispatchSemaphore(value: 0)

    /// Starts the thread that writes.
    /// - Parameter url: of the database, asked before each attempt to connect.
    public init(url: @escaping @Sendable () -> String, metrics: ReceivingMetrics, log: Logger) {
        self.url = url
        self.metrics = metrics
        self.log = log
        pending = Mutex(State())
        let thread = Thread { [self] in
            run()
            ended.signal()
        }
        thread.name = "rejections"
        thread.start()
    }

    /// Counts one request.
    /// - Parameters:
    ///   - channel: nil for one that does not exist.
    ///   - address: the client's.
    public func count(_ reason: RejectionReason, channel: Adapters.Channel?, address: String, now: Instant) {
        metrics.rejected.add(1, (channel?.labels ?? ["-", "-"]) + [reason.rawValue])
        let minute = now.microseconds - (now.microseconds % 60_000_000 + 60_000_000) % 60_000_000
        let key = Key(
            workspaceID: channel?.workspaceID ?? 0, channelID: channel?.id ?? 0, reason: reason,
            minute: minute)
        pending.withLock { state in
            if state.counts[key] == nil, state.counts.count >= Rejections.capacity,
                let oldest = state.counts.keys.min(by: { $0.minute < $1.minute })
            {
                state.counts[oldest] = nil
            }
            state.counts[key, default: Count(count: 0, lastAddress: address)].count += 1
            state.counts[key]?.lastAddress = String(address.prefix(64))
        }
    }

    /// Writes what is left and ends the thread; blocks at most `limit`.
    public func close(limit: Duration = .seconds(2)) {
        let wasClosed = pending.withLock { state in
            defer { state.isClosed = true }
            return state.isClosed
        }
        guard !wasClosed else { return }
        _ = ended.wait(timeout: .now() + (limit / .seconds(1)))
    }

    private func run() {
        var connection: Connection?
        while true {
            let isClosed = waitForTurn()
            flush(&connection)
            if isClosed { return }
        }
    }

    private func waitForTurn() -> Bool {
        let end = ContinuousClock.now + Rejections.interval
        while !pending.withLock({ $0.isClosed }) {
            if ContinuousClock.now >= end { return false }
            Thread.sleep(forTimeInterval: 0.05)
        }
        return true
    }

    private func flush(_ connection: inout Connection?) {
        let taken = pending.withLock { state in
            defer { state.counts = [:] }
            return state.counts
        }
        guard !taken.isEmpty else { return }
        do throws(PostgresFailure) {
            if connection?.isStillOpen != true { connection = try connect() }
            try connection?.addRejections(
                taken.map { key, count in
                    RejectionCount(
                        workspaceID: key.workspaceID, channelID: key.channelID, reason: key.reason.rawValue,
                        minute: key.minute, count: count.count, lastAddress: count.lastAddress)
                })
        } catch {
            connection = nil
            // A lost answer to the commit is taken for done: a count is better too low than doubled.
            guard error.kind == .unavailable || error.kind == .retryable || error.kind == .cancelled else {
                log.warning("rejections not counted", metadata: ["cause": "\(error)"])
                return
            }
            putBack(taken)
        }
    }

    private func putBack(_ taken: [Key: Count]) {
        pending.withLock { state in
            for (key, count) in taken {
                if state.counts[key] == nil, state.counts.count >= Rejections.capacity { continue }
                state.counts[key, default: Count(count: 0, lastAddress: count.lastAddress)].count +=
                    count.count
            }
        }
    }

    private func connect() throws(PostgresFailure) -> Connection {
        try Connection(
            url(),
            options: ConnectionOptions(
                role: "leadgate_ingress", applicationName: "leadgate rejections",
                statementTimeout: .seconds(5),
                connectTimeout: .seconds(2), silence: .seconds(6)))
    }
}
