import Adapters
import Contacts
import Foundation
import Logging
import Postgres
import Telemetry

/// Maps and applies one claimed batch, whatever goes wrong: retries what may go well, halves what the database refuses, makes
/// dead letters of what never will.
struct BatchRun {
    private enum Limit {
        /// Times that a transaction is repeated at once after a deadlock or a merge.
        static let repeats = 20
    }
    private typealias Mapped = (event: ClaimedEvent, made: MappedEvent)

    private let workers: Workers
    private let workspaceID: Int64
    private let lease: UUID
    private let policy = RetryPolicy()
    private let channels: ChannelSnapshot
    private var leasedUntil: Instant
    /// Another one than at first where that was lost; nil where no new one could be had.
    private(set) var connection: Connection?

    init(workers: Workers, workspaceID: Int64, lease: UUID, connection: Connection) {
        self.workers = workers
        self.workspaceID = workspaceID
        self.lease = lease
        self.connection = connection
        channels = workers.channels.snapshot
        leasedUntil = workers.now() + workers.options.lease
    }

    /// - Parameter events: all under this lease, claimed just now.
    /// - Throws: where the database is away; what is not finished then comes back when its lease is over.
    mutating func work(_ events: [ClaimedEvent]) throws(PostgresFailure) {
        let start = ContinuousClock.now
        let mapper = Mapper(channels: channels, adapters: workers.adapters())
        let calm = events.filter { policy.company(at: $0.attempts) == nil }
        let suspects = events.filter { policy.company(at: $0.attempts) != nil }
        if !calm.isEmpty { try work(calm, mapper) }
        if let attempt = suspects.first?.attempts, let company = policy.company(at: attempt) {
            let together = Array(suspects.lazy.filter { $0.attempts == attempt }.prefix(company))
            let chosen = Set(together.map(\.id))
            let rest = suspects.filter { !chosen.contains($0.id) }
            let now = workers.now()
            try release(rest.map { ($0, now, $0.reason) }, counts: false)
            if !rest.isEmpty { workers.bell.ring([workspaceID]) }
            try work(together, mapper)
        }
        workers.metrics.batches.observe(Double(events.count))
        workers.metrics.batchTime.observe(ContinuousClock.now - start)
    }

    private mutating func work(_ events: [ClaimedEvent], _ mapper: Mapper) throws(PostgresFailure) {
        var mapped: [Mapped] = []
        for event in events {
            try renewIfDue(events)
            if event.attempts > policy.attempts {
                mapped.append(
                    (event, .dead(.attemptsExhausted, detail: event.reason ?? "no attempt came to an end")))
                continue
            }
            switch mapper.map(event) {
            case .retry(let detail): try again(event, .attemptsExhausted, detail)
            case let made: mapped.append((event, made))
            }
        }
        try renewIfDue(events)
        try apply(mapped)
    }

    // MARK: - Applying

    private mutating func apply(_ mapped: [Mapped]) throws(PostgresFailure) {
        guard !mapped.isEmpty else { return }
        var repeats = 0
        while true {
            do {
                finish(try applyOnce(mapped))
                return
            } catch BatchApplication.Interruption.fenced {
                workers.metrics.fenced.add()
                workers.log.debug("lease lost", metadata: ["events": "\(mapped.count)"])
                return
            } catch BatchApplication.Interruption.overtaken {
                repeats += 1
                if repeats > Limit.repeats { return try refuse(mapped, "the cards changed at each attempt") }
            } catch let failure as PostgresFailure {
                switch failure.kind {
                case .retryable, .cancelled:
                    repeats += 1
                    if repeats > Limit.repeats { return try refuse(mapped, "\(failure)") }
                    Thread.sleep(forTimeInterval: Double.random(in: 0.001...0.01) * Double(repeats))
                case .unavailable, .unknownCommit:
                    // Lost at the commit or before: the same again. The fence tells which it was.
                    connection = nil
                    connection = try workers.connect()
                case .uniqueViolation, .invalid, .other:
                    return try refuse(mapped, "\(failure)", failure)
                }
            } catch {
                return try refuse(mapped, "\(type(of: error))")
            }
            workers.metrics.repeated.add()
            try renewIfDue(mapped.map(\.event))
        }
    }

