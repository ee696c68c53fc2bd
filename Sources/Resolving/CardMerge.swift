import Contacts
import Foundation
import JSON
import Postgres
import Store

/// Makes two cards one: points, leads, activities and calls move to the winner, the loser stays as a pointer to it.
///
/// Takes its locks in the order of every path: threads, points, cards, leads. What it moves is written to `merge_log`, so that it
/// can be undone.
struct CardMerge {
    enum Outcome: Sendable, Hashable {
        case merged
        /// They are one card already, or one of them is not there.
        case nothing
    }

    let workspaceID: Int64
    let connection: Connection
    let now: Instant
    let makeID: () -> UUID

    init(workspaceID: Int64, connection: Connection, now: Instant, makeID: @escaping () -> UUID) {
        self.workspaceID = workspaceID
        self.connection = connection
        self.now = now
        self.makeID = makeID
    }

    /// One transaction, repeated after a deadlock.
    func merge(_ loser: UUID, into winner: UUID, because: JSON) throws -> Outcome {
        var repeats = 0
        while true {
            do {
                return try mergeOnce(loser, winner, because)
            } catch let failure as PostgresFailure where failure.kind == .retryable && repeats < 10 {
                repeats += 1
            } catch {
                try? connection.rollback()
                throw error
            }
        }
    }

    private func mergeOnce(_ loser: UUID, _ winner: UUID, _ because: JSON) throws -> Outcome {
        let both = Value.uuids([loser, winner].sorted())
        let answers = try connection.pipeline([
            (.begin, []), (SQL.statement("workspace.enter"), [workspace]),
            (SQL.statement("thread.lockOfCards"), [workspace, both]),
            (SQL.statement("contactPoint.lockOfCards"), [workspace, both]),
            (SQL.statement("card.lock"), [workspace, both]),
        ])
        let cards = answers[4]
        let isWhole = loser != winner && cards.count == 2 && (0..<2).allSatisfy { cards.isNull($0, 1) }
        guard isWhole,
            let seq = (0..<2).first(where: { cards.uuid($0, 0) == winner }).flatMap({ cards.bigint($0, 2) })
        else {
            try connection.rollback()
            return .nothing
        }
        let time = Value.timestamp(now.microseconds)
        let pair: [Value] = [workspace, .uuid(loser), .uuid(winner)]
        let body: JSON = [
            "card_id": .string(winner.text), "merged_card_id": .string(loser.text), "because": because,
        ]
        _ = try connection.pipeline([
            // The log first: it says what is about to move.
            (
                SQL.statement("mergeLog.insert"),
                [workspace, .uuid(makeID()), .uuid(winner), .uuid(loser), .jsonb(because.text()), time]
            ),
            (SQL.statement("lead.closeSecond"), pair + [time]), (SQL.statement("lead.move"), pair),
            (SQL.statement("contactPoint.move"), pair), (SQL.statement("activity.move"), pair),
            (SQL.statement("thread.move"), pair), (SQL.statement("card.merge"), pair + [time]),
            (
                SQL.statement("cardSuggestion.accept"),
                [workspace, .uuid(min(loser, winner)), .uuid(max(loser, winner))]
            ),
            (
                SQL.statement("outbox.insert"),
                [
                    workspace, .uuids([winner]), .bigints([seq + 1]), .uuids([makeID()]),
                    .texts(["card.merged"]),
                    .jsonbs([body.text()]), .uuids([nil]), time,
                ]
            ),
            (.commit, []),
        ])
        return .merged
    }

    private var workspace: Value { .bigint(workspaceID) }
}
