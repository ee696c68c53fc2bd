import Contacts
import Foundation
import Hummingbird
import JSON
import Store

extension RouteTable {
    /// `/v1/leads`: enquiries.
    func addLeads() {
        let services = services
        get("v1/leads", query: ["status", "source", "since", "cursor", "limit"]) { call in
            let filter = LeadFilter(
                status: try call.query.word("status", LeadStatus.self), source: try call.query.text("source"),
                since: try call.query.time("since"))
            let before = try call.query.leadCursor()
            let limit = try call.query.limit()
            let page = try await services.read {
                try $0.leads(workspaceID: call.workspaceID, filter, before: before, limit: limit)
            }
            return .json(.page(page.items.map(\.json), next: page.next.map(Cursor.lead)))
        }
        get("v1/leads/{id}") { call in
            let id = try call.id("id")
            let found = try await services.read { try $0.lead(workspaceID: call.workspaceID, id: id) }
            guard let lead = found else { throw APIFailure.notFound }
            return .json(lead.json)
        }
    }
}

extension LeadRow {
    var json: JSON {
        .members([
            ("id", .id(id)), ("card_id", .id(cardID)), ("name", .text(name)), ("company", .text(company)),
            ("pipeline", .string(pipeline)), ("status", .string(status.rawValue)),
            ("source", .string(source)),
            ("attribution", attribution), ("owner_id", .id(ownerID)),
            ("previous_lead_id", .id(previousLeadID)),
            ("opened_at", .time(openedAt)), ("first_response_due", .time(firstResponseDue)),
            ("first_response_at", .time(firstResponseAt)), ("closed_at", .time(closedAt)),
        ])
    }
}
