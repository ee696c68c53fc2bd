import Adapters
import Contacts
import Curl
import Foundation
import Harness
import JSON
import NIOCore
import Postgres
import Store
import Telemetry
import Testing

@testable import API
@testable import Receiving

@Suite("Health and metrics")
struct OperationTests {
    // MARK: - Health

    @Test("a process is ready while its database answers with the schema of this program")
    func ready() async throws {
        try await GatewayUnderTest.run { gateway in
            let live = try await gateway.call("/health/live", nil)
            #expect(live.status == 200)
            #expect(try JSON.parse(live.body) == ["status": "live"])
            let ready = try await gateway.call("/health/ready", nil)
            #expect(ready.status == 200)
            #expect(
                try JSON.parse(ready.body) == [
                    "status": "ready", "checks": ["database": "ok", "schema": "ok", "stopping": "ok"],
                ])
        }
    }

    @Test("a process that stops is not ready from that moment, but lives")
    func stopping() async throws {
        try await GatewayUnderTest.run { gateway in
            #expect(try await gateway.call("/health/ready", nil).status == 200)
            gateway.stopSoon()
            let answer = try await gateway.call("/health/ready", nil)
            #expect(answer.status == 503)
            #expect(try JSON.parse(answer.body)["status"] == "not_ready")
            #expect(try JSON.parse(answer.body).at(path: "checks.stopping") != "ok")
            #expect(try await gateway.call("/health/live", nil).status == 200)
        }
    }

    @Test("a process is not ready while the schema is behind it, but is when the schema is ahead")
    func schema() async throws {
        try await GatewayUnderTest.run { gateway in
            let connection = try gateway.database.connect()
            try connection.script("INSERT INTO leadgate.schema_version (version, name) VALUES (900, 'later')")
            #expect(try await gateway.call("/health/ready", nil).status == 200)
            try connection.script("DELETE FROM leadgate.schema_version WHERE version > 1")
            gateway.advance(.seconds(1))
            let answer = try await gateway.call("/health/ready", nil)
            #expect(answer.status == 503)
            #expect(
                try JSON.parse(answer.body).at(path: "checks.schema")?.string?.hasPrefix("version 1 of ")
                    == true)
            #expect(try JSON.parse(answer.body).at(path: "checks.database") == "ok")
        }
    }

    @Test("a process without its database is not ready, and the answer tells nothing of it")
    func database() async throws {
        try await GatewayUnderTest.run { gateway in
            try gateway.database.drop()
            let answer = try await gateway.call("/health/ready", nil)
            #expect(answer.status == 503)
            #expect(try JSON.parse(answer.body).at(path: "checks.database") != "ok")
            #expect(!answer.text.contains(gateway.database.name))
            #expect(try await gateway.call("/health/live", nil).status == 200)
        }
    }

    @Test(
        "a process with a spool is ready without its database, and says where it keeps requests and since when"
    )
    func spooling() async throws {
        let folder = GatewayUnderTest.newFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await GatewayUnderTest.run(spool: folder) { gateway in
            let before = try await gateway.call("/health/ready", nil)
            #expect(before.status == 200)
            #expect(try JSON.parse(before.body)["intake"] == ["mode": "database"])
            #expect(gateway.metrics.render().contains("leadgate_spool_mode 0"))
            try gateway.database.drop()
            gateway.spool?.databaseIsAway("dropped")
            gateway.advance(.seconds(1))
            let answer = try await gateway.call("/health/ready", nil)
            #expect(answer.status == 200)
            #expect(
                try JSON.parse(answer.body)["intake"] == [
                    "mode": "spool", "since": .string(GatewayUnderTest.start.iso8601),
                ])
            #expect(gateway.metrics.render().contains("leadgate_spool_mode 1"))
            gateway.stopSoon()
            #expect(try await gateway.call("/health/ready", nil).status == 503)
        }
    }

    // MARK: - Metrics

    @Test("this machine may scrape; what a proxy passed on may not, but with the token of the setting")
    func access() async throws {
        try await GatewayUnderTest.run(metricsToken: "scraper-token") { gateway in
            #expect(try await gateway.call("/metrics", nil).status == 200)
            let good = ("Authorization", "Bearer scraper-token")
            let api = ("Authorization", "Bearer \(try gateway.token([.admin]).secret.reveal())")
            for name in [
                "X-Forwarded-For", "x-forwarded-host", "X-Forwarded-Proto", "Forwarded", "X-Real-IP", "Via",
            ] {
                let passed = (name, "192.0.2.9")
                let refused = try await gateway.call("/metrics", nil, headers: [passed])
                #expect(refused.status == 401, "\(name)")
                #expect(refused.problem == "unauthorized")
                #expect(refused.header("www-authenticate")?.hasPrefix("Bearer") == true)
                #expect(try await gateway.call("/metrics", nil, headers: [passed, good]).status == 200)
                #expect(try await gateway.call("/metrics", nil, headers: [passed, api]).status == 401)
                let wrong = ("Authorization", "Bearer scraper-token2")
                #expect(try await gateway.call("/metrics", nil, headers: [passed, wrong]).status == 401)
            }
        }
    }

    @Test("without a token in the settings, no token opens metrics to others", arguments: [nil, Secret("")])
    func noToken(setting: Secret?) async throws {
        try await GatewayUnderTest.run(metricsToken: setting) { gateway in
            for text in ["Bearer ", "Bearer", ""] {
                let headers = [("X-Forwarded-For", "192.0.2.9"), ("Authorization", text)]
                let answer = try await gateway.call("/metrics", nil, headers: headers)
                #expect(answer.status == 401)
            }
        }
    }

    @Test(
        "only addresses of the machine itself count as such",
        arguments: [
            ("127.0.0.1", true), ("127.8.9.10", true), ("::1", true), ("::ffff:127.0.0.1", true),
            ("128.0.0.1", false), ("10.0.0.1", false), ("::ffff:10.0.0.1", false), ("fe80::1", false),
            ("::2", false),
        ])
    func loopback(address: String, isLoopback: Bool) throws {
        #expect(try SocketAddress(ipAddress: address, port: 1).isLoopback == isLoopback)
    }

    @Test("metrics are OpenMetrics text with the queues of all workspaces")
    func text() async throws {
        try await GatewayUnderTest.run { gateway in
            _ = try gateway.tell("north", channel: "site")
            _ = try gateway.tell("south", channel: "shop")
            let odd = gateway.metrics.counter(
                "leadgate_odd", help: "A \"quoted\" \\ help\nof two lines.", labels: ["x"])
            odd.add(2, ["a\"b\\c\nd"])
            gateway.metrics.histogram("leadgate_times", help: "Times.").observe(.milliseconds(3))
            let answer = try await gateway.call("/metrics", nil)
            #expect(answer.header("content-type") == Metrics.contentType)
            let samples = try OpenMetrics.samples(of: answer.text)
            for (workspace, channel) in [("north", "site"), ("south", "shop")] {
                let labels = #"{workspace="\#(workspace)",channel="\#(channel)"}"#
                #expect(samples["leadgate_queued\(labels)"] == 1)
                #expect(
                    samples["leadgate_oldest_queued_seconds\(labels)"].map { (60..<61).contains($0) } == true)
                #expect(samples["leadgate_dead_letters\(labels)"] == 0, "the dead one is queued again")
                #expect(samples["leadgate_parked\(labels)"] == 0)
            }
            #expect(samples["leadgate_database_up"] == 1)
            #expect(samples[#"leadgate_odd_total{x="a\"b\\c\nd"}"#] == 2)
        }
    }

    @Test("while the database is away, metrics say so and show no old queue")
    func withoutDatabase() async throws {
        try await GatewayUnderTest.run { gateway in
            _ = try gateway.tell("north", channel: "site")
            #expect(try await gateway.call("/metrics", nil).text.contains("leadgate_queued{"))
            try gateway.database.drop()
            gateway.advance(.seconds(5))
            let samples = try await OpenMetrics.samples(of: gateway.call("/metrics", nil).text)
            #expect(samples["leadgate_database_up"] == 0)
            #expect(!samples.keys.contains { $0.hasPrefix("leadgate_queued") })
        }
    }

    @Test("the media type is that of OpenMetrics unless another is asked for")
    func mediaTypes() async throws {
        try await GatewayUnderTest.run { gateway in
            for (accept, isOpenMetrics) in [
                ("*/*", true), ("application/openmetrics-text;version=1.0.0,text/plain;q=0.5", true),
                ("text/plain", false), ("text/html,application/xhtml+xml", false),
            ] {
                let answer = try await gateway.call("/metrics", nil, headers: [("Accept", accept)])
                let type = try #require(answer.header("content-type"))
                #expect(type.hasPrefix(isOpenMetrics ? "application/openmetrics-text" : "text/plain"))
            }
        }
    }
}

