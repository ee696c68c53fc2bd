import Contacts
import Curl
import Foundation
import Harness
import JSON
import Store
import Testing

@Suite("Requests that the API refuses")
struct ParameterTests {
    private static let none = "00000000-0000-7000-8000-000000000000"

    @Test("a wrong parameter is refused by name, and its value is not repeated")
    func badParameters() async throws {
        let cases = [
            ("/v1/events?limit=0", "limit"), ("/v1/events?limit=201", "limit"),
            ("/v1/events?limit=canary", "limit"), ("/v1/events?limit=%2B5", "limit"),
            ("/v1/events?limit=", "limit"), ("/v1/events?limit", "limit"), ("/v1/events?limit=1e1", "limit"),
            ("/v1/events?limit=99999999999999999999", "limit"), ("/v1/events?limit=5&limit=5", "limit"),
            ("/v1/events?status=canary", "status"), ("/v1/events?status=DONE", "status"),
            ("/v1/events?channel=", "channel"), ("/v1/events?channel=%00", "channel"),
            ("/v1/events?channel=canary%zz", "channel"), ("/v1/events?channel=%ff", "channel"),
            ("/v1/events?channel=\(String(repeating: "c", count: 513))", "channel"),
            ("/v1/events?since=canary", "since"), ("/v1/events?since=2026-01-15", "since"),
            ("/v1/events?since=2026-01-15T10:00:00", "since"),
            ("/v1/events?until=2026-02-30T10:00:00Z", "until"),
            ("/v1/events?cursor=canary", "cursor"), ("/v1/events?Limit=5", "Limit"),
            ("/v1/events?unknown=canary", "unknown"), ("/v1/events?limit=5&source=site", "source"),
            ("/v1/events/canary", "id"), ("/v1/events/\(Self.none)0", "id"),
            ("/v1/events/\(Self.none)?limit=5", "limit"), ("/v1/leads?status=done", "status"),
            ("/v1/leads?until=2026-01-15T10:00:00Z", "until"), ("/v1/leads?cursor=canary", "cursor"),
            ("/v1/leads/canary", "id"), ("/v1/cards", "phone"), ("/v1/cards?phone=canary", "phone"),
            ("/v1/cards?email=canary", "email"), ("/v1/cards?phone=1&email=a@example.com", "email"),
            ("/v1/cards/canary", "id"), ("/v1/cards/\(Self.none)?cursor=canary", "cursor"),
            ("/v1/lookup", "phone"), ("/v1/lookup?phone=", "phone"), ("/v1/lookup?phone=canary", "phone"),
            ("/v1/lookup?email=a@example.com", "email"), ("/v1/channels?limit=5", "limit"),
            ("/v1/stats?since=canary", "since"), ("/v1/stats?since=2020-01-01T00:00:00Z", "since"),
        ]
        try await GatewayUnderTest.run { gateway in
            let token = try gateway.token([.read, .write])
            for (path, name) in cases {
                let answer = try await gateway.call(path, token)
                #expect(answer.status == 400, "\(path)")
                #expect(answer.problem == "bad_parameter", "\(path)")
                #expect(answer.detail?.hasPrefix("\(name): ") == true, "\(path): \(answer.detail ?? "")")
                #expect(!answer.text.contains("canary"), "\(path)")
            }
            let replay = "/v1/events/\(Self.none)/replay"
            for (path, name) in [
                ("\(replay)?dry_run=1", "dry_run"), ("\(replay)?dry_run=", "dry_run"),
                ("\(replay)?force=true", "force"), ("/v1/events/canary/replay", "id"),
            ] {
                let answer = try await gateway.call("POST", path, token)
                #expect(answer.status == 400, "\(path)")
                #expect(answer.detail?.hasPrefix("\(name): ") == true, "\(path)")
            }
        }
    }

    @Test("a stranger's parameter name cannot bring control characters into the answer")
    func parameterNames() async throws {
        try await GatewayUnderTest.run { gateway in
            let token = try gateway.token()
            for name in ["%0d%0aX-Injected:1", String(repeating: "n", count: 5_000), "%ff", "=", "%00"] {
                let answer = try await gateway.call("/v1/events?\(name)=1", token)
                #expect(answer.status == 400, "\(name.prefix(30))")
                #expect((answer.detail ?? "").count < 200)
                #expect(answer.header("x-injected") == nil)
            }
        }
    }

