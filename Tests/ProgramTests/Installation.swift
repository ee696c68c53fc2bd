import Curl
import Foundation
import Harness
import JSON
import Postgres
import Synchronization
import Testing

/// One installation as an operator has it: a configuration file in a folder of its own, and a database.
struct Installation: Sendable {
    let folder: String
    /// The port in `listen`.
    let port: Int
    let database: TestDatabase
    var environment: [String: String]

    /// One channel of each adapter, in the single workspace.
    static let oneOfEach = """
        region: UA
        channels:
          site: {adapter: web-form}
          gen: {adapter: generic, token: gen-token-0123456789}
          pbx: {adapter: zadarma, token: pbx-token-0123456789, settings: {secret: zadarma-secret}}
          bot: {adapter: telegram, token: bot-token-0123456789, settings: {secret_token: telegram-secret, account: shop}}
        """

    private static let count = Atomic(0)

    /// - Parameters:
    ///   - config: text of `leadgate.yaml`; `listen`, `data`, `database` and `adapters` are put before it where it lacks them.
    ///   - database: nil makes a migrated one.
    ///   - isEmbedded: no `database` is added, so that the private cluster is used.
    init(
        _ config: String = Self.oneOfEach, database: TestDatabase? = nil, isEmbedded: Bool = false,
        environment: [String: String] = [:]
    ) throws {
        let number = Installation.count.wrappingAdd(1, ordering: .relaxed).newValue
        // A name that the harness sweeps away with its own folders.
        let base = FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path
        folder = "\(base)/leadgate-tests-\(ProcessInfo.processInfo.processIdentifier)-i\(number)"
        port = Program.freePort()
        self.database = try database ?? .make()
        self.environment = environment
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try configure(config, isEmbedded: isEmbedded)
    }

    var file: String { "\(folder)/leadgate.yaml" }

    /// Writes the configuration file.
    func configure(_ config: String, isEmbedded: Bool = false) throws {
        var additions = [
            "listen": "127.0.0.1:\(port)", "data": "\(folder)/data",
            "adapters": "\(Program.repository)/adapters",
        ]
        if !isEmbedded { additions["database"] = database.url }
        let lines = config.split(separator: "\n")
        let missing = additions.filter { key, _ in !lines.contains { $0.hasPrefix("\(key):") } }
        // Behind the text, so that the lines of the test's own text keep their numbers.
        let text = config + "\n" + missing.sorted { $0.key < $1.key }.map { "\($0): \($1)\n" }.joined()
        try text.write(toFile: file, atomically: true, encoding: .utf8)
    }

    // MARK: - Running

    /// Runs a command with this configuration to its end.
    func run(_ arguments: String..., timeout: Duration = .seconds(60)) throws -> Program.Ended {
        try Program.run(arguments + ["--config", file], environment: environment, timeout: timeout)
    }

    /// Starts the gateway.
    /// - Parameter port: another than the configured one, for a second process.
    func start(_ arguments: [String] = [], port: Int? = nil) throws -> Program {
        var environment = environment
        if let port { environment["LEADGATE_LISTEN"] = "127.0.0.1:\(port)" }
        return try Program(
            ["serve", "--config", file] + arguments, environment: environment, port: port ?? self.port)
    }

    /// Runs a gateway while `body` works with it, and kills it then.
    func withGateway<Result>(
        _ arguments: [String] = [], port: Int? = nil, _ body: (Program) throws -> Result
    ) throws -> Result {
        let program = try start(arguments, port: port)
        defer { program.killNow() }
        try program.waitUntilReady()
        return try body(program)
    }

    /// A new bearer token.
    func token(_ scopes: String = "read", workspace: String? = nil) throws -> String {
        let tenant = workspace.map { ["--workspace", $0] } ?? []
        let made = try Program.run(
            ["token", "create", "test", "--scope", scopes, "--config", file] + tenant,
            environment: environment)
        try #require(made.status == 0, "\(made.errors)")
        return made.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    // MARK: - The database

    /// The first column of each row; the statement must make a text of it.
    func texts(_ sql: String) throws -> [String] {
        let rows = try database.connect().query(Statement(name: "test.texts", sql: sql))
        return (0..<rows.count).map { rows.text($0, 0) ?? "null" }
    }

    /// The number that a statement gives.
    func count(_ sql: String) throws -> Int64 {
        try #require(try database.connect().query(Statement(name: "test.count", sql: sql)).bigint(0, 0))
    }

    func rows(of table: String) throws -> Int64 { try count("SELECT count(*) FROM leadgate.\(table)") }

    /// The tables of the schema, without partitions.
    func tables() throws -> [String] {
        try texts(
            """
            SELECT relname::text FROM pg_class
            WHERE relnamespace = 'leadgate'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
            ORDER BY relname
            """)
    }

    /// Count and digest of each table's rows.
    func contents() throws -> [String: String] {
        var found: [String: String] = [:]
        for table in try tables() {
            found[table] = try texts(
                """
                SELECT count(*)::text || ' ' || coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '')
                FROM leadgate.\(table) t
                """
            ).first
        }
        return found
    }

    /// Waits until nothing is owed and `events` outcomes were written.
    func waitUntilResolved(
        _ events: Int64, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try eventually("\(events) events are resolved", sourceLocation: sourceLocation) {
            try count("SELECT count(DISTINCT event_id) FROM leadgate.outcome") >= events
                && rows(of: "intake") == 0
        }
    }
}

// MARK: - Talking to the gateway

extension Program {
    /// An enquiry through a channel of the generic form.
    /// - Parameter key: of the channel, if it wants one.
    @discardableResult
    func submit(
        _ id: String, phone: String = "+380 67 111 22 33", name: String = "Olena Bondar",
        text: String = "Hello",
        key: String? = nil, to channel: String = "gen", token: String = "gen-token-0123456789"
    ) throws -> HTTPAnswer {
        let body: JSON = [
            "event_id": .string(id), "name": .string(name), "phone": .string(phone), "message": .string(text),
        ]
        let headers = key.map { [("X-Api-Key", $0)] } ?? []
        return try HTTP.post("\(url)/in/\(channel)/\(token)", body: body.text(), headers: headers)
    }

    /// Reads from the API.
    func api(_ path: String, token: String) throws -> (status: Int, json: JSON) {
        let answer = try HTTP.get("\(url)\(path)", headers: [("Authorization", "Bearer \(token)")])
        return (answer.status, (try? JSON.parse(answer.body)) ?? .null)
    }

    /// Waits until the log holds a text.
    func waitUntilLogged(
        _ text: String, within limit: Duration = .seconds(15),
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try eventually(
            "the log says \(text): \(errors.suffix(2000))", within: limit, sourceLocation: sourceLocation
        ) {
            errors.contains(text)
        }
    }
}

extension Program.Ended {
    /// Lines on the error stream.
    var complaints: [Substring] { errors.split(separator: "\n") }
    var lines: [Substring] { output.split(separator: "\n") }
}

/// Looks again and again until a condition holds.
func eventually(
    _ what: @autoclosure () -> String, within limit: Duration = .seconds(15),
    sourceLocation: SourceLocation = #_sourceLocation, _ condition: () throws -> Bool
) throws {
    let end = ContinuousClock.now + limit
    while try !condition() {
        try #require(ContinuousClock.now < end, "never: \(what())", sourceLocation: sourceLocation)
        Thread.sleep(forTimeInterval: 0.02)
    }
}
