import Adapters
import Contacts
import Foundation
import Hummingbird
import IDN
import JSON
import PhoneNumbers
import Store

extension RouteTable {
    /// `/v1/cards`: people and firms with their history. `/v1/lookup`: who is calling.
    func addCards() {
        let services = services
        get("v1/cards/{id}", query: ["cursor", "limit"]) { call in
            let id = try call.id("id")
            let before = try call.query.activityCursor()
            let limit = try call.query.limit()
            let found = try await services.read {
                try $0.card(workspaceID: call.workspaceID, id: id, before: before, limit: limit)
            }
            guard let card = found else { throw APIFailure.notFound }
            return .json(card.json)
        }
        get("v1/cards", query: ["phone", "email"]) { call in
            let (kind, value) = try point(call, services)
            let found = try await services.read {
                try $0.card(workspaceID: call.workspaceID, kind: kind, value: value)
            }
            return .json(.page(found.map { [$0.json] } ?? [], next: nil))
        }
        get("v1/lookup", query: ["phone"]) { call in
            guard let raw = try call.query.text("phone") else {
                throw APIFailure.badParameter(name: "phone", detail: "is missing")
            }
            let phone = try normalised(phone: raw, call, services)
            let found = try await services.read {
                try $0.card(workspaceID: call.workspaceID, kind: .phone, value: phone)
            }
            // A proposed point was never proven, a shared one is nobody's: neither names a caller.
            let match = found.flatMap { $0.state == .known ? $0 : nil }
            return .json(
                .members([
                    ("found", .bool(match != nil)), ("phone", .string(phone)),
                    ("card", match?.card.json ?? .null),
                ]))
        }
    }
}

// MARK: - Points

/// The one point asked for, normalised as resolution does it.
private func point(_ call: APICall, _ services: APIServices) throws(APIFailure) -> (PointKind, String) {
    switch (try call.query.text("phone"), try call.query.text("email")) {
    case (let phone?, nil):
        return (.phone, try normalised(phone: phone, call, services))
    case (nil, let email?):
        guard let value = canonicalEmail(email, asciiDomain: asciiDomain) else {
            throw .badParameter(name: "email", detail: "is no e-mail address")
        }
        return (.email, value)
    case (nil, nil): throw .badParameter(name: "phone", detail: "give phone or email")
    case (.some, .some): throw .badParameter(name: "email", detail: "give phone or email, not both")
    }
}

/// E.164 of a number as people write it; national ones are read as the workspace's region does.
private func normalised(
    phone: String, _ call: APICall, _ services: APIServices
) throws(APIFailure) -> String {
    let regions = services.channels.snapshot.byKey.values
        .filter { $0.workspaceID == call.workspaceID && !$0.region.isEmpty }
        .map(\.region)
    let region = regions.min() ?? ""
    // A blank is often sent as `+`, which stands for itself here: only the first one can be meant so.
    let text = phone.prefix(1) + phone.dropFirst().map { $0 == "+" ? " " : $0 }
    guard let number = parsePhone(String(text), region: region) else {
        throw .badParameter(name: "phone", detail: "is no telephone number")
    }
    return number.e164
}

// MARK: - JSON

extension CardRow {
    var json: JSON { .members(members) }

    fileprivate var members: [(String, JSON)] {
        [
            ("id", .id(id)), ("name", .text(name)), ("company", .text(company)), ("locale", .text(locale)),
            ("owner_id", .id(ownerID)), ("created_at", .time(createdAt)), ("updated_at", .time(updatedAt)),
        ]
    }
}

extension PointMatch {
    fileprivate var json: JSON {
        .members(
            card.members + [
                (
                    "matched",
                    .members([
                        ("kind", .string(kind.rawValue)), ("value", .string(value)),
                        ("state", .string(state.rawValue)),
                    ])
                )
            ])
    }
}

extension CardDetail {
    var json: JSON {
        .members(
            card.members + [
                ("attributes", attributes), ("seq", .integer(seq)),
                ("merged_from", .array(mergedFrom.map { .id($0) })),
                ("contact_points", .array(points.map(\.json))), ("leads", .array(leads.map(\.json))),
                ("timeline", .page(timeline.items.map(\.json), next: timeline.next.map(Cursor.activity))),
                ("suggestions", .array(suggestions.map(\.json))),
            ])
    }
}

extension PointRow {
    fileprivate var json: JSON {
        .members([
            ("kind", .string(kind.rawValue)), ("value", .string(value)), ("raw", .string(raw)),
            ("state", .string(state.rawValue)), ("verified_by", .text(verifiedBy)),
            ("verified_at", .time(verifiedAt)), ("created_at", .time(createdAt)),
        ])
    }
}

extension ActivityRow {
    fileprivate var json: JSON {
        .members([
            ("id", .id(id)), ("kind", .string(kind.rawValue)), ("direction", .string(direction.rawValue)),
            ("occurred_at", .time(occurredAt)), ("title", .string(title)), ("text", .text(text)),
            ("channel", .text(channel)), ("event_id", .id(eventID)), ("lead_id", .id(leadID)),
            ("thread", .text(thread)), ("details", details), ("because", because),
            ("created_at", .time(createdAt)),
        ])
    }
}

extension SuggestionRow {
    fileprivate var json: JSON {
        .members([
            ("card_id", .id(cardID)), ("name", .text(name)), ("company", .text(company)),
            ("because", because),
            ("created_at", .time(createdAt)),
        ])
    }
}
