import Adapters
import Cluster
import Configuring
import Foundation
import Postgres
import Store

/// The database of an installation: the one that is configured, or the embedded one, started or adopted.
struct Database: Sendable {
    /// Nil: a configured database.
    let cluster: EmbeddedCluster?
    private let configured: Secret?
    private let migrating: Secret?
    private let first: Secret

    /// Blocks while an embedded cluster is made or started: some seconds the first time.
    static func open(_ configuration: Configuration, progress: @escaping @Sendable (String) -> Void) throws
        -> Database
    {
        if let url = configuration.database {
            return Database(
                cluster: nil, configured: url, migrating: configuration.migrateDatabase, first: url)
        }
        let cluster = EmbeddedCluster(data: configuration.data, progress: progress)
        let url = Secret(try cluster.start())
        return Database(cluster: cluster, configured: nil, migrating: nil, first: url)
    }

    /// Whether `serve` brings the schema up to date itself: the embedded one is its own, and with `migrate_database` it
    /// was told how.
    var migratesItself: Bool { cluster != nil || migrating != nil }

    /// The URL to connect to, asked for at each attempt: an embedded server that is gone is started again by it.
    func url() -> String {
        if let configured { return configured.reveal() }
        return (try? cluster?.start()) ?? first.reveal()
    }

    /// - Parameter role: taken on at once; the serving role by default.
    func connect(role: String = "leadgate_serve") throws(PostgresFailure) -> Connection {
        try Connection(url(), options: ConnectionOptions(role: role, applicationName: "leadgate command"))
    }

    /// Brings the schema up to date.
    /// - Returns: the names of the migrations that were run.
    func migrate() throws -> [String] {
        let url = migrating?.reveal() ?? url()
        let login = migrating == nil ? nil : configured.flatMap(Database.user)
        do throws(PostgresFailure) {
            return try Schema.migrate(Connection(url, options: .administration), login: login)
        } catch {
            guard error.sqlState == Database.notAllowed else { throw Database.advised(error) }
            throw CommandFailure(
                "\(error.message): set migrate_database to a URL whose role may create schemas and roles")
        }
    }

    /// The version of the schema there, and whether this program can work with it.
    func schemaState() throws -> SchemaState {
        let version = try schemaVersion()
        if version == Schema.newestVersion { return .current }
        return version < Schema.newestVersion ? .behind(version) : .ahead(version)
    }

    /// Asked in the serving role, since the login itself may be allowed nothing but to take that on.
    private func schemaVersion() throws -> Int32 {
        do throws(PostgresFailure) {
            return try Schema.version(connect())
        } catch {
            switch error.sqlState {
            case Database.notThere: return 0
            case Database.notAllowed: break
            default: throw Database.advised(error)
            }
        }
        let asLogin = try Connection(
            url(), options: ConnectionOptions(applicationName: "leadgate command"))
        if (try? Schema.version(asLogin)) == 0 { return 0 }
        throw CommandFailure(
            "the login of `database` may not take on leadgate_serve: run leadgate migrate with migrate_database, "
                + "or GRANT leadgate_serve, leadgate_ingress to it")
    }

    /// With what to do where the server refuses the login or has no such database.
    private static func advised(_ failure: PostgresFailure) -> any Error {
        switch failure.sqlState {
        case "3D000":
            CommandFailure("\(failure.message): create it, or name another one in the database's URL")
        case "28000", "28P01":
            CommandFailure(
                "\(failure.message): correct user and password in the database's URL, or let the server take them"
            )
        default: failure
        }
    }

    /// SQLSTATE of a role that nobody made.
    private static let notThere = "22023"
    /// SQLSTATE insufficient_privilege.
    private static let notAllowed = "42501"

    enum SchemaState: Sendable, Hashable, CustomStringConvertible {
        case current
        case behind(Int32)
        case ahead(Int32)

        var description: String {
            switch self {
            case .current: "schema version \(Schema.newestVersion)"
            case .behind(0): "there is no schema yet: run leadgate migrate"
            case .behind(let version):
                "schema is behind (version \(version) of \(Schema.newestVersion)): run leadgate migrate"
            case .ahead(let version):
                "schema version \(version) is newer than this program's \(Schema.newestVersion): use a newer leadgate"
            }
        }
    }

    /// - Throws: ``CommandFailure`` that says what to do.
    func requireSchema() throws {
        let state = try schemaState()
        if state != .current { throw CommandFailure("\(state)") }
    }

    /// Ends our use; the last user of an embedded server stops it.
    func close() {
        do {
            try cluster?.stop()
        } catch {
            Terminal.complain("leadgate: \(error)")
        }
    }

    /// The user in a database URL.
    private static func user(_ url: Secret) -> String? {
        let parts = URLComponents(string: url.reveal())
        return parts?.user ?? parts?.queryItems?.first { $0.name == "user" }?.value
    }
}

extension Database {
    /// Opens the database of the configuration with an up-to-date schema, runs `body` with a session, and closes.
    static func withConnection<Result>(
        _ configuration: Configuration, _ body: (Connection) throws -> Result
    ) throws -> Result {
        let database = try Database.open(configuration) { Terminal.complain("leadgate: \($0)") }
        defer { database.close() }
        try database.requireSchema()
        return try body(database.connect())
    }
}
