import Curl
import Foundation
import Harness
import JSON
import Postgres
import Synchronization
import Testing

/// Texts that must not come out, planted where secrets and people stand.
private enum Canary {
    static let channelToken = "canary-token-4c1f8a52e09b"
    static let oldToken = "canary-old-token-77ab31c0"
    static let adapterSecret = "canary-zadarma-secret-90aa"
    static let messengerSecret = "canary-telegram-secret-5d"
    static let formKey = "canary-form-key-e2b6c4"
    static let metricsToken = "canary-metrics-token-313f"
    static let databasePassword = "canary-password-8b0d"
    static let configured = [
        channelToken, oldToken, adapterSecret, messengerSecret, formKey, metricsToken, databasePassword,
    ]

    static let phone = "+380675550199"
    static let email = "canary.person@customer.example"
    static let message = "canary-message-6f02"
    /// The ends of the phone are looked for, however it is written.
    static let person = ["675550199", "canary.person", message, "Canaria"]
}

/// Everything that was shown, and where.
private final class Findings: Sendable {
    private let found = Mutex<Set<String>>([])

    /// Notes which of `secrets` stand in `text`.
    func search(_ text: String, at place: String, for secrets: [String]) {
        for secret in secrets where text.contains(secret) {
            _ = found.withLock { $0.insert("\(secret) \(place)") }
        }
    }

    var all: [String] { found.withLock { $0.sorted() } }
}

@Suite("Planted secrets")
struct SecretTests {
    private static func config(_ password: String) -> String {
        """
        region: UA
        channels:
          gen: {adapter: generic, token: [{env: NEW_TOKEN}, {env: OLD_TOKEN}], settings: {key: {env: FORM_KEY}}}
          pbx: {adapter: zadarma, token: {env: NEW_TOKEN}, settings: {secret: {env: PBX_SECRET}}}
          bot: {adapter: telegram, token: {env: NEW_TOKEN}, settings: {secret_token: {env: BOT_SECRET}, account: shop}}
          site: {adapter: web-form}
          acme: {adapter: acme, token: {env: NEW_TOKEN}}
        metrics: {token: {env: METRICS_TOKEN}}
        database: {env: DATABASE}
        """
    }

    private func installation() throws -> Installation {
        let database = try TestDatabase.make()
        let adapters = try AdapterFolder()
        // Fails with a message that quotes what came.
        let quoting = TestAdapter.good.replacing(
            "local person",
            with: "if request.json.text == \"\(Canary.message)\" then error(request.json.person.phone .. "
                + "request.json.text) end\n    local person")
        try adapters.write(quoting, named: "acme")
        return try Installation(
            Self.config(Canary.databasePassword) + "\nadapters: \(adapters.path)", database: database,
            environment: [
                "NEW_TOKEN": Canary.channelToken, "OLD_TOKEN": Canary.oldToken, "FORM_KEY": Canary.formKey,
                "PBX_SECRET": Canary.adapterSecret, "BOT_SECRET": Canary.messengerSecret,
                "METRICS_TOKEN": Canary.metricsToken,
                "DATABASE": "\(database.url)&password=\(Canary.databasePassword)",
            ])
    }

    private let person: JSON = [
        "name": "Canaria Bondar", "phone": .string(Canary.phone), "email": .string(Canary.email),
        "message": .string(Canary.message),
    ]

