import Curl
import Foundation
import Harness
import Postgres
import Testing

@Suite("leadgate token")
struct TokenTests {
    @Test("a token opens the API from its making to its revocation")
    func opensAPI() throws {
        let installation = try Installation()
        try installation.withGateway { gateway in
            let made = try installation.run("token", "create", "the CRM")
            #expect(made.status == 0)
            #expect(made.errors == "")
            #expect(made.lines.count == 1)
            let token = String(made.lines.first ?? "")
            #expect(token.count >= 43)
            #expect(try gateway.api("/v1/events", token: token).status == 200)
            let other = String(token.dropLast(2)) + (token.hasSuffix("AA") ? "BA" : "AA")
            #expect(try gateway.api("/v1/events", token: other).status == 401)

            let list = try installation.run("token", "list")
            #expect(list.status == 0)
            let row = try #require(list.lines.last)
            #expect(row.hasSuffix("valid  the CRM"))
            #expect(!list.output.contains(token))
            let id = try #require(row.split(separator: " ").first)
            #expect(try installation.run("token", "revoke", String(id)).status == 0)
            try eventually("the revoked token is refused") {
                try gateway.api("/v1/events", token: token).status == 401
            }
            #expect(try installation.run("token", "list").output.contains("revoked  the CRM"))
            let again = try installation.run("token", "revoke", "019abc12-3456-7def-8012-3456789abcde")
            #expect(again.status == 1)
            #expect(again.complaints.count == 1)
        }
    }

    @Test("a token does what its scopes allow")
    func keepsToScopes() throws {
        let installation = try Installation()
        try installation.withGateway { gateway in
            try gateway.submit("e-1")
            try installation.waitUntilResolved(1)
            let id = try #require(try installation.texts("SELECT id::text FROM leadgate.inbound_event").first)
            func replay(_ token: String) throws -> Int {
                try HTTP.post(
                    "\(gateway.url)/v1/events/\(id)/replay", body: "",
                    headers: [("Authorization", "Bearer \(token)")]
                ).status
            }
            let (reader, writer, both) = (
                try installation.token(), try installation.token("write"),
                try installation.token("read,write")
            )
            #expect(try replay(reader) == 403)
            #expect(try replay(writer) == 202)
            #expect(try gateway.api("/v1/events", token: writer).status == 403)
            #expect(try gateway.api("/v1/events", token: both).status == 200)
            #expect(try replay(both) == 202)
        }
    }

    @Test("a token for some days says until when")
    func ends() throws {
        let installation = try Installation()
        #expect(try installation.run("token", "create", "crm", "--days", "3").status == 0)
        #expect(try installation.run("token", "list").output.contains("valid until 20"))
        try installation.database.connect().script("UPDATE leadgate.api_token SET expires_at = now()")
        #expect(try installation.run("token", "list").output.contains("expired  crm"))
    }
}
