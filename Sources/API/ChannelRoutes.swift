import Adapters
import Contacts
import Foundation
import Hummingbird
import JSON
import Store

extension RouteTable {
    /// `/v1/channels`: the ways in and their queues. `/v1/stats`: what went through them.
    func addChannels() {
        let services = services
        get("v1/channels") { call in
            let rows = try await services.read { try $0.channels(workspaceID: call.workspaceID) }
            let adapters = services.adapters().byName
            return .json(.page(rows.map { $0.json(adapters[$0.adapter]) }, next: nil))
        }
        get("v1/stats", query: ["since"]) { call in
            let now = services.now()
            let since = try call.query.time("since") ?? now - longestOfStats.day
            guard since >= now - longestOfStats.all else {
                throw APIFailure.badParameter(name: "since", detail: "must be within the last 31 days")
            }
            let stats = try await services.read {
                try $0.stats(workspaceID: call.workspaceID, since: since, now: now)
            }
            return .json(stats.json(since: since, now: now))
        }
    }
}

private let longestOfStats = (day: Duration.seconds(86_400), all: Duration.seconds(31 * 86_400))

extension ChannelRow {
    /// - Parameter running: the adapter in force in this process; nil for a source of the gateway's own, or none.
    fileprivate func json(_ running: Adapter?) -> JSON {
        .members([
            ("key", .string(key)), ("adapter", .string(adapter)),
            ("adapter_version", .text(running?.version)),
            ("unproven", .text(running?.definition.unproven)),
            ("state", isRetired ? "retired" : "active"), ("queued", .integer(queued)),
            ("parked", .integer(parked)), ("oldest_queued_at", .time(oldestQueuedAt)),
            ("last_event_at", .time(lastEventAt)), ("updated_at", .time(updatedAt)),
        ])
    }
}

extension Stats {
    fileprivate func json(since: Instant, now: Instant) -> JSON {
        .members([
            ("since", .time(since)), ("until", .time(now)), ("leads_opened", .integer(leadsOpened)),
            ("oldest_queued_seconds", oldestQueuedSeconds.map { .integer(Int64($0)) } ?? .null),
            (
                "channels",
                .array(channels.sorted { $0.key < $1.key }.map { $0.value.json(channel: $0.key) })
            ),
        ])
    }
}

extension Stats.Counts {
    fileprivate func json(channel: String) -> JSON {
        let reasons = rejected.sorted { $0.key < $1.key }.map { ($0.key, JSON.integer($0.value)) }
        return .members([
            ("channel", .string(channel)), ("received", .integer(received)), ("done", .integer(done)),
            ("ignored", .integer(ignored)), ("dead", .integer(dead)), ("queued", .integer(queued)),
            ("parked", .integer(parked)), ("duplicates", .integer(duplicates)),
            ("rejected", .members(reasons)),
        ])
    }
}
