import API
import Adapters
import Contacts
import Foundation
import HTTPTypes
import Hummingbird
import IDN
import JSON
import PhoneNumbers
import Store

extension Console {
    /// `/console/leads`, `/console/cards/{id}`, and finding a card by a phone or an e-mail.
    func addLeads() {
        let services = services
        page("console/leads") { visit in
            let status = visit.query["status"].flatMap(LeadStatus.init(rawValue:))
            let before = visit.before()
            let page = try await services.read {
                try $0.leads(
                    workspaceID: visit.workspaceID, LeadFilter(status: status), before: before, limit: 100)
            }
            func address(_ status: LeadStatus?, before: UUID? = nil) -> String {
                Console.address("/console/leads", [("status", status?.rawValue), ("before", before?.text)])
            }
            var values: [String: Any] = [
                "filters": ([nil] + LeadStatus.allCases).map { one in
                    [
                        "href": address(one), "text": visit.words[one?.rawValue ?? "all"],
                        "current": one == status,
                    ] as [String: Any]
                },
                "hasRows": !page.items.isEmpty, "rows": page.items.map { $0.values(visit.words) },
            ]
            if let next = page.next { values["next"] = address(status, before: next) }
            return Console.response("leads", visit, current: "leads", values)
        }
        page("console/cards/{id}", action: "card.view") { visit in
            let id = try visit.id("id")
            let place = visit.query["at"].flatMap(Int64.init)
            let before = visit.before().flatMap { last in
                place.map { TimelineKey(occurredAt: Instant(microseconds: $0), id: last) }
            }
            let found = try await services.read {
                try $0.card(workspaceID: visit.workspaceID, id: id, before: before, limit: 50)
            }
            guard let card = found else { throw ConsoleFailure.notFound }
            return Console.response(
                "card", visit, current: "leads", title: card.card.shownName, card.values(visit.words))
        }
        page("console/find") { visit in
            let text = visit.query["q"] ?? ""
            guard let (kind, value) = Console.point(text, visit.workspaceID, services) else {
                throw ConsoleFailure.notFound
            }
            let found = try await services.read {
                try $0.card(workspaceID: visit.workspaceID, kind: kind, value: value)
            }
            guard let match = found else { throw ConsoleFailure.notFound }
            return Response(status: .seeOther, headers: [.location: "/console/cards/\(match.card.id.text)"])
        }
    }

    /// What was typed, normalised as resolution does it.
    private static func point(
        _ text: String, _ workspaceID: Int64, _ services: ConsoleServices
    ) -> (PointKind, String)? {
        if text.contains("@") {
            return canonicalEmail(text, asciiDomain: asciiDomain).map { (.email, $0) }
        }
        let regions = services.api.channels.snapshot.byKey.values
            .filter { $0.workspaceID == workspaceID && !$0.region.isEmpty }.map(\.region)
        return parsePhone(text, region: regions.min() ?? "").map { (.phone, $0.e164) }
    }
}

extension LeadStatus {
    fileprivate var tone: String {
        switch self {
        case .open: "warn"
        case .won: "good"
        case .lost, .spam, .duplicate: "quiet"
        }
    }
}

extension LeadRow {
    fileprivate func values(_ words: ConsoleWords) -> [String: Any] {
        var values: [String: Any] = [
            "at": openedAt.iso8601, "card": cardID.text, "person": name ?? company ?? "–",
            "status": words[status.rawValue], "tone": status.tone, "source": source, "pipeline": pipeline,
        ]
        if status == .open, firstResponseAt == nil, let due = firstResponseDue { values["due"] = due.iso8601 }
        return values
    }
}

extension CardRow {
    fileprivate var shownName: String { name ?? company ?? "–" }
}

extension CardDetail {
    fileprivate func values(_ words: ConsoleWords) -> [String: Any] {
        var values: [String: Any] = [
            "person": card.shownName,
            "points": points.map { point in
                var values = ["value": point.value, "state": point.state.rawValue]
                values["verified"] = point.verifiedBy
                return values
            },
            "leads": leads.map { $0.values(words) },
            "hasSuggestions": !suggestions.isEmpty,
            "suggestions": suggestions.map {
                ["card": $0.cardID.text, "person": $0.name ?? $0.company ?? "–"]
            },
            "activities": timeline.items.map(\.values),
        ]
        if card.name != nil, let company = card.company { values["company"] = company }
        if let next = timeline.next {
            values["next"] = Console.address(
                "/console/cards/\(card.id.text)",
                [("at", "\(next.occurredAt.microseconds)"), ("before", next.id.text)])
        }
        return values
    }
}

extension ActivityRow {
    fileprivate var values: [String: Any] {
        var values: [String: Any] = [
            "at": occurredAt.iso8601, "title": title, "channel": channel ?? "",
            "direction": direction.rawValue,
            "event": eventID.text, "details": details.text(pretty: true),
            "because": because.text(pretty: true),
        ]
        if let text { values["text"] = text }
        return values
    }
}
