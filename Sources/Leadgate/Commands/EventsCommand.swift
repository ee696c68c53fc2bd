import Adapters
public import ArgumentParser
import Configuring
import Contacts
import Foundation
import JSON
import Postgres
import Store

struct EventsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "Look at what arrived, and put it through again.",
        subcommands: [List.self, Show.self, Replay.self])
}

extension EventStatus: ExpressibleByArgument {}

/// Which events a command means.
struct EventSelection: ParsableArguments {
    @Option(help: "Only queued, done, ignored or dead ones.")
    var status: EventStatus?

    @Option(help: ArgumentHelp("Only those of one channel.", valueName: "key"))
    var channel: String?

    func filter() -> EventFilter {
        EventFilter(status: status, channelID: channel.map(Channel.identifier(of:)))
    }
}

extension EventsCommand {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List events, newest first.")

        @OptionGroup var option: ConfigurationOption
        @OptionGroup var tenant: WorkspaceOption
        @OptionGroup var selection: EventSelection

        @Option(help: "How many, at most 200.")
        var limit = 50

        func validate() throws {
            if !(1...200).contains(limit) { throw ValidationError("--limit: expected 1 to 200") }
        }

        func run() async throws {
            try await reporting {
                let configuration = try Settings.load(option).configuration
                let workspace = try tenant.id(in: configuration)
                let page = try Database.withConnection(configuration) {
                    try $0.events(workspaceID: workspace, selection.filter(), before: nil, limit: limit)
                }
                let rows = page.items.map { event in
                    [
                        event.id.text, event.receivedAt.iso8601, event.channel ?? "-", event.status.rawValue,
                        event.reason ?? "-", "\(event.attempts)", event.cardID?.text ?? "-",
                    ]
                }
                let head = ["ID", "RECEIVED", "CHANNEL", "STATUS", "REASON", "ATTEMPTS", "CARD"]
                for line in Terminal.table([head] + rows) { Terminal.print(line) }
            }
        }
    }

    struct Show: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Show one event: what arrived and what came of it, as JSON.",
            discussion:
                "Headers and body are shown with --raw only: they hold people, and what providers send along."
        )

        @OptionGroup var option: ConfigurationOption
        @OptionGroup var tenant: WorkspaceOption

        @Argument(help: "The event's id.", transform: uuid)
        var id: UUID

        @Flag(help: "Show headers, query and body, too.")
        var raw = false

        func run() async throws {
            try await reporting {
                let configuration = try Settings.load(option).configuration
                let workspace = try tenant.id(in: configuration)
                let detail = try Database.withConnection(configuration) {
                    try $0.event(workspaceID: workspace, id: id)
                }
                guard let detail else { throw CommandFailure("there is no event \(id.text)") }
                Terminal.print(detail.json(raw: raw).text(pretty: true))
            }
        }
    }
}

extension EventDetail {
    /// - Parameter raw: with headers, query and body.
    fileprivate func json(raw: Bool) -> JSON {
        var table = JSONObject([
            ("id", .string(row.id.text)), ("channel", text(row.channel)), ("adapter", .string(row.adapter)),
            ("received_at", .string(row.receivedAt.iso8601)),
            ("verified", .array(row.verified.map(JSON.string))), ("status", .string(row.status.rawValue)),
            ("reason", text(row.reason)), ("attempts", .integer(row.attempts)),
            ("next_attempt_at", text(row.nextAttemptAt?.iso8601)), ("method", .string(request.method)),
            ("bytes", .integer(Int64(request.body.count))),
        ])
        if raw {
            table["tail"] = .some(.string(request.tail))
            table["query"] = .some(.string(request.query))
            table["headers"] = .some(request.headers)
            table["body"] = .some(.string(String(decoding: request.body, as: UTF8.self)))
        }
        table["outcomes"] = .some(.array(outcomes.map(\.json)))
        return .object(table)
    }
}

extension OutcomeRow {
    fileprivate var json: JSON {
        .object(
            JSONObject([
                ("run", .integer(run)), ("ordinal", .integer(ordinal)), ("status", .string(status.rawValue)),
                ("reason", text(reason)), ("attempts", .integer(attempts)), ("card", text(cardID?.text)),
                ("lead", text(leadID?.text)), ("activity", text(activityID?.text)), ("because", because),
                ("adapter_version", .string(adapterVersion)), ("at", .string(at.iso8601)),
            ]))
    }
}

private func text(_ value: String?) -> JSON { value.map(JSON.string) ?? .null }
