import API
import Adapters
import Contacts
import Curl
import Foundation
import Harness
import JSON
import Logging
import Postgres
import Receiving
import Store
import Telemetry
import Testing

extension ImportServices {
    func close() {
        receiving.journal.close()
        receiving.rejections.close()
        receiving.lookups.close()
        receiving.scripts.close()
    }
}

@Suite("POST /v1/import")
struct ImportTests {
    static var services: (TestDatabase, Metrics) -> ImportServices { services { _ in } }

    /// What takes in, over the test's own database; patient, since a busy machine is no fault.
    static func services(
        idle: Duration = .seconds(60), _ change: @escaping (inout JournalOptions) -> Void
    ) -> (TestDatabase, Metrics) -> ImportServices {
        { database, metrics in
            let url = { @Sendable in database.url }
            let figures = ReceivingMetrics(metrics)
            var options = JournalOptions()
            options.patience = .seconds(60)
            change(&options)
            return ImportServices(
                ReceivingServices(
                    journal: Journal(url: url, options: options, metrics: metrics, log: quiet) { _ in },
                    lookups: ConnectionPool(
                        name: "lookup", size: 1, url: url, options: ReceivingServices.lookupOptions,
                        maxWaiting: 1),
                    scripts: ScriptPool(), rejections: Rejections(url: url, metrics: figures, log: quiet),
                    channels: ChannelDirectory(), adapters: { AdapterSnapshot(byName: [:]) },
                    metrics: figures, proxies: TrustedProxies([]), publicURL: "https://leads.example.com",
                    now: { .now() }, log: quiet), idle: idle)
        }
    }

    static func post(
        _ body: String, _ gateway: GatewayUnderTest, workspace: String = "north",
        type: String = "application/x-ndjson"
    ) async throws -> HTTPAnswer {
        try await post(Array(body.utf8), gateway, workspace: workspace, type: type)
    }

    static func post(
        _ body: [UInt8], _ gateway: GatewayUnderTest, workspace: String = "north",
        type: String = "application/x-ndjson"
    ) async throws -> HTTPAnswer {
        try await gateway.call(
            "POST", "/v1/import", gateway.token([.ingest], workspace: workspace),
            headers: [("Content-Type", type)], body: body)
    }

    static func card(_ number: Int) -> String {
        #"{"card": {"id": "\#(number)", "points": [{"kind": "phone", "value": "+38067\#(1_000_000 + number)"}]}}"#
    }

    /// What stands before a body that is sent by hand.
    private static func head(_ gateway: GatewayUnderTest, length: Int) throws -> String {
        let token = try gateway.token([.ingest]).secret.reveal()
        return "POST /v1/import HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\n"
            + "Content-Type: application/x-ndjson\r\nContent-Length: \(length)\r\n\r\n"
    }

    private func counts(_ answer: HTTPAnswer) throws -> [Int64?] {
        let json = try JSON.parse(answer.body)
        return ["received", "accepted", "duplicates", "error_count"].map { json[$0]?.integer }
    }

