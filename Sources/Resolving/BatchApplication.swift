import Adapters
import Contacts
import Foundation
import JSON
import Postgres
import Store

/// Applies one mapped batch of one workspace in one transaction (DESIGN §8): fence, threads, points, cards, leads,
/// activities, outbox, outcomes, end of the debt. Four round trips, whatever the batch holds.
struct BatchApplication {
    /// The batch cannot be applied as read: everything was undone, work it again.
    enum Interruption: Error {
        /// A lease ran out and another worker may hold the event: leave the batch alone.
        case fenced
        /// A card was merged away, or an activity appeared, between reading and writing.
        case overtaken
    }

    let workspaceID: Int64
    let lease: UUID
    let now: Instant
    let connection: Connection
    let makeID: () -> UUID
    /// Everything is done but the commit; the events need not be in the queue.
    var isRehearsal = false

    /// - Parameter mapped: all events of the batch, each with what mapping made of it; none to be retried.
    /// - Returns: what was written; parked events have no outcome.
    func apply(_ mapped: [(ClaimedEvent, MappedEvent)]) throws -> BatchRows {
        do {
            var work = BatchWork(mapped, now: now)
            try openAndReadThreads(&work)
            let units = work.units()
            let identities = try claimPoints(units)
            var plan = try lockCards(identities)
            for (unit, identity) in zip(units, identities) { plan.take(unit, identity) }
            for outcome in work.settled { plan.take(outcome: outcome) }
            try write(plan.rows, work)
            return plan.rows
        } catch {
            try? connection.rollback()
            throw error
        }
    }

    // MARK: - Round trip 1: fence and threads

    private func openAndReadThreads(_ work: inout BatchWork) throws {
        let statements = work.statements
        let threads = work.threadKeys
        let channels = Value.bigints(threads.map(\.channelID))
        let keys = Value.texts(threads.map(\.key))
        let contacts = work.contacts
        let opening: [(Statement, [Value])] =
            [(.begin, []), (SQL.statement("workspace.enter"), [.bigint(workspaceID)])]
            + (isRehearsal ? work.claimed.map(rehearse) : [])
        let all = try connection.pipeline(
            opening + [
                (
                    SQL.statement("intake.fence"),
                    [
                        .bigint(workspaceID), .uuid(lease), .bigints(work.claimed.map(\.channelID)),
                        .uuids(work.claimed.map(\.id)),
                    ]
                ),
                (
                    SQL.statement("thread.insert"),
                    [.bigint(workspaceID), channels, keys, .timestamp(now.microseconds)]
                ),
                (SQL.statement("thread.lock"), [.bigint(workspaceID), channels, keys]),
                (
                    SQL.statement("callStatement.insert"),
                    [
                        .bigint(workspaceID), .bigints(statements.map(\.thread.channelID)),
                        .texts(statements.map(\.thread.key)), .texts(statements.map(\.stored.eventID)),
                        .uuids(statements.map(\.inboundEventID)),
                        .jsonbs(statements.map { $0.stored.statement.json.text() }),
                        .timestamps(statements.map(\.receivedAt.microseconds)),
                    ]
                ),
                (SQL.statement("callStatement.read"), [.bigint(workspaceID), channels, keys]),
                (
                    SQL.statement("activity.existing"),
                    [
                        .bigint(workspaceID), .bigints(contacts.map(\.channel.id)),
                        .texts(contacts.map(\.eventID)),
                    ]
                ),
            ])
        let answers = Array(all.dropFirst(opening.count))
        guard answers[0].count == work.claimed.count else { throw Interruption.fenced }
        work.takeThreads(answers[2], new: answers[1], statements: answers[4])
        work.takeExisting(answers[5])
    }

    private func rehearse(_ event: ClaimedEvent) -> (Statement, [Value]) {
        (
            SQL.statement("intake.rehearse"),
            [
                .bigint(workspaceID), .bigint(event.channelID), .uuid(event.id), .int(event.run),
                .timestamp(now.microseconds), .uuid(lease),
            ]
        )
    }

    // MARK: - Round trip 2: points

