public import Postgres

/// What can rot in the database server, in figures; nil where the owner of the schema may not see it.
public struct DatabaseHealth: Sendable, Hashable {
    /// Age of the oldest transaction that keeps dead rows from being removed; 0 if none does.
    public let snapshotSeconds: Double?
    /// Transactions begun since the oldest snapshot that a session, a prepared transaction, a replication slot or a
    /// standby holds.
    public let snapshotTransactions: Double?
    /// Clients' sessions, of all databases.
    public let connections: Double?
    public let connectionsLimit: Double?
    /// Standbys and archives that stream from this server.
    public let standbys: Double?
    /// Of the standby that is furthest behind; 0 if there is none.
    public let lagBytes: Double?
    /// As the standby last told: one that stands still shows in ``lagBytes`` only.
    public let lagSeconds: Double?
    /// WAL that the replication slot furthest behind keeps on the disk, whether or not anybody reads from it.
    public let keptWALBytes: Double?
    public let sizeBytes: Double?
    /// By table, its partitions together, as the server has counted them.
    public let deadRows: [String: Int64]
}

extension Connection {
    /// Reads the figures in one round trip.
    /// - SQL: `watch.server`, `watch.deadRows`
    public func databaseHealth() throws(PostgresFailure) -> DatabaseHealth {
        let answers = try pipeline([
            (SQL.statement("watch.server"), []), (SQL.statement("watch.deadRows"), []),
        ])
        let (server, tables) = (answers[0], answers[1])
        let dead = tables.map { rows, row in rows.text(row, 0).map { ($0, rows.bigint(row, 1) ?? 0) } }
        return DatabaseHealth(
            snapshotSeconds: server.double(0, 0), snapshotTransactions: server.double(0, 1),
            connections: server.double(0, 2), connectionsLimit: server.double(0, 3),
            standbys: server.double(0, 4), lagBytes: server.double(0, 5), lagSeconds: server.double(0, 6),
            keptWALBytes: server.double(0, 7), sizeBytes: server.double(0, 8),
            deadRows: Dictionary(uniqueKeysWithValues: dead))
    }
}