    /// Requests of every kind: good, repeated, bad, and such as become dead letters.
    private func tellStory(_ gateway: Program, _ round: String, _ bearer: String, _ findings: Findings) throws
    {
        let door = "\(gateway.url)/in/gen"
        let key = ("X-Api-Key", Canary.formKey)
        func post(
            _ url: String, _ body: String, _ headers: [(String, String)] = [],
            type: String = "application/json"
        ) {
            guard let answer = try? HTTP.post(url, body: body, type: type, headers: headers) else { return }
            findings.search(
                answer.text, at: "in an answer", for: Canary.configured + Canary.person + [bearer])
        }
        var form = person.object ?? [:]
        form["event_id"] = .some(.string("e-\(round)"))
        let good = JSON.object(form).text()
        for token in [Canary.channelToken, Canary.oldToken] { post("\(door)/\(token)", good, [key]) }
        form["message"] = .some(.string(Canary.message + " again"))
        post("\(door)/\(Canary.channelToken)?token=\(Canary.channelToken)", JSON.object(form).text(), [key])
        post("\(door)/\(Canary.channelToken)", good)
        post("\(door)/\(Canary.channelToken)", good, [("X-Api-Key", Canary.formKey + "x")])
        post("\(door)/\(Canary.channelToken)x", good, [key])
        post("\(gateway.url)/in/\(Canary.channelToken)/gen", good)
        post("\(door)/\(Canary.channelToken)", "{\"phone\": \"\(Canary.phone)", [key])
        post("\(door)/\(Canary.channelToken)", good, [key, ("Content-Encoding", "gzip")])
        post(
            "\(gateway.url)/in/bot/\(Canary.channelToken)",
            "{\"update_id\": 1, \"text\": \"\(Canary.message)\"}")
        let call = "event=NOTIFY_START&pbx_call_id=\(round)&caller_id=380675550199&called_did=1&call_start=x"
        post("\(gateway.url)/in/pbx/\(Canary.channelToken)", call, type: "application/x-www-form-urlencoded")
        post(
            "\(gateway.url)/form/site", "phone=%2B380675550199&message=\(Canary.message)",
            type: "application/x-www-form-urlencoded")
        post(
            "\(gateway.url)/in/acme/\(Canary.channelToken)",
            "{\"id\": \"\(round)\", \"text\": \"\(Canary.message)\", \"person\": {\"name\": \"Canaria\", \"phone\": \"\(Canary.phone)\"}}"
        )
        for path in [
            "/v1/lookup?phone=675550199x", "/v1/nothing/\(Canary.message)",
            "/v1/events?status=\(Canary.message)",
        ] {
            let answer = try? HTTP.get(
                "\(gateway.url)\(path)", headers: [("Authorization", "Bearer \(bearer)x")])
            findings.search(
                answer?.text ?? "", at: "in an answer of the API", for: Canary.configured + [bearer])
        }
    }