    private func claimPoints(_ units: [ResolvingUnit]) throws -> [IdentityPlan.Identity] {
        var provisional: [PointKey: UUID] = [:]
        var raws: [PointKey: String] = [:]
        for unit in units where unit.call?.thread.cardID == nil {
            let card = makeID()
            for point in unit.points.points where provisional[point.key] == nil {
                provisional[point.key] = card
                raws[point.key] = point.raw
            }
        }
        let keys = provisional.keys.sorted()
        var owners: [PointKey: PointOwner] = [:]
        if !keys.isEmpty {
            let kinds = Value.texts(keys.map(\.kind.rawValue))
            let values = Value.texts(keys.map(\.value))
            let answers = try connection.pipeline([
                (
                    SQL.statement("contactPoint.insert"),
                    [
                        .bigint(workspaceID), kinds, values, .texts(keys.map { raws[$0] }),
                        .uuids(keys.map { provisional[$0] }), .timestamp(now.microseconds),
                    ]
                ),
                (SQL.statement("contactPoint.read"), [.bigint(workspaceID), kinds, values]),
            ])
            let won = Set((0..<answers[0].count).compactMap { pointKey(answers[0], $0) })
            for row in 0..<answers[1].count {
                guard let key = pointKey(answers[1], row), let card = answers[1].uuid(row, 3) else {
                    continue
                }
                owners[key] = PointOwner(
                    state: answers[1].text(row, 2) ?? "known", cardID: card,
                    isVerified: answers[1].bool(row, 4) ?? false, isWon: won.contains(key))
            }
        }
        let plan = IdentityPlan(units: units, owners: owners, provisional: provisional, makeID: makeID)
        try assign(plan.assignments)
        return plan.identities
    }

    private func pointKey(_ rows: Rows, _ row: Int) -> PointKey? {
        guard let kind = rows.text(row, 0).flatMap(PointKind.init(rawValue:)), let value = rows.text(row, 1)
        else { return nil }
        return PointKey(kind: kind, value: value)
    }

    private func assign(_ assignments: [PointKey: IdentityPlan.Assignment]) throws {
        let changed = assignments.sorted { $0.key < $1.key }
        guard !changed.isEmpty else { return }
        _ = try connection.query(
            SQL.statement("contactPoint.assign"),
            [
                .bigint(workspaceID), .texts(changed.map(\.key.kind.rawValue)),
                .texts(changed.map(\.key.value)),
                .uuids(changed.map(\.value.cardID)), .texts(changed.map(\.value.state)),
                .texts(changed.map(\.value.verifiedBy)), .timestamp(now.microseconds),
            ])
    }

    // MARK: - Round trip 3: cards and leads

    private func lockCards(_ identities: [IdentityPlan.Identity]) throws -> BatchPlan {
        let ids = Set(identities.lazy.filter { !$0.isNew }.map(\.cardID)).sorted()
        var cards: [UUID: BatchRows.Card] = [:]
        var open: [BatchPlan.LeadPlace: UUID] = [:]
        var closed: [BatchPlan.LeadPlace: BatchPlan.KnownLead] = [:]
        if !ids.isEmpty {
            let answers = try connection.pipeline([
                (SQL.statement("card.lock"), [.bigint(workspaceID), .uuids(ids)]),
                (SQL.statement("lead.ofCards"), [.bigint(workspaceID), .uuids(ids)]),
            ])
            for row in 0..<answers[0].count {
                guard answers[0].isNull(row, 1) else { throw Interruption.overtaken }
                guard let id = answers[0].uuid(row, 0), let seq = answers[0].bigint(row, 2) else { continue }
                cards[id] = BatchRows.Card(
                    id: id, isNew: false, name: answers[0].text(row, 3), company: answers[0].text(row, 4),
                    locale: answers[0].text(row, 5), seq: seq, isChanged: false)
            }
            for row in 0..<answers[1].count {
                guard let card = answers[1].uuid(row, 0), let pipeline = answers[1].text(row, 1),
                    let id = answers[1].uuid(row, 2)
                else { continue }
                let place = BatchPlan.LeadPlace(cardID: card, pipeline: pipeline)
                if answers[1].text(row, 3) == "open" {
                    open[place] = id
                } else {
                    let at = answers[1].timestamp(row, 4).map(Instant.init(microseconds:))
                    closed[place] = BatchPlan.KnownLead(id: id, closedAt: at)
                }
            }
        }
        return BatchPlan(cards: cards, open: open, closed: closed, now: now, makeID: makeID)
    }
}
