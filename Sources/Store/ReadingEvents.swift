public import Contacts
public import Foundation
public import JSON
public import Postgres

/// What has become of an inbound event so far.
public enum EventStatus: String, Sendable, CaseIterable {
    /// Not resolved yet, or put back by a replay.
    case queued
    case done, ignored, dead
}

/// An inbound event as a list shows it.
public struct EventRow: Sendable, Hashable {
    public let id: UUID
    /// The channel's key; nil if the channel's row is gone.
    public let channel: String?
    /// The adapter's name at accept.
    public let adapter: String
    public let receivedAt: Instant
    /// How it was verified, one word a passed rule.
    public let verified: [String]
    public let status: EventStatus
    /// Why it is ignored or dead, or why its last attempt failed; nil for what is done or new.
    public let reason: String?
    /// Begun attempts of the latest run.
    public let attempts: Int64
    /// Nil unless queued.
    public let nextAttemptAt: Instant?
    /// When the latest outcome was written; of a replayed event that waits, the outcome before.
    public let finishedAt: Instant?
    public let cardID: UUID?
    public let leadID: UUID?
    public let activityID: UUID?
    /// SHA-256 of the adapter.lua that mapped it; nil before an outcome.
    public let adapterVersion: String?
}

/// What arrived, byte for byte. Holds people, and secrets that providers send along.
public struct StoredRequest: Sendable {
    public let method: String
    /// What followed the token in the path.
    public let tail: String
    /// As sent, without the question mark.
    public let query: String
    /// The headers kept, in the journal's form.
    public let headers: JSON
    public let body: [UInt8]
    /// 32 bytes, of the body.
    public let bodySHA256: [UInt8]
    /// The client's address as text.
    public let remote: String
}

/// What came of one contact event of an inbound event.
public struct OutcomeRow: Sendable, Hashable {
    /// 0 the first time, n the nth replay.
    public let run: Int64
    /// Which of the inbound event's contact events, from 0.
    public let ordinal: Int64
    public let status: EventStatus
    public let reason: String?
    public let attempts: Int64
    public let cardID: UUID?
    public let leadID: UUID?
    public let activityID: UUID?
    /// Which point matched, which rule applied, which was ignored and why.
    public let because: JSON
    public let adapterVersion: String
    public let at: Instant
}

/// An inbound event with everything known of it.
public struct EventDetail: Sendable {
    public let row: EventRow
    public let request: StoredRequest
    /// By run, then ordinal; at most 1,000.
    public let outcomes: [OutcomeRow]
}

/// Which events a list shows.
public struct EventFilter: Sendable, Hashable {
    public var status: EventStatus?
    public var channelID: Int64?
    /// Received in this millisecond or later.
    public var since: Instant?
    /// Received before this millisecond.
    public var until: Instant?

    public init(
        status: EventStatus? = nil, channelID: Int64? = nil, since: Instant? = nil, until: Instant? = nil
    ) {
        self.status = status
        self.channelID = channelID
        self.since = since
        self.until = until
    }

    /// The query that finds a page of ids, and what it needs beyond the range.
    var statement: (Statement, [Value]) {
        switch (status, channelID) {
        case (nil, nil): (SQL.statement("event.page"), [])
        case (nil, let channel?): (SQL.statement("event.pageOfChannel"), [.bigint(channel)])
        case (.queued, let channel): (SQL.statement("event.pageQueued"), [.channel(channel)])
        case (.done, let channel?): (SQL.statement("event.pageDoneOfChannel"), [.bigint(channel)])
        case (let status?, let channel):
            (SQL.statement("event.pageFinished"), [.channel(channel), .text(status.rawValue)])
        }
    }
}

extension Connection {
    /// A page of events, newest first.
    ///
    /// - Parameters:
    ///   - before: the page before's ``Page/next``; nil for the first page.
    ///   - limit: 1...200. A page may hold fewer although there is a next one, where payloads were dropped by retention.
    public func events(
        workspaceID: Int64, _ filter: EventFilter, before: UUID?, limit: Int
    ) throws(PostgresFailure) -> Page<EventRow, UUID> {
        let from = filter.since.map(UUID.v7Floor(at:)) ?? .first
        let until = min(filter.until.map(UUID.v7Floor(at:)) ?? .last, before ?? .last)
        let (statement, further) = filter.statement
        let range: [Value] = [
            .bigint(workspaceID), .uuid(from), .uuid(until), .bigint(Int64(limit) + 1),
        ]
        var ids: [UUID] = []
        let answers = try read(workspaceID: workspaceID, (statement, range + further)) { rows in
            ids = rows.map { $0.uuid($1, 0) }
            if ids.isEmpty { return nil }
            return [(.eventRows, [.bigint(workspaceID), .uuids(Array(ids.prefix(limit)))])]
        }
        return Page(
            items: answers?.first?.map(EventRow.init) ?? [],
            next: ids.count > limit ? ids[limit - 1] : nil)
    }

