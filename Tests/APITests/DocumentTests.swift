import API
import Adapters
import Contacts
import Curl
import Foundation
import Harness
import JSON
import Postgres
import Store
import Testing

@testable import Receiving

@Suite("The OpenAPI document")
struct DocumentTests {
    private func document(_ gateway: GatewayUnderTest) async throws -> InterfaceDocument {
        let answer = try await gateway.call("/openapi.yaml", nil)
        #expect(answer.status == 200)
        #expect(answer.header("content-type") == "application/yaml")
        return try InterfaceDocument(yaml: answer.text)
    }

    @Test("the document has every operation that is served, and no other")
    func operations() async throws {
        try await GatewayUnderTest.run { gateway in
            let document = try await document(gateway)
            #expect(document.root["openapi"]?.string?.hasPrefix("3.1.") == true)
            let token = try gateway.token([.admin])
            var served: Set<String> = []
            for route in gateway.routes where !route.hasSuffix("**") {
                let path = route.hasPrefix("/") ? route : "/\(route)"
                let example = path.replacing("{id}", with: UUID.v7(at: gateway.now).text)
                for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
                    let answer = try await gateway.call(method, example, token)
                    if answer.status != 405 { served.insert("\(method) \(path)") }
                }
            }
            // What the room Receiving answers is described too, but not served here.
            let received = document.operations.filter { $0.contains(" /in/") || $0.contains(" /form/") }
            #expect(received.count == 3)
            #expect(document.operations.subtracting(received) == served)
        }
    }

    @Test("every parameter that the document names is taken, and the routes name the same ones")
    func parameters() async throws {
        try await GatewayUnderTest.run { gateway in
            let document = try await document(gateway)
            let token = try gateway.token([.admin])
            for (path, item) in document.root["paths"]?.object ?? [:] where path.hasPrefix("/v1/") {
                for (method, operation) in item.object ?? [:] where operation["responses"] != nil {
                    let parameters = try (operation["parameters"]?.array ?? []).map(document.resolved)
                    let named = Set(
                        parameters.filter { $0["in"] == "query" }.compactMap { $0["name"]?.string })
                    let example = path.replacing("{id}", with: UUID.v7(at: gateway.now).text)
                    let answer = try await gateway.call(method.uppercased(), "\(example)?unknown=1", token)
                    let known = try #require(
                        answer.detail?.split(separator: ": ", maxSplits: 2).last, "\(path)")
                    let taken = Set(known.split(separator: ", ").map(String.init))
                    #expect(answer.detail?.hasPrefix("unknown: no such parameter") == true)
                    #expect(named == (named.isEmpty ? [] : taken), "\(method) \(path)")
                    if named.isEmpty { #expect(known.hasSuffix("there are")) }
                }
            }
        }
    }

    @Test("every answer is what its schema says, and every member of the schemas is answered")
    func answers() async throws {
        let folder = GatewayUnderTest.newFolder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try await GatewayUnderTest.run(
            metricsToken: "scraper-token", rehearse: { _, _ in ["status": "done"] },
            imports: ImportTests.services, spool: folder
        ) { gateway in
            let document = try await document(gateway)
            let story = try gateway.tell("north", channel: "site")
            try fillMore(gateway, story)
            let token = try gateway.token([.admin])
            let phone = Story.phone
            let examples: [(String, String, Int)] = [
                ("GET /v1/events", "limit=1", 200), ("GET /v1/events", "limit=0", 400),
                ("GET /v1/events/{id}", story.event.text, 200),
                ("GET /v1/events/{id}", story.waiting.text, 200),
                ("GET /v1/events/{id}", "x", 400), ("GET /v1/events/{id}", story.card.text, 404),
                ("POST /v1/events/{id}/replay", story.event.text, 202),
                ("POST /v1/events/{id}/replay", "\(story.event.text)?dry_run=true", 200),
                ("GET /v1/leads", "limit=1", 200), ("GET /v1/leads/{id}", story.lead.text, 200),
                ("GET /v1/leads/{id}", story.earlierLead.text, 200), ("GET /v1/cards", "phone=\(phone)", 200),
                ("GET /v1/cards/{id}", "\(story.card.text)?limit=1", 200),
                ("GET /v1/cards/{id}", story.card.text, 200),
                ("GET /v1/lookup", "phone=\(phone)", 200), ("GET /v1/lookup", "phone=+380671112233", 200),
                ("GET /v1/channels", "", 200), ("GET /v1/stats", "", 200), ("GET /health/live", "", 200),
                ("GET /health/ready", "", 200),
            ]
            gateway.spool?.databaseIsAway("as far as this test goes")
            for (operation, rest, status) in examples {
                try await check(operation, rest, status, document, gateway, token)
            }
            let lines = #"{"card": {"points": [{"kind": "phone", "value": "0671112233"}]}}"# + "\nno JSON"
            let answer = try await ImportTests.post(lines, gateway)
            try document.check(
                JSON.parse(answer.body),
                document.schema("POST /v1/import", status: 200, type: "application/json"), at: "import")
            gateway.imports?.close()
            let away = try await ImportTests.post(lines, gateway)
            try document.check(
                JSON.parse(away.body),
                document.schema("POST /v1/import", status: 503, type: "application/problem+json"),
                at: "import")
            gateway.stopSoon()
            try await check("GET /health/ready", "", 503, document, gateway, token)
            try await check("GET /v1/stats", "", 401, document, gateway, nil)
            try await check("GET /v1/stats", "", 403, document, gateway, gateway.token([.ingest]))
            let unseen = try document.properties().subtracting(document.seen).sorted()
            #expect(unseen == [])
        }
    }

    /// What a story does not have: a second activity, a body that is no text, a rejection, a retried event.
    private func fillMore(_ gateway: GatewayUnderTest, _ story: Story) throws {
        try gateway.insert(
            "activity", [Row.activity(UUID.v7(at: gateway.now), of: story.card, channel: "site").json])
        let connection = try gateway.database.connect()
        try connection.script(
            """
            UPDATE inbound_event SET body = '\\xff' WHERE id = '\(story.waiting.text)';
            INSERT INTO rejection (workspace_id, channel_id, reason, minute, count)
            SELECT workspace_id, id, 'bad_token', '\(gateway.now.iso8601)', 3 FROM channel WHERE key = 'site'
            """)
    }

    private func check(
        _ operation: String, _ rest: String, _ status: Int, _ document: InterfaceDocument,
        _ gateway: GatewayUnderTest, _ token: BearerToken?
    ) async throws {
        let parts = operation.split(separator: " ").map(String.init)
        var path = parts[1]
        if path.contains("{id}") {
            let pieces = rest.split(separator: "?", maxSplits: 1).map(String.init)
            path = path.replacing("{id}", with: pieces[0]) + (pieces.count > 1 ? "?\(pieces[1])" : "")
        } else if !rest.isEmpty {
            path += "?\(rest)"
        }
        let answer = try await gateway.call(parts[0], path, token)
        #expect(answer.status == status, "\(operation) \(rest): \(answer.text)")
        let type = try #require(answer.header("content-type"))
        let schema = try document.schema(operation, status: status, type: type)
        try document.check(JSON.parse(answer.body), schema, at: "\(operation) \(rest)")
    }

    @Test("every reference leads somewhere, and every part is referred to")
    func references() async throws {
        try await GatewayUnderTest.run { gateway in
            let document = try await document(gateway)
            var used: Set<String> = []
            func walk(_ node: JSON) throws {
                if let reference = node["$ref"]?.string {
                    used.insert(reference)
                    _ = try document.resolved(node)
                }
                for value in node.object?.values ?? node.array ?? [] { try walk(value) }
            }
            try walk(document.root)
            for kind in ["schemas", "responses", "parameters"] {
                for name in document.root.at(path: "components.\(kind)")?.object?.keys ?? [] {
                    #expect(used.contains("#/components/\(kind)/\(name)"), "\(kind)/\(name) is used nowhere")
                }
            }
        }
    }
}
