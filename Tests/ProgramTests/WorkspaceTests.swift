import Curl
import Harness
import JSON
import Testing

@Suite("Two workspaces")
struct WorkspaceTests {
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
    private static let tokens = ["kyiv": "kyiv-token-012345678", "berlin": "berlin-token-0123456"]

    private func submit(_ gateway: Program, _ workspace: String, _ id: String, _ phone: String) throws {
        let token = try #require(Self.tokens[workspace])
        #expect(
            try gateway.submit(id, phone: phone, name: workspace, to: "\(workspace)-site", token: token)
                .status == 200)
    }

    @Test("the same person in both is two cards, and each API sees its own")
    func keepsApart() throws {
        let installation = try Installation(Self.two)
        try installation.withGateway { gateway in
            for workspace in ["kyiv", "berlin"] {
                try submit(gateway, workspace, "e-1", "+380 67 111 22 33")
                try submit(gateway, workspace, "e-2", "00380671112233")
            }
            try installation.waitUntilResolved(4)
            #expect(try installation.rows(of: "card") == 2)
            #expect(try installation.rows(of: "lead") == 2)
            #expect(
                try installation.texts(
                    """
                    SELECT w.key || ' ' || count(a.*) FROM leadgate.workspace w
                    JOIN leadgate.card c ON c.workspace_id = w.id AND c.name = w.key
                    JOIN leadgate.activity a ON a.workspace_id = w.id AND a.card_id = c.id
                    GROUP BY w.key ORDER BY w.key
                    """) == ["berlin 2", "kyiv 2"])

            for (workspace, other) in [("kyiv", "berlin"), ("berlin", "kyiv")] {
                let token = try installation.token(workspace: workspace)
                let events = try gateway.api("/v1/events", token: token).json["items"]?.array ?? []
                #expect(events.map { $0["channel"]?.string } == ["\(workspace)-site", "\(workspace)-site"])
                let leads = try gateway.api("/v1/leads", token: token).json["items"]?.array ?? []
                #expect(leads.map { $0["name"]?.string } == [workspace])
                let found = try gateway.api("/v1/lookup?phone=%2B380671112233", token: token).json
                #expect(found["card"]?["name"]?.string == workspace)
                let channels = try gateway.api("/v1/channels", token: token).json["items"]?.array ?? []
                #expect(
                    channels.map { $0["key"]?.string }
                        == ["import@\(workspace)", "\(workspace)-site"].sorted())
                let stats = try gateway.api("/v1/stats", token: token).json["channels"]?.array ?? []
                #expect(
                    stats.map { $0["channel"]?.string }
                        == ["import@\(workspace)", "\(workspace)-site"].sorted())

                let stranger = try installation.token("admin", workspace: other)
                let event = try #require(events[0]["id"]?.string)
                let card = try #require(leads[0]["card_id"]?.string)
                let lead = try #require(leads[0]["id"]?.string)
                for path in ["/v1/events/\(event)", "/v1/cards/\(card)", "/v1/leads/\(lead)"] {
                    #expect(try gateway.api(path, token: token).status == 200)
                    #expect(try gateway.api(path, token: stranger).status == 404)
                }
                let replay = try HTTP.post(
                    "\(gateway.url)/v1/events/\(event)/replay", body: "",
                    headers: [("Authorization", "Bearer \(stranger)")])
                #expect(replay.status == 404)
                let shown = try installation.run("events", "show", event, "--workspace", other)
                #expect(shown.status == 1)
                #expect(try installation.run("events", "list", "--workspace", workspace).lines.count == 3)
            }
        }
    }

    @Test("a national number is read by its workspace's country")
    func readsByRegion() throws {
        let installation = try Installation(Self.two)
        try installation.withGateway { gateway in
            try submit(gateway, "kyiv", "e-1", "067 111 22 33")
            try submit(gateway, "berlin", "e-1", "030 901820")
            try installation.waitUntilResolved(2)
            #expect(
                try installation.texts(
                    """
                    SELECT w.key || ' ' || p.value FROM leadgate.contact_point p
                    JOIN leadgate.workspace w ON w.id = p.workspace_id ORDER BY 1
                    """) == ["berlin +4930901820", "kyiv +380671112233"])
        }
    }

    @Test("one channel's token does not open another's door")
    func keepsDoors() throws {
        let installation = try Installation(Self.two)
        try installation.withGateway { gateway in
            let answer = try gateway.submit("e-1", to: "kyiv-site", token: "berlin-token-0123456")
            #expect(answer.status == 401)
            #expect(try installation.rows(of: "inbound_event") == 0)
        }
    }
}
