public import Postgres
import Synchronization

/// A database of its own for one test, on ``TestCluster/shared`` or another cluster.
///
/// It goes with the cluster; ``drop()`` is for tests that fill it.
public struct TestDatabase: Sendable {
    public let name: String
    /// Logs in as the superuser; serving code takes on its role itself.
    public let url: String
    private let cluster: TestCluster

    private static let made = Mutex(0)

    /// - Parameter isMigrated: with Leadgate's schema, cloned from a template in about 0.1 s; else empty.
    public static func make(isMigrated: Bool = true, on cluster: TestCluster? = nil) throws -> TestDatabase {
        let cluster = try cluster ?? .shared
        // Nobody may be connected to the template while it is copied, so that one copies at a time.
        return try made.withLock { made in
            made += 1
            let template = isMigrated ? try Template.ready(on: cluster) : "template0"
            let name = "test_\(made)"
            let admin = try Connection(cluster.url(), options: .administration)
            try admin.script("CREATE DATABASE \(name) TEMPLATE \(template)")
            return TestDatabase(name: name, url: cluster.url(of: name), cluster: cluster)
        }
    }

    /// Opens a session.
    /// - Parameter role: taken on by SET ROLE; nil stays the superuser.
    public func connect(
        role: String? = nil, options: ConnectionOptions = ConnectionOptions(statementTimeout: .seconds(30))
    ) throws -> Connection {
        var options = options
        if let role { options.role = role }
        return try Connection(url, options: options)
    }

    /// Removes the database, with whoever is connected.
    public func drop() throws {
        try Connection(cluster.url(), options: .administration).script("DROP DATABASE \(name) WITH (FORCE)")
    }
}

/// The migrated database that others are copied from.
private enum Template {
    private static let name = "test_template"

    /// Called under the lock of ``TestDatabase/make(isMigrated:on:)``.
    static func ready(on cluster: TestCluster) throws -> String {
        let admin = try Connection(cluster.url(), options: .administration)
        let known = Statement(
            name: "test.template", sql: "SELECT 1 FROM pg_database WHERE datname = $1 AND datistemplate")
        if try !admin.query(known, [.text(name)]).isEmpty { return name }
        // One that a failed migration left is not marked as a template.
        try admin.script("DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
        try admin.script("CREATE DATABASE \(name) TEMPLATE template0")
        try migrate(Connection(cluster.url(of: name), options: .administration))
        try admin.script("ALTER DATABASE \(name) IS_TEMPLATE true")
        return name
    }
}
