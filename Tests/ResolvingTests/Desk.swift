import Adapters
import Contacts
import Foundation
import Harness
import JSON
import Logging
import Postgres
import Store
import Synchronization
import Telemetry
import Testing

@testable import Resolving

/// A database of its own with channels whose adapter takes the body for its contact events, and a worker that works when told.
final class Desk: Sendable {
    let database: TestDatabase
    let workers: Workers
    let metrics = Metrics()
    private let time = Clock(start: Desk.start)

    static let workspaceID = Channel.identifier(ofWorkspace: "main")

    /// - Parameters:
    ///   - channels: by default one, `desk`.
    ///   - threads: 0: ``work()`` does it.
    init(channels: [Channel] = [Desk.channel()], threads: Int = 0, options: WorkerOptions = WorkerOptions())
        throws
    {
        database = try TestDatabase.make()
        let adapters = try Desk.adapters()
        var options = options
        options.threads = threads
        let (url, time) = (database.url, time)
        workers = Workers(
            url: { url }, options: options, channels: ChannelDirectory(ChannelSnapshot(channels)),
            adapters: { adapters }, metrics: metrics,
            log: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }), now: { time.now })
    }

    final class Clock: Sendable {
        private let value: Mutex<Instant>
        init(start: Instant) { value = Mutex(start) }
        var now: Instant { value.withLock { $0 } }
        func advance(_ duration: Duration) { value.withLock { $0 = $0 + duration } }
    }

    static let start = Instant(microseconds: 1_768_465_230_000_000)

    var now: Instant { time.now }
    func advance(_ duration: Duration) { time.advance(duration) }

    deinit {
        workers.close()
        try? database.drop()
    }

    static func channel(
        _ key: String = "desk", adapter: String = "echo", own: OwnPoints = OwnPoints(),
        rules: ChannelRules = ChannelRules()
    ) -> Channel {
        Channel(key: key, adapter: adapter, tokens: ["token"], region: "UA", own: own, rules: rules)
    }

    /// `echo`, whose map gives back the JSON body, and those of the repository.
    private static func adapters() throws -> AdapterSnapshot {
        let echo = try Adapter(
            source: """
                return {
                  name = "echo", kind = "form", title = "Echo",
                  accepts = { methods = { "POST" }, body = "json", limit = "1MiB" },
                  event_key = { "json.id" },
                  map = function(request)
                    local body = request.json
                    if body.fail then error(body.fail) end
                    if body.loop then while true do end end
                    return body
                  end,
                }
                """, folder: "/nowhere/form/echo")
        var byName = try AdapterCatalog(folder: Program.repository + "/adapters").snapshot.byName
        byName["echo"] = echo
        return AdapterSnapshot(byName: byName)
    }

    // MARK: - In

    /// Puts an event into the queue as the journal does.
    @discardableResult
    func post(
        _ body: JSON, to channel: String = "desk", receivedAt: Instant? = nil
    ) throws -> UUID {
        try post(Array(body.text().utf8), type: "application/json", to: channel, receivedAt: receivedAt)
    }

    @discardableResult
    func post(
        _ body: [UInt8], type: String, to channel: String, receivedAt: Instant? = nil
    ) throws -> UUID {
        // Ids of one millisecond have no order.
        advance(.milliseconds(1))
        let at = receivedAt ?? now
        let id = UUID.v7(at: at)
        let found = try #require(workers.channels.snapshot.byKey[channel])
        let event = JournalEvent(
            workspaceID: found.workspaceID, channelID: found.id, id: id, adapter: found.adapter,
            method: "POST",
            headers: [JournalHeader("content-type", type)], body: body,
            bodySHA256: Array(repeating: 0, count: 32),
            key: Array(UUID().text.utf8), receivedAt: at)
        _ = try database.connect(role: "leadgate_ingress").keep([event])
        return id
    }

    /// Works until nothing is due.
    func work() throws {
        let worker = Worker(workers: workers)
        for _ in 0..<1_000 {
            // Another look from the start of each lane, whatever the marks say.
            advance(.milliseconds(501))
            if try worker.work(Desk.workspaceID) == 0 { return }
        }
        Issue.record("the queue never ends")
    }

    // MARK: - Out

    /// The rows of a query, each as its columns' texts. Columns need names of their own.
    func rows(_ sql: String) throws -> [[String?]] {
        let whole = "SELECT row_to_json(q)::text FROM (\(sql)) q"
        let rows = try database.connect().query(Statement(name: "test.\(sql.hashValue)", sql: whole))
        return try (0..<rows.count).map { row in
            let object = try #require(try JSON.parse(rows.text(row, 0) ?? "").object)
            return object.map { $0.1.scalar ?? ($0.1 == .null ? nil : $0.1.text()) }
        }
    }

    func count(_ table: String, where condition: String = "true") throws -> Int {
        try rows("SELECT count(*)::text FROM leadgate.\(table) WHERE \(condition)").first?.first?.flatMap {
            Int($0)
        } ?? -1
    }

    func run(_ sql: String) throws { try database.connect().script(sql) }

    /// Statuses and reasons of all outcomes, oldest event first.
    func outcomes() throws -> [String] {
        try rows(
            "SELECT status || coalesce(' ' || reason, '') AS word FROM leadgate.outcome ORDER BY event_id, run, ordinal"
        )
        .compactMap { $0.first ?? nil }
    }
}

/// A contact event as JSON.
func contact(
    _ type: String = "submission", phone: String? = nil, email: String? = nil, handle: String? = nil,
    name: String? = nil, direction: String = "inbound", id: String? = nil, verified: Bool = false
) -> JSON {
    var points: [JSON] = []
    for (kind, value) in [("phone", phone), ("email", email), ("handle", handle)] {
        guard let value else { continue }
        points.append(["kind": .string(kind), "value": .string(value), "verified": .bool(verified)])
    }
    var person = JSONObject([("points", .array(points))])
    person["name"] = name.map(JSON.string)
    var event = JSONObject([
        ("type", .string(type)), ("direction", .string(direction)), ("contact", .object(person)),
    ])
    event["event_id"] = id.map(JSON.string)
    return .array([.object(event)])
}
