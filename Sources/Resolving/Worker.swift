import Contacts
import Foundation
import Logging
import Postgres
import Store

/// One thread that claims batches and works them. Holds its connection; everything shared is the ``Workers``'.
final class Worker {
    private let workers: Workers
    private var connection: Connection?
    private var backoff = Duration.milliseconds(50)
    /// When the session's plans were made.
    private var plannedAt = ContinuousClock.now
    /// How long they are good for: a table may have grown a lot since.
    private static let plansLast = Duration.seconds(1)

    init(workers: Workers) { self.workers = workers }

    /// Works until the bell is closed.
    func run() {
        while let workspaceID = workers.bell.next() {
            do throws(PostgresFailure) {
                try work(workspaceID)
                backoff = .milliseconds(50)
            } catch {
                if connection?.isBroken != false { connection = nil }
                workers.log.warning("the queue cannot be worked", metadata: ["cause": "\(error)"])
                pause()
                workers.bell.ring([workspaceID])
            }
        }
    }

    /// One batch; where more is to be expected the bell is rung again, so that other workspaces have their turn before.
    /// - Returns: the events that were claimed.
    @discardableResult
    func work(_ workspaceID: Int64) throws(PostgresFailure) -> Int {
        let connection = try connected()
        if ContinuousClock.now - plannedAt >= Worker.plansLast {
            plannedAt = .now
            _ = try connection.query(SQL.statement("worker.replan"))
            try workers.askTime(connection)
        }
        let lanes = workers.lanes(of: workspaceID)
        guard !lanes.isEmpty else { return 0 }
        let lease = UUID()
        let now = workers.now()
        let events = try Intake(workspaceID: workspaceID, connection: connection)
            .claim(lanes, lease: lease, now: now, until: now + workers.options.lease)
        workers.claimed(lanes, events)
        guard !events.isEmpty else { return 0 }
        let counts = Dictionary(grouping: events, by: \.channelID).mapValues(\.count)
        if lanes.contains(where: { counts[$0.channelID, default: 0] >= $0.share }) {
            workers.bell.ring([workspaceID])
        }
        var run = BatchRun(workers: workers, workspaceID: workspaceID, lease: lease, connection: connection)
        defer { self.connection = run.connection }
        try run.work(events)
        return events.count
    }

    private func connected() throws(PostgresFailure) -> Connection {
        if let connection, connection.isStillOpen { return connection }
        connection = nil
        let fresh = try workers.connect()
        connection = fresh
        return fresh
    }

    /// Waits longer the longer the database is away, but ends soon after the bell is closed.
    private func pause() {
        let end = ContinuousClock.now + backoff * Double.random(in: 0.5...1)
        while ContinuousClock.now < end, !workers.bell.isClosed { Thread.sleep(forTimeInterval: 0.02) }
        backoff = min(backoff * 2, .seconds(2))
    }
}
