import Curl
import Foundation
import Harness
import Testing

@Suite("The console")
struct ConsoleTests {
    private static let password = "a password of many letters"
    private static let two = """
        workspaces:
          kyiv:
            region: UA
            channels:
              kyiv-site: {adapter: generic, token: kyiv-token-012345678}
          berlin:
            region: DE
            channels:
              berlin-site: {adapter: generic, token: berlin-token-0123456}
        """

    /// An account of a role; its cookie after the login.
    private func enter(
        _ installation: Installation, _ gateway: Program, _ role: String, workspace: String? = nil
    ) throws -> String {
        let name = "\(role)-\(workspace ?? "main")"
        let tenant = workspace.map { ["--workspace", $0] } ?? []
        let made = try Program.run(
            ["user", "add", name, "--role", role, "--config", installation.file] + tenant)
        try #require(made.status == 0, "\(made.errors)")
        let password = made.output.trimmingCharacters(in: .whitespacesAndNewlines)
        let answer = try send(gateway, "/console/login", [("name", name), ("password", password)])
        try #require(answer.status == 303)
        let cookie = try #require(answer.header("set-cookie"))
        #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"))
        return String(cookie.prefix { $0 != ";" })
    }

    private func get(_ gateway: Program, _ path: String, _ cookie: String? = nil) throws -> HTTPAnswer {
        try HTTP.get(gateway.url + path, headers: cookie.map { [("cookie", $0)] } ?? [])
    }

    private func send(
        _ gateway: Program, _ path: String, _ form: [(String, String)], cookie: String? = nil,
        headers: [(String, String)] = []
    ) throws -> HTTPAnswer {
        let body = form.map { name, value in
            "\(name)=\(value.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? "")"
        }.joined(separator: "&")
        let type = [("content-type", "application/x-www-form-urlencoded")]
        return try HTTP.call(
            "POST", gateway.url + path, headers: type + headers + (cookie.map { [("cookie", $0)] } ?? []),
            body: Array(body.utf8))
    }

    /// What stands in the forms of a session.
    private func mark(_ page: HTTPAnswer) throws -> String {
        let found = try #require(page.text.firstMatch(of: #/name="mark"\s+value="([^"]+)"/#))
        return String(found.output.1)
    }

