import Adapters
import Configuring
import Foundation
import Testing

@Suite("Reading a configuration")
struct LoadingTests {
    @Test("the file of the design gives its channels with their secrets, settings and rules")
    func whole() throws {
        let installation = try Installation(
            """
            listen: "[::1]:9000"
            public_url: https://Leads.Example.com/base/
            data: var
            region: UA
            own: {phones: [+380441234567, "100"], emails: [Sales@Example.com], domains: [Example.com]}
            retention: 30d
            trusted_proxies: [10.0.0.0/8, "fd00::/8", 192.0.2.1]
            limits: {connections: 100, form_burst: 3, lookup: 100ms, spool: 512MiB}
            metrics: {listen: "127.0.0.1:9100", token: {env: METRICS_TOKEN}}
            channels:
              pbx:
                adapter: zadarma
                token: [{env: PBX_TOKEN}, {file: old-token}]
                settings: {secret: {env: ZADARMA_SECRET}, timezone: Europe/Kyiv}
                phones: {anonymous: [Скрыт]}
                rules: {reopen_within: 2w, respond_within: 15m, merge_automatically: true, pipeline: service}
                region: KZ
              site: {adapter: web-form, origins: [https://Example.com], settings: {}}
            """,
            files: ["old-token": "old-token-of-the-pbx\n"],
            environment: [
                "PBX_TOKEN": "new-token-of-the-pbx", "ZADARMA_SECRET": "signing key",
                "METRICS_TOKEN": "scrape",
            ])
        let configuration = try installation.load()
        #expect(configuration.listen == Address(host: "::1", port: 9000))
        #expect(configuration.publicURL == "https://leads.example.com/base")
        #expect(configuration.data == installation.folder + "/var")
        #expect(configuration.database == nil)
        #expect(configuration.adapters == Installation.repository + "/adapters")
        #expect(configuration.workspaces == ["main"])
        #expect(configuration.retention == .seconds(30 * 86_400))
        #expect(configuration.trustedProxies == ["10.0.0.0/8", "fd00::/8", "192.0.2.1"])
        #expect(configuration.limits.connections == 100)
        #expect(configuration.limits.formBurst == 3)
        #expect(configuration.limits.lookup == .milliseconds(100))
        #expect(configuration.limits.spool == 512 << 20)
        #expect(configuration.metrics.listen == Address(host: "127.0.0.1", port: 9100))
        #expect(configuration.metrics.token == "scrape")
        #expect(configuration.warnings.isEmpty)

        try #require(configuration.channels.map(\.key) == ["pbx", "site"])
        let pbx = configuration.channels[0]
        #expect(pbx.adapter == "zadarma")
        #expect(pbx.tokens == ["new-token-of-the-pbx", "old-token-of-the-pbx"])
        #expect(pbx.accepts(token: "old-token-of-the-pbx"))
        #expect(pbx.secrets == ["secret": ["signing key"]])
        #expect(pbx.settings == ["timezone": ["Europe/Kyiv"]])
        #expect(pbx.region == "KZ")
        #expect(
            pbx.own
                == OwnPoints(
                    phones: ["+380441234567", "100"], emails: ["sales@example.com"], domains: ["example.com"])
        )
        // What the channel does not say stays the adapter's.
        #expect(pbx.phones == PhoneRules(internationalWithoutPlus: true, anonymous: ["скрыт"]))
        #expect(
            pbx.rules
                == ChannelRules(
                    pipeline: "service", reopenWithin: .seconds(14 * 86_400), mergesAutomatically: true,
                    respondWithin: .seconds(900)))
        let site = configuration.channels[1]
        #expect(site.origins == ["https://example.com"])
        #expect(site.region == "UA")
        #expect(site.tokens.isEmpty)
        #expect(site.phones == nil)
    }

    @Test(
        "a size has a unit of 1024, or is 0 for none",
        arguments: [
            ("0", 0), ("1MiB", 1 << 20), ("2048KiB", 2 << 20), ("3 GiB", 3 << 30), ("1024GiB", 1 << 40),
        ])
    func sizes(_ text: String, _ bytes: Int) throws {
        let installation = try Installation(
            "limits: {spool: \(text)}\nregion: UA\nchannels: {site: {adapter: web-form}}")
        #expect(try installation.load().limits.spool == bytes)
    }

    @Test("without a setting, its default is taken")
    func defaults() throws {
        let installation = try Installation("region: UA\nchannels: {site: {adapter: web-form}}")
        let configuration = try installation.load()
        #expect(configuration.listen == Address(host: "127.0.0.1", port: 8080))
        #expect(configuration.publicURL == "http://127.0.0.1:8080")
        #expect(configuration.data == installation.folder + "/data")
        #expect(configuration.retention == .seconds(180 * 86_400))
        #expect(configuration.limits == Configuration.Limits())
        #expect(configuration.metrics == Configuration.Metrics())
        installation.isRoot = true
        #expect(try installation.load().data == "/var/lib/leadgate")
    }

    @Test("several workspaces keep their own country and what is theirs, and share what stands above them")
    func workspaces() throws {
        let installation = try Installation(
            """
            region: UA
            own: {domains: [holding.example]}
            workspaces:
              north: {own: {domains: [north.example]}, channels: {north-site: {adapter: web-form}}}
              south:
                region: KZ
                channels: {south-site: {adapter: web-form}}
            """)
        let configuration = try installation.load()
        #expect(configuration.workspaces == ["north", "south"])
        #expect(configuration.channels.map(\.workspace) == ["north", "south"])
        #expect(configuration.channels.map(\.region) == ["UA", "KZ"])
        #expect(
            configuration.channels.map(\.own.domains) == [
                ["north.example", "holding.example"], ["holding.example"],
            ])
    }

    @Test("a variable replaces a value of the file, and its relative path starts at the working folder")
    func variables() throws {
        let installation = try Installation(
            "listen: 127.0.0.1:1\nregion: UA\ndata: var\nchannels: {site: {adapter: web-form}}",
            environment: [
                "LEADGATE_LISTEN": "0.0.0.0:80", "LEADGATE_DATA": "elsewhere", "LEADGATE_REGION": "KZ",
                "LEADGATE_DATABASE": "postgres://leadgate:hidden@db/leadgate",
                "LEADGATE_PUBLIC_URL": "https://a.example",
                "LEADGATE_RETENTION": "1d",
            ])
        let configuration = try installation.load()
        #expect(configuration.listen == Address(host: "0.0.0.0", port: 80))
        #expect(configuration.data == installation.folder + "/elsewhere")
        #expect(configuration.channels.map(\.region) == ["KZ"])
        #expect(configuration.database == "postgres://leadgate:hidden@db/leadgate")
        #expect(configuration.publicURL == "https://a.example")
        #expect(configuration.retention == .seconds(86_400))
        // The password does not stand in the file.
        #expect(configuration.warnings.isEmpty)
    }

    @Test("a mistake in a variable is told by the variable's name")
    func variableMistake() throws {
        let installation = try Installation(
            "region: UA\nchannels: {site: {adapter: web-form}}", environment: ["LEADGATE_LISTEN": "80"])
        #expect(
            installation.mistakes()
                == ["LEADGATE_LISTEN: listen: expected an address and port as 127.0.0.1:8080"])
    }

    @Test("what works but is unwise is a warning with its line")
    func warnings() throws {
        let installation = try Installation(
            """
            database: postgres://leadgate:canary-1@db/leadgate
            channels:
              pbx: {adapter: zadarma, token: short, settings: {secret: canary-2}}
            """)
        let lines = try installation.load().warnings.map(\.description)
        #expect(
            lines == [
                "leadgate.yaml:1:1: region: no default country: phone numbers without a country code will not be recognised",
                "leadgate.yaml:1:11: database: a password is written into the file; better are {env: NAME} and {file: path}",
                "leadgate.yaml:3:34: channels.pbx.token: a secret is written into the file; "
                    + "better are {env: NAME} and {file: path}",
                "leadgate.yaml:3:34: channels.pbx.token: a token of less than 16 characters can be guessed",
                "leadgate.yaml:3:60: channels.pbx.settings.secret: a secret is written into the file; "
                    + "better are {env: NAME} and {file: path}",
            ])
    }

    @Test("what a reload cannot put in force is named")
    func restart() throws {
        let installation = try Installation("region: UA\nchannels: {site: {adapter: web-form}}")
        let before = try installation.load()
        try "listen: 127.0.0.1:81\ndata: x\nregion: KZ\nchannels: {other: {adapter: web-form}}".write(
            toFile: installation.folder + "/leadgate.yaml", atomically: true, encoding: .utf8)
        let after = try installation.load()
        #expect(after.needsRestart(since: before) == ["listen", "public_url", "data"])
        #expect(before.needsRestart(since: before).isEmpty)
    }
}
