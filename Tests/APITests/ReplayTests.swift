import Contacts
import Curl
import Foundation
import Harness
import JSON
import Postgres
import Store
import Synchronization
import Testing

@Suite("Replay by the API")
struct ReplayTests {
    @Test("an event is queued again as a run of its own, once however often it is asked for")
    func queuesOnce() async throws {
        try await GatewayUnderTest.run { gateway in
            let story = try gateway.tell("north", channel: "site")
            let token = try gateway.token([.write])
            let path = "/v1/events/\(story.event.text)/replay"
            for isRepetition in [false, true, true] {
                let answer = try await gateway.call(
                    "POST", path, token, headers: [("Idempotency-Key", "once")])
                #expect(answer.status == 202)
                #expect(
                    try JSON.parse(answer.body) == [
                        "id": .id(story.event), "status": "queued", "was_queued": .bool(isRepetition),
                    ])
            }
            let row = try gateway.one(
                "SELECT (run, attempts, lease_token IS NULL, reason IS NULL) FROM intake "
                    + "WHERE event_id = '\(story.event.text)'")
            #expect(row == "(2,0,t,t)")
            #expect(try gateway.one("SELECT count(*) FROM intake") == "2")
            #expect(gateway.rings == 1)
            let listed = try await gateway.ids("/v1/events?status=queued", gateway.token())
            #expect(Set(listed) == [story.event.text, story.waiting.text])
        }
    }

    @Test("an event that waits is left as it is")
    func leavesWaiting() async throws {
        try await GatewayUnderTest.run { gateway in
            let story = try gateway.tell("north", channel: "site")
            let before = try gateway.one("SELECT i FROM intake i")
            let answer = try await gateway.call(
                "POST", "/v1/events/\(story.waiting.text)/replay", gateway.token([.write]))
            #expect(answer.status == 202)
            #expect(try JSON.parse(answer.body)["was_queued"] == true)
            #expect(try gateway.one("SELECT i FROM intake i") == before)
            #expect(gateway.rings == 0)
        }
    }

    @Test("an event that came under a used key stays known as such")
    func otherContent() async throws {
        try await GatewayUnderTest.run { gateway in
            let id = UUID.v7(at: gateway.now)
            try gateway.insert("inbound_event", [Row.event(id, channel: "site").json])
            let outcome = Row.outcome(id, channel: "site", "ignored")
            try gateway.insert("outcome", [outcome.with(["reason": "same_key_other_content"]).json])
            let answer = try await gateway.call(
                "POST", "/v1/events/\(id.text)/replay", gateway.token([.write]))
            #expect(answer.status == 202)
            #expect(try gateway.one("SELECT reason FROM intake") == "same_key_other_content")
        }
    }

    @Test("many at the same time put an event back once")
    func concurrent() async throws {
        try await GatewayUnderTest.run { gateway in
            let story = try gateway.tell("north", channel: "site")
            let token = try gateway.token([.write])
            let answers = try await withThrowingTaskGroup(of: Bool?.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        let answer = try await gateway.call(
                            "POST", "/v1/events/\(story.event.text)/replay", token)
                        return try JSON.parse(answer.body)["was_queued"]?.bool
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            #expect(answers.filter { $0 == false }.count == 1)
            #expect(answers.filter { $0 == true }.count == 7)
        }
    }

    @Test("a dry run is refused where nothing resolves, and changes nothing")
    func dryRunElsewhere() async throws {
        try await GatewayUnderTest.run { gateway in
            let story = try gateway.tell("north", channel: "site")
            let answer = try await gateway.call(
                "POST", "/v1/events/\(story.event.text)/replay?dry_run=true", gateway.token([.write]))
            #expect(answer.status == 501)
            #expect(answer.problem == "not_implemented")
            #expect(try gateway.one("SELECT count(*) FROM intake") == "1")
        }
    }

    @Test("a dry run says what would come of the event, of those in the workspace only, and changes nothing")
    func dryRun() async throws {
        let asked = Mutex<[UUID]>([])
        let rehearse: @Sendable (Int64, UUID) async throws -> JSON = { workspace, event in
            asked.withLock { $0.append(event) }
            return ["workspace_is_north": .bool(workspace == GatewayUnderTest.north), "status": "done"]
        }
        try await GatewayUnderTest.run(rehearse: rehearse) { gateway in
            let story = try gateway.tell("north", channel: "site")
            let other = try gateway.tell("south", channel: "shop")
            let token = try gateway.token([.write])
            let answer = try await gateway.call(
                "POST", "/v1/events/\(story.event.text)/replay?dry_run=true", token)
            #expect(answer.status == 200)
            #expect(
                try JSON.parse(answer.body) == [
                    "id": .id(story.event), "would": ["workspace_is_north": true, "status": "done"],
                ])
            for id in [other.event, UUID.v7(at: gateway.now)] {
                let unknown = try await gateway.call(
                    "POST", "/v1/events/\(id.text)/replay?dry_run=true", token)
                #expect(unknown.status == 404)
            }
            #expect(asked.withLock { $0 } == [story.event])
            #expect(gateway.rings == 0)
            #expect(
                try gateway.one("SELECT count(*) FROM intake WHERE event_id = '\(story.event.text)'") == "0")
            let real = try await gateway.call(
                "POST", "/v1/events/\(story.event.text)/replay?dry_run=false", token)
            #expect(real.status == 202)
        }
    }
}
