import API
import Adapters
import Contacts
import Foundation
import Hummingbird
import Store

extension Console {
    /// `/console/channels` with the addresses to paste, and `/console/log`.
    func addChannels() {
        let services = services
        page("console/channels") { visit in
            let adapters = services.api.adapters().byName
            let isAdmin = visit.account.role == .admin
            let channels = services.api.channels.snapshot.byKey.values
                .filter { $0.workspaceID == visit.workspaceID && $0.adapter != Channel.importAdapter }.sorted
            { $0.key < $1.key }
            let shown = channels.map { channel -> [String: Any] in
                let adapter = adapters[channel.adapter]
                var values: [String: Any] = [
                    "key": channel.key, "title": adapter?.title ?? channel.adapter,
                    "verified": adapter?.verifiedHow ?? "",
                ]
                let settings = channel.settings.sorted { $0.key < $1.key }
                    .map { "\($0.key)=\($0.value.joined(separator: ","))" }
                if !settings.isEmpty { values["settings"] = settings.joined(separator: ", ") }
                if let token = channel.tokens.first {
                    values["address"] =
                        "\(services.publicURL)/in/\(channel.key)/\(isAdmin ? token.reveal() : "…")"
                    values["hidden"] = !isAdmin
                } else if adapter?.kind == .form {
                    values["address"] = "\(services.publicURL)/form/\(channel.key)"
                }
                return values
            }
            if isAdmin { try await Console.note("channels.view", nil, visit, services) }
            return Console.response("channels", visit, current: "channels", ["channels": shown])
        }
        page("console/log", role: .admin) { visit in
            let before = visit.before()
            let page = try await services.read {
                try $0.auditLog(workspaceID: visit.workspaceID, before: before, limit: 100)
            }
            var values: [String: Any] = [
                "hasRows": !page.items.isEmpty,
                "rows": page.items.map {
                    [
                        "at": $0.at.iso8601, "account": $0.account, "action": $0.action,
                        "subject": $0.subject ?? "", "remote": $0.remote,
                    ]
                },
            ]
            if let next = page.next {
                values["next"] = Console.address("/console/log", [("before", next.text)])
            }
            return Console.response("log", visit, current: "log", values)
        }
    }
}