    /// One event; nil if the workspace has none of this id.
    public func event(workspaceID: Int64, id: UUID) throws(PostgresFailure) -> EventDetail? {
        let key: [Value] = [.bigint(workspaceID), .uuid(id)]
        let answers = try read(
            workspaceID: workspaceID,
            [
                (.eventRows, [.bigint(workspaceID), .uuids([id])]),
                (SQL.statement("event.request"), key), (SQL.statement("event.outcomes"), key),
            ])
        guard let row = answers[0].map(EventRow.init).first,
            let request = answers[1].map(StoredRequest.init).first
        else { return nil }
        return EventDetail(row: row, request: request, outcomes: answers[2].map(OutcomeRow.init))
    }

    /// Whether the workspace has an event of this id.
    public func hasEvent(workspaceID: Int64, id: UUID) throws(PostgresFailure) -> Bool {
        let values: [Value] = [.bigint(workspaceID), .uuid(id)]
        return try !read(workspaceID: workspaceID, [(SQL.statement("event.exists"), values)])[0].isEmpty
    }

    /// Puts events back into the queue that are not in it; they run as often as they are put back, to the same effect.
    ///
    /// - Returns: the ids put back. Ids of other workspaces, unknown ones and queued ones are left out.
    public func replay(
        workspaceID: Int64, ids: [UUID], now: Instant
    ) throws(PostgresFailure) -> [UUID] {
        let values: [Value] = [.bigint(workspaceID), .uuids(ids), .timestamp(now.microseconds)]
        return try change(workspaceID: workspaceID, [(SQL.statement("event.replay"), values)])[0]
            .map { $0.uuid($1, 0) }
    }
}

extension Statement {
    fileprivate static let eventRows = SQL.statement("event.rows")
}

extension Value {
    fileprivate static func channel(_ id: Int64?) -> Value { id.map(Value.bigint) ?? .null }
}

// MARK: - Columns

extension EventRow {
    /// A row of `event.rows`.
    init?(_ rows: Rows, _ row: Int) {
        guard let id = rows.uuid(row, 0), let adapter = rows.text(row, 2),
            let received = rows.instant(row, 3),
            let status = rows.text(row, 5).flatMap(EventStatus.init(rawValue:))
        else { return nil }
        self.init(
            id: id, channel: rows.text(row, 1), adapter: adapter, receivedAt: received,
            verified: rows.texts(row, 4)?.compactMap { $0 } ?? [], status: status, reason: rows.text(row, 6),
            attempts: rows.bigint(row, 7) ?? 0, nextAttemptAt: rows.instant(row, 8),
            finishedAt: rows.instant(row, 9), cardID: rows.uuid(row, 10), leadID: rows.uuid(row, 11),
            activityID: rows.uuid(row, 12), adapterVersion: rows.text(row, 13))
    }
}

extension StoredRequest {
    /// A row of `event.request`.
    fileprivate init?(_ rows: Rows, _ row: Int) {
        guard let method = rows.text(row, 0), let tail = rows.text(row, 1), let query = rows.text(row, 2),
            let body = rows.bytea(row, 4), let hash = rows.bytea(row, 5), let remote = rows.text(row, 6)
        else { return nil }
        self.init(
            method: method, tail: tail, query: query, headers: rows.value(row, 3), body: body,
            bodySHA256: hash, remote: remote)
    }
}

extension OutcomeRow {
    /// A row of `event.outcomes`.
    fileprivate init?(_ rows: Rows, _ row: Int) {
        guard let run = rows.bigint(row, 0), let ordinal = rows.bigint(row, 1),
            let status = rows.text(row, 2).flatMap(EventStatus.init(rawValue:)),
            let at = rows.instant(row, 10)
        else { return nil }
        self.init(
            run: run, ordinal: ordinal, status: status, reason: rows.text(row, 3),
            attempts: rows.bigint(row, 4) ?? 0, cardID: rows.uuid(row, 5), leadID: rows.uuid(row, 6),
            activityID: rows.uuid(row, 7), because: rows.value(row, 8),
            adapterVersion: rows.text(row, 9) ?? "", at: at)
    }
}

extension Rows {
    func instant(_ row: Int, _ column: Int) -> Instant? {
        timestamp(row, column).map(Instant.init(microseconds:))
    }

    /// A json or jsonb column; null where it is NULL.
    func value(_ row: Int, _ column: Int) -> JSON {
        json(row, column).flatMap { try? JSON.parse($0, maxDepth: JSON.deepest) } ?? .null
    }
}
