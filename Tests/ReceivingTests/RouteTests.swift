import Adapters
import Curl
import HTTPTypes
import Harness
import JSON
import Receiving
import Testing

@Suite("The routes for strangers")
struct RouteTests {
    private let hook = Channel(key: "hook", adapter: "generic", tokens: ["a-token/of the hook"])

    @Test("lead a provider's request to its channel, whatever stands behind the token")
    func webhooks() async throws {
        try await Gateway.with([hook]) { gateway in
            for (number, tail) in ["", "/", "/a/b%2Fc", "//x"].enumerated() {
                let answer = try await gateway.call(
                    "POST", "/in/hook/a-token%2Fof%20the%20hook\(tail)",
                    [("Content-Type", "application/json")], body: #"{"phone": "+38044123456\#(number)"}"#)
                #expect(answer.status == 200)
                #expect(answer.text == #"{"ok":true}"#)
            }
            #expect(try await gateway.count("inbound_event") == 4)
            #expect(try await gateway.call("HEAD", "/in/hook/a-token%2Fof%20the%20hook").status == 200)
        }
    }

    @Test(
        "refuse what no channel takes",
        arguments: [
            ("POST", "/in/hook/another-token", 401, "bad_token"), ("POST", "/in/hook", 401, "bad_token"),
            ("POST", "/in/nobody/x", 404, "unknown_channel"), ("POST", "/in", 404, "not_found"),
            ("PATCH", "/in/hook/a-token%2Fof%20the%20hook", 405, "method_not_allowed"),
            ("POST", "/in/hook/%FF", 400, "malformed"), ("GET", "/elsewhere", 404, "not_found"),
            ("GET", "/problems/nothing", 404, "not_found"), ("GET", "/form", 404, "not_found"),
        ])
    func refusals(method: String, path: String, status: Int, reason: String) async throws {
        try await Gateway.with([hook]) { gateway in
            let answer = try await gateway.call(method, path)
            #expect(answer.status == status)
            #expect(try answer.json["type"]?.string == "/problems/\(reason)")
            #expect(try await gateway.count("inbound_event") == 0)
        }
    }

    @Test("have a page for each type of problem, those of other rooms too")
    func problems() async throws {
        let other = ProblemKind(
            "bad_cursor", .badRequest, "The cursor is <wrong>", "Begin at the first page.")
        try await Gateway.with([], problems: [other]) { gateway in
            for kind in ProblemKind.all + [other] {
                let answer = try await gateway.call("GET", "/problems/\(kind.reason)")
                #expect(answer.status == 200)
                let page = try await PageReader(answer.text)
                #expect(page.text.contains(kind.title))
                #expect(page.text.contains(kind.meaning))
                #expect(page.text.contains(kind.reason))
            }
        }
    }
}
