public import Contacts
public import Postgres

/// A channel as the database knows it.
public struct RegisteredChannel: Sendable, Hashable {
    public let id: Int64
    public let key: String
    /// The adapter's name when it was last configured.
    public let adapter: String
    /// Missing from the configuration: takes nothing in, its queue still drains.
    public let isRetired: Bool

    public init(id: Int64, key: String, adapter: String, isRetired: Bool = false) {
        self.id = id
        self.key = key
        self.adapter = adapter
        self.isRetired = isRetired
    }
}

extension Connection {
    /// Makes a workspace's rows what the configuration says; channels it no longer names are retired. Safe to repeat.
    ///
    /// - Parameter isWhole: false where these are not all: none is retired.
    /// - Returns: all channels that the workspace ever had.
    /// - Throws: `.uniqueViolation` where a channel's key belongs to another workspace.
    /// - SQL: `workspace.upsert`, `channel.upsert`, `channel.retire`, `channel.list`
    public func register(
        workspaceID: Int64, key: String, channels: [RegisteredChannel], isWhole: Bool = true, now: Instant
    ) throws(PostgresFailure) -> [RegisteredChannel] {
        var attempts = 0
        while true {
            do throws(PostgresFailure) {
                return try registerOnce(workspaceID, key, channels, isWhole, now)
            } catch {
                // Of two processes that start at the same moment one may meet the other's key before its id (the conflict that the
                // upsert names is the id's). The next time the row is there.
                attempts += 1
                guard error.kind == .uniqueViolation || error.kind == .retryable, attempts < 3 else {
                    throw error
                }
            }
        }
    }

    private func registerOnce(
        _ workspaceID: Int64, _ key: String, _ channels: [RegisteredChannel], _ isWhole: Bool, _ now: Instant
    ) throws(PostgresFailure) -> [RegisteredChannel] {
        let (workspace, time) = (Value.bigint(workspaceID), Value.timestamp(now.microseconds))
        let ids = Value.bigints(channels.map(\.id))
        let answers = try change(
            workspaceID: workspaceID,
            [
                (SQL.statement("workspace.upsert"), [workspace, .text(key), time]),
                (
                    SQL.statement("channel.upsert"),
                    [workspace, ids, .texts(channels.map(\.key)), .texts(channels.map(\.adapter)), time]
                ),
            ] + (isWhole ? [(SQL.statement("channel.retire"), [workspace, ids, time])] : []) + [
                (SQL.statement("channel.list"), [workspace])
            ])
        return answers[answers.count - 1].map { rows, row in
            guard let id = rows.bigint(row, 0), let key = rows.text(row, 1), let adapter = rows.text(row, 2)
            else {
                return nil
            }
            return RegisteredChannel(
                id: id, key: key, adapter: adapter, isRetired: rows.text(row, 3) == "retired")
        }
    }

    /// Every workspace that was ever configured, by id.
    /// - SQL: `workspace.list`
    public func workspaces() throws(PostgresFailure) -> [Int64: String] {
        let rows = try query(SQL.statement("workspace.list"))
        var found: [Int64: String] = [:]
        for row in 0..<rows.count {
            guard let id = rows.bigint(row, 0), let key = rows.text(row, 1) else { continue }
            found[id] = key
        }
        return found
    }
}
