public import Contacts
public import Foundation
public import JSON
public import Postgres

/// The status of an enquiry.
public enum LeadStatus: String, Sendable, CaseIterable {
    case open, won, lost, spam, duplicate
}

/// One enquiry on a card.
public struct LeadRow: Sendable, Hashable {
    public let id: UUID
    public let cardID: UUID
    /// Of the card.
    public let name: String?
    /// Of the card.
    public let company: String?
    public let pipeline: String
    public let status: LeadStatus
    /// Where it came from, the channel's key for what a channel opened.
    public let source: String
    /// Texts by name: utm_*, click ids, page, referrer.
    public let attribution: JSON
    public let ownerID: UUID?
    /// The lead that this one repeats.
    public let previousLeadID: UUID?
    public let openedAt: Instant
    public let firstResponseDue: Instant?
    public let firstResponseAt: Instant?
    /// Nil while open.
    public let closedAt: Instant?
}

/// Which leads a list shows.
public struct LeadFilter: Sendable, Hashable {
    public var status: LeadStatus?
    public var source: String?
    /// Opened then or later.
    public var since: Instant?

    public init(status: LeadStatus? = nil, source: String? = nil, since: Instant? = nil) {
        self.status = status
        self.source = source
        self.since = since
    }
}

extension Connection {
    /// A page of leads, newest first.
    ///
    /// - Parameters:
    ///   - before: the page before's ``Page/next``; nil for the first page.
    ///   - limit: 1...200.
    public func leads(
        workspaceID: Int64, _ filter: LeadFilter, before: UUID?, limit: Int
    ) throws(PostgresFailure) -> Page<LeadRow, UUID> {
        var values: [Value] = [
            .bigint(workspaceID), .uuid(before ?? .last), .bigint(Int64(limit) + 1),
            .timestamp(filter.since?.microseconds),
            // Ids hold the time of their making, which a provider's clock may run ahead of.
            .uuid(filter.since.map { UUID.v7Floor(at: $0 - .seconds(86_400)) } ?? .first),
            .text(filter.source),
        ]
        var name = "lead.page"
        if let status = filter.status {
            values.append(.text(status.rawValue))
            name = "lead.pageOfStatus"
        }
        let rows = try read(workspaceID: workspaceID, [(SQL.statement(name), values)])[0]
        return Page(rows.map(LeadRow.init), limit: limit, key: \.id)
    }

    /// One lead; nil if the workspace has none of this id.
    public func lead(workspaceID: Int64, id: UUID) throws(PostgresFailure) -> LeadRow? {
        let key: [Value] = [.bigint(workspaceID), .uuid(id)]
        return try read(workspaceID: workspaceID, [(SQL.statement("lead.show"), key)])[0]
            .map(LeadRow.init).first
    }
}

extension LeadRow {
    /// A row of `lead.page` and its like.
    init?(_ rows: Rows, _ row: Int) {
        guard let id = rows.uuid(row, 0), let card = rows.uuid(row, 1), let pipeline = rows.text(row, 4),
            let status = rows.text(row, 5).flatMap(LeadStatus.init(rawValue:)),
            let source = rows.text(row, 6),
            let opened = rows.instant(row, 10)
        else { return nil }
        self.init(
            id: id, cardID: card, name: rows.text(row, 2), company: rows.text(row, 3), pipeline: pipeline,
            status: status, source: source, attribution: rows.value(row, 7), ownerID: rows.uuid(row, 8),
            previousLeadID: rows.uuid(row, 9), openedAt: opened, firstResponseDue: rows.instant(row, 11),
            firstResponseAt: rows.instant(row, 12), closedAt: rows.instant(row, 13))
    }
}
