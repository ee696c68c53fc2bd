/// What the journal's threads share. Does no I/O and reads no clock.
///
/// Fair: each channel has a lane, a batch takes from them in turn, and no channel and no workspace gets the whole room, so that a
/// flood in one is refused while a ringing call in another is written with the next batch.
struct JournalQueue: Sendable {
    /// Events and bytes that are not finished, waiting or flying.
    private struct Held {
        var events = 0
        var bytes = 0

        /// Whether an entry fits into a part of the whole room. Where nothing is held one of any size does.
        func admits(_ entry: PendingEntry, _ options: JournalOptions, part: Double) -> Bool {
            if events == 0 { return true }
            return events + entry.entry.events.count <= Int(Double(options.waitingEvents) * part)
                && bytes + entry.size <= Int(Double(options.waitingBytes) * part)
        }

        mutating func add(_ entry: PendingEntry) {
            events += entry.entry.events.count
            bytes += entry.size
        }

        mutating func remove(_ entry: PendingEntry) {
            events -= entry.entry.events.count
            bytes -= entry.size
        }
    }
    private struct Lane {
        var waiting = Line<PendingEntry>()
        var held = Held()
    }
    let options: JournalOptions
    /// By channel. Those are the configured ones: few, so that none is taken out.
    private var lanes: [Int64: Lane] = [:]
    private var workspaces: [Int64: Held] = [:]
    private var held = Held()
    /// The channels with entries that wait, in the order of their turns.
    private(set) var waiting = Line<Int64>()
    /// Events that no writer has taken yet.
    private(set) var waitingEvents = 0
    /// What a writer is busy with, by its number.
    private(set) var flying: [Int: [PendingEntry]] = [:]
    var isClosed = false
    /// Threads that have not ended.
    var writers = 0

    init(options: JournalOptions) { self.options = options }

    var heldEvents: Int { held.events }
    var heldBytes: Int { held.bytes }

    /// - Returns: false if there is no room, or none for this channel or workspace; the entry is not taken then. An empty queue
    ///   takes an entry of any size.
    mutating func append(_ entry: PendingEntry) -> Bool {
        guard held.admits(entry, options, part: 1),
            workspaces[entry.workspaceID]?.admits(entry, options, part: options.workspacePart) ?? true,
            lanes[entry.channelID]?.held.admits(entry, options, part: options.channelPart) ?? true
        else { return false }
        held.add(entry)
        workspaces[entry.workspaceID, default: Held()].add(entry)
        lanes[entry.channelID, default: Lane()].held.add(entry)
        if lanes[entry.channelID]?.waiting.isEmpty ?? true { waiting.append(entry.channelID) }
        lanes[entry.channelID]?.waiting.append(entry)
        waitingEvents += entry.entry.events.count
        return true
    }

    /// Takes entries of each channel in turn, the oldest of each first, up to a batch's events and bytes, but at least one.
    mutating func takeBatch(writer: Int) -> [PendingEntry] {
        var batch: [PendingEntry] = []
        var taken = Held()
        while let channel = waiting.first, let entry = lanes[channel]?.waiting.first {
            taken.add(entry)
            let isFull = taken.events > options.batchEvents || taken.bytes > options.batchBytes
            if isFull, !batch.isEmpty { break }
            batch.append(entry)
            waitingEvents -= entry.entry.events.count
            waiting.removeFirst()
            lanes[channel]?.waiting.removeFirst()
            if lanes[channel]?.waiting.isEmpty == false { waiting.append(channel) }
        }
        flying[writer] = batch
        return batch
    }

    /// Gives back the room of what the writer had taken.
    mutating func finish(writer: Int) {
        for entry in flying.removeValue(forKey: writer) ?? [] { release(entry) }
    }

    /// The entries whose callers wait no longer. Those that wait are taken out; those a writer has stay with it.
    mutating func takeLate(now: ContinuousClock.Instant) -> [PendingEntry] {
        var late: [PendingEntry] = []
        for channel in lanes.keys {
            late += lanes[channel]?.waiting.removeAll { $0.end <= now } ?? []
        }
        if !late.isEmpty {
            let known = lanes
            _ = waiting.removeAll { known[$0]?.waiting.isEmpty ?? true }
        }
        for entry in late {
            waitingEvents -= entry.entry.events.count
            release(entry)
        }
        return late + flying.values.joined().filter { $0.end <= now }
    }

    private mutating func release(_ entry: PendingEntry) {
        held.remove(entry)
        workspaces[entry.workspaceID]?.remove(entry)
        lanes[entry.channelID]?.held.remove(entry)
    }
}

/// First in, first out, each step in constant time.
struct Line<Element: Sendable>: Sendable {
    /// What left is nil, so that it is not kept alive.
    private var places: [Element?] = []
    private var start = 0

    var count: Int { places.count - start }
    var isEmpty: Bool { count == 0 }
    var first: Element? { isEmpty ? nil : places[start] }

    mutating func append(_ element: Element) { places.append(element) }

    mutating func removeFirst() {
        places[start] = nil
        start += 1
        guard start == places.count || start >= 1_024 && start * 2 >= places.count else { return }
        places.removeFirst(start)
        start = 0
    }

    /// - Returns: what was taken out. Nothing is moved if that is nothing.
    mutating func removeAll(where isGone: (Element) -> Bool) -> [Element] {
        let gone = places[start...].compactMap { $0 }.filter(isGone)
        if gone.isEmpty { return [] }
        places = places[start...].filter { place in place.map { !isGone($0) } ?? false }
        start = 0
        return gone
    }
}

/// Bounds of the journal.
public struct JournalOptions: Sendable, Hashable {
    /// Events that may be in the journal, waiting or being written; more are refused at once.
    public var waitingEvents = 4_096
    /// Bytes of them, about.
    public var waitingBytes = 64 << 20
    /// The parts of both that one channel and one workspace may have.
    public var channelPart = 0.5
    public var workspacePart = 0.75
    /// Events of one transaction.
    public var batchEvents = 256
    /// Bytes of one transaction, about.
    public var batchBytes = 8 << 20
    /// A busy writer waits so long for more events while fewer than ``lingerBelow`` are there.
    public var linger = Duration.milliseconds(2)
    public var lingerBelow = 32
    /// How long an event waits for the database before it goes to the spool, where there is one.
    public var spoolAfter = Duration.milliseconds(500)
    /// How long a caller waits for the database.
    public var patience = Duration.seconds(2)
    /// Threads, each with a connection.
    public var writers = 2
    /// The least time between two bells to other processes.
    public var bellInterval = Duration.milliseconds(20)

    public init() {}
}
