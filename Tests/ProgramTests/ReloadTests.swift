import Curl
import Harness
import Testing

@Suite("A reload by SIGHUP")
struct ReloadTests {
    private static let more = """
        region: UA
        channels:
          gen: {adapter: generic, token: gen-token-0123456789}
          shop: {adapter: generic, token: shop-token-012345678}
        """

    @Test("a new channel works and a changed token is in force, without a restart")
    func takesChannels() throws {
        let installation = try Installation()
        try installation.withGateway { gateway in
            #expect(try gateway.submit("s-1", to: "shop", token: "shop-token-012345678").status == 404)
            try installation.configure(
                Self.more.replacing("gen-token-0123456789", with: "gen-token-of-tomorrow"))
            gateway.reload()
            try gateway.waitUntilLogged("configuration taken")
            #expect(try gateway.submit("s-1", to: "shop", token: "shop-token-012345678").status == 200)
            #expect(try gateway.submit("g-1").status == 401)
            #expect(try gateway.submit("g-1", token: "gen-token-of-tomorrow").status == 200)
            try installation.waitUntilResolved(2)
            let states = "SELECT key || ' ' || state FROM leadgate.channel ORDER BY key"
            try eventually("the database knows the channels") {
                try installation.texts(states)
                    == [
                        "bot retired", "gen active", "import@main active", "pbx retired", "shop active",
                        "site retired",
                    ]
            }
        }
    }

    @Test("a removed channel answers 404, its queue drains, and it comes back when it is named again")
    func retiresChannels() throws {
        let installation = try Installation()
        let ingress = try installation.start(["--role", "ingress"])
        defer { ingress.killNow() }
        try ingress.waitUntilReady()
        #expect(try ingress.submit("g-1").status == 200)
        try installation.configure("region: UA\nchannels: {site: {adapter: web-form}}")
        ingress.reload()
        try ingress.waitUntilLogged("configuration taken")
        #expect(try ingress.submit("g-2").status == 404)
        #expect(try installation.rows(of: "intake") == 1)
        // A worker that never knew the channel by its configuration.
        try installation.withGateway(["--role", "worker"], port: Program.freePort()) { _ in
            try installation.waitUntilResolved(1)
        }
        #expect(try installation.texts("SELECT status FROM leadgate.outcome") == ["done"])
        #expect(try installation.rows(of: "activity") == 1)
        try installation.configure(Installation.oneOfEach)
        ingress.reload()
        try eventually("the channel is back") { try ingress.submit("g-3").status == 200 }
    }

    @Test("a file with mistakes changes nothing, and each mistake is logged with its line")
    func refusesMistakes() throws {
        let installation = try Installation()
        try installation.withGateway { gateway in
            let bad = Self.more + "\n  bad: {adapter: web-from}\ncolour: blue"
            try installation.configure(bad)
            gateway.reload()
            for place in ["5:18: channels.bad.adapter", "6:1: colour"] {
                try gateway.waitUntilLogged("\(installation.file):\(place)")
            }
            #expect(gateway.errors.contains("configuration not taken, the old one stays"))
            #expect(!gateway.errors.contains("configuration taken"))
            #expect(try gateway.submit("s-1", to: "shop", token: "shop-token-012345678").status == 404)
            #expect(try gateway.submit("g-1").status == 200)
            #expect(try installation.texts("SELECT state FROM leadgate.channel GROUP BY state") == ["active"])
            // Mended, it is taken.
            try installation.configure(Self.more)
            gateway.reload()
            try gateway.waitUntilLogged("configuration taken")
            #expect(try gateway.submit("s-1", to: "shop", token: "shop-token-012345678").status == 200)
        }
    }

    @Test("settings that need a restart are named")
    func namesRestart() throws {
        let installation = try Installation()
        try installation.withGateway { gateway in
            let changed = """
                public_url: https://leads.example.com
                retention: 30d
                limits: {journal: 100}
                metrics: {token: metrics-token-0123456}
                trusted_proxies: 10.0.0.0/8
                """
            try installation.configure(Installation.oneOfEach + "\n" + changed)
            gateway.reload()
            try gateway.waitUntilLogged(
                "in force after a restart only settings=\"public_url, trusted_proxies, retention, limits, metrics\""
            )
            try gateway.waitUntilLogged("configuration taken")
        }
    }

    @Test("a reload while the database is away is in force at once and written when the database is back")
    func survivesDatabase() throws {
        let cluster = try TestCluster.make(isStarted: true)
        defer { try? cluster.stop() }
        let installation = try Installation(database: .make(on: cluster))
        try installation.withGateway { gateway in
            try cluster.stop()
            try installation.configure(Self.more)
            gateway.reload()
            try gateway.waitUntilLogged("configuration taken")
            #expect(try gateway.submit("s-1", to: "shop", token: "shop-token-012345678").status == 200)
            try cluster.start()
            try eventually("the new channel is taken and known") {
                try gateway.submit("s-1", to: "shop", token: "shop-token-012345678").status == 200
                    && installation.count("SELECT count(*) FROM leadgate.channel WHERE key = 'shop'") == 1
            }
            // Not undone by anything that was still owed of the first configuration.
            try installation.waitUntilResolved(1)
            #expect(try gateway.submit("g-1", to: "site", token: "any-token-0123456789").status == 404)
        }
    }

    @Test("a channel cannot move to another workspace with its key")
    func keepsWorkspace() throws {
        let installation = try Installation()
        try installation.withGateway { _ in }
        try installation.configure(
            "region: UA\nworkspaces: {north: {channels: {gen: {adapter: generic, token: gen-token-0123456789}}}}"
        )
        let ended = try installation.run("serve")
        #expect(ended.status == 1)
        #expect(ended.errors.contains("a channel of workspace north was in another workspace before"))
    }
}
