import API
import Adapters
import Contacts
import Curl
import Foundation
import Harness
import Hummingbird
import JSON
import Logging
import OpenSSL
import Postgres
import Receiving
import Store
import Synchronization
import Telemetry
import Testing

/// A running API over a database of its own, with a clock that only the test moves.
///
/// There are two workspaces, `north` and `south`; what a test does not say is done in `north`.
final class GatewayUnderTest: Sendable {
    static let start = Instant(microseconds: 1_768_478_400_123_456)
    static let channels = [
        Channel(
            workspace: "north", key: "site", adapter: "generic", tokens: ["site-token/Ünter+wegs&mehr"],
            secrets: ["key": ["canary \"key\"/1", "rotated-canary"]], region: "UA"),
        Channel(workspace: "north", key: "pbx", adapter: "zadarma", tokens: ["pbx-token"], region: "UA"),
        Channel(workspace: "north", key: "inbox", adapter: "imap", region: "UA"),
        Channel(workspace: "south", key: "shop", adapter: "generic", tokens: ["shop-token"], region: "DE"),
        .imports(into: "north", region: "UA"), .imports(into: "south", region: "DE"),
    ]
    static let north = Channel.identifier(ofWorkspace: "north")
    /// The adapters there are; that of the telephone exchange is one that nobody has seen working.
    static let adapters = Result {
        var byName = try AdapterCatalog(folder: Program.repository + "/adapters").snapshot.byName
        byName["zadarma"] = try Adapter(
            source: """
                return { name = "zadarma", kind = "telephony", title = "Zadarma", accepts = { body = "form" },
                  unproven = "no delivery was seen", map = function() return { ignored = "probe" } end }
                """, folder: "/nowhere/telephony/zadarma")
        return AdapterSnapshot(byName: byName)
    }

    let database: TestDatabase
    let pool: ConnectionPool
    let metrics = Metrics()
    let imports: ImportServices?
    /// In the folder that the test named, if any.
    let spool: Spool?
    /// Paths that the router knows.
    let routes: Set<String>
    private let clock = Mutex(GatewayUnderTest.start)
    private let state = Mutex((isStopping: false, rings: 0, port: 0))

    var now: Instant { clock.withLock { $0 } }
    /// How often the workers' bell rang.
    var rings: Int { state.withLock { $0.rings } }
    var url: String { "http://127.0.0.1:\(state.withLock { $0.port })" }

    func advance(_ duration: Duration) { clock.withLock { $0 = $0 + duration } }
    func stopSoon() { state.withLock { $0.isStopping = true } }

    /// A folder for a spool, to be removed by the test.
    static func newFolder() -> String {
        FileManager.default.temporaryDirectory.path + "/leadgate-spool-\(UUID().uuidString)"
    }

    // MARK: - Running

