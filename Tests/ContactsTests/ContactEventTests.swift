import Contacts
import JSON
import Testing

@Suite("Contact events as JSON")
struct ContactEventTests {
    private func failure(_ json: JSON) -> String? {
        do throws(ContactEventFailure) {
            _ = try ContactEvent(json: json)
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test("the smallest event needs only its type")
    func smallest() throws {
        let event = try ContactEvent(json: ["type": "submission"])
        #expect(event == ContactEvent(type: .submission))
        #expect(event.json == ["type": "submission", "direction": "inbound"])
    }

    @Test("a full call event keeps everything, and its statement knows the event around it")
    func call() throws {
        let json: JSON = [
            "type": "call", "direction": "outbound", "occurred_at": "2026-01-15T08:20:30.250000Z",
            "event_id": "e-1",
            "thread": "t-1", "raw_kind": "NOTIFY_OUT_END",
            "contact": [
                "name": "Ann",
                "points": [
                    ["kind": "email", "value": "a@example.com"],
                    ["kind": "phone", "value": "+380 50 1", "verified": true],
                ],
            ],
            "call": [
                "state": "ended", "outcome": "answered", "scope": "leg", "leg": "l", "parent_thread": "p",
                "order": 7, "cause": "answered", "at_source": "provider", "line": "+38044", "kind": "k",
                "agents": [["extension": "101", "name": "Bob", "email": "b@example.com", "answered": true]],
                "wait_s": 4, "talk_s": 65,
                "recording": [
                    "id": "r", "url": "https://r", "needs_fetch": true,
                    "expires_at": "2026-01-15T08:30:30.000000Z",
                ],
            ],
        ]
        let event = try ContactEvent(json: json)
        #expect(event.json == json)
        let statement = try #require(event.call)
        #expect(
            statement.direction == .outbound && statement.name == "Ann" && statement.at == event.occurredAt)
        #expect(statement.remote == RawPoint(kind: .phone, value: "+380 50 1", verified: true))
        #expect(try CallStatement(json: statement.json) == statement)
        #expect(statement.agents.first?.extension == "101")
    }

    @Test("an empty table of a script may be a list or an object, a number may stand for a text")
    func scripts() throws {
        let event = try ContactEvent(json: [
            "type": "message", "contact": [], "fields": [:], "attachments": [:], "attribution": [],
            "thread": 42,
            "event_id": .number("92233720368547758079"), "subject": nil,
        ])
        #expect(event.thread == "42" && event.eventID == "92233720368547758079" && event.fields.isEmpty)
        let called = try ContactEvent(json: [
            "type": "call", "thread": "t",
            "call": ["state": "ended", "talk_s": .number("5.0"), "agents": [:]],
        ])
        #expect(called.call?.talkSeconds == 5)
    }

    @Test(
        "a withheld number makes an anonymous statement", arguments: ["anonymous", "Restricted", "UNKNOWN"])
    func withheld(word: String) throws {
        let event = try ContactEvent(json: [
            "type": "call", "thread": "t",
            "contact": ["points": [["kind": "phone", "value": .string(word)]]],
            "call": ["state": "ringing"],
        ])
        #expect(event.call?.isAnonymous == true && event.call?.remote == nil)
    }

    @Test(
        "what is wrong is named by its path",
        arguments: [
            ("[1]", "the event is no object"), (#"{}"#, "type is missing"),
            (
                #"{"type":"fax"}"#,
                "type is not one of: submission, call, message, letter, order, callback_request, note"
            ),
            (#"{"type":"note","colour":1}"#, "colour is not a known key"),
            (
                #"{"type":"note","direction":"up"}"#,
                "direction is not one of: inbound, outbound, internal, unknown"
            ),
            (#"{"type":"note","direction":"unknown"}"#, "direction may be unknown only for a call"),
            (#"{"type":"note","occurred_at":5}"#, "occurred_at is no time like 2026-01-15T08:20:30Z"),
            (#"{"type":"note","text":["a"]}"#, "text is no text"),
            (
                #"{"type":"note","contact":{"points":[{"kind":"fax","value":"1"}]}}"#,
                "contact.points[0].kind is not one of: phone, email, handle"
            ),
            (#"{"type":"note","contact":{"points":{"kind":"phone"}}}"#, "contact.points is no list"),
            (
                #"{"type":"note","contact":{"points":[{"kind":"phone","value":"1","x":1}]}}"#,
                "contact.points[0].x is not a known key"
            ),
            (
                #"{"type":"note","contact":{"points":[{"kind":"phone","value":"1","verified":"yes"}]}}"#,
                "contact.points[0].verified is neither true nor false"
            ),
            (#"{"type":"note","contact":"Ann"}"#, "contact is no object"),
            (
                #"{"type":"note","fields":[{"name":"a","value":"b"},{"name":"a"}]}"#,
                "fields[1].value is missing"
            ),
            (#"{"type":"note","fields":[{"name":"a","value":{}}]}"#, "fields[0].value is no text"),
            (#"{"type":"note","attribution":{"utm_source":["a"]}}"#, "attribution.utm_source is no text"),
            (#"{"type":"note","attachments":["a"]}"#, "attachments[0] is no object"),
            (#"{"type":"note","call":{"state":"ended"}}"#, "call is only for an event of type call"),
            (#"{"type":"call","thread":"t"}"#, "call is missing"),
            (#"{"type":"call","call":{"state":"ended"}}"#, "thread is missing"),
            (#"{"type":"call","thread":"t","call":{}}"#, "call.state is missing"),
            (
                #"{"type":"call","thread":"t","call":{"state":"ended","at":"x"}}"#,
                "call.at is not a known key"
            ),
            (
                #"{"type":"call","thread":"t","call":{"state":"ended","talk_s":1.5}}"#,
                "call.talk_s is no whole number of 64 bits"
            ),
            (
                #"{"type":"call","thread":"t","call":{"state":"ended","talk_s":-1}}"#,
                "call.talk_s is no number of seconds"
            ),
            (
                #"{"type":"call","thread":"t","call":{"state":"ended","recording":{}}}"#,
                "call.recording.id or url is missing"
            ),
            (
                #"{"type":"call","thread":"t","call":{"state":"ended","agents":[{"ext":"1"}]}}"#,
                "call.agents[0].ext is not a known key"
            ),
        ])
    func failures(text: String, message: String) throws {
        #expect(failure(try JSON.parse(text)) == message)
    }

    @Test("an id that is too long is refused, not cut")
    func longIDs() {
        let long = JSON.string(String(repeating: "x", count: 513))
        #expect(failure(["type": "note", "event_id": long]) == "event_id is longer than 512 bytes")
        #expect(failure(["type": "note", "thread": long]) == "thread is longer than 512 bytes")
    }

    @Test("hostile sizes are cut, NUL becomes U+FFFD, and the event stays small")
    func hostileSizes() throws {
        let huge = JSON.string(String(repeating: "щ", count: 400_000))
        let nul = JSON.string(String(repeating: "\0", count: 70_000))
        let field: JSON = ["name": huge, "value": nul]
        let point: JSON = ["kind": "phone", "value": huge]
        let event = try ContactEvent(json: [
            "type": "submission", "subject": huge, "text": nul, "raw_kind": huge,
            "contact": [
                "name": huge, "company": nul, "locale": huge,
                "points": .array(Array(repeating: point, count: 90)),
            ],
            "fields": .array(Array(repeating: field, count: 300)),
            "attachments": .array(
                Array(repeating: ["deep": [[[[[[[[[[huge]]]]]]]]]], "note": nul], count: 90)),
            "attribution": .object(JSONObject((0..<90).map { ("utm_\($0)", huge) })),
        ])
        #expect(event.contact.name?.unicodeScalars.count == 256)
        #expect(
            event.contact.points.count == 50 && event.fields.count == 200 && event.attachments.count == 50)
        #expect(event.attribution.count == 50)
        #expect(event.text?.utf8.count == 65_535 && event.text?.contains("\0") == false)
        #expect(
            event.fields.allSatisfy { $0.value.utf8.count <= 8_192 && $0.name.unicodeScalars.count == 256 })
        let text = event.json.text()
        #expect(!text.contains("\\u0000") && text.utf8.count < 4_000_000)
        #expect(try ContactEvent(json: event.json) == event)
    }

    @Test("writing and reading again changes nothing", arguments: [UInt64(1), 2, 3, 4])
    func roundTrip(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for turn in 0..<250 {
            let first = try ContactEvent(json: anyEvent(&generator))
            let again = try ContactEvent(json: JSON.parse(first.json.text()))
            #expect(again == first, "seed \(seed), turn \(turn): \(first.json.text())")
            if let statement = first.call { #expect(try CallStatement(json: statement.json) == statement) }
        }
    }

    private func anyEvent(_ generator: inout SeededGenerator) -> JSON {
        func maybe(_ make: (inout SeededGenerator) -> JSON) -> JSON {
            generator.chance(2, in: 3) ? make(&generator) : .null
        }
        func text(_ count: Int) -> JSON { maybe { .string($0.text(upTo: count)) } }
        let type = generator.pick(ActivityKind.allCases, or: .note)
        var event: JSONObject = [
            "type": .string(type.rawValue), "subject": text(300), "text": text(500), "raw_kind": text(20),
            "event_id": text(40), "thread": type == .call ? "thread" : text(40),
            "occurred_at": maybe {
                .string(
                    Instant(microseconds: Int64.random(in: 0...4_000_000_000_000_000, using: &$0)).iso8601)
            },
        ]
        event["contact"] = [
            "name": text(300), "company": text(20), "locale": text(40),
            "points": .array(
                (0..<3).map { _ in
                    [
                        "kind": .string(generator.pick(PointKind.allCases, or: .phone).rawValue),
                        "value": .string(generator.text(upTo: 20)), "verified": maybe { _ in true },
                    ]
                }),
        ]
        event["fields"] = .array(
            (0..<3).map { _ in ["name": text(30), "value": .string(generator.text(upTo: 30))] })
        event["attachments"] = .array(
            (0..<2).map { _ in ["name": text(20), "size": 5, "more": [text(5), true]] })
        event["attribution"] = ["utm_source": text(30), "page": text(30)]
        if type == .call {
            event["call"] = [
                "state": .string(generator.pick(CallState.allCases, or: .ended).rawValue), "leg": text(20),
                "outcome": maybe { .string($0.pick(CallOutcome.allCases, or: .missed).rawValue) },
                "cause": text(20),
                "order": maybe { .integer(Int64.random(in: .min ... .max, using: &$0)) }, "line": text(20),
                "agents": [["extension": text(10), "answered": maybe { .bool($0.chance(1, in: 2)) }]],
                "talk_s": maybe { .integer(Int64.random(in: 0...4_000, using: &$0)) },
                "recording": ["url": "https://example.com/r"],
            ]
        }
        return .object(event)
    }
}
