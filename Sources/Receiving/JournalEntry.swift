public import Foundation
public import Postgres
public import Store
import Synchronization

/// What came of an event that is durable now.
public enum JournalOutcome: Sendable, Hashable {
    /// Kept under this id, which is the event's own. Also for another content under a known key: that is kept too, with its
    /// reason, and makes no activity.
    case accepted(UUID)
    /// The same event was kept before, under this id.
    case duplicate(of: UUID)
}

/// Why an event was not kept for certain.
public enum JournalFailure: Error, Sendable, Hashable {
    /// Too many events wait already. Nothing was kept.
    case overloaded
    /// The database did not take it in time, or the journal is closed. It may be kept after all: repeating it is right and
    /// does no harm.
    case unavailable
    /// The database refuses what it holds; repeating does not help. Nothing was kept. The text holds no values.
    case refused(String)
}

/// Events that become durable together, in one transaction with statements of others (a mailbox cursor).
public struct JournalEntry: Sendable {
    /// At least one, or companions alone.
    public var events: [JournalEvent]
    /// Run in the events' transaction, after them, with the role `leadgate_ingress`.
    public var companions: [(Statement, [Value])]

    public init(events: [JournalEvent], companions: [(Statement, [Value])] = []) {
        self.events = events
        self.companions = companions
    }

    var size: Int { events.reduce(0) { $0 + $1.size } }
}

/// An entry on its way through the journal, with the caller who waits for it.
final class PendingEntry: Sendable {
    typealias Answer = Result<[JournalOutcome], JournalFailure>

    let entry: JournalEntry
    /// Bytes, about.
    let size: Int
    /// Of its first event, whose room and turn it takes; 0 without events.
    let workspaceID: Int64
    let channelID: Int64
    /// When the caller is told that the database is away.
    let end: ContinuousClock.Instant
    private let continuation: Mutex<CheckedContinuation<Answer, Never>?>
    private let isHandedOver = Mutex(false)

    init(
        _ entry: JournalEntry, end: ContinuousClock.Instant,
        _ continuation: CheckedContinuation<Answer, Never>
    ) {
        self.entry = entry
        size = entry.size
        workspaceID = entry.events.first?.workspaceID ?? 0
        channelID = entry.events.first?.channelID ?? 0
        self.end = end
        self.continuation = Mutex(continuation)
    }

    /// Whether it goes to the spool: to be asked before; once only.
    func handOver() -> Bool {
        isHandedOver.withLock { isHandedOver in
            defer { isHandedOver = true }
            return !isHandedOver
        }
    }

    /// Tells the caller; the first answer counts, later ones are dropped.
    func finish(_ answer: Answer) {
        let waiting = continuation.withLock { continuation in
            defer { continuation = nil }
            return continuation
        }
        waiting?.resume(returning: answer)
    }
}
