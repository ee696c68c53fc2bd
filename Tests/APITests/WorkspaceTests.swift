import Contacts
import Curl
import Foundation
import Harness
import JSON
import Store
import Testing

@Suite("Workspaces in the API")
struct WorkspaceTests {
    @Test("every id of another workspace is answered as an unknown one")
    func othersAreUnknown() async throws {
        try await GatewayUnderTest.run { gateway in
            let own = try gateway.tell("north", channel: "site")
            let other = try gateway.tell("south", channel: "shop")
            let token = try gateway.token([.read, .write])
            #expect(try await gateway.call("/v1/events/\(own.event.text)", token).status == 200)
            #expect(try await gateway.call("/v1/leads/\(own.lead.text)", token).status == 200)
            #expect(try await gateway.call("/v1/cards/\(own.card.text)", token).status == 200)
            let unknown = try await gateway.call("/v1/events/\(UUID.v7(at: gateway.now).text)", token)
            #expect(unknown.status == 404)
            for id in other.all {
                for list in ["events", "leads", "cards"] {
                    let answer = try await gateway.call("/v1/\(list)/\(id.text)", token)
                    #expect(answer.status == 404, "\(list)")
                    #expect(answer.body == unknown.body, "\(list)")
                }
                let replay = try await gateway.call("POST", "/v1/events/\(id.text)/replay", token)
                #expect(replay.status == 404)
                #expect(replay.body == unknown.body)
            }
            let queued = try gateway.one("SELECT count(*) FROM intake WHERE event_id = '\(other.event.text)'")
            #expect(queued == "0", "nothing of the other workspace was replayed")
        }
    }

    @Test("lists, searches and figures show nothing of another workspace")
    func listsAreOwn() async throws {
        try await GatewayUnderTest.run { gateway in
            let stories = [
                "north": try gateway.tell("north", channel: "site"),
                "south": try gateway.tell("south", channel: "shop"),
            ]
            let paths = [
                "/v1/events", "/v1/events?status=queued", "/v1/events?status=done", "/v1/leads",
                "/v1/leads?status=open", "/v1/events?channel=shop", "/v1/events?channel=shop&status=done",
                "/v1/events?channel=shop&status=queued", "/v1/channels", "/v1/stats",
                "/v1/lookup?phone=\(Story.phone)", "/v1/cards?phone=\(Story.phone)",
                "/v1/cards?email=\(Story.email)",
            ]
            for (name, other, channel) in [("north", "south", "shop"), ("south", "north", "site")] {
                let token = try gateway.token(workspace: name)
                let own = try #require(stories[name])
                let foreign = try #require(stories[other])
                for path in paths {
                    let text = try await gateway.json(path, token).text()
                    #expect(!foreign.all.contains { text.contains($0.text) }, "\(path) of \(name)")
                    #expect(!text.contains("\"\(channel)\""), "\(path) of \(name)")
                }
                let lookup = try await gateway.json("/v1/lookup?phone=\(Story.phone)", token)
                #expect(lookup.at(path: "card.id") == .id(own.card))
                #expect(
                    try await Set(gateway.ids("/v1/events", token)) == [own.event.text, own.waiting.text])
            }
        }
    }

    @Test("a cursor of another workspace gives own rows only")
    func cursorHoldsNoRight() async throws {
        try await GatewayUnderTest.run { gateway in
            let own = try gateway.tell("north", channel: "site")
            gateway.advance(.seconds(10))
            _ = try gateway.tell("south", channel: "shop")
            let page = try await gateway.json("/v1/events?limit=1", gateway.token(workspace: "south"))
            let cursor = try #require(page["next_cursor"]?.string)
            let token = try gateway.token()
            #expect(
                try await Set(gateway.ids("/v1/events?limit=1", token))
                    == [own.event.text, own.waiting.text])
            let next = try await gateway.json("/v1/events?cursor=\(cursor)", token)
            let ids = next["items"]?.array?.compactMap { $0["id"]?.string } ?? []
            #expect(Set(ids) == [own.event.text, own.waiting.text])
        }
    }
}