    private func applyOnce(_ mapped: [Mapped]) throws -> BatchRows {
        guard let connection else { throw PostgresFailure(.unavailable, "there is no connection") }
        let now = workers.now()
        let application = BatchApplication(
            workspaceID: workspaceID, lease: lease, now: now, connection: connection,
            makeID: { UUID.v7(at: now) })
        return try application.apply(mapped)
    }

    /// After the commit.
    private mutating func finish(_ rows: BatchRows) {
        workers.metrics.count(rows.outcomes, channels, now: workers.now())
        for outcome in rows.outcomes where outcome.status == "dead" {
            workers.log.warning(
                "dead letter",
                metadata: ["event": "\(outcome.event.id.text)", "reason": "\(outcome.reason ?? "-")"])
        }
        for merge in rows.merges {
            do {
                // The suggestion stays if this fails: people see it.
                guard let connection else { return }
                let now = workers.now()
                _ = try CardMerge(
                    workspaceID: workspaceID, connection: connection, now: now, makeID: { UUID.v7(at: now) }
                )
                .merge(merge.loser, into: merge.winner, because: merge.because)
            } catch {
                workers.log.warning("cards not merged", metadata: ["cause": "\(error)"])
            }
        }
    }

    // MARK: - What fails

    /// The database refuses something of these events: the halves by themselves, at last the one that is to blame.
    private mutating func refuse(
        _ mapped: [Mapped], _ detail: String, _ failure: PostgresFailure? = nil
    ) throws(PostgresFailure) {
        if let failure, failure.isOurs { return try standDown(mapped, failure) }
        if mapped.count > 1 {
            workers.metrics.halved.add()
            let middle = mapped.count / 2
            try apply(Array(mapped[..<middle]))
            try apply(Array(mapped[middle...]))
            return
        }
        guard let (event, _) = mapped.first else { return }
        workers.log.warning(
            "an event cannot be resolved",
            metadata: ["event": "\(event.id.text)", "attempt": "\(event.attempts)", "cause": "\(detail)"])
        try again(event, .resolutionFailed, detail)
    }

    /// The schema or the rights are not what this program needs: no event is to blame.
    private func standDown(_ mapped: [Mapped], _ failure: PostgresFailure) throws(PostgresFailure) {
        workers.log.error("the database is not as this program needs it", metadata: ["cause": "\(failure)"])
        let later = workers.now() + .seconds(5)
        try release(mapped.map { ($0.event, later, $0.event.reason) }, counts: false)
    }

    /// Another attempt later, or the end of them.
    private mutating func again(
        _ event: ClaimedEvent, _ reason: DeadReason, _ detail: String
    ) throws(PostgresFailure) {
        workers.metrics.countRetry(event, channels)
        guard event.attempts < policy.attempts else {
            let made = MappedEvent.dead(reason, detail: detail)
            // If even that is refused, the lease ends and the attempts are over at the next claim.
            if let rows = try? applyOnce([(event, made)]) { finish(rows) }
            return
        }
        try release([(event, workers.now() + policy.delay(after: event.attempts), detail)], counts: true)
    }

    // MARK: - Lease

    private func intake() throws(PostgresFailure) -> Intake {
        guard let connection else { throw PostgresFailure(.unavailable, "there is no connection") }
        return Intake(workspaceID: workspaceID, connection: connection)
    }

    private func release(
        _ events: [(event: ClaimedEvent, at: Instant, reason: String?)], counts: Bool
    ) throws(PostgresFailure) {
        try intake().release(events, lease: lease, counts: counts)
    }

    private mutating func renewIfDue(_ events: [ClaimedEvent]) throws(PostgresFailure) {
        let now = workers.now()
        guard leasedUntil.duration(since: now) < workers.options.lease / 2 else { return }
        leasedUntil = now + workers.options.lease
        try intake().renew(events, lease: lease, until: leasedUntil)
    }
}

extension PostgresFailure {
    /// Not the data's fault: a table, a column or a right is missing (SQLSTATE class 42), or the failure has no state at all.
    fileprivate var isOurs: Bool { kind == .other && (sqlState?.hasPrefix("42") ?? true) }
}
