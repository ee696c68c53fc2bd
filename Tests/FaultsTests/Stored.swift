import Contacts
import Foundation
import JSON
import Postgres

/// What the database holds, as far as the oracle compares it with what was posted. Read in one snapshot.
struct Stored {
    struct Activity {
        let id: UUID
        let channel: String
        let eventID: String
        let isCall: Bool
        let thread: String?
        let card: UUID
        let direction: String
        let title: String
        let occurredAt: Instant
        let details: JSON
    }

    let kept: KeptEvents
    /// `done`, `ignored dead` and the like, one word per contact event.
    private(set) var outcomes: [UUID: [String]] = [:]
    private(set) var parked: Set<UUID> = []
    private(set) var activities: [Activity] = []
    /// Cards by `kind:value`.
    private(set) var points: [String: Set<UUID>] = [:]
    /// Open leads by card.
    private(set) var openLeads: [UUID: Int] = [:]
    /// By channel and thread.
    private(set) var statements: [String: [StoredStatement]] = [:]
    /// Events whose word about a call is kept.
    private(set) var told: Set<UUID> = []

    init(_ connection: Connection) throws {
        try connection.script("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        defer { try? connection.rollback() }
        kept = try KeptEvents(connection)
        func each(_ name: String, _ sql: String, _ take: (Rows, Int) throws -> Void) throws {
            try connection.each("stored." + name, sql, take)
        }
        try each(
            "outcomes", "SELECT event_id, concat_ws(' ', status, reason) FROM outcome ORDER BY run, ordinal"
        ) { rows, row in
            if let id = rows.uuid(row, 0) { outcomes[id, default: []].append(rows.text(row, 1) ?? "") }
        }
        try each("parked", "SELECT event_id FROM intake WHERE reason = 'parked'") { rows, row in
            if let id = rows.uuid(row, 0) { parked.insert(id) }
        }
        try each(
            "points", "SELECT kind || ':' || value, card_id FROM contact_point"
        ) { rows, row in
            if let id = rows.uuid(row, 1) { points[rows.text(row, 0) ?? "", default: []].insert(id) }
        }
        try each(
            "leads", "SELECT card_id, count(*) FROM lead WHERE status = 'open' GROUP BY card_id"
        ) { rows, row in
            if let id = rows.uuid(row, 0) { openLeads[id] = Int(rows.bigint(row, 1) ?? 0) }
        }
        try each(
            "activities",
            """
            SELECT a.id, c.key, a.event_id, a.kind = 'call', a.thread, a.card_id, a.direction, a.title, a.occurred_at,
                a.details
            FROM activity a JOIN channel c ON c.workspace_id = a.workspace_id AND c.id = a.channel_id
            """
        ) { rows, row in
            guard let id = rows.uuid(row, 0), let card = rows.uuid(row, 5) else { return }
            activities.append(
                Activity(
                    id: id, channel: rows.text(row, 1) ?? "", eventID: rows.text(row, 2) ?? "",
                    isCall: rows.bool(row, 3) ?? false, thread: rows.text(row, 4), card: card,
                    direction: rows.text(row, 6) ?? "", title: rows.text(row, 7) ?? "",
                    occurredAt: Instant(microseconds: rows.timestamp(row, 8) ?? 0),
                    details: try JSON.parse(rows.json(row, 9) ?? "null")))
        }
        try each(
            "statements",
            """
            SELECT c.key || ':' || s.thread, s.event_id, s.statement, s.inbound_event_id
            FROM call_statement s JOIN channel c ON c.workspace_id = s.workspace_id AND c.id = s.channel_id
            """
        ) { rows, row in
            let statement = try CallStatement(json: JSON.parse(rows.json(row, 2) ?? "null"))
            statements[rows.text(row, 0) ?? "", default: []].append(
                StoredStatement(eventID: rows.text(row, 1) ?? "", statement: statement))
            if let id = rows.uuid(row, 3) { told.insert(id) }
        }
    }
}

/// The events in the database. Cheap to read while a gateway is being broken.
struct KeptEvents {
    /// By channel and SHA-256 of the body, as ``Post/key``.
    private(set) var byPost: [String: [UUID]] = [:]
    private(set) var keyed: Set<UUID> = []

    init(_ connection: Connection) throws {
        try connection.each(
            "stored.events",
            """
            SELECT c.key || ':' || encode(e.body_sha256, 'hex'), e.id
            FROM inbound_event e JOIN channel c ON c.workspace_id = e.workspace_id AND c.id = e.channel_id
            """
        ) { rows, row in
            if let id = rows.uuid(row, 1) { byPost[rows.text(row, 0) ?? "", default: []].append(id) }
        }
        try connection.each("stored.keys", "SELECT event_id FROM event_key") { rows, row in
            if let id = rows.uuid(row, 0) { keyed.insert(id) }
        }
    }
}

extension Connection {
    /// Asks, and gives each row of the answer to `take`.
    fileprivate func each(_ name: String, _ sql: String, _ take: (Rows, Int) throws -> Void) throws {
        let rows = try query(Statement(name: name, sql: sql))
        for row in 0..<rows.count { try take(rows, row) }
    }
}
