import Foundation
import Logging
import Postgres
import Store
import Telemetry

/// One thread of the journal with its connection.
final class JournalWriter {
    private let journal: Journal
    private let number: Int
    private var connection: Connection?
    private var backoff = Duration.milliseconds(20)

    init(journal: Journal, number: Int) {
        self.journal = journal
        self.number = number
    }

    /// Writes batches until the journal is closed and empty.
    func run() {
        connection = try? journal.connect()
        var isBusy = false
        while let batch = journal.nextBatch(writer: number, isBusy: isBusy) {
            let events = batch.reduce(0) { $0 + $1.entry.events.count }
            isBusy = events > 1
            let start = ContinuousClock.now
            flush(batch)
            journal.finishBatch(writer: number)
            journal.figures.flushes.observe(ContinuousClock.now - start)
            journal.figures.batches.observe(Double(events))
        }
    }

    /// Writes a batch; of one that the database refuses, the halves, so that a bad entry fails alone.
    private func flush(_ batch: [PendingEntry]) {
        let plan = FlushPlan(batch.map(\.entry))
        let kept = attempt(for: batch) { connection throws(PostgresFailure) in
            try plan.keep(connection)
        }
        switch kept {
        case .success(let outcomes):
            finish(batch, outcomes)
        case .failure(let failure) where failure.canBeIsolated && batch.count > 1:
            flush(Array(batch[..<(batch.count / 2)]))
            flush(Array(batch[(batch.count / 2)...]))
        case .failure(let failure):
            fail(batch, failure)
        }
    }

    private func finish(_ batch: [PendingEntry], _ outcomes: [[JournalOutcome]]) {
        var workspaces: Set<Int64> = []
        for (pending, outcomes) in zip(batch, outcomes) {
            for case (let event, .accepted) in zip(pending.entry.events, outcomes) {
                workspaces.insert(event.workspaceID)
            }
            pending.finish(.success(outcomes))
        }
        journal.rang(workspaces)
    }

    private func fail(_ batch: [PendingEntry], _ failure: PostgresFailure) {
        let told: JournalFailure = failure.isData ? .refused(failure.message) : .unavailable
        journal.figures.failures.add(1, [failure.kind.rawValue])
        let lost = failure.isData ? batch : journal.spooled(batch, cause: "\(failure)")
        if lost.isEmpty { return }
        journal.log.warning(
            "events not kept", metadata: ["cause": "\(failure)", "entries": "\(lost.count)"])
        for pending in lost { pending.finish(.failure(told)) }
    }

    // MARK: - Trying

    /// Does `work` until it is done, the database refuses the data, or the last caller's patience is over.
    ///
    /// A lost connection, a lost answer to COMMIT and a deadlock all mean the same here: do it again with the same ids.
    private func attempt<T>(
        for batch: [PendingEntry], _ work: (Connection) throws(PostgresFailure) -> T
    ) -> Result<T, PostgresFailure> {
        let end = batch.map(\.end).max() ?? .now
        while true {
            do throws(PostgresFailure) {
                let result = try work(try connected())
                backoff = .milliseconds(20)
                return .success(result)
            } catch {
                if error.canBeIsolated { return .failure(error) }
                if connection?.isBroken == true { connection = nil }
                guard ContinuousClock.now < end else { return .failure(error) }
                journal.figures.repeats.add()
                if error.kind != .retryable { pause(until: end) }
            }
        }
    }

    private func connected() throws(PostgresFailure) -> Connection {
        if let connection, !connection.isBroken { return connection }
        connection = nil
        let fresh = try journal.connect()
        connection = fresh
        return fresh
    }

    private func pause(until end: ContinuousClock.Instant) {
        let rest = min(backoff * Double.random(in: 0.5...1), end - .now)
        if rest > .zero { Thread.sleep(forTimeInterval: rest / .seconds(1)) }
        backoff = min(backoff * 2, .milliseconds(500))
    }
}

extension PostgresFailure {
    /// The data is refused, and will be again: bad values, broken rules, more than a row or an index can hold.
    var isData: Bool {
        switch kind {
        case .invalid, .uniqueViolation: true
        case .other: sqlState?.hasPrefix("54") ?? false
        default: false
        }
    }

    /// One entry may be to blame: its data, or a companion statement that is not allowed or not understood.
    fileprivate var canBeIsolated: Bool { isData || sqlState?.hasPrefix("42") ?? false }
}

/// The journal's own figures.
struct JournalFigures: Sendable {
    let flushes: Histogram
    let batches: Histogram
    let repeats: Telemetry.Counter
    let failures: Telemetry.Counter

    init(_ metrics: Metrics) {
        flushes = metrics.histogram("leadgate_journal_flush_seconds", help: "Time to make a batch durable.")
        batches = metrics.histogram(
            "leadgate_journal_batch_events", help: "Events of one batch.",
            buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256])
        repeats = metrics.counter(
            "leadgate_journal_repeats", help: "Batches written again after a lost connection or a deadlock.")
        failures = metrics.counter(
            "leadgate_journal_failures", help: "Batches given up on.", labels: ["kind"])
    }
}