    @Test("nobody gets in without a password, and guessing is slowed")
    func guards() throws {
        let installation = try Installation()
        try installation.withGateway { gateway in
            for path in [
                "/console", "/console/events", "/console/leads", "/console/channels", "/console/live",
            ] {
                let answer = try get(gateway, path)
                #expect(answer.status == 303 && answer.header("location") == "/console/login", "\(path)")
                #expect(
                    try get(gateway, path, "leadgate_session=" + String(repeating: "A", count: 43)).status
                        == 303)
            }
            let cookie = try enter(installation, gateway, "viewer")
            #expect(try get(gateway, "/console", cookie).status == 200)
            for _ in 1...5 {
                let wrong = [("name", "VIEWER-main"), ("password", Self.password)]
                #expect(try send(gateway, "/console/login", wrong).status == 401)
            }
            let late = try send(gateway, "/console/login", [("name", "viewer-main"), ("password", "x")])
            #expect(late.status == 429)
            #expect(late.header("retry-after") != nil)
            // Another site's form logs nobody in.
            let foreign = try send(
                gateway, "/console/login", [("name", "a"), ("password", "b")],
                headers: [("sec-fetch-site", "cross-site")])
            #expect(foreign.status == 400)

            let page = try get(gateway, "/console", cookie)
            #expect(page.header("x-frame-options") == "DENY")
            #expect(page.header("content-security-policy")?.contains("default-src 'none'") == true)
            #expect(
                try send(gateway, "/console/logout", [("mark", try mark(page))], cookie: cookie).status == 303
            )
            #expect(try get(gateway, "/console", cookie).status == 303)
            #expect(try installation.rows(of: "session") == 0)
        }
    }

    @Test("a disabled account is out at once, a new password ends the old sessions")
    func disables() throws {
        let installation = try Installation()
        try installation.withGateway { gateway in
            let cookie = try enter(installation, gateway, "operator")
            #expect(try installation.run("user", "password", "operator-main").status == 0)
            #expect(try get(gateway, "/console", cookie).status == 303)
            #expect(try installation.run("user", "disable", "operator-main").status == 0)
            #expect(try installation.run("user", "disable", "operator-main").status == 1)
            let again = try installation.run("user", "add", "Operator-Main")
            #expect(again.status == 1)
            #expect(again.errors.contains("leadgate user password"))
            #expect(try installation.run("user", "list").output.contains("disabled"))
        }
    }

    @Test(
        "a dead letter is seen with its reason and mended by replay, by an operator with the session's own form"
    )
    func mends() throws {
        let installation = try Installation()
        try installation.withGateway { gateway in
            let viewer = try enter(installation, gateway, "viewer")
            let operates = try enter(installation, gateway, "operator")
            let hostile = #"<script>alert("x")</script>"#
            #expect(
                try gateway.submit(
                    "e-1", phone: "+380671112233", name: hostile, to: "gen", token: "gen-token-0123456789"
                )
                .status == 200)
            try installation.waitUntilResolved(1)
            let id = try #require(try installation.texts("SELECT id::text FROM leadgate.inbound_event").first)

            let list = try get(gateway, "/console/events?status=done", viewer)
            #expect(list.text.contains("/console/events/\(id)"))
            let event = try get(gateway, "/console/events/\(id)", viewer)
            #expect(event.status == 200)
            #expect(event.text.contains("an inbound contact opens a lead"))
            #expect(!event.text.contains("gen-token-0123456789"))
            let card = try #require(try installation.texts("SELECT id::text FROM leadgate.card").first)
            for path in ["/console/cards/\(card)", "/console/leads", "/console/events/\(id)"] {
                let page = try get(gateway, path, viewer)
                #expect(!page.text.contains("<script>alert"), "\(path)")
                #expect(page.text.contains("alert("), "\(path)")
            }
            let found = try get(gateway, "/console/find?q=067%20111%2022%2033", viewer)
            #expect(found.header("location") == "/console/cards/\(card)")

            let own = try mark(get(gateway, "/console", operates))
            let theirs = try mark(get(gateway, "/console", viewer))
            func replay(_ mark: String?, _ cookie: String) throws -> Int {
                try send(
                    gateway, "/console/events/replay", [("id", id)] + (mark.map { [("mark", $0)] } ?? []),
                    cookie: cookie
                ).status
            }
            #expect(try replay(nil, operates) == 400)
            #expect(try replay(theirs, operates) == 400)
            #expect(try replay(theirs, viewer) == 403)
            #expect(try installation.rows(of: "outcome") == 1)
            #expect(try replay(own, operates) == 303)
            try eventually("the replay is resolved") {
                try installation.rows(of: "outcome") == 2 && installation.rows(of: "intake") == 0
            }
            #expect(try installation.rows(of: "activity") == 1)

            #expect(try get(gateway, "/console/log", operates).status == 403)
            let admin = try enter(installation, gateway, "admin")
            let log = try get(gateway, "/console/log", admin).text
            for word in ["event.view", "event.replay", "card.view", "login"] {
                #expect(log.contains(word), "\(word)")
            }
            #expect(try get(gateway, "/console/channels", admin).text.contains("gen-token-0123456789"))
            #expect(!(try get(gateway, "/console/channels", operates).text.contains("gen-token-0123456789")))
        }
    }

    @Test("another workspace's events, cards and people are not there")
    func isolates() throws {
        let installation = try Installation(Self.two)
        try installation.withGateway { gateway in
            #expect(
                try gateway.submit(
                    "e-1", phone: "+380671112233", name: "Olena", to: "kyiv-site",
                    token: "kyiv-token-012345678"
                ).status == 200)
            try installation.waitUntilResolved(1)
            let id = try #require(try installation.texts("SELECT id::text FROM leadgate.inbound_event").first)
            let card = try #require(try installation.texts("SELECT id::text FROM leadgate.card").first)
            let kyiv = try enter(installation, gateway, "admin", workspace: "kyiv")
            let berlin = try enter(installation, gateway, "admin", workspace: "berlin")
            for path in [
                "/console/events/\(id)", "/console/cards/\(card)", "/console/find?q=%2B380671112233",
            ] {
                #expect([200, 303].contains(try get(gateway, path, kyiv).status), "\(path)")
                #expect(try get(gateway, path, berlin).status == 404, "\(path)")
            }
            for path in [
                "/console", "/console/events", "/console/leads", "/console/channels", "/console/log",
            ] {
                let page = try get(gateway, path, berlin).text
                #expect(!page.contains("kyiv-site") && !page.contains("Olena"), "\(path)")
            }
            let mark = try mark(get(gateway, "/console", berlin))
            let answer = try send(
                gateway, "/console/events/replay", [("id", id), ("mark", mark)], cookie: berlin)
            #expect(answer.header("location")?.hasSuffix("replayed=0") == true)
        }
    }
}
