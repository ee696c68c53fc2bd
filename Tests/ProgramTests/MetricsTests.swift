import Curl
import Foundation
import Harness
import Testing

/// What a scrape of `/metrics` said.
private struct Scrape {
    private let samples: [String: Double]

    init(_ gateway: Program) throws {
        let answer = try HTTP.get("\(gateway.url)/metrics")
        try #require(answer.status == 200)
        var samples: [String: Double] = [:]
        for line in answer.text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let blank = line.lastIndex(of: " ") else { continue }
            samples[String(line[..<blank])] = Double(line[line.index(after: blank)...])
        }
        self.samples = samples
    }

    /// Nil: there is no such series.
    func callAsFunction(_ name: String, _ labels: String = "") -> Double? {
        samples[labels.isEmpty ? name : "\(name){\(labels)}"]
    }

    /// Of one channel of the single workspace.
    func channel(_ name: String, _ key: String, _ more: String = "") -> Double? {
        self(name, "workspace=\"main\",channel=\"\(key)\"" + (more.isEmpty ? "" : ",\(more)"))
    }
}

@Suite("/metrics")
struct MetricsTests {
    @Test("a small story is counted exactly")
    func countsStory() throws {
        let adapters = try AdapterFolder()
        try adapters.write(TestAdapter.failing, named: "acme")
        let installation = try Installation(
            Installation.oneOfEach
                + "\n  acme: {adapter: acme, token: acme-token-012345678}\nadapters: \(adapters.path)")
        try installation.withGateway { gateway in
            for id in ["e-1", "e-2", "e-2"] { #expect(try gateway.submit(id).status == 200) }
            #expect(try HTTP.post("\(gateway.url)/in/gen/gen-token-0123456789", body: "{}").status == 200)
            #expect(try gateway.acme("a-1").status == 200)
            #expect(try gateway.submit("e-3", token: "gen-token-of-nobody").status == 401)
            #expect(try gateway.submit("e-3", to: "nowhere").status == 404)
            for _ in 0..<2 {
                let bad = try HTTP.post(
                    "\(gateway.url)/in/bot/bot-token-0123456789", body: "{}",
                    headers: [("X-Telegram-Bot-Api-Secret-Token", "wrong")])
                #expect(bad.status == 401)
            }
            try installation.waitUntilResolved(4)

            try eventually("the story is counted") {
                let scrape = try Scrape(gateway)
                return scrape.channel("leadgate_done_total", "gen") == 2
                    && scrape.channel("leadgate_dead_total", "acme", "reason=\"mapping_failed\"") == 1
            }
            let scrape = try Scrape(gateway)
            #expect(scrape.channel("leadgate_received_total", "gen") == 4)
            #expect(scrape.channel("leadgate_received_total", "acme") == 1)
            #expect(scrape.channel("leadgate_received_total", "bot") == nil)
            #expect(scrape.channel("leadgate_duplicates_total", "gen") == 1)
            #expect(scrape.channel("leadgate_rejected_total", "gen", "reason=\"bad_token\"") == 1)
            #expect(scrape.channel("leadgate_rejected_total", "bot", "reason=\"signature_mismatch\"") == 2)
            let unknown = "workspace=\"-\",channel=\"-\",reason=\"unknown_channel\""
            #expect(scrape("leadgate_rejected_total", unknown) == 1)
            #expect(scrape.channel("leadgate_ignored_total", "gen", "reason=\"probe\"") == 1)
            #expect(scrape("leadgate_accept_seconds_count") == 5)
            #expect(scrape("leadgate_end_to_end_seconds_count") == 4)
            #expect(scrape("leadgate_accept_seconds_bucket", "le=\"+Inf\"") == 5)
            #expect(scrape("leadgate_database_up") == 1)
            // The figures of the queue are asked for every five seconds at most.
            try eventually("the dead letter is shown") {
                try Scrape(gateway).channel("leadgate_dead_letters", "acme") == 1
            }
            let later = try Scrape(gateway)
            #expect(later.channel("leadgate_queued", "gen") == 0)
            #expect(later.channel("leadgate_oldest_queued_seconds", "gen") == 0)

            let rejected = """
                SELECT reason || ' ' || sum(count) FROM leadgate.rejection
                WHERE reason <> 'duplicate' GROUP BY reason ORDER BY reason
                """
            try eventually("the rejections are written down") {
                try installation.texts(rejected) == [
                    "bad_token 1", "signature_mismatch 2", "unknown_channel 1",
                ]
            }
        }
    }

    @Test("what waits is shown with its age")
    func showsQueue() throws {
        let installation = try Installation()
        try installation.withGateway(["--role", "ingress"]) { ingress in
            for id in ["e-1", "e-2", "e-3"] { try ingress.submit(id) }
            var last = -1.0
            // The first scrape after the events asks the database; so does one after five seconds.
            try eventually("three events wait") {
                let scrape = try Scrape(ingress)
                last = scrape.channel("leadgate_oldest_queued_seconds", "gen") ?? -1
                return scrape.channel("leadgate_queued", "gen") == 3
            }
            #expect(last > 0)
            #expect(try Scrape(ingress).channel("leadgate_queued", "site") == 0)
        }
    }

    @Test("strangers do not read it, and a token opens it")
    func isGuarded() throws {
        let installation = try Installation(
            Installation.oneOfEach + "\nmetrics: {token: metrics-token-0123456}")
        try installation.withGateway { gateway in
            let behindProxy = [("X-Forwarded-For", "203.0.113.9")]
            let refused = try HTTP.get("\(gateway.url)/metrics", headers: behindProxy)
            #expect(refused.status == 401)
            #expect(!refused.text.contains("leadgate_"))
            let token = [("Authorization", "Bearer metrics-token-0123456")]
            #expect(try HTTP.get("\(gateway.url)/metrics", headers: behindProxy + token).status == 200)
        }
    }

    @Test("it can be served at an address of its own")
    func hasOwnAddress() throws {
        let port = Program.freePort()
        let installation = try Installation(
            Installation.oneOfEach + "\nmetrics: {listen: 127.0.0.1:\(port)}")
        try installation.withGateway { gateway in
            #expect(try HTTP.get("\(gateway.url)/metrics").status == 404)
            try eventually("the other address answers") {
                (try? HTTP.get("http://127.0.0.1:\(port)/metrics").status) == 200
            }
            #expect(try HTTP.get("http://127.0.0.1:\(port)/form/site").status == 404)
        }
    }
}
