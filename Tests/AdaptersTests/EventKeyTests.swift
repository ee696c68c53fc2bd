import JSON
import Testing

@testable import Adapters

@Suite("Event keys")
struct EventKeyTests {
    private func key(
        _ request: InboundRequest, components: String = #"{ "form.a", "form.b", "json.id", "header.X-Id" }"#,
        body: String = "any", name: String = "test", more: String = ""
    ) throws -> EventKey {
        let adapter = try Adapter(
            source: """
                return { name = "\(name)", kind = "form", title = "Test", accepts = { body = "\(body)" },
                  event_key = \(components), \(more) map = function() end }
                """, folder: "/nowhere/form/\(name)")
        return try #require(adapter.receive(request, channel: makeChannel(), now: moment).accepted).key
    }

    @Test("an absent component is not an empty one")
    func absent() throws {
        let keys = try [
            makeRequest(body: "a=1&x=y"), makeRequest(body: "a=1&b="), makeRequest(body: "b=1"),
            makeRequest(body: "a=&b=1"), makeRequest(body: "a=1&b=1"), makeRequest(body: "a=11"),
            makeRequest(body: "a=1&a=1"), makeRequest(body: "a=1&a="), makeRequest(body: #"{"id":"1"}"#),
            makeRequest(body: #"{"id":{"a":1}}"#), makeRequest(body: #"{"id":[]}"#),
            makeRequest(headers: [("X-Id", "1")]),
        ].map { try key($0) }
        #expect(Set(keys).count == keys.count)
        #expect(keys.allSatisfy { $0.bytes.count == 32 && $0.repeatWindow == nil })
    }

    @Test("what is no component does not change the key, order of fields neither")
    func stable() throws {
        let one = try key(makeRequest(body: "a=1&b=2&c=3"))
        #expect(try key(makeRequest(query: "x=y", headers: [("X", "Y")], body: "b=2&a=1")) == one)
    }

    @Test("adapters do not share keys")
    func names() throws {
        #expect(try key(makeRequest(body: "a=1"), name: "one") != key(makeRequest(body: "a=1"), name: "two"))
    }

    @Test("without any component the whole request is the key, for ten minutes or as set")
    func digests() throws {
        let requests = [
            makeRequest(body: "x=1"), makeRequest(body: "x=2"), makeRequest(query: "x=1", body: "x=1"),
            makeRequest(body: "x=1", tail: "t"), makeRequest(body: ""),
        ]
        let keys = try requests.map { try key($0) }
        #expect(Set(keys).count == keys.count)
        #expect(keys.allSatisfy { $0.repeatWindow == .seconds(600) })
        #expect(try key(makeRequest(headers: [("User-Agent", "other")], body: "x=1")) == keys[0])
        #expect(try key(requests[0], more: "repeat_window = 60,").repeatWindow == .seconds(60))
        #expect(try key(requests[0], components: "{}").repeatWindow == .seconds(600))
    }

    @Test("the same multipart form under another boundary is the same event")
    func multipart() throws {
        func form(_ boundary: String, file: String) -> InboundRequest {
            makeRequest(
                headers: [("Content-Type", "multipart/form-data; boundary=\(boundary)")],
                body:
                    "--\(boundary)\r\nContent-Disposition: form-data; name=\"x\"\r\n\r\n1\r\n--\(boundary)\r\n"
                    + "Content-Disposition: form-data; name=\"f\"; filename=\"a\"\r\n\r\n\(file)\r\n--\(boundary)--"
            )
        }
        #expect(try key(form("one", file: "bytes")) == key(form("two", file: "bytes")))
        #expect(try key(form("one", file: "bytes")) != key(form("one", file: "other")))
    }
}
