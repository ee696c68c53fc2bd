import Adapters
import Contacts
import Foundation
import Postgres
import Store

/// The queue of one workspace as a worker sees it: claims, renewals, releases. Each is one small transaction, one round trip.
struct Intake {
    let workspaceID: Int64
    let connection: Connection

    /// Takes events that are due, the oldest of each lane, and hides them from other workers until `until`.
    ///
    /// - SQL: `intake.claim`
    func claim(_ lanes: [LaneMarks.Lane], lease: UUID, now: Instant, until: Instant) throws(PostgresFailure)
        -> [ClaimedEvent]
    {
        let answers = try change([
            (
                SQL.statement("intake.claim"),
                [
                    .bigint(workspaceID), .bigints(lanes.map(\.channelID)), .uuids(lanes.map(\.low)),
                    .timestamp(now.microseconds), .ints(lanes.map { Int32(clamping: $0.share) }),
                    .uuid(lease),
                    .timestamp(until.microseconds),
                ]
            )
        ])
        return (0..<answers[0].count).compactMap { ClaimedEvent(answers[0], $0) }
    }

    /// Holds claimed events longer. One that another worker took meanwhile is not taken back.
    ///
    /// - SQL: `intake.renew`
    func renew(_ events: [ClaimedEvent], lease: UUID, until: Instant) throws(PostgresFailure) {
        _ = try change([
            (
                SQL.statement("intake.renew"),
                [
                    .bigint(workspaceID), .uuid(lease), .bigints(events.map(\.channelID)),
                    .uuids(events.map(\.id)),
                    .timestamp(until.microseconds),
                ]
            )
        ])
    }

    /// Gives events back.
    ///
    /// - Parameters:
    ///   - at: when each is due again, with the reason it waits.
    ///   - counts: whether this attempt is one of those after which an event is given up on.
    /// - SQL: `intake.release`
    func release(
        _ events: [(event: ClaimedEvent, at: Instant, reason: String?)], lease: UUID, counts: Bool
    ) throws(PostgresFailure) {
        guard !events.isEmpty else { return }
        _ = try change([
            (
                SQL.statement("intake.release"),
                [
                    .bigint(workspaceID), .uuid(lease), .bigints(events.map(\.event.channelID)),
                    .uuids(events.map(\.event.id)), .timestamps(events.map(\.at.microseconds)),
                    .texts(events.map(\.reason)), .bool(counts),
                ]
            )
        ])
    }

    private func change(_ steps: [(Statement, [Value])]) throws(PostgresFailure) -> [Rows] {
        let opening: [(Statement, [Value])] = [
            (.begin, []), (SQL.statement("intake.enter"), [.bigint(workspaceID)]),
        ]
        let answers = try connection.pipeline(opening + steps + [(.commit, [])])
        return Array(answers.dropFirst(2).dropLast())
    }
}
