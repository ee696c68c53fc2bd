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
    private struct State {
        var configuration: Configuration
        var retired: [Channel] = []
        /// Counts the configurations that were put in force.
        var revision = 0
        /// The newest revision that the database knows.
        var registered: Int?
    }
    let directory: ChannelDirectory
    private let state: Mutex<State>

    init(_ configuration: Configuration) {
        directory = ChannelDirectory(ChannelSnapshot(configuration.allChannels))
        state = Mutex(State(configuration: configuration))
    }

    /// Whether the database does not know the channels in force yet.
    var isOwed: Bool { state.withLock { $0.registered != $0.revision } }

    /// Whether the database was ever told of channels.
    var hasRegistered: Bool { state.withLock { $0.registered != nil } }

    /// Puts another configuration's channels in force. Those that it lacks are retired with the settings they had.
    func replace(with configuration: Configuration) {
        let keys = Set(configuration.allChannels.map(\.key))
        state.withLock { state in
            state.retired = directory.snapshot.byKey.values.filter { !keys.contains($0.key) }.map(\.retired)
            state.configuration = configuration
            state.revision += 1
            directory.replace(ChannelSnapshot(state.retired + configuration.allChannels))
        }
    }

    /// Writes the channels in force to the database and learns of retired ones.
    ///
    /// - Returns: the configuration that was written.
    func register(with connection: Connection, now: Instant) throws -> Configuration {
        let (configuration, retired, revision) = state.withLock {
            ($0.configuration, $0.retired, $0.revision)
        }
        let gone = try write(configuration, retired, connection, now)
        state.withLock { state in
            // Another configuration came meanwhile: it is still owed.
            guard state.revision == revision else { return }
            state.retired = gone
            state.registered = revision
            directory.replace(ChannelSnapshot(gone + configuration.allChannels))
        }
        return configuration
    }

    /// - Returns: the channels that are in the database only.
    private func write(
        _ configuration: Configuration, _ retired: [Channel], _ connection: Connection, _ now: Instant
    ) throws -> [Channel] {
        var keys = try connection.workspaces()
        for key in configuration.workspaces { keys[Channel.identifier(ofWorkspace: key)] = key }
        let known = Dictionary(
            (retired + configuration.allChannels).map { ($0.key, $0) }, uniquingKeysWith: { $1 })
        var gone: [Channel] = []
        for (id, key) in keys.sorted(by: { $0.value < $1.value }) {
            let channels = configuration.allChannels.filter { $0.workspaceID == id }
            for row in try register(channels, workspace: (id, key), connection, now) where row.isRetired {
                gone.append(
                    known[row.key]?.retired
                        ?? Channel(
                            workspace: key, key: row.key, adapter: row.adapter,
                            region: channels.first?.region ?? "",
                            own: channels.first?.own ?? OwnPoints(), isRetired: true))
            }
        }
        return gone
    }

    private func register(
        _ channels: [Channel], workspace: (id: Int64, key: String), _ connection: Connection, _ now: Instant
    ) throws -> [RegisteredChannel] {
        do throws(PostgresFailure) {
            return try connection.register(
                workspaceID: workspace.id, key: workspace.key,
                channels: channels.map { RegisteredChannel(id: $0.id, key: $0.key, adapter: $0.adapter) },
                now: now)
        } catch {
            guard error.kind == .uniqueViolation else { throw error }
            throw CommandFailure(
                "a channel of workspace \(workspace.key) was in another workspace before: "
                    + "a key stays with its workspace, so give the channel another one")
        }
    }
}