    /// Runs `body` while the API answers on a port of its own.
    static func run(
        metricsToken: Secret? = nil,
        rehearse: (@Sendable (_ workspaceID: Int64, _ event: UUID) async throws -> JSON)? = nil,
        imports: ((TestDatabase, Metrics) -> ImportServices)? = nil,
        spool: String? = nil,
        _ body: (GatewayUnderTest) async throws -> Void
    ) async throws {
        let router = Router(context: GatewayContext.self)
        let database = try TestDatabase.make()
        let gateway = try GatewayUnderTest(database, router, metricsToken, rehearse, imports, spool)
        defer {
            gateway.pool.close()
            gateway.imports?.close()
        }
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in port.yield(channel.localAddress?.port ?? 0) }, logger: quiet)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { port.finish() }
                do { try await application.run() } catch is CancellationError {}
            }
            defer { group.cancelAll() }
            var iterator = ports.makeAsyncIterator()
            let number = try #require(await iterator.next(), "the server did not start")
            gateway.state.withLock { $0.port = number }
            try await body(gateway)
        }
    }

    private init(
        _ database: TestDatabase, _ router: Router<GatewayContext>, _ metricsToken: Secret?,
        _ rehearse: (@Sendable (_ workspaceID: Int64, _ event: UUID) async throws -> JSON)?,
        _ imports: ((TestDatabase, Metrics) -> ImportServices)?, _ spool: String?
    ) throws {
        self.database = database
        let url = database.url
        pool = ConnectionPool(
            name: "api", size: 2, url: { url },
            options: ConnectionOptions(role: "leadgate_serve", statementTimeout: .seconds(5)), maxWaiting: 64)
        let adapters = try GatewayUnderTest.adapters.get()
        let setting = Setting()
        self.imports = imports?(database, metrics)
        self.spool = spool.map { [metrics] root in
            Spool(
                root: root, limit: 1 << 20, metrics: metrics, now: { GatewayUnderTest.start }, log: quiet)
        }
        addAPIRoutes(
            to: router,
            services: APIServices(
                pool: pool, channels: ChannelDirectory(ChannelSnapshot(GatewayUnderTest.channels)),
                adapters: { adapters }, metrics: metrics, metricsToken: metricsToken,
                isStopping: { setting.gateway?.state.withLock { $0.isStopping } ?? false },
                spool: self.spool,
                ring: { setting.gateway?.state.withLock { $0.rings += 1 } }, rehearse: rehearse,
                imports: self.imports,
                now: { setting.gateway?.now ?? GatewayUnderTest.start }, log: quiet))
        routes = Set(router.routes.map { $0.path.description })
        setting.gateway = self
        try fillInstallation()
    }

    /// The way from the services' closures to what they tell, which is made after them.
    private final class Setting: Sendable {
        private let known = Mutex<Weak>(Weak())
        private struct Weak { weak var gateway: GatewayUnderTest? }
        var gateway: GatewayUnderTest? {
            get { known.withLock { $0.gateway } }
            set { known.withLock { $0.gateway = newValue } }
        }
    }

    // MARK: - Asking

    /// A new token, in force until `end`.
    func token(
        _ scopes: Set<Scope> = [.read], workspace: String = "north", end: Instant? = nil
    ) throws -> BearerToken {
        try tokenAndID(scopes, workspace: workspace, end: end).0
    }

    func tokenAndID(
        _ scopes: Set<Scope> = [.read], workspace: String = "north", end: Instant? = nil
    ) throws -> (BearerToken, UUID) {
        let token = BearerToken.make()
        let id = try database.connect(role: "leadgate_serve").createToken(
            workspaceID: Channel.identifier(ofWorkspace: workspace), hash: token.hash, name: "test",
            scopes: scopes, now: now, expiresAt: end)
        return (token, id)
    }

    func call(
        _ path: String, _ token: BearerToken?, headers: [(String, String)] = []
    ) async throws -> HTTPAnswer {
        try await call("GET", path, token, headers: headers)
    }

    /// - Parameter token: nil sends none.
    func call(
        _ method: String, _ path: String, _ token: BearerToken?, headers: [(String, String)] = [],
        body: [UInt8] = []
    ) async throws -> HTTPAnswer {
        let credentials = token.map { [("Authorization", "Bearer \($0.secret.reveal())")] } ?? []
        let url = url + path
        // A thread of its own: blocked ones of the concurrency pool would keep the server from answering.
        return try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        try HTTP.call(
                            method, url, headers: credentials + headers, body: body, timeout: .seconds(120))
                    })
            }
        }
    }

    /// The JSON of a 200.
    func json(
        _ path: String, _ token: BearerToken, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> JSON {
        let answer = try await call("GET", path, token)
        try #require(answer.status == 200, "\(path): \(answer.text)", sourceLocation: sourceLocation)
        return try JSON.parse(answer.body)
    }

    /// The members `id` of all pages of a list, in order.
    func ids(
        _ path: String, _ token: BearerToken, within: (JSON) -> JSON? = { $0 },
        betweenPages: () throws -> Void = {}
    ) async throws -> [String] {
        var ids: [String] = []
        var cursor: String?
        var pages = 0
        repeat {
            let separator = path.contains("?") ? "&" : "?"
            let page = within(
                try await json(path + (cursor.map { "\(separator)cursor=\($0)" } ?? ""), token))
            ids += page?["items"]?.array?.compactMap { $0["id"]?.string } ?? []
            cursor = page?["next_cursor"]?.string
            pages += 1
            try #require(pages < 100, "the list has no end")
            try betweenPages()
        } while cursor != nil
        return ids
    }
}

let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

extension HTTPAnswer {
    /// The last part of a problem's type; nil if this is none.
    var problem: String? {
        guard header("content-type") == "application/problem+json", let json = try? JSON.parse(body),
            let type = json["type"]?.string, type.hasPrefix("/problems/"),
            json["status"]?.integer == Int64(status)
        else { return nil }
        return String(type.dropFirst("/problems/".count))
    }

    var detail: String? { (try? JSON.parse(body))?["detail"]?.string }
}