    @Test(
        "none is in logs, answers, /metrics, process arguments, pg_stat_activity or the output of commands",
        arguments: ["text", "json"])
    func keepsSecrets(_ format: String) throws {
        let installation = try installation()
        let findings = Findings()
        let bearer = try installation.token("admin")
        let secrets = Canary.configured + [bearer]
        let everything = secrets + Canary.person
        let gateway = try installation.start(["--log-level", "debug", "--log-format", format])
        defer { gateway.killNow() }
        try gateway.waitUntilReady()

        let watch = Watch(gateway.pid, installation.database, findings, everything)
        for round in 1...10 { try tellStory(gateway, "\(round)", bearer, findings) }
        try eventually("the story is resolved") {
            try installation.rows(of: "intake") == 0
                && installation.count("SELECT count(*) FROM leadgate.outcome WHERE status = 'dead'") >= 10
        }

        // The database refuses, quoting rows in its details.
        let admin = try installation.database.connect()
        try admin.script(
            "ALTER TABLE leadgate.activity ADD CONSTRAINT no_more CHECK (text NOT LIKE '%again and%') NOT VALID"
        )
        try gateway.submit(
            "refused", phone: Canary.phone, text: Canary.message + " again and again", key: Canary.formKey,
            token: Canary.channelToken)
        try eventually("a letter is dead by the database's refusal") {
            try installation.count("SELECT count(*) FROM leadgate.outcome WHERE reason = 'resolution_failed'")
                == 1
        }
        // Connections are lost in the middle of work.
        try admin.script(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        try tellStory(gateway, "lost", bearer, findings)
        // A reload with mistakes where secrets stand, and one without.
        let torn = Self.config("").replacing("{env: FORM_KEY}", with: "{env: FORM_KEY, \(Canary.formKey): 1}")
            .replacing("{env: DATABASE}", with: "postgres://u:\(Canary.databasePassword)/@h/db")
        try installation.configure(torn)
        gateway.reload()
        try gateway.waitUntilLogged("configuration not taken")
        try installation.configure(Self.config(""))

        for command in [
            ["events", "list"], ["events", "list", "--status", "dead"], ["token", "list"], ["check"],
        ] {
            let ended = try Program.run(
                command + ["--config", installation.file], environment: installation.environment)
            findings.search(ended.output + ended.errors, at: "said by \(command)", for: everything)
        }
        findings.search(try HTTP.get("\(gateway.url)/metrics").text, at: "in /metrics", for: everything)
        findings.search(try HTTP.get("\(gateway.url)/health/ready").text, at: "in /health", for: everything)
        watch.stop()
        gateway.terminate()
        let ended = try gateway.waitUntilExit()
        findings.search(ended.errors + ended.output, at: "in the log", for: everything)
        #expect(watch.looks > 3)
        #expect(findings.all == [])
    }

    @Test("no secret is in an answer of the API or in any table")
    func storesNone() throws {
        let installation = try installation()
        let findings = Findings()
        let bearer = try installation.token("admin")
        let secrets = Canary.configured + [bearer]
        try installation.withGateway { gateway in
            try tellStory(gateway, "1", bearer, findings)
            for (channel, fixture) in [
                ("pbx", "telephony/zadarma/fixtures/start"),
                ("bot", "messenger/telegram/fixtures/smallest-message"),
                ("gen", "form/generic/fixtures/key-right"),
            ] {
                let sent = try installation.run(
                    "send", channel, "\(Program.repository)/adapters/\(fixture).request.json")
                #expect(sent.status == 0, "\(sent.output)\(sent.errors)")
                findings.search(sent.output + sent.errors, at: "said by send", for: secrets)
            }
            try eventually("all is resolved") { try installation.rows(of: "intake") == 0 }
            var paths = ["/v1/events?limit=200", "/v1/leads", "/v1/channels", "/v1/stats", "/openapi.yaml"]
            paths += try installation.texts("SELECT '/v1/events/' || id FROM leadgate.inbound_event")
            paths += try installation.texts("SELECT '/v1/cards/' || id FROM leadgate.card")
            #expect(paths.count > 10)
            for path in paths {
                let answer = try HTTP.get(
                    "\(gateway.url)\(path)", headers: [("Authorization", "Bearer \(bearer)")])
                #expect(answer.status == 200, "\(path)")
                findings.search(answer.text, at: "at \(path)", for: secrets)
            }
        }
        let texts = try installation.texts(
            """
            SELECT table_name || '.' || column_name FROM information_schema.columns
            WHERE table_schema = 'leadgate' AND NOT (table_name = 'api_token' AND column_name = 'hash')
            """)
        #expect(texts.count > 100)
        for column in texts {
            let parts = column.split(separator: ".").map(String.init)
            for value in try installation.texts(
                """
                SELECT DISTINCT CASE pg_typeof(c)::text WHEN 'bytea' THEN encode(c::text::bytea, 'escape') ELSE c::text END
                FROM (SELECT \(parts[1]) AS c FROM leadgate.\(parts[0])) t WHERE c IS NOT NULL
                """)
            {
                findings.search(value, at: "in \(column)", for: secrets)
            }
        }
        // The search finds what is there.
        let person = Findings()
        let names = try installation.texts("SELECT coalesce(name, '') FROM leadgate.card")
        person.search(names.joined(), at: "in card.name", for: ["Canaria"])
        #expect(person.all.count == 1)
        #expect(findings.all == [])
    }
}

/// Looks at a process's arguments and at what the database is asked, again and again while others work.
private final class Watch: Sendable {
    private let isStopped = Atomic(false)
    private let count = Atomic(0)
    private let running = DispatchGroup()

    init(_ pid: Int32, _ database: TestDatabase, _ findings: Findings, _ secrets: [String]) {
        let activity = Statement(
            name: "test.activity",
            sql:
                "SELECT coalesce(string_agg(query, ' '), '') FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
        )
        let thread = Thread { [self] in
            defer { running.leave() }
            var connection: Connection?
            while !isStopped.load(ordering: .relaxed) {
                for file in ["cmdline", "comm"] {
                    let text = (try? String(contentsOfFile: "/proc/\(pid)/\(file)", encoding: .utf8)) ?? ""
                    findings.search(text, at: "in /proc/pid/\(file)", for: secrets)
                }
                // The test cuts connections, this one too.
                if connection == nil { connection = try? database.connect() }
                if let asked = try? connection?.query(activity).text(0, 0) {
                    findings.search(asked, at: "in pg_stat_activity", for: secrets)
                    count.add(1, ordering: .relaxed)
                } else {
                    connection = nil
                }
                Thread.sleep(forTimeInterval: 0.01)
            }
        }
        running.enter()
        thread.start()
    }

    /// How often it looked.
    var looks: Int { count.load(ordering: .relaxed) }

    func stop() {
        isStopped.store(true, ordering: .relaxed)
        running.wait()
    }
}
