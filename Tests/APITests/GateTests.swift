import API
import Adapters
import Contacts
import Curl
import Foundation
import Harness
import Postgres
import Store
import Testing

@Suite("The gate of the API")
struct GateTests {
    private static let routes = [
        "/v1/events", "/v1/events/00000000-0000-7000-8000-000000000000", "/v1/leads",
        "/v1/leads/00000000-0000-7000-8000-000000000000", "/v1/cards?phone=%2B380501234567",
        "/v1/cards/00000000-0000-7000-8000-000000000000", "/v1/lookup?phone=%2B380501234567", "/v1/channels",
        "/v1/stats",
    ]

    @Test("nothing of /v1 is told without a token, and the answer says how to send one")
    func missing() async throws {
        try await GatewayUnderTest.run { gateway in
            for route in GateTests.routes {
                let answer = try await gateway.call(route, nil)
                #expect(answer.status == 401, "\(route)")
                #expect(answer.problem == "unauthorized", "\(route)")
                #expect(answer.header("www-authenticate") == #"Bearer realm="leadgate""#)
            }
            let replay = "/v1/events/00000000-0000-7000-8000-000000000000/replay"
            #expect(try await gateway.call("POST", replay, nil).status == 401)
            #expect(try await gateway.call("POST", "/v1/import", nil).status == 401)
        }
    }

    @Test("credentials that are no token in force are refused")
    func wrong() async throws {
        let unknown = BearerToken.make().secret.reveal()
        let cases = [
            ["Basic YTpi"], ["Bearer"], ["Bearer x"], ["Bearer lg_"], ["Token \(unknown)"], ["\(unknown)"],
            ["Bearer \(unknown)"], ["Bearer \(unknown) \(unknown)"],
            ["Bearer \(unknown)", "Bearer \(unknown)"],
            ["Bearer \(unknown.dropLast())"], ["Bearer \(unknown)A"], ["Bearer \(unknown)="],
        ]
        try await GatewayUnderTest.run { gateway in
            for credentials in cases {
                let answer = try await gateway.call(
                    "/v1/events", nil, headers: credentials.map { ("Authorization", $0) })
                #expect(answer.status == 401, "\(credentials)")
                #expect(answer.problem == "unauthorized", "\(credentials)")
                let challenge = answer.header("www-authenticate")
                #expect(challenge == #"Bearer realm="leadgate", error="invalid_token""#, "\(credentials)")
            }
        }
    }

    @Test("a good token is taken in the header only, under whatever case of the scheme")
    func headerOnly() async throws {
        try await GatewayUnderTest.run { gateway in
            let text = try gateway.token().secret.reveal()
            for scheme in ["Bearer", "bearer", "BEARER"] {
                let headers = [("Authorization", "\(scheme) \(text)")]
                #expect(try await gateway.call("/v1/events", nil, headers: headers).status == 200)
            }
            #expect(try await gateway.call("/v1/events?access_token=\(text)", nil).status == 401)
            // Two good ones: which of them is meant?
            let twice = [("Authorization", "Bearer \(text)"), ("Authorization", "Bearer \(text)")]
            #expect(try await gateway.call("/v1/events", nil, headers: twice).status == 401)
        }
    }

    @Test("a token works until the moment of its end, even while it is remembered")
    func expired() async throws {
        try await GatewayUnderTest.run { gateway in
            let token = try gateway.token(end: gateway.now + .seconds(60))
            gateway.advance(.seconds(59))
            #expect(try await gateway.call("/v1/events", token).status == 200)
            gateway.advance(.seconds(1))
            #expect(try await gateway.call("/v1/events", token).status == 401)
            gateway.advance(.seconds(60))
            #expect(try await gateway.call("/v1/events", token).status == 401)
        }
    }

    @Test("a revoked token ends within five seconds, others go on")
    func revoked() async throws {
        try await GatewayUnderTest.run { gateway in
            let (token, id) = try gateway.tokenAndID()
            let other = try gateway.token()
            #expect(try await gateway.call("/v1/events", token).status == 200)
            let connection = try gateway.database.connect(role: "leadgate_serve")
            let north = GatewayUnderTest.north
            #expect(try connection.revokeToken(workspaceID: north, id: id, now: gateway.now))
            gateway.advance(.seconds(5))
            #expect(try await gateway.call("/v1/events", token).status == 401)
            #expect(try await gateway.call("/v1/events", other).status == 200)
        }
    }

    @Test("an unknown token that is made a second later works within five seconds")
    func unknownIsForgotten() async throws {
        try await GatewayUnderTest.run { gateway in
            let token = BearerToken.make()
            #expect(try await gateway.call("/v1/events", token).status == 401)
            _ = try gateway.database.connect(role: "leadgate_serve").createToken(
                workspaceID: GatewayUnderTest.north, hash: token.hash, name: "late", scopes: [.read],
                now: gateway.now, expiresAt: nil)
            gateway.advance(.seconds(5))
            #expect(try await gateway.call("/v1/events", token).status == 200)
        }
    }

    @Test(
        "a scope allows what it says and no more; admin allows both",
        arguments: [
            ([.read], 200, 403), ([.write], 403, 202), ([.read, .write], 200, 202), ([.admin], 200, 202),
            ([.ingest], 403, 403),
        ] as [(Set<Scope>, Int, Int)])
    func scopes(scopes: Set<Scope>, read: Int, write: Int) async throws {
        try await GatewayUnderTest.run { gateway in
            let story = try gateway.tell("north", channel: "site")
            let token = try gateway.token(scopes)
            let list = try await gateway.call("/v1/events", token)
            #expect(list.status == read)
            let replay = try await gateway.call("POST", "/v1/events/\(story.event.text)/replay", token)
            #expect(replay.status == write)
            for (answer, scope) in [(list, "read"), (replay, "write")] where answer.status == 403 {
                #expect(answer.problem == "forbidden")
                #expect(answer.detail?.contains("scope \(scope)") == true)
                #expect(
                    answer.header("www-authenticate")
                        == #"Bearer realm="leadgate", error="insufficient_scope", scope="\#(scope)""#)
            }
            let queued = try gateway.one("SELECT count(*) FROM intake WHERE event_id = '\(story.event.text)'")
            #expect(queued == (write == 202 ? "1" : "0"), "what is forbidden is not done")
        }
    }

    @Test("the use of a token is noted, once a minute at most")
    func useIsNoted() async throws {
        try await GatewayUnderTest.run { gateway in
            let (token, id) = try gateway.tokenAndID()
            func lastUse() throws -> Instant? {
                try gateway.database.connect(role: "leadgate_serve").tokens(
                    workspaceID: GatewayUnderTest.north
                ).first { $0.id == id }?.lastUsedAt
            }
            let first = gateway.now
            #expect(try lastUse() == nil)
            _ = try await gateway.call("/v1/events", token)
            #expect(try lastUse() == first)
            gateway.advance(.seconds(59))
            _ = try await gateway.call("/v1/events", token)
            #expect(try lastUse() == first)
            gateway.advance(.seconds(6))
            _ = try await gateway.call("/v1/events", token)
            #expect(try lastUse() == gateway.now)
        }
    }
}
