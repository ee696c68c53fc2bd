import Postgres
import Store

/// Brings an empty database to Leadgate's schema.
func migrate(_ connection: Connection) throws {
    try Schema.migrate(connection, login: nil)
}
