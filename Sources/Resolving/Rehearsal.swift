public import Adapters
public import Contacts
public import Foundation
public import JSON
public import Postgres
import Store

/// Says what a replay of an event would come to, by doing all of it in a transaction that is rolled back.
public struct Rehearsal {
    private let channels: ChannelSnapshot
    private let adapters: AdapterSnapshot

    public init(channels: ChannelSnapshot, adapters: AdapterSnapshot) {
        self.channels = channels
        self.adapters = adapters
    }

    /// - Parameter connection: with the role `leadgate_serve`.
    /// - Returns: one object per contact event: `status`, `reason`, `card_id`, `lead_id`, `activity_id`, `because`, where a
    ///   card, lead or activity that would be made has an id that will not be; nil if there is no such event.
    public func run(
        _ connection: Connection, workspaceID: Int64, event id: UUID, now: Instant
    ) throws -> JSON? {
        let answers = try connection.pipeline([
            (.begin, []), (SQL.statement("workspace.enter"), [.bigint(workspaceID)]),
            (SQL.statement("intake.imagine"), [.bigint(workspaceID), .uuid(id)]), (.commit, []),
        ])
        guard answers[2].count > 0, let event = ClaimedEvent(answers[2], 0) else { return nil }
        let made = Mapper(channels: channels, adapters: adapters).map(event)
        if case .retry(let detail) = made { return .array([outcome("queued", detail)]) }
        let application = BatchApplication(
            workspaceID: workspaceID, lease: UUID(), now: now, connection: connection,
            makeID: { UUID.v7(at: now) },
            isRehearsal: true)
        do {
            let rows = try application.apply([(event, made)])
            return .array(rows.outcomes.isEmpty ? [outcome("queued", "parked")] : rows.outcomes.map(json))
        } catch BatchApplication.Interruption.fenced {
            return .array([outcome("queued", "it waits in the queue and will be worked anyway")])
        }
    }

    private func outcome(_ status: String, _ reason: String) -> JSON {
        ["status": .string(status), "reason": .string(reason)]
    }

    private func json(_ outcome: BatchRows.Outcome) -> JSON {
        func text(_ value: String?) -> JSON { value.map(JSON.string) ?? .null }
        return .object(
            JSONObject([
                ("status", .string(outcome.status)), ("reason", text(outcome.reason)),
                ("card_id", text(outcome.cardID?.text)), ("lead_id", text(outcome.leadID?.text)),
                ("activity_id", text(outcome.activityID?.text)), ("because", outcome.because),
            ]))
    }
}
