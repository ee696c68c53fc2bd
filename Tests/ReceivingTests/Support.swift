import Adapters
import Contacts
import Curl
import Foundation
import Harness
import Hummingbird
import JSON
import Logging
import NIOCore
import Postgres
import Receiving
import Synchronization
import Telemetry
import Testing

/// The routes of the room on a port of 127.0.0.1, with a journal on a database of their own.
struct Gateway: Sendable {
    static let adapters = Result {
        try AdapterCatalog(folder: Program.repository + "/adapters").snapshot
    }

    let url: String
    let database: TestDatabase
    let metrics: Metrics
    let rejections: Rejections

    /// - Parameters:
    ///   - publicURL: what the gateway believes to be called.
    ///   - problems: of other rooms.
    static func with(
        _ channels: [Adapters.Channel], publicURL: String = "https://leads.example.com",
        limits: ReceivingLimits = ReceivingLimits(), problems: [ProblemKind] = [],
        _ body: @Sendable (Gateway) async throws -> Void
    ) async throws {
        let database = try TestDatabase.make()
        let url = database.url
        let log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let metrics = Metrics()
        var journalOptions = JournalOptions()
        journalOptions.patience = .seconds(1)
        let adapters = try adapters.get()
        let receiving = ReceivingMetrics(metrics)
        let services = ReceivingServices(
            journal: Journal(url: { url }, options: journalOptions, metrics: metrics, log: log) { _ in },
            lookups: ConnectionPool(
                name: "lookup", size: 1, url: { url }, options: ReceivingServices.lookupOptions, maxWaiting: 8
            ),
            scripts: ScriptPool(threads: 1),
            rejections: Rejections(url: { url }, metrics: receiving, log: log),
            channels: ChannelDirectory(ChannelSnapshot(channels)), adapters: { adapters }, metrics: receiving,
            proxies: TrustedProxies(), publicURL: publicURL, limits: limits,
            now: { Instant(microseconds: Int64(Date().timeIntervalSince1970 * 1_000_000)) }, log: log)
        let router = Router(context: GatewayContext.self)
        router.add(middleware: RequestLimits(log: log))
        addReceivingRoutes(to: router, services: services, problems: problems)
        let (ports, port) = AsyncStream.makeStream(of: Int.self)
        let application = Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { port.yield($0.localAddress?.port ?? 0) }, logger: log)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await application.run() }
            let port = try #require(await ports.first { _ in true })
            try await body(
                Gateway(
                    url: "http://127.0.0.1:\(port)", database: database, metrics: metrics,
                    rejections: services.rejections))
            group.cancelAll()
        }
        try await onThread {
            services.journal.close()
            services.rejections.close()
            services.lookups.close()
            services.scripts.close()
            try? database.drop()
        }
    }

    // MARK: - Calling

    func call(
        _ method: String, _ path: String, _ headers: [(String, String)] = [], body: String = ""
    ) async throws -> HTTPAnswer {
        let url = url
        return try await onThread {
            try HTTP.call(method, url + path, headers: headers, body: Array(body.utf8))
        }
    }

    /// As a browser sends a form of a page.
    func submit(
        _ path: String, _ fields: [(String, String)], _ headers: [(String, String)] = []
    ) async throws -> HTTPAnswer {
        let type = ("Content-Type", "application/x-www-form-urlencoded")
        return try await call("POST", path, Gateway.browser + [type] + headers, body: encoded(fields))
    }

    /// What browsers name when a person opens or sends something.
    static let browser = [
        ("Accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8")
    ]

    // MARK: - Looking

    func count(_ table: String) async throws -> Int64 {
        let database = database
        return try await onThread {
            let rows = try database.connect().query(
                Statement(name: "test.count", sql: "SELECT count(*) FROM leadgate.\(table)"))
            return try #require(rows.bigint(0, 0))
        }
    }

    /// What the adapter makes of the newest event.
    func mapping(_ channel: Adapters.Channel) async throws -> Mapping {
        let database = database
        return try await onThread {
            let rows = try database.connect().query(
                Statement(
                    name: "test.newest",
                    sql: """
                        SELECT method, query, headers::text, body, url FROM leadgate.inbound_event
                        ORDER BY id DESC LIMIT 1
                        """))
            guard rows.count == 1 else { throw Missing(what: "an event") }
            let lines = try JSON.parse(#require(rows.text(0, 2))).array ?? []
            let request = InboundRequest(
                method: try #require(rows.text(0, 0)), query: try #require(rows.text(0, 1)),
                headers: lines.map { Header($0[0]?.string ?? "", $0[1]?.string ?? "") },
                body: try #require(rows.bytea(0, 3)), receivedAt: Instant(microseconds: 0),
                url: try #require(rows.text(0, 4)))
            let adapter = try #require(Gateway.adapters.get().byName[channel.adapter])
            return try AdapterRuntime().map(request, adapter: adapter, channel: channel)
        }
    }

    /// The one contact event of the newest submission.
    func event(_ channel: Adapters.Channel) async throws -> ContactEvent {
        guard case .events(let events) = try await mapping(channel) else {
            throw Missing(what: "contact events")
        }
        return try #require(events.first)
    }
}

struct Missing: Error {
    let what: String
}

func encoded(_ fields: [(String, String)]) -> String {
    fields.map { name, value in
        [name, value].map { $0.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "" }
            .joined(separator: "=")
    }.joined(separator: "&")
}

/// Runs `body` on a thread of its own: what blocks must not take a thread from the server.
func onThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        Thread { continuation.resume(with: Result { try body() }) }.start()
    }
}

extension HTTPAnswer {
    var json: JSON { get throws { try JSON.parse(text) } }
}
