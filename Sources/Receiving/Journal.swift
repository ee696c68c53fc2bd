import Contacts
import Dispatch
import Foundation
public import Logging
import Postgres
public import Store
import Synchronization
public import Telemetry

/// Makes events durable: gathers what comes at the same time into one transaction, and answers after its commit.
///
/// Bounded: what does not fit is refused at once. Its threads keep it alive: it ends with ``close(limit:)`` only.
public final class Journal: Sendable {
    let options: JournalOptions
    let log: Logger
    let figures: JournalFigures
    private let url: @Sendable () -> String
    private let ring: @Sendable (Set<Int64>) -> Void
    /// Only touched while `news` is held.
    private let queue: Mutex<JournalQueue>
    /// Where writers wait for entries.
    private let news = NSCondition()
    private let bell: JournalBell
    /// Nil: while the database is away callers are told so.
    public let spool: Spool?
    /// Signalled once by each thread as it ends.
    private let ended = DispatchSemaphore(value: 0)

    /// Starts the threads, which connect at once.
    /// - Parameters:
    ///   - url: asked before each attempt to connect.
    ///   - spool: where events go while the database is away; closed with the journal.
    ///   - bell: called after each commit with the workspaces that got events, on a writer's thread: to be quick.
    public init(
        url: @escaping @Sendable () -> String, options: JournalOptions = JournalOptions(), metrics: Metrics,
        log: Logger, spool: Spool? = nil,
        bell ring: @escaping @Sendable (Set<Int64>) -> Void
    ) {
        self.url = url
        self.options = options
        self.log = log
        self.ring = ring
        self.spool = spool
        figures = JournalFigures(metrics)
        queue = Mutex(JournalQueue(options: options))
        bell = JournalBell(url: url, interval: options.bellInterval, log: log)
        let writers = max(1, options.writers)
        locked { $0.writers = writers }
        metrics.gauge("leadgate_journal_waiting", help: "Events that wait for the journal's commit.") {
            [self] in
            Double(waiting)
        }
        for index in 0..<writers {
            start("journal-\(index)") { JournalWriter(journal: $0, number: index).run() }
        }
        start("journal-clock") { $0.watch() }
        start("journal-bell") { $0.bell.run() }
        if let spool {
            start("spool-writer") { _ in spool.run() }
            start("spool-drain") { SpoolDrain(journal: $0, spool: spool).run() }
        }
    }

    /// Events that are not durable yet.
    public var waiting: Int { locked { $0.heldEvents } }

    /// Keeps an event, or finds that it was kept before.
    ///
    /// Goes on when the caller's task is cancelled: an event once taken is written.
    public func append(_ event: JournalEvent) async throws(JournalFailure) -> JournalOutcome {
        let outcomes = try await append(JournalEntry(events: [event]))
        guard let outcome = outcomes.first else { throw .unavailable }
        return outcome
    }

    /// Keeps an entry whole or not at all.
    /// - Returns: one outcome per event, in their order.
    public func append(_ entry: JournalEntry) async throws(JournalFailure) -> [JournalOutcome] {
        let isPatient = spool == nil || !entry.companions.isEmpty
        let end = ContinuousClock.now + (isPatient ? options.patience : options.spoolAfter)
        let answer = await withCheckedContinuation { continuation in
            enqueue(PendingEntry(entry, end: end, continuation))
        }
        return try answer.get()
    }

    /// Takes no more entries, writes what waits (each within its caller's patience), then closes the connections.
    ///
    /// Blocks until the threads have ended, at most `limit`. Calling it again does nothing.
    public func close(limit: Duration = .seconds(4)) {
        let wasClosed = locked { queue in
            defer { queue.isClosed = true }
            return queue.isClosed
        }
        guard !wasClosed else { return }
        news.broadcast()
        let end = DispatchTime.now() + .milliseconds(Int(limit.wholeMicroseconds / 1_000))
        // Writers, then the clock; the bell rings for the last of them.
        for _ in 0..<max(1, options.writers) + 1 { _ = ended.wait(timeout: end) }
        bell.close()
        spool?.close()
        for _ in 0..<(spool == nil ? 1 : 3) { _ = ended.wait(timeout: end) }
    }

