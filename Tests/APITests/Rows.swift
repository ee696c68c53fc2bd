import Adapters
import Contacts
import Foundation
import Harness
import JSON
import OpenSSL
import Postgres

// Rows are put in by the superuser, whom row security does not bind.

extension GatewayUnderTest {
    func fillInstallation() throws {
        let time = JSON.string(now.iso8601)
        try insert(
            "workspace",
            ["north", "south"].map {
                [
                    "id": .integer(Channel.identifier(ofWorkspace: $0)), "key": .string($0),
                    "created_at": time,
                ]
            })
        try insert(
            "channel",
            GatewayUnderTest.channels.filter { !$0.isImport }.map {
                [
                    "workspace_id": .integer($0.workspaceID), "id": .integer($0.id), "key": .string($0.key),
                    "adapter": .string($0.adapter), "state": $0.key == "inbox" ? "retired" : "active",
                    "updated_at": time,
                ]
            })
    }

    /// Puts an event in that is done.
    func insertDone(_ event: Row, _ id: UUID, channel: String) throws {
        try insert("inbound_event", [event.json])
        try insert("outcome", [Row.outcome(id, channel: channel, "done").json])
    }

    /// Inserts rows by column; what a row leaves out is NULL.
    func insert(_ table: String, _ rows: [JSON]) throws {
        let sql = "INSERT INTO \(table) SELECT * FROM jsonb_populate_recordset(NULL::\(table), $1)"
        _ = try database.connect().query(
            Statement(name: "test.insert.\(table)", sql: sql), [.jsonb(JSON.array(rows).text())])
    }

    /// The first column of the first row, as text.
    func one(_ sql: String) throws -> String? {
        try database.connect().query(Statement(name: "test.one", sql: "SELECT (\(sql))::text")).text(0, 0)
    }
}

/// One row of a table, with every column that must be filled.
struct Row {
    private(set) var columns: JSONObject
    var json: JSON { .object(columns) }

    private init(_ workspace: String, _ columns: JSONObject) {
        self.columns = columns
        self.columns["workspace_id"] = .integer(Channel.identifier(ofWorkspace: workspace))
    }

    /// The same with some columns otherwise.
    func with(_ changes: JSONObject) -> Row {
        var row = self
        for (name, value) in changes { row.columns[name] = .some(value) }
        return row
    }

    static func event(
        _ id: UUID, channel: String, workspace: String = "north", at time: Instant? = nil,
        body: [UInt8] = Array("name=Anna".utf8)
    ) -> Row {
        Row(
            workspace,
            [
                "id": .id(id), "channel_id": .integer(Channel.identifier(of: channel)), "adapter": "generic",
                "method": "POST", "tail": "", "query": "", "url": "https://leads.example.com/in/\(channel)/-",
                "headers": [["content-type", "application/x-www-form-urlencoded"]],
                "body": .string("\\x" + Hex.encode(body)),
                "body_sha256": .string("\\x" + Hex.encode(digest(body, .sha256))), "remote": "192.0.2.7",
                "verified": ["token"], "received_at": .string((time ?? id.instant).iso8601),
            ])
    }

    static func intake(_ id: UUID, channel: String, workspace: String = "north") -> Row {
        Row(
            workspace,
            [
                "channel_id": .integer(Channel.identifier(of: channel)), "event_id": .id(id), "attempts": 0,
                "run": 0, "next_attempt_at": .string(id.instant.iso8601),
            ])
    }

    static func outcome(
        _ id: UUID, channel: String, _ status: String, workspace: String = "north", run: Int64 = 0,
        ordinal: Int64 = 0
    ) -> Row {
        Row(
            workspace,
            [
                "event_id": .id(id), "run": .integer(run), "ordinal": .integer(ordinal),
                "channel_id": .integer(Channel.identifier(of: channel)), "status": .string(status),
                "reason": status == "done" ? .null : "probe", "attempts": 1, "because": ["rule": "test"],
                "adapter_version": "v1", "at": .string(id.instant.iso8601),
            ])
    }

    static func card(_ id: UUID, workspace: String = "north") -> Row {
        Row(
            workspace,
            [
                "id": .id(id), "attributes": [:], "seq": 0, "created_at": .string(id.instant.iso8601),
                "updated_at": .string(id.instant.iso8601),
            ])
    }

    static func point(
        _ kind: String, _ value: String, of card: UUID, workspace: String = "north", state: String = "known"
    ) -> Row {
        Row(
            workspace,
            [
                "kind": .string(kind), "value": .string(value), "raw": .string(value),
                "state": .string(state),
                "card_id": .id(card), "created_at": .string(card.instant.iso8601),
            ])
    }