    @Test(
        "each line is kept as an event of the workspace's own channel, and the same lines again have no effect"
    )
    func keeps() async throws {
        try await GatewayUnderTest.run(imports: Self.services) { gateway in
            let event = #"{"type": "message", "event_id": "m-1", "text": "Hello"}"#
            let body = [Self.card(1), event, Self.card(2)].joined(separator: "\n")
            let first = try await Self.post(body, gateway)
            #expect(first.status == 200, "\(first.text)")
            #expect(try counts(first) == [3, 3, 0, 0])
            #expect(try counts(try await Self.post(body, gateway)) == [3, 0, 3, 0])
            #expect(try gateway.one("SELECT count(*) FROM inbound_event") == "3")
            #expect(try gateway.one("SELECT count(*) FROM intake") == "3")
            #expect(
                try gateway.one("SELECT string_agg(DISTINCT adapter, ' ') FROM inbound_event") == "import")
            let body1 = try gateway.one(
                "SELECT convert_from(body, 'UTF8') FROM inbound_event ORDER BY id LIMIT 1")
            #expect(body.contains(body1 ?? "-"))
            let labels = #"{workspace="north",channel="import@north"}"#
            let text = try await gateway.call("/metrics", nil).text
            #expect(text.contains("leadgate_received_total\(labels) 6"))
            #expect(text.contains("leadgate_duplicates_total\(labels) 3"))
        }
    }

    @Test("wrong lines are told by number and reason, and the others go on")
    func wrongLines() async throws {
        try await GatewayUnderTest.run(imports: Self.services) { gateway in
            var body = Array(
                """
                no JSON
                [1]
                {"type": "message"}\r

                {"type": "voice"}
                {"card": {"name": "Ann"}}
                {"card": {"points": [{"kind": "phone", "value": "0671112233"}], "color": 1}}
                {"type": "message", "type": "letter"}

                """.utf8)
            body += [0xFF, 0xFE, 0x00, 0x0A, 0x22, 0x00, 0x22, 0x0A]
            body += Array(repeating: UInt8(ascii: "x"), count: (256 << 10) + 1) + [0x0A]
            body += Array(Self.card(7).utf8)
            let answer = try await Self.post(body, gateway)
            #expect(answer.status == 200)
            #expect(try counts(answer) == [11, 2, 0, 9])
            let errors = try #require(try JSON.parse(answer.body)["errors"]?.array)
            let told = errors.map { "\($0["line"]?.integer ?? 0) \($0["reason"]?.string ?? "")" }
            #expect(
                told == [
                    "1 not_json", "2 wrong_shape", "5 wrong_shape", "6 wrong_shape", "7 wrong_shape",
                    "8 not_json", "9 not_json", "10 not_json", "11 line_too_long",
                ])
            #expect(errors[3]["detail"] == "card.points hold no phone, e-mail or handle")
            #expect(try gateway.one("SELECT count(*) FROM inbound_event") == "2")
        }
    }

    @Test("a line may have 256 KiB and no more")
    func longest() async throws {
        try await GatewayUnderTest.run(imports: Self.services) { gateway in
            let start = #"{"type": "message", "text": ""#
            let end = #""}"#
            let limit = 256 << 10
            func line(_ bytes: Int) -> String {
                start + String(repeating: "a", count: bytes - start.utf8.count - end.utf8.count) + end
            }
            let answer = try await Self.post(line(limit) + "\r\n" + line(limit + 1), gateway)
            #expect(try counts(answer) == [2, 1, 0, 1])
        }
    }

    @Test("50,000 lines are taken as they come, and at most a few hundred wait in the journal")
    func many() async throws {
        let bound = { (options: inout JournalOptions) in options.waitingEvents = 400 }
        try await GatewayUnderTest.run(imports: Self.services(bound)) { gateway in
            let body = (0..<50_000).map(Self.card).joined(separator: "\n")
            let answer = try await Self.post(body, gateway)
            #expect(answer.status == 200, "\(answer.text)")
            #expect(try counts(answer) == [50_000, 50_000, 0, 0])
            #expect(try gateway.one("SELECT count(*) FROM event_key") == "50000")
            try gateway.database.drop()
        }
    }

    @Test("only the first thousand errors are told, all are counted")
    func manyErrors() async throws {
        try await GatewayUnderTest.run(imports: Self.services) { gateway in
            let answer = try await Self.post(String(repeating: "x\n", count: 1_500), gateway)
            #expect(try counts(answer) == [1_500, 0, 0, 1_500])
            #expect(try JSON.parse(answer.body)["errors"]?.array?.count == 1_000)
        }
    }

    @Test("lines go to the token's workspace only, and two workspaces may bring in the same")
    func workspaces() async throws {
        try await GatewayUnderTest.run(imports: Self.services) { gateway in
            for workspace in ["north", "south"] {
                let answer = try await Self.post(Self.card(1), gateway, workspace: workspace)
                #expect(try counts(answer) == [1, 1, 0, 0])
            }
            #expect(
                try gateway.one("SELECT count(DISTINCT (workspace_id, channel_id)) FROM inbound_event") == "2"
            )
        }
    }

    @Test("while the database is away it is told how many lines are durable, and sending all again is safe")
    func away() async throws {
        let impatient = { (options: inout JournalOptions) in options.patience = .seconds(2) }
        try await GatewayUnderTest.run(imports: Self.services(impatient)) { gateway in
            _ = try await Self.post(Self.card(1), gateway)
            let body = (1...300).map(Self.card).joined(separator: "\n")
            let lock = try gateway.database.connect()
            try lock.script(
                "SET idle_in_transaction_session_timeout = 0; BEGIN; LOCK TABLE leadgate.event_key IN ACCESS EXCLUSIVE MODE"
            )
            let refused = try await Self.post(body, gateway)
            #expect(refused.status == 503)
            #expect(refused.problem == "unavailable")
            #expect(refused.header("retry-after") != nil)
            #expect(try JSON.parse(refused.body)["durable"]?.integer == 0)
            try lock.script("ROLLBACK")
            let again = try JSON.parse(try await Self.post(body, gateway).body)
            let kept = (again["accepted"]?.integer ?? 0) + (again["duplicates"]?.integer ?? 0)
            #expect(kept == 300)
            #expect(try gateway.one("SELECT count(*) FROM inbound_event") == "300")
        }
    }

    @Test("a body that pauses too long is ended, what came before is durable, and it may be sent again")
    func pauses() async throws {
        try await GatewayUnderTest.run(imports: Self.services(idle: .milliseconds(300)) { _ in }) { gateway in
            let lines = (1...450).map { Self.card($0) + "\n" }.joined()
            let head = try Self.head(gateway, length: lines.utf8.count + 1_000)
            let port = try #require(Int(gateway.url.split(separator: ":").last ?? ""))
            let answer = try await withCheckedThrowingContinuation { continuation in
                Thread.detachNewThread {
                    continuation.resume(with: Result { try Exchange.send(head + lines, port: port) })
                }
            }
            #expect(answer.hasPrefix("HTTP/1.1 408 "), "\(answer)")
            #expect(answer.contains(#""durable":400"#) || answer.contains(#""durable": 400"#), "\(answer)")
            #expect(try gateway.one("SELECT count(*) FROM inbound_event") == "400")
            // On a busy machine the whole may pause too long again, and is then sent once more.
            var kept = 400
            while kept < 450 {
                let answer = try JSON.parse(try await Self.post(lines, gateway).body)
                kept = Int((answer["accepted"]?.integer ?? 0) + (answer["duplicates"]?.integer ?? 0))
            }
            #expect(try gateway.one("SELECT count(*) FROM inbound_event") == "450")
        }
    }

    @Test("a connection cut in the middle leaves whole lines only, and the whole may be sent again")
    func cut() async throws {
        try await GatewayUnderTest.run(imports: Self.services) { gateway in
            let lines = (1...450).map { Self.card($0) + "\n" }.joined()
            let head = try Self.head(gateway, length: lines.utf8.count)
            let port = try #require(Int(gateway.url.split(separator: ":").last ?? ""))
            _ = try Exchange.send(head + lines.dropLast(40), port: port, isCut: true)
            let answer = try JSON.parse(try await Self.post(lines, gateway).body)
            let kept = (answer["accepted"]?.integer ?? 0) + (answer["duplicates"]?.integer ?? 0)
            #expect(kept == 450)
            #expect(answer["error_count"] == 0)
            #expect(try gateway.one("SELECT count(*) FROM inbound_event") == "450")
        }
    }

    @Test(
        "another type, a compressed body, a token without the scope and a process that takes nothing in are told apart"
    )
    func refuses() async throws {
        try await GatewayUnderTest.run(imports: Self.services) { gateway in
            for type in ["application/json", "text/csv", ""] {
                let answer = try await Self.post(Self.card(1), gateway, type: type)
                #expect(answer.status == 415, "\(type)")
                #expect(answer.problem == "unsupported_content")
            }
            let reader = try await gateway.call(
                "POST", "/v1/import", gateway.token([.read, .write]),
                headers: [("Content-Type", "application/x-ndjson")], body: Array(Self.card(1).utf8))
            #expect(reader.status == 403)
            #expect(try gateway.one("SELECT count(*) FROM inbound_event") == "0")
        }
        try await GatewayUnderTest.run { gateway in
            let answer = try await Self.post(Self.card(1), gateway)
            #expect(answer.status == 501)
        }
    }
}
