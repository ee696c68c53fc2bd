import Adapters
import Configuring
import Contacts
import Foundation
import Logging
import Postgres
import Store
import Synchronization

/// Keeps the channels in force: those of the configuration at once, and, once the database has told of them, those that an
/// earlier configuration had and whose queue may still drain.
final class Registrar: Sendable {
    let directory: ChannelDirectory
    private let log: Logger
    private let retired = Mutex<[Channel]>([])

    init(_ configuration: Configuration, log: Logger) {
        directory = ChannelDirectory(ChannelSnapshot(configuration.channels))
        self.log = log
    }

    /// Puts another configuration's channels in force. Those that it lacks are retired with the settings they had.
    func replace(with configuration: Configuration) {
        let keys = Set(configuration.channels.map(\.key))
        let gone = directory.snapshot.byKey.values.filter { !keys.contains($0.key) }.map(\.retired)
        retired.withLock { $0 = gone }
        directory.replace(ChannelSnapshot(gone + configuration.channels))
    }

    /// Writes the configuration's channels to the database and learns of retired ones.
    func register(_ configuration: Configuration, with connection: Connection, now: Instant)
        throws(PostgresFailure)
    {
        var keys = try connection.workspaces()
        for key in configuration.workspaces { keys[Channel.identifier(ofWorkspace: key)] = key }
        let known = Dictionary(
            retired.withLock { $0 }.map { ($0.key, $0) } + configuration.channels.map { ($0.key, $0) },
            uniquingKeysWith: { $1 })
        var gone: [Channel] = []
        for (id, key) in keys.sorted(by: { $0.value < $1.value }) {
            let channels = configuration.channels.filter { $0.workspaceID == id }
            let all = try connection.register(
                workspaceID: id, key: key,
                channels: channels.map { RegisteredChannel(id: $0.id, key: $0.key, adapter: $0.adapter) },
                now: now)
            for row in all where row.isRetired {
                gone.append(
                    known[row.key]?.retired
                        ?? Channel(
                            workspace: key, key: row.key, adapter: row.adapter,
                            region: channels.first?.region ?? "",
                            own: channels.first?.own ?? OwnPoints(), isRetired: true))
            }
        }
        let found = gone
        retired.withLock { $0 = found }
        directory.replace(ChannelSnapshot(gone + configuration.channels))
    }
}
