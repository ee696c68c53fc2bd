import Adapters
import ArgumentParser
import Configuring
import Contacts
import Foundation
import JSON
import Postgres
import Resolving
import Store

extension EventsCommand {
    struct Replay: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Put events through again, with their original times against today's cards.",
            discussion: """
                Names events by their ids, or all of a --status (dead or ignored) and --channel. What had become an activity stays \
                that one activity. A running worker does the rest; --dry-run says what would come of each, changing nothing.
                """)

        @OptionGroup var option: ConfigurationOption
        @OptionGroup var tenant: WorkspaceOption
        @OptionGroup var selection: EventSelection

        @Argument(help: "Ids of events.", transform: uuid)
        var ids: [UUID] = []

        @Flag(help: "Only say what would come of it.")
        var dryRun = false

        func validate() throws {
            let isSelected = selection.status != nil || selection.channel != nil
            if ids.isEmpty != isSelected {
                throw ValidationError("name events by their ids, or by --status and --channel, but not both")
            }
            if isSelected, selection.status != .dead, selection.status != .ignored {
                throw ValidationError("--status: expected dead or ignored")
            }
        }

        func run() async throws {
            try await reporting {
                let settings = try Settings.load(option)
                let workspace = try tenant.id(in: settings.configuration)
                try Database.withConnection(settings.configuration) { connection in
                    let rehearsal = Rehearsal(
                        channels: ChannelSnapshot(settings.configuration.allChannels),
                        adapters: settings.catalog.snapshot)
                    var (count, before) = (0, nil as UUID?)
                    repeat {
                        var chosen = ids
                        if ids.isEmpty {
                            let page = try connection.events(
                                workspaceID: workspace, selection.filter(), before: before, limit: 200)
                            (chosen, before) = (page.items.map(\.id), page.next)
                        }
                        count +=
                            try dryRun
                            ? rehearse(chosen, workspace, rehearsal, connection)
                            : replay(chosen, workspace, connection)
                    } while before != nil
                    Terminal.print(
                        dryRun ? "\(count) events tried, nothing changed" : "\(count) events put back")
                }
            }
        }

        private func rehearse(
            _ ids: [UUID], _ workspace: Int64, _ rehearsal: Rehearsal, _ connection: Connection
        ) throws -> Int {
            for id in ids {
                guard
                    let would = try rehearsal.run(connection, workspaceID: workspace, event: id, now: .now())
                else {
                    throw CommandFailure("there is no event \(id.text)")
                }
                Terminal.print("\(id.text) \(would.text())")
            }
            return ids.count
        }

        private func replay(_ ids: [UUID], _ workspace: Int64, _ connection: Connection) throws -> Int {
            let put = try connection.replay(workspaceID: workspace, ids: ids, now: .now())
            for id in put { Terminal.print("\(id.text) queued") }
            for id in ids where !put.contains(id) {
                let isThere = try connection.hasEvent(workspaceID: workspace, id: id)
                guard isThere else { throw CommandFailure("there is no event \(id.text)") }
                Terminal.print("\(id.text) was queued already")
            }
            if !put.isEmpty { try connection.ringIntake() }
            return put.count
        }
    }
}