    @Test("another method is refused, with those that are allowed, before a token is asked for")
    func methods() async throws {
        try await GatewayUnderTest.run { gateway in
            let read = [
                "/v1/events", "/v1/events/\(Self.none)", "/v1/leads", "/v1/leads/\(Self.none)", "/v1/cards",
                "/v1/cards/\(Self.none)", "/v1/lookup", "/v1/channels", "/v1/stats", "/health/live",
                "/health/ready", "/metrics", "/openapi.yaml",
            ]
            let cases =
                read.map { ($0, ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"], "GET, HEAD") }
                + [
                    (
                        "/v1/events/\(Self.none)/replay",
                        ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"], "POST"
                    )
                ]
            for (path, methods, allowed) in cases {
                for method in methods {
                    let answer = try await gateway.call(method, path, nil)
                    #expect(answer.status == 405, "\(method) \(path)")
                    #expect(answer.header("allow") == allowed, "\(method) \(path)")
                    if method != "HEAD" { #expect(answer.problem == "method_not_allowed") }
                }
            }
        }
    }

    @Test("HEAD answers as GET does, without the body")
    func head() async throws {
        try await GatewayUnderTest.run { gateway in
            let story = try gateway.tell("north", channel: "site")
            let token = try gateway.token()
            for path in [
                "/v1/events", "/v1/events/\(story.event.text)", "/v1/leads", "/v1/channels", "/health/live",
                "/health/ready", "/metrics", "/openapi.yaml", "/v1/events?limit=0", "/v1/leads/\(Self.none)",
                "/v1/nothing",
            ] {
                let get = try await gateway.call("GET", path, token)
                let head = try await gateway.call("HEAD", path, token)
                #expect(head.status == get.status, "\(path)")
                #expect(head.header("content-type") == get.header("content-type"), "\(path)")
                #expect(head.body.isEmpty, "\(path)")
                #expect(head.header("content-length") == String(get.body.count), "\(path)")
            }
        }
    }

    @Test("a problem has the shape of RFC 9457, and nobody keeps it")
    func problems() async throws {
        try await GatewayUnderTest.run { gateway in
            let token = try gateway.token()
            for (path, status, reason) in [
                ("/v1/nothing", 404, "not_found"), ("/v1/events/x/y/z", 404, "not_found"),
                ("/v1/events/\(Self.none)", 404, "not_found"), ("/v1/events?limit=0", 400, "bad_parameter"),
            ] {
                let answer = try await gateway.call(path, token)
                #expect(answer.status == status)
                #expect(answer.problem == reason)
                #expect(answer.header("cache-control") == "no-store")
                #expect(answer.header("x-content-type-options") == "nosniff")
                #expect(answer.header("access-control-allow-origin") == nil)
                let members = try Set(JSON.parse(answer.body).object?.keys ?? [])
                #expect(members.isSubset(of: ["type", "title", "status", "detail"]))
                #expect(members.isSuperset(of: ["type", "title", "status"]))
            }
        }
    }

    @Test("answers with people in them are kept by nobody")
    func caching() async throws {
        try await GatewayUnderTest.run { gateway in
            let token = try gateway.token()
            for path in ["/v1/events", "/v1/leads", "/v1/lookup?phone=%2B380501234567"] {
                let answer = try await gateway.call(path, token)
                #expect(answer.header("content-type") == "application/json")
                #expect(answer.header("cache-control") == "no-store")
                #expect(answer.header("access-control-allow-origin") == nil)
            }
        }
    }

    @Test("while the database is away, the answer is a problem that says when to come again")
    func databaseAway() async throws {
        try await GatewayUnderTest.run { gateway in
            let token = try gateway.token([.read, .write])
            #expect(try await gateway.call("/v1/events", token).status == 200)
            try gateway.database.drop()
            async let list = gateway.call("/v1/events", token)
            async let replay = gateway.call("POST", "/v1/events/\(Self.none)/replay", token)
            for answer in try await [list, replay] {
                #expect(answer.status == 503)
                #expect(answer.problem == "unavailable")
                #expect(answer.header("retry-after") == "1")
                #expect(!answer.text.contains(gateway.database.name))
            }
        }
    }
}
