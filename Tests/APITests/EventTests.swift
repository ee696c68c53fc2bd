import Adapters
import Contacts
import Curl
import Foundation
import Harness
import JSON
import OpenSSL
import Store
import Testing

@Suite("One event of the API")
struct EventTests {
    @Test("an event is shown with what arrived, byte for byte, and what came of it run by run")
    func whole() async throws {
        try await GatewayUnderTest.run { gateway in
            let id = UUID.v7(at: gateway.now)
            let body = Array("name=%D0%90&text=a+b".utf8)
            try gateway.insert(
                "inbound_event",
                [
                    Row.event(id, channel: "pbx", body: body).with([
                        "method": "PUT", "tail": "calls/1", "query": "a=1&b=%20", "remote": "2001:db8::7",
                        "headers": [["x-one", "1"], ["x-two", "é"], ["x-one", "again"]],
                        "verified": ["hmac", "allow_list"],
                    ]).json
                ])
            try gateway.insert(
                "outcome",
                [(1, 0, "done"), (0, 1, "dead"), (0, 0, "done")].map {
                    Row.outcome(id, channel: "pbx", $2, run: $0, ordinal: $1).json
                })
            let event = try await gateway.json("/v1/events/\(id.text)", gateway.token())
            #expect(
                event["request"] == [
                    "method": "PUT", "tail": "calls/1", "query": "a=1&b=%20",
                    "headers": [["x-one", "1"], ["x-two", "é"], ["x-one", "again"]],
                    "body": "name=%D0%90&text=a+b", "body_base64": nil,
                    "body_sha256": .string(Hex.encode(digest(body, .sha256))), "remote": "2001:db8::7",
                ])
            #expect(event["verified"] == ["hmac", "allow_list"])
            #expect(event["status"] == "done")
            let outcomes = event["outcomes"]?.array ?? []
            #expect(outcomes.map { $0["run"] } == [0, 0, 1])
            #expect(outcomes.map { $0["ordinal"] } == [0, 1, 0])
            #expect(outcomes.map { $0["status"] } == ["done", "dead", "done"])
        }
    }

    @Test(
        "a body that is no text comes in base 64, one that is comes as it is",
        arguments: [
            (Array("Привіт\r\n\t".utf8), true), ([], true), ([0xFF, 0xFE], false), ([0x41, 0x00], false),
            (Array(0...255), false),
        ] as [([UInt8], Bool)])
    func bodies(body: [UInt8], isText: Bool) async throws {
        try await GatewayUnderTest.run { gateway in
            let id = UUID.v7(at: gateway.now)
            try gateway.insertDone(Row.event(id, channel: "pbx", body: body), id, channel: "pbx")
            let event = try await gateway.json("/v1/events/\(id.text)", gateway.token())
            if isText {
                #expect(event.at(path: "request.body")?.string.map { Array($0.utf8) } == body)
                #expect(event.at(path: "request.body_base64")?.isNull == true)
            } else {
                #expect(event.at(path: "request.body")?.isNull == true)
                #expect(event.at(path: "request.body_base64")?.string.flatMap(Base64.decode) == body)
            }
        }
    }

    /// The channel `site` has these in its token and its secret settings.
    private static let canaries = ["site-token/Ünter+wegs&mehr", "canary \"key\"/1", "rotated-canary"]

    /// How a request may hold a canary.
    private static func spellings(_ canary: String) throws -> [String] {
        let strict = try #require(canary.addingPercentEncoding(withAllowedCharacters: .alphanumerics))
        let loose = try #require(canary.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed))
        let lower = strict.replacing(#/%[0-9A-F]{2}/#) { $0.output.lowercased() }
        let json = String(JSON.string(canary).text().dropFirst().dropLast())
        return [
            canary, strict, loose, lower, strict.replacing("%20", with: "+"), json,
            json.replacing("/", with: "\\/"),
        ]
    }

    @Test("the secrets of a channel are taken out of the request, however they are spelled")
    func redaction() async throws {
        try await GatewayUnderTest.run { gateway in
            let token = try gateway.token()
            for canary in EventTests.canaries {
                for text in try EventTests.spellings(canary) {
                    for isBinary in [false, true] {
                        let id = UUID.v7(at: gateway.now)
                        let body = Array("before \(text) after".utf8) + (isBinary ? [0xFF] : [])
                        let event = Row.event(id, channel: "site", body: body).with([
                            "tail": .string("a/\(text)/b"), "query": .string("key=\(text)&x=1"),
                            "headers": [["x-key", .string(text)], ["x-list", .string("a,\(text),b")]],
                        ])
                        try gateway.insertDone(event, id, channel: "site")
                        let request = try await gateway.json("/v1/events/\(id.text)", token)["request"]
                        let shown = try #require(request)
                        #expect(shown["tail"] == "a/[secret]/b", "\(text)")
                        #expect(shown["query"] == "key=[secret]&x=1", "\(text)")
                        #expect(
                            shown["headers"] == [["x-key", "[secret]"], ["x-list", "a,[secret],b"]], "\(text)"
                        )
                        let hidden = Array("before [secret] after".utf8)
                        if isBinary {
                            let bytes = shown["body_base64"]?.string.flatMap(Base64.decode)
                            #expect(bytes == hidden + [0xFF], "\(text)")
                        } else {
                            #expect(shown["body"]?.string.map { Array($0.utf8) } == hidden, "\(text)")
                        }
                        #expect(!shown.text().contains(text))
                    }
                }
            }
        }
    }

    @Test(
        "headers that are credentials are never shown, whatever their value, also of a channel that is gone")
    func credentials() async throws {
        try await GatewayUnderTest.run { gateway in
            let id = UUID.v7(at: gateway.now)
            let row = Row.event(id, channel: "gone").with([
                "headers": [
                    ["authorization", "Basic canary"], ["cookie", "canary"], ["x-api-key", "canary"],
                    ["X-Auth-Token", "canary"], ["proxy-authorization", "canary"], ["x-other", "shown"],
                ]
            ])
            try gateway.insertDone(row, id, channel: "gone")
            let event = try await gateway.json("/v1/events/\(id.text)", gateway.token())
            #expect(!event.text().contains("canary"))
            #expect(event.text().contains("shown"))
            #expect(event["channel"]?.isNull == true)
        }
    }

    @Test("secrets of one channel do not blank the requests of another")
    func ownSecretsOnly() async throws {
        try await GatewayUnderTest.run { gateway in
            let id = UUID.v7(at: gateway.now)
            let row = Row.event(id, channel: "pbx", body: Array("rotated-canary".utf8))
            try gateway.insertDone(row, id, channel: "pbx")
            let event = try await gateway.json("/v1/events/\(id.text)", gateway.token())
            #expect(event.at(path: "request.body") == "rotated-canary")
        }
    }
}