    private func enqueue(_ entry: PendingEntry) {
        if let spool, spool.isActive {
            // A mailbox is its own spool.
            guard entry.entry.companions.isEmpty else { return entry.finish(.failure(.unavailable)) }
            return spool.append(entry, within: options)
        }
        let failure: JournalFailure? = locked { queue in
            if queue.isClosed { return .unavailable }
            return queue.append(entry) ? nil : .overloaded
        }
        if let failure { return entry.finish(.failure(failure)) }
        news.signal()
    }

    private func locked<T: Sendable>(_ body: (inout JournalQueue) -> T) -> T {
        news.lock()
        defer { news.unlock() }
        return queue.withLock { body(&$0) }
    }

    private func start(_ name: String, _ body: @escaping @Sendable (Journal) -> Void) {
        let thread = Thread { [self] in
            body(self)
            ended.signal()
        }
        thread.name = name
        thread.start()
    }

    /// Tells callers that the database is away, whatever its writer is stuck in, and wakes writers that oversleep.
    private func watch() {
        while true {
            let (late, isDone) = locked { queue in
                (queue.takeLate(now: .now), queue.isClosed && queue.writers == 0)
            }
            for entry in spooled(late, cause: "no answer in time") { entry.finish(.failure(.unavailable)) }
            spool?.giveUp(on: .now - options.patience)
            if isDone { return }
            if waiting > 0 { news.broadcast() }
            Thread.sleep(forTimeInterval: 0.05)
        }
    }
}

// MARK: - Writers' side

extension Journal {
    /// Waits for entries.
    /// - Parameter isBusy: the writer's last batch held several events, so that more are to be expected in a moment.
    /// - Returns: nil when the journal is closed and empty; the writer has ended then.
    func nextBatch(writer: Int, isBusy: Bool) -> [PendingEntry]? {
        news.lock()
        defer { news.unlock() }
        while true {
            let (events, isClosed) = queue.withLock {
                ($0.waiting.isEmpty ? nil : $0.waitingEvents, $0.isClosed)
            }
            if let events {
                if isBusy, events < options.lingerBelow, !isClosed { linger() }
                let (batch, isMore) = queue.withLock {
                    ($0.takeBatch(writer: writer), !$0.waiting.isEmpty)
                }
                // A writer that lingers takes the others' signals.
                if isMore { news.signal() }
                if !batch.isEmpty { return batch }
            } else if isClosed {
                queue.withLock { $0.writers -= 1 }
                return nil
            } else {
                news.wait()
            }
        }
    }

    /// A condition waits by the machine's clock: it oversleeps where that is set back, until it is woken.
    private func linger() {
        let end = ContinuousClock.now + options.linger
        let date = Date(timeIntervalSinceNow: options.linger / .seconds(1))
        while news.wait(until: date), ContinuousClock.now < end {
            let (events, isClosed) = queue.withLock { ($0.waitingEvents, $0.isClosed) }
            if isClosed || events >= options.lingerBelow { return }
        }
    }

    /// Hands what the database did not take over to the spool; what is there already is left to it.
    /// - Returns: what cannot go there.
    func spooled(_ entries: [PendingEntry], cause: String) -> [PendingEntry] {
        guard let spool else { return entries }
        let fit = entries.filter { $0.entry.companions.isEmpty }
        let fresh = fit.filter { $0.handOver() }
        if !fresh.isEmpty { spool.databaseIsAway(cause) }
        for entry in fresh { spool.append(entry, within: options) }
        return entries.filter { !$0.entry.companions.isEmpty }
    }

    func finishBatch(writer: Int) { locked { $0.finish(writer: writer) } }

    func connect() throws(PostgresFailure) -> Connection {
        // A server that says nothing must not hold a writer much longer than the callers' patience.
        let options = ConnectionOptions(
            role: "leadgate_ingress", applicationName: "leadgate journal", statementTimeout: .seconds(5),
            lockTimeout: .seconds(2), connectTimeout: .seconds(2), silence: .seconds(6))
        do throws(PostgresFailure) {
            let connection = try Connection(url(), options: options)
            try connection.prepareForJournal()
            return connection
        } catch {
            // Whatever it is (a role that is not made yet): no event is to blame.
            throw PostgresFailure(.unavailable, error.message, sqlState: error.sqlState)
        }
    }

    /// After a commit.
    func rang(_ workspaces: Set<Int64>) {
        guard !workspaces.isEmpty else { return }
        ring(workspaces)
        bell.ring()
    }
}