/// Reads OpenMetrics 1.0 text as strictly as a scraper does.
enum OpenMetrics {
    /// Values by the text of their series.
    static func samples(of text: String) throws -> [String: Double] {
        #expect(text.hasSuffix("\n# EOF\n"))
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast(2)
        let name = #/[a-zA-Z_:][a-zA-Z0-9_:]*/#
        let label = #/[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\["\\n])*"/#
        var samples: [String: Double] = [:]
        var families: Set<String> = []
        var family = (name: "", type: "")
        for line in lines {
            if let help = line.wholeMatch(of: #/# HELP (\S+) (.*)/#) {
                family = (String(help.1), "")
                #expect(families.insert(family.name).inserted, "\(family.name) comes in two pieces")
            } else if let type = line.wholeMatch(of: #/# TYPE (\S+) (counter|gauge|histogram)/#) {
                #expect(type.1 == family.name)
                family.type = String(type.2)
            } else if let unit = line.wholeMatch(of: #/# UNIT (\S+) (\w+)/#) {
                #expect(unit.1 == family.name && unit.1.hasSuffix("_\(unit.2)"))
            } else {
                let parts = try #require(
                    line.wholeMatch(of: #/(\w+)(\{.*\})? (\S+)/#), "no sample: \(line)")
                let suffixes = [
                    "counter": ["_total"], "gauge": [""], "histogram": ["_bucket", "_count", "_sum"],
                ]
                let names = suffixes[family.type]?.map { family.name + $0 } ?? []
                #expect(names.contains(String(parts.1)), "\(line) below \(family)")
                #expect(parts.1.wholeMatch(of: name) != nil)
                if let labels = parts.2 {
                    var rest = labels.dropFirst().dropLast()
                    while let first = rest.prefixMatch(of: label) {
                        rest = rest[first.range.upperBound...]
                        if rest.first == "," { rest = rest.dropFirst() }
                    }
                    #expect(rest.isEmpty, "labels of \(line)")
                }
                let series = "\(parts.1)\(parts.2 ?? "")"
                let value = try #require(Double(parts.3), "\(line)")
                #expect(samples.updateValue(value, forKey: series) == nil, "\(series) is there twice")
            }
        }
        return samples
    }
}
