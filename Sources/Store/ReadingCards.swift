public import Contacts
public import Foundation
public import JSON
public import Postgres

/// The record of one person or firm.
public struct CardRow: Sendable, Hashable {
    public let id: UUID
    public let name: String?
    public let company: String?
    public let locale: String?
    public let ownerID: UUID?
    public let createdAt: Instant
    public let updatedAt: Instant
}

/// What a contact point is worth.
public enum PointState: String, Sendable, CaseIterable {
    case known
    /// Came from an event that matched by an unverified point: matches, is never shown to a caller's exchange.
    case proposed
    case blocked
    /// A call centre, `info@`: not evidence of a person.
    case shared
}

/// One phone, e-mail or handle of a card.
public struct PointRow: Sendable, Hashable {
    public let kind: PointKind
    /// Normalised: E.164, canonical address, `provider:account:id`.
    public let value: String
    /// As it first came.
    public let raw: String
    public let state: PointState
    /// The channel that proved it; nil: nobody did.
    public let verifiedBy: String?
    public let verifiedAt: Instant?
    public let createdAt: Instant
}

/// One line of a card's history.
public struct ActivityRow: Sendable, Hashable {
    public let id: UUID
    public let leadID: UUID?
    /// The channel's key; nil if the channel's row is gone.
    public let channel: String?
    public let eventID: UUID
    public let kind: ActivityKind
    public let direction: Direction
    public let occurredAt: Instant
    public let title: String
    public let text: String?
    /// By kind: a call's fold, a form's fields, attachments.
    public let details: JSON
    public let thread: String?
    public let because: JSON
    public let createdAt: Instant
}

/// Another card that may be the same person.
public struct SuggestionRow: Sendable, Hashable {
    public let cardID: UUID
    public let name: String?
    public let company: String?
    public let because: JSON
    public let createdAt: Instant
}

/// Where a timeline goes on: the last activity shown.
public struct TimelineKey: Sendable, Hashable {
    public let occurredAt: Instant
    public let id: UUID

    public init(occurredAt: Instant, id: UUID) {
        self.occurredAt = occurredAt
        self.id = id
    }

    /// Later than any activity, and still a time that PostgreSQL can hold.
    static let newest = TimelineKey(occurredAt: Instant(microseconds: 9_000_000_000_000_000_000), id: .last)
}

/// A card with everything known of it.
public struct CardDetail: Sendable {
    public let card: CardRow
    public let attributes: JSON
    /// Changes handed over so far.
    public let seq: Int64
    /// Cards that were merged into this one, directly or through others.
    public let mergedFrom: [UUID]
    /// Phones, e-mails, handles; at most 1,000.
    public let points: [PointRow]
    /// Newest first; at most 200.
    public let leads: [LeadRow]
    public let timeline: Page<ActivityRow, TimelineKey>
    /// Open ones; at most 200.
    public let suggestions: [SuggestionRow]
}

/// The card that a point leads to.
public struct PointMatch: Sendable, Hashable {
    public let card: CardRow
    public let kind: PointKind
    public let value: String
    public let state: PointState
}

extension Connection {
    /// A card; of a merged card the one it was merged into. Nil if the workspace has none of this id.
    ///
    /// - Parameters:
    ///   - before: the timeline's ``Page/next``; nil for its newest page.
    ///   - limit: 1...200 activities.
    public func card(
        workspaceID: Int64, id: UUID, before: TimelineKey?, limit: Int
    ) throws(PostgresFailure) -> CardDetail? {
        let key: [Value] = [.bigint(workspaceID), .uuid(id)]
        let place = before ?? .newest
        let answers = try read(workspaceID: workspaceID, (SQL.statement("card.winner"), key)) { rows in
            guard let winner = rows.map({ $0.uuid($1, 0) }).first else { return nil }
            let key: [Value] = [.bigint(workspaceID), .uuid(winner)]
            let timeline: [Value] = [
                .timestamp(place.occurredAt.microseconds), .uuid(place.id), .bigint(Int64(limit) + 1),
            ]
            return [
                (SQL.statement("card.show"), key), (SQL.statement("card.mergedFrom"), key),
                (SQL.statement("card.points"), key), (SQL.statement("lead.ofCard"), key),
                (SQL.statement("card.timeline"), key + timeline),
                (SQL.statement("card.suggestions"), key),
            ]
        }
        guard let answers, let card = answers[0].map({ CardRow($0, $1, times: 7) }).first else { return nil }
        return CardDetail(
            card: card, attributes: answers[0].value(0, 5), seq: answers[0].bigint(0, 6) ?? 0,
            mergedFrom: answers[1].map { $0.uuid($1, 0) }, points: answers[2].map(PointRow.init),
            leads: answers[3].map(LeadRow.init),
            timeline: Page(answers[4].map(ActivityRow.init), limit: limit) {
                TimelineKey(occurredAt: $0.occurredAt, id: $0.id)
            },
            suggestions: answers[5].map(SuggestionRow.init))
    }

