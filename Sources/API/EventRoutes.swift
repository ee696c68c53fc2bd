import Adapters
import Contacts
import Foundation
import Hummingbird
import JSON
import OpenSSL
import Postgres
import Store

extension RouteTable {
    /// `/v1/events`: what arrived and what became of it.
    func addEvents() {
        let services = services
        get("v1/events", query: ["status", "channel", "since", "until", "cursor", "limit"]) { call in
            let filter = EventFilter(
                status: try call.query.word("status", EventStatus.self),
                channelID: try call.query.text("channel").map(Channel.identifier(of:)),
                since: try call.query.time("since"), until: try call.query.time("until"))
            let before = try call.query.eventCursor()
            let limit = try call.query.limit()
            let page = try await services.read {
                try $0.events(workspaceID: call.workspaceID, filter, before: before, limit: limit)
            }
            return .json(.page(page.items.map(\.json), next: page.next.map(Cursor.event)))
        }
        get("v1/events/{id}") { call in
            let id = try call.id("id")
            let found = try await services.read { try $0.event(workspaceID: call.workspaceID, id: id) }
            guard let event = found else { throw APIFailure.notFound }
            let channel = event.row.channel.flatMap { services.channels.snapshot.byKey[$0] }
            return .json(event.json(Redaction(of: channel)))
        }
        post("v1/events/{id}/replay", scope: .write, query: ["dry_run"]) { call in
            let id = try call.id("id")
            if try call.query.flag("dry_run") { return try await rehearse(id, call, services) }
            return try await replay(id, call, services)
        }
    }
}

/// Puts one event back into the queue. Repeating it does nothing while the event waits.
private func replay(_ id: UUID, _ call: APICall, _ services: APIServices) async throws -> Response {
    let now = services.now()
    let (isThere, isQueued) = try await services.pool.run(deadline: APIServices.deadline) { connection in
        let put = try connection.replay(workspaceID: call.workspaceID, ids: [id], now: now)
        if !put.isEmpty { return (true, true) }
        return (try connection.hasEvent(workspaceID: call.workspaceID, id: id), false)
    }
    guard isThere else { throw APIFailure.notFound }
    if isQueued { services.ring() }
    return .json(
        .members([("id", .id(id)), ("status", "queued"), ("was_queued", .bool(!isQueued))]), status: .accepted
    )
}

private func rehearse(_ id: UUID, _ call: APICall, _ services: APIServices) async throws -> Response {
    guard let rehearse = services.rehearse else {
        throw APIFailure.notImplemented("this process resolves nothing, so that it cannot try it either")
    }
    let isThere = try await services.read { try $0.hasEvent(workspaceID: call.workspaceID, id: id) }
    guard isThere else { throw APIFailure.notFound }
    return .json(.members([("id", .id(id)), ("would", try await rehearse(call.workspaceID, id))]))
}

// MARK: - JSON

extension EventRow {
    var json: JSON {
        .members(members)
    }

    fileprivate var members: [(String, JSON)] {
        [
            ("id", .id(id)), ("channel", .text(channel)), ("adapter", .string(adapter)),
            ("status", .string(status.rawValue)), ("reason", .text(reason)), ("attempts", .integer(attempts)),
            ("received_at", .time(receivedAt)), ("next_attempt_at", .time(nextAttemptAt)),
            ("finished_at", .time(finishedAt)), ("verified", .array(verified.map(JSON.string))),
            ("card_id", .id(cardID)), ("lead_id", .id(leadID)), ("activity_id", .id(activityID)),
            ("adapter_version", .text(adapterVersion)),
        ]
    }
}

extension EventDetail {
    /// The event with its request; the channel's secrets are taken out of it.
    func json(_ redaction: Redaction) -> JSON {
        .members(
            row.members + [
                ("request", request.json(redaction)), ("outcomes", .array(outcomes.map(\.json))),
            ])
    }
}

extension StoredRequest {
    fileprivate func json(_ redaction: Redaction) -> JSON {
        let shown = redaction.bytes(body)
        let text = String(validating: shown, as: UTF8.self).flatMap { $0.utf8.contains(0) ? nil : $0 }
        return .members([
            ("method", .string(method)), ("tail", .string(redaction.text(tail))),
            ("query", .string(redaction.text(query))), ("headers", redaction.headers(headers)),
            ("body", .text(text)), ("body_base64", text == nil ? .string(Base64.encode(shown)) : .null),
            ("body_sha256", .string(Hex.encode(bodySHA256))), ("remote", .string(remote)),
        ])
    }
}

extension OutcomeRow {
    fileprivate var json: JSON {
        .members([
            ("run", .integer(run)), ("ordinal", .integer(ordinal)), ("status", .string(status.rawValue)),
            ("reason", .text(reason)), ("attempts", .integer(attempts)), ("card_id", .id(cardID)),
            ("lead_id", .id(leadID)), ("activity_id", .id(activityID)), ("because", because),
            ("adapter_version", .string(adapterVersion)), ("at", .time(at)),
        ])
    }
}
