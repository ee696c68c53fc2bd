import Curl
import Foundation
import Harness
import JSON
import Testing

@Suite("leadgate events")
struct EventsTests {
    /// The id of the newest event.
    private func newest(_ installation: Installation) throws -> String {
        try #require(
            try installation.texts("SELECT id::text FROM leadgate.inbound_event ORDER BY id DESC LIMIT 1")
                .first)
    }

    @Test("the list shows what came, newest first, by status and channel")
    func lists() throws {
        let installation = try Installation()
        try installation.withGateway { gateway in
            try gateway.submit("e-1")
            try installation.waitUntilResolved(1)
            #expect(try HTTP.post("\(gateway.url)/in/gen/gen-token-0123456789", body: "{}").status == 200)
            try installation.waitUntilResolved(2)
            let all = try installation.run("events", "list")
            #expect(all.status == 0)
            #expect(all.lines.count == 3)
            #expect(all.lines[0].hasPrefix("ID  "))
            #expect(all.lines[1].contains(" gen ") && all.lines[1].contains("ignored  probe"))
            #expect(all.lines[2].contains(" done "))
            #expect(try installation.run("events", "list", "--status", "done").lines.count == 2)
            #expect(try installation.run("events", "list", "--status", "dead").lines.count == 1)
            #expect(try installation.run("events", "list", "--channel", "gen").lines.count == 3)
            #expect(try installation.run("events", "list", "--channel", "site").lines.count == 1)
            #expect(try installation.run("events", "list", "--limit", "1").lines.count == 2)
        }
    }

    @Test("one event is shown without the person, and with --raw as it came")
    func shows() throws {
        let installation = try Installation()
        try installation.withGateway { gateway in
            try gateway.submit("e-1", name: "Olena Bondar")
            try installation.waitUntilResolved(1)
        }
        let id = try newest(installation)
        let plain = try installation.run("events", "show", id)
        #expect(plain.status == 0)
        let json = try JSON.parse(Array(plain.output.utf8))
        #expect(json["status"] == "done")
        #expect(json["channel"] == "gen")
        #expect(json["outcomes"]?[0]?["activity"]?.string != nil)
        #expect(!plain.output.contains("Olena") && !plain.output.contains("380"))
        let raw = try installation.run("events", "show", id, "--raw")
        #expect(raw.output.contains("Olena Bondar"))
        #expect(!raw.output.contains("gen-token-0123456789"))
        let unknown = try installation.run("events", "show", "019abc12-3456-7def-8012-3456789abcde")
        #expect(unknown.status == 1)
        #expect(unknown.errors == "leadgate: there is no event 019abc12-3456-7def-8012-3456789abcde\n")
    }

    @Test("a dry run says what would come of a dead letter, and changes no table")
    func rehearses() throws {
        let adapters = try AdapterFolder()
        try adapters.write(TestAdapter.failing, named: "acme")
        let installation = try Installation(Self.acme(adapters))
        try installation.withGateway { gateway in
            try gateway.acme("a-1")
            try installation.waitUntilResolved(1)
        }
        let id = try newest(installation)
        let before = try installation.contents()
        let dead = try installation.run("events", "replay", id, "--dry-run")
        #expect(dead.status == 0, "\(dead.errors)")
        #expect(dead.output.contains("\"status\":\"dead\"") && dead.output.contains("mapping_failed"))
        #expect(try installation.contents() == before)

        try adapters.write(TestAdapter.good, named: "acme")
        let done = try installation.run("events", "replay", "--status", "dead", "--dry-run")
        #expect(done.status == 0)
        #expect(done.output.contains("\"status\":\"done\"") && done.output.contains("card_id"))
        #expect(done.output.hasSuffix("1 events tried, nothing changed\n"))
        #expect(try installation.contents() == before)
    }

    @Test("a dead letter is replayed after its adapter was mended under the running gateway")
    func replaysDeadLetter() throws {
        let adapters = try AdapterFolder()
        try adapters.write(TestAdapter.good, named: "acme")
        try adapters.record("acme")
        try adapters.write(TestAdapter.failing, named: "acme")
        let installation = try Installation(Self.acme(adapters))
        try installation.withGateway { gateway in
            #expect(try gateway.acme("a-1").status == 200)
            try installation.waitUntilResolved(1)
            let listed = try installation.run("events", "list", "--status", "dead")
            #expect(listed.output.contains("mapping_failed"))
            let token = try installation.token()
            let version = try Self.version(gateway, token)

            // Loads, but its recorded request comes out otherwise: the old version stays.
            try adapters.write(TestAdapter.good.replacing("\"inbound\"", with: "\"outbound\""), named: "acme")
            try gateway.waitUntilLogged("adapter refused, the old version stays")
            #expect(gateway.errors.contains("typical.request.json"))
            #expect(try Self.version(gateway, token) == version)
            // Does not load at all.
            try adapters.write("return {", named: "acme")
            try gateway.waitUntilLogged("acme/adapter.lua:1: ")
            #expect(try Self.version(gateway, token) == version)

            try adapters.write(TestAdapter.good, named: "acme")
            try gateway.waitUntilLogged("adapter updated adapter=acme")
            #expect(try Self.version(gateway, token) != version)
            let replayed = try installation.run("events", "replay", "--status", "dead")
            #expect(replayed.status == 0)
            #expect(replayed.output.hasSuffix("1 events put back\n"))
            try eventually("the dead letter is done") {
                try installation.run("events", "list", "--status", "done").lines.count == 2
            }
            #expect(try installation.rows(of: "activity") == 1)
            #expect(try installation.rows(of: "lead") == 1)
            #expect(try installation.run("events", "list", "--status", "dead").lines.count == 1)
            // With the time it came, not that of the replay.
            #expect(
                try installation.count(
                    """
                    SELECT count(*) FROM leadgate.activity a JOIN leadgate.inbound_event e ON e.id = a.inbound_event_id
                    WHERE a.occurred_at = e.received_at
                    """) == 1)
        }
    }

    @Test("a done event replayed makes no second activity")
    func replaysDone() throws {
        let installation = try Installation()
        try installation.withGateway { gateway in
            try gateway.submit("e-1")
            try installation.waitUntilResolved(1)
            let id = try newest(installation)
            for run in 1...2 {
                let ended = try installation.run("events", "replay", id)
                #expect(ended.status == 0)
                #expect(ended.output.contains("\(id) queued\n1 events put back"))
                try eventually("run \(run) is done") {
                    try installation.count(
                        "SELECT max(run)::bigint FROM leadgate.outcome WHERE status = 'done'") == run
                }
            }
            #expect(try installation.rows(of: "activity") == 1)
            #expect(try installation.rows(of: "lead") == 1)
            #expect(
                try installation.rows(of: "outbox")
                    == installation.count("SELECT max(seq) FROM leadgate.card"))
        }
        let unknown = try installation.run("events", "replay", "019abc12-3456-7def-8012-3456789abcde")
        #expect(unknown.status == 1)
        #expect(unknown.complaints.count == 1)
    }

    @Test("other content under a known key stays ignored when it is replayed")
    func replaysOtherContent() throws {
        let installation = try Installation()
        try installation.withGateway { gateway in
            try gateway.submit("e-1", text: "the first")
            try gateway.submit("e-1", text: "another one")
            try installation.waitUntilResolved(2)
            let ignored = try installation.run("events", "list", "--status", "ignored")
            #expect(ignored.lines.count == 2)
            #expect(ignored.output.contains("same_key_other_content"))
            let id = String(try #require(ignored.lines[1].split(separator: " ").first))
            let tried = try installation.run("events", "replay", id, "--dry-run")
            #expect(tried.output.contains("same_key_other_content"))
            #expect(try installation.run("events", "replay", id).status == 0)
            try eventually("the replay has its outcome") {
                try installation.count("SELECT max(run)::bigint FROM leadgate.outcome") == 1
            }
            #expect(try installation.run("events", "list", "--status", "ignored").output.contains(id))
            #expect(try installation.rows(of: "activity") == 1)
        }
    }

    // MARK: - A source of the test's own

    static func acme(_ adapters: AdapterFolder) -> String {
        """
        region: UA
        channels: {acme: {adapter: acme, token: acme-token-012345678}}
        adapters: \(adapters.path)
        """
    }

    private static func version(_ gateway: Program, _ token: String) throws -> String {
        try #require(
            try gateway.api("/v1/channels", token: token).json["items"]?[0]?["adapter_version"]?.string)
    }
}

extension Program {
    /// A request of the source that only these tests know.
    @discardableResult
    func acme(_ id: String) throws -> HTTPAnswer {
        try HTTP.post(
            "\(url)/in/acme/acme-token-012345678",
            body:
                #"{"id": "\#(id)", "text": "Hello", "person": {"name": "Olena Bondar", "phone": "+380671112233"}}"#
        )
    }
}
