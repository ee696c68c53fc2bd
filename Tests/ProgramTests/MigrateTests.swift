import Curl
import Foundation
import Harness
import JSON
import Postgres
import Testing

@Suite("leadgate migrate")
struct MigrateTests {
    @Test("a second run has nothing to do")
    func runsTwice() throws {
        let installation = try Installation(database: .make(isMigrated: false))
        let first = try installation.run("migrate")
        #expect(first.status == 0)
        #expect(first.output.hasPrefix("applied m0001_foundation\n"))
        let second = try installation.run("migrate")
        #expect(second.status == 0)
        #expect(second.lines.count == 1)
        #expect(second.output.hasPrefix("schema version "))
        #expect(first.output.hasSuffix(second.output))
    }

    @Test("two at the same time apply each migration once")
    func runsTogether() throws {
        let installation = try Installation(database: .make(isMigrated: false))
        let both = try (0..<2).map { _ in try Program(["migrate", "--config", installation.file]) }
        let ended = try both.map { try $0.waitUntilExit(timeout: .seconds(30)) }
        #expect(ended.map(\.status) == [0, 0])
        let applied = ended.flatMap(\.lines).filter { $0.hasPrefix("applied ") }
        #expect(applied.count == Set(applied).count)
        #expect(try Int(installation.rows(of: "schema_version")) == applied.count)
    }

    /// A database with an owner who may make roles, and a login that may do nothing yet.
    private struct Logins {
        let owner: String
        let login: String
        let database: TestDatabase

        init(options: String = "INHERIT") throws {
            database = try .make(isMigrated: false)
            owner = "owner_of_\(database.name)"
            login = "login_of_\(database.name)"
            try database.connect().script(
                """
                CREATE ROLE \(owner) LOGIN CREATEROLE NOSUPERUSER;
                CREATE ROLE \(login) LOGIN NOSUPERUSER \(options);
                ALTER DATABASE \(database.name) OWNER TO \(owner)
                """)
        }

        func url(_ role: String) -> String {
            database.url.replacing(/user=[^&]*/, with: "user=\(role)")
        }
    }

    @Test("a login without any right but the granted roles serves", arguments: ["INHERIT", "NOINHERIT"])
    func servesWithLeastPrivilege(_ options: String) throws {
        let logins = try Logins(options: options)
        let installation = try Installation(database: logins.database)
        let urls = "\ndatabase: \(logins.url(logins.login))"
        try installation.configure(
            Installation.oneOfEach + urls + "\nmigrate_database: \(logins.url(logins.owner))")
        let migrated = try installation.run("migrate")
        #expect(migrated.status == 0, "\(migrated.errors)")

        try installation.configure(Installation.oneOfEach + urls)
        #expect(try installation.run("check").status == 0)
        try installation.withGateway { gateway in
            #expect(try gateway.submit("e-1").status == 200)
            try installation.waitUntilResolved(1)
            #expect(try installation.rows(of: "activity") == 1)
            let token = try installation.token()
            #expect(try gateway.api("/v1/leads", token: token).json["items"]?.array?.count == 1)
        }
        #expect(try installation.run("events", "list").output.contains("done"))
        let asLogin = try Connection(logins.url(logins.login))
        #expect(throws: PostgresFailure.self) { try asLogin.script("CREATE TABLE leadgate.mine ()") }
    }

    @Test("serve migrates itself where it was told how")
    func servesAndMigrates() throws {
        let logins = try Logins()
        let installation = try Installation(database: logins.database)
        try installation.configure(
            Installation.oneOfEach
                + "\ndatabase: \(logins.url(logins.login))\nmigrate_database: \(logins.url(logins.owner))")
        try installation.withGateway { gateway in
            #expect(gateway.errors.contains("migrated migration=m0001_foundation"))
            #expect(try gateway.submit("e-1").status == 200)
            try installation.waitUntilResolved(1)
        }
    }

    @Test("without the schema serve refuses in one line")
    func refusesWithoutSchema() throws {
        let logins = try Logins()
        let installation = try Installation(database: logins.database)
        try installation.configure(
            "region: UA\nchannels: {site: {adapter: web-form}}\ndatabase: \(logins.url(logins.login))")
        let ended = try installation.run("serve")
        #expect(ended.status == 1)
        #expect(ended.errors == "leadgate: there is no schema yet: run leadgate migrate\n")
        // The login may not make it.
        let migrated = try installation.run("migrate")
        #expect(migrated.status == 1)
        #expect(migrated.complaints.count == 1)
        #expect(
            migrated.errors.contains("set migrate_database to a URL whose role may create schemas and roles"))
    }

    @Test("a login that was not granted the roles is told so")
    func refusesWithoutGrant() throws {
        let logins = try Logins()
        let installation = try Installation(database: logins.database)
        #expect(try installation.run("migrate").status == 0)
        try installation.configure(
            "region: UA\nchannels: {site: {adapter: web-form}}\ndatabase: \(logins.url(logins.login))")
        for command in ["serve", "migrate"] {
            let ended = try installation.run(command)
            #expect(ended.status == 1)
            #expect(ended.complaints.count == 1)
        }
        #expect(try installation.run("serve").errors.contains("GRANT leadgate_serve, leadgate_ingress"))
        #expect(try installation.run("check").output.contains("FAIL  database"))
    }
}