    /// The card of a phone, e-mail or handle, whatever the point's state; of a merged card the one it was merged into.
    ///
    /// - Parameter value: normalised.
    public func card(
        workspaceID: Int64, kind: PointKind, value: String
    ) throws(PostgresFailure) -> PointMatch? {
        let values: [Value] = [.bigint(workspaceID), .text(kind.rawValue), .text(value)]
        return try read(workspaceID: workspaceID, [(SQL.statement("card.byPoint"), values)])[0]
            .map(PointMatch.init).first
    }
}

// MARK: - Columns

extension CardRow {
    /// - Parameter times: the column of `created_at`, behind which comes `updated_at`.
    fileprivate init?(_ rows: Rows, _ row: Int, times: Int) {
        guard let id = rows.uuid(row, 0), let created = rows.instant(row, times),
            let updated = rows.instant(row, times + 1)
        else { return nil }
        self.init(
            id: id, name: rows.text(row, 1), company: rows.text(row, 2), locale: rows.text(row, 3),
            ownerID: rows.uuid(row, 4), createdAt: created, updatedAt: updated)
    }
}

extension PointRow {
    fileprivate init?(_ rows: Rows, _ row: Int) {
        guard let kind = rows.text(row, 0).flatMap(PointKind.init(rawValue:)), let value = rows.text(row, 1),
            let raw = rows.text(row, 2), let state = rows.text(row, 3).flatMap(PointState.init(rawValue:)),
            let created = rows.instant(row, 6)
        else { return nil }
        self.init(
            kind: kind, value: value, raw: raw, state: state, verifiedBy: rows.text(row, 4),
            verifiedAt: rows.instant(row, 5), createdAt: created)
    }
}

extension ActivityRow {
    fileprivate init?(_ rows: Rows, _ row: Int) {
        guard let id = rows.uuid(row, 0), let event = rows.uuid(row, 3),
            let kind = rows.text(row, 4).flatMap(ActivityKind.init(rawValue:)),
            let direction = rows.text(row, 5).flatMap(Direction.init(rawValue:)),
            let occurred = rows.instant(row, 6), let title = rows.text(row, 7),
            let created = rows.instant(row, 12)
        else { return nil }
        self.init(
            id: id, leadID: rows.uuid(row, 1), channel: rows.text(row, 2), eventID: event, kind: kind,
            direction: direction, occurredAt: occurred, title: title, text: rows.text(row, 8),
            details: rows.value(row, 9), thread: rows.text(row, 10), because: rows.value(row, 11),
            createdAt: created)
    }
}

extension SuggestionRow {
    fileprivate init?(_ rows: Rows, _ row: Int) {
        guard let card = rows.uuid(row, 0), let created = rows.instant(row, 4) else { return nil }
        self.init(
            cardID: card, name: rows.text(row, 1), company: rows.text(row, 2), because: rows.value(row, 3),
            createdAt: created)
    }
}

extension PointMatch {
    fileprivate init?(_ rows: Rows, _ row: Int) {
        guard let card = CardRow(rows, row, times: 8),
            let kind = rows.text(row, 5).flatMap(PointKind.init(rawValue:)), let value = rows.text(row, 6),
            let state = rows.text(row, 7).flatMap(PointState.init(rawValue:))
        else { return nil }
        self.init(card: card, kind: kind, value: value, state: state)
    }
}
