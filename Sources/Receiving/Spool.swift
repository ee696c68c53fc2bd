public import Contacts
import Files
import Foundation
public import Logging
import Store
import Synchronization
public import Telemetry

/// Where events wait on this machine's disk while the database is away. An event in it is durable.
public final class Spool: Sendable {
    struct State: Sendable {
        /// Made at the first need; nil as long as that fails.
        var own: SpoolFolder?
        /// To be drained, oldest first.
        var files: [SpoolFile] = []
        /// Could not be read; tried again now and then, while the others go on.
        var unreadable: [SpoolFile] = []
        /// Of both.
        var bytes = 0
        /// What lies in `damaged/`, for a person to look at.
        var damaged = 0
        var lastNumber: Int64 = 0
        /// Since when new events go to the disk at once; nil: they go to the database.
        var awaySince: Instant?
        /// The last batch could not be written.
        var isFailing = false
        var waiting: [PendingEntry] = []
        /// Events and bytes of ``waiting``.
        var waitingEvents = 0
        var waitingBytes = 0
        /// On its way to the disk.
        var writing: [PendingEntry] = []
        var isClosed = false
    }
    let root: String
    let limit: Int
    let now: @Sendable () -> Instant
    let log: Logger
    let figures: SpoolFigures
    private let state = Mutex(State())
    /// Where the threads wait. Never held while ``state`` is.
    private let news = NSCondition()

    /// - Parameters:
    ///   - root: `<data>/spool`; made at the first need.
    ///   - limit: bytes on the disk, at least 1; what comes above is refused.
    public init(
        root: String, limit: Int, metrics: Metrics, now: @escaping @Sendable () -> Instant, log: Logger
    ) {
        self.root = root
        self.limit = limit
        self.now = now
        self.log = log
        figures = SpoolFigures(metrics)
        figures.show(self, metrics)
        // Early, so that a folder that cannot be made is told while nobody depends on it.
        do { try ownFolder() } catch { tell(failure: error) }
    }

    /// Whether new events go to the disk at once; lookups need not ask the database then.
    public var isActive: Bool { locked { $0.awaySince != nil } }
    /// Since when; nil while events go to the database.
    public var activeSince: Instant? { locked { $0.awaySince } }
    /// Whether it would take an event now, as far as is known.
    public var canTake: Bool { locked { $0.own != nil && !$0.isFailing && $0.bytes < limit } }

    func locked<T: Sendable>(_ body: (inout sending State) -> sending T) -> T { state.withLock(body) }

    /// Takes an entry, whose caller is told when it is durable.
    /// - Parameter options: how much may wait.
    func append(_ entry: PendingEntry, within options: JournalOptions) {
        let failure: JournalFailure? = state.withLock { state in
            if state.isClosed { return .unavailable }
            let (events, bytes) = (state.waitingEvents, state.waitingBytes)
            if events >= options.waitingEvents || bytes >= options.waitingBytes { return .overloaded }
            state.waiting.append(entry)
            state.waitingEvents += entry.entry.events.count
            state.waitingBytes += entry.size
            return nil
        }
        if let failure { return entry.finish(.failure(failure)) }
        wake()
    }

    /// Tells callers that wait since before `end` that the disk is away too, whatever the writing thread is stuck in.
    func giveUp(on end: ContinuousClock.Instant) {
        let late = state.withLock { state in
            let late = state.waiting.filter { $0.end <= end }
            if !late.isEmpty {
                state.waiting.removeAll { $0.end <= end }
                state.waitingEvents -= late.reduce(0) { $0 + $1.entry.events.count }
                state.waitingBytes -= late.reduce(0) { $0 + $1.size }
            }
            return late + state.writing.filter { $0.end <= end }
        }
        for entry in late { entry.finish(.failure(.unavailable)) }
    }

    /// From now on new events go to the disk.
    func databaseIsAway(_ cause: String) {
        let time = now()
        let isNews = state.withLock { state in
            defer { if state.awaySince == nil { state.awaySince = time } }
            return state.awaySince == nil
        }
        if isNews {
            log.warning("the database is away, events go to the spool", metadata: ["cause": "\(cause)"])
        }
    }

