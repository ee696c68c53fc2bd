import Adapters
import Contacts
import Curl
import Foundation
import HTTPTypes
import Harness
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Postgres
import Store
import Telemetry
import Testing

@testable import Receiving

/// What a test wants of its way in.
struct DoorSettings: Sendable {
    var channels: [Adapters.Channel] = [Doors.pbx, Doors.bot, Doors.site]
    /// With time that only a busy machine needs, as the limits.
    var journal = DoorSettings.patientJournal
    var limits = DoorSettings.patient
    var headLimit = Duration.seconds(30)
    var room = ConnectionRoom(connections: .max)
    var proxies = TrustedProxies()
    /// How the connections of lookups are opened.
    var lookupOptions = ConnectionOptions(
        role: "leadgate_serve", statementTimeout: .seconds(60), silence: nil)
    /// Whether the journal and the lookups find no database; the rejections are written all the same.
    var isDatabaseAway = false
    /// Where events go meanwhile; nil: nowhere.
    var spool: String?

    private static var patientJournal: JournalOptions {
        var options = JournalOptions()
        options.patience = .seconds(120)
        return options
    }

    private static var patient: ReceivingLimits {
        var limits = ReceivingLimits()
        (limits.lookup, limits.body) = (.seconds(60), .seconds(60))
        return limits
    }
}

/// `/in` on a loopback port, as a server builds it, with a database of its own.
final class DoorServer: Sendable {
    static let adapters = Result { try AdapterCatalog(folder: Program.repository + "/adapters").snapshot }

    let database: TestDatabase
    let services: ReceivingServices
    let metrics: Metrics
    let port: Int
    var url: String { "http://127.0.0.1:\(port)" }

    private init(_ database: TestDatabase, _ services: ReceivingServices, _ metrics: Metrics, port: Int) {
        (self.database, self.services, self.metrics, self.port) = (database, services, metrics, port)
    }

    /// Runs `body` while the server takes requests.
    static func run(
        _ settings: DoorSettings = DoorSettings(), _ body: @Sendable (DoorServer) async throws -> Void
    ) async throws {
        let database = try TestDatabase.make()
        defer { try? database.drop() }
        let metrics = Metrics()
        let services = try services(settings, database, metrics)
        let (ports, source) = AsyncStream<Int>.makeStream()
        let app = Application(
            router: router(Webhooks(services: services)),
            server: .http1(
                configuration: HTTP1Channel.Configuration(
                    additionalChannelHandlers: [HeadDeadline(limit: settings.headLimit, room: settings.room)])
            ),
            configuration: ApplicationConfiguration(
                address: .hostname("127.0.0.1", port: 0), availableConnectionsDelegate: settings.room),
            onServerRunning: { source.yield($0.localAddress?.port ?? 0) }, logger: .silent)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { source.finish() }
                try await app.run()
            }
            let port = await ports.first { _ in true }
            try await body(DoorServer(database, services, metrics, port: try #require(port)))
            group.cancelAll()
        }
        try await OwnThread.run {
            services.journal.close()
            services.rejections.close()
            services.lookups.close()
            services.scripts.close()
        }
    }

    private static func router(_ webhooks: Webhooks) -> Router<GatewayContext> {
        let router = Router(context: GatewayContext.self)
        router.add(middleware: RequestLimits(log: .silent))
        for method: HTTPRequest.Method in [.get, .head, .post, .put, .delete, .options, .patch, .trace] {
            router.on("/in/**", method: method) { try await webhooks.respond($0, $1) }
        }
        return router
    }

    private static func services(
        _ settings: DoorSettings, _ database: TestDatabase, _ metrics: Metrics
    ) throws -> ReceivingServices {
        let known = database.url
        let url: @Sendable () -> String = {
            settings.isDatabaseAway ? "postgresql:///away?host=/nonexistent" : known
        }
        let figures = ReceivingMetrics(metrics)
        let adapters = try adapters.get()
        let spool = settings.spool.map { root in
            Spool(root: root, limit: 1 << 20, metrics: metrics, now: { .now() }, log: .silent)
        }
        var services = ReceivingServices(
            journal: Journal(
                url: url, options: settings.journal, metrics: metrics, log: .silent, spool: spool
            ) { _ in },
            lookups: ConnectionPool(
                name: "lookup", size: 2, url: url, options: settings.lookupOptions, maxWaiting: 64),
            scripts: ScriptPool(), rejections: Rejections(url: { known }, metrics: figures, log: .silent),
            channels: ChannelDirectory(ChannelSnapshot(settings.channels)), adapters: { adapters },
            metrics: figures, proxies: settings.proxies, publicURL: "https://leads.example.com",
            limits: settings.limits, now: { .now() }, log: .silent)
        services.room = settings.room
        return services
    }

