import Contacts
import JSON
import Testing

@testable import Adapters

@Suite("Running scripts")
struct RuntimeTests {
    private func map(_ script: String, body: String = "{}", limits: [String: [String]] = [:]) throws
        -> Mapping
    {
        let adapter = try makeAdapter(#"accepts = { body = "json" }, settings = { zone = {} },"#, map: script)
        return try AdapterRuntime().map(
            makeRequest(body: body), adapter: adapter, channel: makeChannel(settings: limits))
    }

    @Test(
        "whatever a script returns is a failure unless it is events or a reason",
        arguments: [
            "return nil", "return 5", "return 'x'", "return {}", "return json.array{}",
            "return { ignored = 'because' }",
            "return { ignored = 5 }", "return { fetch = 5 }", "return { { type = 'dance' } }", "return { 5 }",
            "return { type = 'note' }", "error('boom')", "error({})", "return request.nothing.at_all",
            "return { { type = 'submission', unheard = 1 } }", "return function() end", "return { 0/0 }",
            "local t = {} t[1] = t return t", "return { { type = 'call', contact = {} } }",
            "return { { type = 'submission', contact = { points = { { kind = 'fax', value = '1' } } } } }",
        ])
    func failures(_ script: String) throws {
        let failure = try #require(throws: MappingFailure.self) { try map(script) }
        guard case .failed = failure else {
            Issue.record("\(failure)")
            return
        }
        #expect(!failure.reason.isEmpty)
    }

    @Test("an endless script and a greedy one end at their limits")
    func limits() throws {
        for script in [
            "while true do end", "local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(100) .. i end return t",
        ] {
            let failure = try #require(throws: MappingFailure.self) { try map(script) }
            guard case .limit = failure else {
                Issue.record("\(failure)")
                return
            }
        }
    }

    @Test("an error names its line")
    func lines() throws {
        let failure = try #require(throws: MappingFailure.self) { try map("\n\n error('boom')") }
        #expect(failure.reason.contains("line 6"), "\(failure.reason)")
        #expect(failure.reason.contains("boom"))
    }

    @Test("a body that cannot be read never reaches the script")
    func undecodable() throws {
        let failure = try #require(throws: MappingFailure.self) { try map("error('reached')", body: "{") }
        guard case .undecodable = failure else {
            Issue.record("\(failure)")
            return
        }
        let adapter = try makeAdapter(#"accepts = { body = "json" },"#)
        let reception = adapter.receive(makeRequest(body: "{"), channel: makeChannel(), now: moment)
        #expect(reception.accepted?.undecodable == true)
    }

    @Test("64-bit numbers go through a script unchanged, longer ones as their digits")
    func integers() throws {
        let mapping = try map(
            "return { fetch = { a = request.json.a, b = request.json.b } }",
            body: #"{"a":9223372036854775807,"b":92233720368547758079}"#)
        #expect(mapping == .fetch(["a": .integer(.max), "b": "92233720368547758079"]))
    }

    @Test("time.parse knows zones, gives nil for no time and raises for no zone")
    func time() throws {
        let script = """
            return { fetch = { at = time.parse('2026-01-15 10:20:30', request.settings.zone), none = time.parse('soon'),
              number = time.parse(1768465230) } }
            """
        let mapping = try map(script, limits: ["zone": ["Europe/Kyiv"]])
        let instant: JSON = "2026-01-15T08:20:30.000000Z"
        #expect(mapping == .fetch(["at": instant, "number": instant]))
        let failure = try #require(throws: MappingFailure.self) {
            try map(script, limits: ["zone": ["Mars/Base"]])
        }
        #expect(failure.reason.contains("Mars/Base"))
    }

    @Test("an answer is what the script made of it, and nobody found gets the neutral reply")
    func answers() throws {
        let adapter = try makeAdapter(
            """
            accepts = { body = "form" }, lookup = { when = { ["form.e"] = "start" }, phone = "form.from" },
            reply = { body = "{}" }, phones = { anonymous = { "hidden" } },
            answer = function(request, found) return { json = { name = found.name, ext = found.owner_extension } } end,
            """)
        let request = makeRequest(body: "e=start&from=380501234567")
        let channel = makeChannel()
        #expect(
            adapter.receive(request, channel: channel, now: moment).accepted?.lookup
                == LookupRequest(phone: "380501234567"))
        for body in ["e=end&from=380501234567", "e=start&from=Hidden+", "e=start&from=", "e=start"] {
            let other = adapter.receive(makeRequest(body: body), channel: channel, now: moment)
            #expect(other.accepted?.lookup == nil, "\(body)")
        }
        let runtime = AdapterRuntime()
        let found = FoundContact(
            cardID: "1", name: "Олена \"К\"", ownerExtension: "101", phone: "+380501234567")
        let reply = try runtime.answer(request, found: found, adapter: adapter, channel: channel)
        #expect(try JSON.parse(reply.body) == ["name": "Олена \"К\"", "ext": "101"])
        #expect(try runtime.answer(request, found: nil, adapter: adapter, channel: channel).text == "{}")
    }

    @Test("a second IVR step and a second recording have keys of their own; a repeat has not")
    func zadarmaKeys() throws {
        let adapter = try Adapter(folder: adaptersFolder + "/telephony/zadarma")
        func key(_ name: String) throws -> EventKey {
            let fixture = try Fixture(
                file: "\(adapter.folder)/fixtures/\(name).request.json", adapter: adapter)
            let reception = adapter.receive(
                fixture.request, channel: fixture.channel, now: fixture.request.receivedAt)
            return try #require(reception.accepted).key
        }
        #expect(try key("start") == key("start-repeated"))
        let names = [
            "start", "internal", "internal-second-extension", "answer", "end-answered", "record",
            "record-second", "ivr",
            "ivr-second-step", "out-start", "out-end-answered",
        ]
        #expect(Set(try names.map(key)).count == names.count)
    }
}