    func databaseIsBack() {
        let (since, files) = state.withLock { state in
            defer { (state.awaySince, state.isFailing) = (nil, false) }
            return (state.awaySince, state.files.count)
        }
        guard let since else { return }
        let seconds = now().duration(since: since) / .seconds(1)
        log.info("the database is back", metadata: ["seconds": "\(seconds)", "files": "\(files)"])
    }

    /// Makes the folder where that was not possible before, and counts what lies in `damaged/`.
    func makeReady() {
        if locked({ $0.own == nil }) { _ = try? ownFolder() }
        let damaged = (try? Disk.names(in: "\(root)/damaged").count) ?? 0
        let before = state.withLock { state in
            defer { state.damaged = damaged }
            return state.damaged
        }
        if damaged > before {
            log.error("to be looked at", metadata: ["folder": "\(root)/damaged", "files": "\(damaged)"])
        }
    }

    // MARK: - Threads

    /// The writing thread's work: everything that came meanwhile is one file.
    func run() {
        while true {
            let (batch, isClosed) = state.withLock { state in
                var count = 0
                var bytes = 0
                for entry in state.waiting {
                    if count > 0, count >= 256 || bytes + entry.size > 8 << 20 { break }
                    count += 1
                    bytes += entry.size
                }
                let batch = Array(state.waiting.prefix(count))
                state.waiting.removeFirst(count)
                state.waitingEvents -= batch.reduce(0) { $0 + $1.entry.events.count }
                state.waitingBytes -= batch.reduce(0) { $0 + $1.size }
                state.writing = batch
                return (batch, state.isClosed)
            }
            if !batch.isEmpty {
                write(batch)
            } else if isClosed {
                state.withLock { $0.own }?.removeIfEmpty()
                return
            } else {
                wait(.milliseconds(500)) { $0.waiting.isEmpty && !$0.isClosed }
            }
        }
    }

    func close() {
        state.withLock { $0.isClosed = true }
        wake()
    }

    /// Waits until woken, if `isIdle` still holds.
    func wait(_ limit: Duration, while isIdle: (State) -> Bool) {
        news.lock()
        defer { news.unlock() }
        if state.withLock({ isIdle($0) }) {
            _ = news.wait(until: Date(timeIntervalSinceNow: limit / .seconds(1)))
        }
    }

    private func wake() {
        news.lock()
        news.broadcast()
        news.unlock()
    }

    private func write(_ batch: [PendingEntry]) {
        let events = batch.flatMap(\.entry.events)
        do {
            let bytes = SpoolBatch.bytes(of: events)
            let folder = try ownFolder()
            let time = now().microseconds
            let number: Int64? = state.withLock { state in
                guard state.bytes + bytes.count <= limit else { return nil }
                state.lastNumber = max(state.lastNumber + 1, time)
                return state.lastNumber
            }
            guard let number else { throw SpoolFull() }
            let file = try folder.write(bytes, number: number)
            state.withLock { state in
                state.files.append(file)
                state.bytes += file.size
                state.isFailing = false
            }
            figures.events.add(events.count, ["written"])
            for entry in batch { entry.finish(.success(entry.entry.events.map { .accepted($0.id) })) }
        } catch {
            tell(failure: error)
            for entry in batch { entry.finish(.failure(.unavailable)) }
        }
    }

    @discardableResult private func ownFolder() throws -> SpoolFolder {
        if let folder = state.withLock({ $0.own }) { return folder }
        let folder = try SpoolFolder.make(in: root, now: now())
        state.withLock { $0.own = folder }
        return folder
    }

    private func tell(failure: any Error) {
        figures.failures.add(1, [failure is SpoolFull ? "full" : "disk"])
        let wasFailing = state.withLock { state in
            defer { state.isFailing = true }
            return state.isFailing
        }
        if !wasFailing { log.error("the spool takes nothing", metadata: ["cause": "\(failure)"]) }
    }
}

/// The limit is reached.
private struct SpoolFull: Error, CustomStringConvertible {
    let description = "it is as large as limits.spool allows"
}