    static func lead(_ id: UUID, of card: UUID, workspace: String = "north", status: String = "open") -> Row {
        let time = JSON.string(id.instant.iso8601)
        return Row(
            workspace,
            [
                "id": .id(id), "card_id": .id(card), "pipeline": "sales", "status": .string(status),
                "source": "site", "attribution": [:], "opened_at": time,
                "closed_at": status == "open" ? .null : time,
            ])
    }

    static func activity(
        _ id: UUID, of card: UUID, channel: String, workspace: String = "north", at time: Instant? = nil
    ) -> Row {
        Row(
            workspace,
            [
                "id": .id(id), "card_id": .id(card), "channel_id": .integer(Channel.identifier(of: channel)),
                "event_id": .string(id.text), "inbound_event_id": .id(id), "kind": "submission",
                "direction": "inbound", "occurred_at": .string((time ?? id.instant).iso8601), "title": "Form",
                "details": [:], "because": [:], "created_at": .string(id.instant.iso8601),
            ])
    }
}

extension JSON {
    static func id(_ id: UUID) -> JSON { .string(id.text) }
}

/// What a workspace holds after a visitor has written, with every column filled that can be.
struct Story {
    let event: UUID
    let waiting: UUID
    let card: UUID
    let merged: UUID
    let similar: UUID
    let lead: UUID
    let earlierLead: UUID
    let activity: UUID
    static let phone = "+380501234567"
    static let email = "anna@example.com"

    var all: [UUID] { [event, waiting, card, merged, similar, lead, earlierLead, activity] }
}

extension GatewayUnderTest {
    /// Fills a workspace with a story; its ids belong to no other.
    func tell(_ workspace: String, channel: String) throws -> Story {
        func id() -> UUID { UUID.v7(at: now - .seconds(60)) }
        let cards = [id(), id(), id()].sorted { $0.text < $1.text }
        let story = Story(
            event: id(), waiting: id(), card: cards[0], merged: cards[1], similar: cards[2], lead: id(),
            earlierLead: id(), activity: id())
        let (time, owner) = (JSON.string(now.iso8601), JSON.id(id()))
        try insert(
            "inbound_event",
            [story.event, story.waiting].map { Row.event($0, channel: channel, workspace: workspace).json })
        let run = Row.intake(story.waiting, channel: channel, workspace: workspace)
        try insert("intake", [run.with(["attempts": 2, "reason": "resolution_failed"]).json])
        try insert(
            "outcome",
            [
                Row.outcome(story.event, channel: channel, "ignored", workspace: workspace).json,
                Row.outcome(story.event, channel: channel, "done", workspace: workspace, run: 1).with([
                    "card_id": .id(story.card), "lead_id": .id(story.lead),
                    "activity_id": .id(story.activity),
                ]).json,
                Row.outcome(story.waiting, channel: channel, "dead", workspace: workspace).json,
            ])
        let whole: JSONObject = [
            "name": "Анна Приклад", "company": "Example GmbH", "locale": "uk", "owner_id": owner,
            "attributes": ["tier": "gold"], "seq": 3,
        ]
        try insert(
            "card",
            [
                Row.card(story.card, workspace: workspace).with(whole).json,
                Row.card(story.similar, workspace: workspace).with(whole).json,
                Row.card(story.merged, workspace: workspace).with(["merged_into": .id(story.card)]).json,
            ])
        let proof: JSONObject = ["verified_by": .string(channel), "verified_at": time]
        try insert(
            "contact_point",
            [
                Row.point("phone", Story.phone, of: story.merged, workspace: workspace).with(proof).json,
                Row.point("email", Story.email, of: story.card, workspace: workspace).with(proof).json,
                Row.point(
                    "handle", "telegram:bot:17", of: story.card, workspace: workspace, state: "proposed"
                )
                .json,
            ])
        let times: JSONObject = ["first_response_due": time, "first_response_at": time, "owner_id": owner]
        try insert(
            "lead",
            [
                Row.lead(story.lead, of: story.card, workspace: workspace).with(times).with([
                    "previous_lead_id": .id(story.earlierLead), "attribution": ["utm_source": "poster"],
                ]),
                Row.lead(story.earlierLead, of: story.card, workspace: workspace, status: "won"),
            ].map { $0.with(["source": .string(channel)]).json })
        try insert(
            "activity",
            [
                Row.activity(story.activity, of: story.card, channel: channel, workspace: workspace).with([
                    "text": "Hello", "thread": "t-1", "lead_id": .id(story.lead),
                    "inbound_event_id": .id(story.event), "details": ["fields": ["city": "Lviv"]],
                ]).json
            ])
        try insert(
            "card_suggestion",
            [
                [
                    "workspace_id": .integer(Channel.identifier(ofWorkspace: workspace)),
                    "card_id": .id(story.card), "other_card_id": .id(story.similar),
                    "because": ["same": "name"], "state": "open", "created_at": time,
                ]
            ])
        return story
    }
}