    // MARK: - Asking

    func call(
        _ method: String = "POST", _ path: String, headers: [(String, String)] = [], body: String = ""
    ) async throws -> HTTPAnswer {
        try await OwnThread.run { [url] in
            try HTTP.call(
                method, url + path, headers: headers, body: Array(body.utf8), timeout: .seconds(60))
        }
    }

    /// Sends a form to the PBX channel as Zadarma does, signed.
    func ring(
        _ form: String, _ channel: Adapters.Channel = Doors.pbx,
        change: ([(String, String)], String) -> ([(String, String)], String) = { ($0, $1) }
    ) async throws -> HTTPAnswer {
        let (headers, body) = change(try Doors.signedHeaders(form, channel), form)
        return try await call("POST", Doors.path(channel), headers: headers, body: body)
    }

    /// Sends an update to the bot's channel as Telegram does.
    func update(_ json: String, secret: String = Doors.botSecret) async throws -> HTTPAnswer {
        try await call(
            "POST", Doors.path(Doors.bot),
            headers: [("Content-Type", "application/json"), ("X-Telegram-Bot-Api-Secret-Token", secret)],
            body: json)
    }

    // MARK: - Looking

    func admin() throws -> Connection { try Connection(database.url, options: .administration) }

    /// Waits until the rejections are on disk that were counted so far.
    func rejections() async throws -> [String: Int64] {
        let counted = Int64(metrics.sum(of: "leadgate_rejected"))
        let admin = try admin()
        try await Poll.until("\(counted) rejections") {
            try admin.number("SELECT coalesce(sum(count), 0)::bigint FROM rejection") == counted
        }
        let rows = try admin.query(
            Statement(
                name: "test.rejections", sql: "SELECT reason, sum(count)::bigint FROM rejection GROUP BY 1"))
        return Dictionary(
            (0..<rows.count).map { (rows.text($0, 0) ?? "", rows.bigint($0, 1) ?? 0) }, uniquingKeysWith: +)
    }
}

/// Three channels with the adapters of the repository.
enum Doors {
    static let pbx = Adapters.Channel(
        key: "pbx", adapter: "zadarma", tokens: ["pbx-token-canary-1", "pbx-token-canary-2"],
        settings: ["timezone": ["Europe/Kyiv"]], secrets: ["secret": ["pbx-secret-canary"]], region: "UA")
    static let botSecret = "bot-secret-canary"
    static let bot = Adapters.Channel(
        key: "bot", adapter: "telegram", tokens: ["bot-token-canary"],
        secrets: ["secret_token": [Secret(botSecret)]], region: "UA")
    static let site = Adapters.Channel(
        key: "site", adapter: "generic", tokens: ["site-token-canary"], region: "UA")

    static func path(_ channel: Adapters.Channel) -> String {
        "/in/\(channel.key)/\(channel.tokens[0].reveal())"
    }

    /// A call that begins to ring.
    static func start(call: String = "in_1", caller: String = "380501234567") -> String {
        "event=NOTIFY_START&call_start=2026-01-15+10%3A20%3A30&pbx_call_id=\(call)&caller_id=\(caller)"
            + "&called_did=380443334455"
    }

    /// The headers of a signed form.
    static func signedHeaders(_ form: String, _ channel: Adapters.Channel = pbx) throws -> [(String, String)]
    {
        let adapter = try #require(try DoorServer.adapters.get().byName["zadarma"])
        let plain = InboundRequest(
            method: "POST", headers: [Header("content-type", "application/x-www-form-urlencoded")],
            body: Array(form.utf8), receivedAt: .now())
        return try adapter.sign(plain, channel: channel).headers.map { ($0.name, $0.value) }
    }
}
