/// What the journal's threads share. Does no I/O and reads no clock.
struct JournalQueue: Sendable {
    let options: JournalOptions
    /// Oldest first.
    private(set) var waiting: [PendingEntry] = []
    /// Events in ``waiting``.
    private(set) var waitingEvents = 0
    /// What a writer is busy with, by its number.
    private(set) var flying: [Int: [PendingEntry]] = [:]
    /// Events and bytes that are not finished, waiting or flying.
    private(set) var heldEvents = 0
    private(set) var heldBytes = 0
    var isClosed = false
    /// Threads that have not ended.
    var writers = 0

    init(options: JournalOptions) { self.options = options }

    /// - Returns: false if there is no room; the entry is not taken then. An empty queue takes an entry of any size.
    mutating func append(_ entry: PendingEntry) -> Bool {
        let events = heldEvents + entry.entry.events.count
        let bytes = heldBytes + entry.size
        let isOver = events > options.waitingEvents || bytes > options.waitingBytes
        if isOver, heldEvents > 0 { return false }
        waiting.append(entry)
        waitingEvents += entry.entry.events.count
        heldEvents = events
        heldBytes = bytes
        return true
    }

    /// Takes the oldest entries, up to a batch's events and bytes, but at least one.
    mutating func takeBatch(writer: Int) -> [PendingEntry] {
        var events = 0
        var bytes = 0
        var count = 0
        for entry in waiting {
            events += entry.entry.events.count
            bytes += entry.size
            if count > 0, events > options.batchEvents || bytes > options.batchBytes { break }
            count += 1
        }
        let batch = Array(waiting.prefix(count))
        waiting.removeFirst(count)
        waitingEvents -= batch.reduce(0) { $0 + $1.entry.events.count }
        flying[writer] = batch
        return batch
    }

    /// Gives back the room of what the writer had taken.
    mutating func finish(writer: Int) {
        for entry in flying.removeValue(forKey: writer) ?? [] { release(entry) }
    }

    /// The entries whose callers wait no longer. Those that wait are taken out; those a writer has stay with it.
    mutating func takeLate(now: ContinuousClock.Instant) -> [PendingEntry] {
        let late = waiting.filter { $0.end <= now }
        if !late.isEmpty {
            waiting.removeAll { $0.end <= now }
            for entry in late {
                waitingEvents -= entry.entry.events.count
                release(entry)
            }
        }
        return late + flying.values.joined().filter { $0.end <= now }
    }

    private mutating func release(_ entry: PendingEntry) {
        heldEvents -= entry.entry.events.count
        heldBytes -= entry.size
    }
}

/// Bounds of the journal.
public struct JournalOptions: Sendable, Hashable {
    /// Events that may be in the journal, waiting or being written; more are refused at once.
    public var waitingEvents = 4_096
    /// Bytes of them, about.
    public var waitingBytes = 64 << 20
    /// Events of one transaction.
    public var batchEvents = 256
    /// Bytes of one transaction, about.
    public var batchBytes = 8 << 20
    /// A busy writer waits so long for more events while fewer than ``lingerBelow`` are there.
    public var linger = Duration.milliseconds(2)
    public var lingerBelow = 32
    /// How long a caller waits for the database.
    public var patience = Duration.seconds(2)
    /// Threads, each with a connection.
    public var writers = 2
    /// The least time between two bells to other processes.
    public var bellInterval = Duration.milliseconds(20)

    public init() {}
}
