import API
import Adapters
import Contacts
import Foundation
import HTTPTypes
import Hummingbird
import JSON
import OpenSSL
import Store

extension Console {
    /// `/console/events`: what arrived, what became of it and why, and replay.
    func addEvents() {
        let services = services
        page("console/events") { visit in
            let status = visit.query["status"].flatMap(EventStatus.init(rawValue:))
            let channel = visit.query["channel"]
            let before = visit.before()
            let page = try await services.read {
                try $0.events(
                    workspaceID: visit.workspaceID,
                    EventFilter(status: status, channelID: channel.map(Channel.identifier(of:))),
                    before: before,
                    limit: 100)
            }
            func address(_ status: EventStatus?, before: UUID? = nil) -> String {
                Console.address(
                    "/console/events",
                    [("status", status?.rawValue), ("channel", channel), ("before", before?.text)])
            }
            var values: [String: Any] = [
                "filters": ([nil] + EventStatus.allCases).map { one in
                    [
                        "href": address(one), "text": visit.words[one?.rawValue ?? "all"],
                        "current": one == status,
                    ] as [String: Any]
                },
                "here": address(status), "hasRows": !page.items.isEmpty,
                "rows": page.items.map { $0.values(visit.words) },
            ]
            if let channel { values["channel"] = channel }
            if let next = page.next { values["next"] = address(status, before: next) }
            if let count = visit.query["replayed"].flatMap(Int.init) {
                values["notice"] = "\(visit.words["replayed"]) \(count)"
            }
            return Console.response("events", visit, current: "queue", values)
        }
        page("console/events/{id}", action: "event.view") { visit in
            let id = try visit.id("id")
            let found = try await services.read { try $0.event(workspaceID: visit.workspaceID, id: id) }
            guard let event = found else { throw ConsoleFailure.notFound }
            let channel = event.row.channel.flatMap { services.api.channels.snapshot.byKey[$0] }
            var values = event.values(visit.words, Redaction(of: channel))
            if visit.query["rehearse"] != nil, visit.account.role >= .operator,
                let rehearse = services.api.rehearse
            {
                values["would"] = try await rehearse(visit.workspaceID, id).text(pretty: true)
            }
            if visit.query["replayed"] != nil { values["notice"] = "\(visit.words["replayed"]) 1" }
            return Console.response("event", visit, current: "queue", values)
        }
        form("console/events/replay") { visit, form in
            let ids = form.all("id").prefix(1_000).compactMap(UUID.init(uuidString:))
            let now = services.now
            let put = try await services.change { connection in
                let put = try connection.replay(workspaceID: visit.workspaceID, ids: ids, now: now)
                if !put.isEmpty {
                    try connection.note(
                        "event.replay", of: visit.account, subjects: put.map(\.text), remote: visit.remote,
                        now: now)
                }
                return put
            }
            if !put.isEmpty { services.api.ring() }
            let back = form["back"].flatMap { $0.hasPrefix("/console/") ? $0 : nil } ?? "/console/events"
            let sign = back.contains("?") ? "&" : "?"
            return Response(status: .seeOther, headers: [.location: "\(back)\(sign)replayed=\(put.count)"])
        }
    }

    /// An address with those parameters that have a value.
    static func address(_ path: String, _ query: [(String, String?)]) -> String {
        let pairs = query.compactMap { name, value -> String? in
            guard let value = value?.addingPercentEncoding(withAllowedCharacters: .alphanumerics) else {
                return nil
            }
            return "\(name)=\(value)"
        }
        return pairs.isEmpty ? path : "\(path)?\(pairs.joined(separator: "&"))"
    }
}

extension EventStatus {
    /// The colour it is shown in.
    var tone: String {
        switch self {
        case .queued: "warn"
        case .done: "good"
        case .ignored: "quiet"
        case .dead: "bad"
        }
    }
}

extension EventRow {
    fileprivate func values(_ words: ConsoleWords) -> [String: Any] {
        var values: [String: Any] = [
            "id": id.text, "at": receivedAt.iso8601, "channel": channel ?? "",
            "status": words[status.rawValue],
            "tone": status.tone, "reason": reason ?? "", "attempts": "\(attempts)",
        ]
        if let cardID { values["card"] = cardID.text }
        return values
    }
}

extension EventDetail {
    fileprivate func values(_ words: ConsoleWords, _ redaction: Redaction) -> [String: Any] {
        let body = redaction.bytes(request.body)
        // Shown as text whatever it is; the whole of it is in the API.
        let shown = String(decoding: body.prefix(64 << 10), as: UTF8.self)
        let lines = (redaction.headers(request.headers).array ?? []).map { line in
            "\(line[0]?.string ?? ""): \(line[1]?.string ?? "")"
        }
        let query = redaction.text(request.query)
        var values: [String: Any] = [
            "id": row.id.text, "at": row.receivedAt.iso8601, "channel": row.channel ?? "",
            "adapter": row.adapter,
            "verified": row.verified.joined(separator: ", "), "remote": request.remote,
            "tiles": [
                [
                    "value": words[row.status.rawValue], "text": row.reason ?? words["status"],
                    "tone": row.status.tone,
                ],
                ["value": "\(row.attempts)", "text": words["attempts"], "tone": ""],
            ],
            "method": request.method, "tail": redaction.text(request.tail),
            "headers": lines.joined(separator: "\n"), "body": shown,
            "outcomes": outcomes.map { outcome in
                var values: [String: Any] = [
                    "status": words[outcome.status.rawValue], "tone": outcome.status.tone,
                    "reason": outcome.reason ?? "", "at": outcome.at.iso8601,
                    "because": outcome.because.text(pretty: true),
                ]
                if let card = outcome.cardID { values["card"] = card.text }
                return values
            },
        ]
        if !query.isEmpty { values["query"] = query }
        return values
    }
}
