import Contacts
import Curl
import Foundation
import Harness
import JSON
import Store
import Testing

@Suite("Who is calling, asked by the API")
struct LookupTests {
    @Test("a number is found in every spelling that people use")
    func spellings() async throws {
        try await GatewayUnderTest.run { gateway in
            let card = UUID.v7(at: gateway.now)
            try gateway.insert("card", [Row.card(card).with(["name": "Анна"]).json])
            try gateway.insert("contact_point", [Row.point("phone", "+380501234567", of: card).json])
            let token = try gateway.token()
            for text in [
                "+380501234567", "%2B380501234567", "+380%2050%20123-45-67", "+380+50+123+45+67",
                "0501234567", "(050)%20123%2045%2067", "050.123.45.67", "00380501234567",
                "%20+380501234567%20",
            ] {
                let answer = try await gateway.json("/v1/lookup?phone=\(text)", token)
                #expect(answer["found"] == true, "\(text)")
                #expect(answer["phone"] == "+380501234567", "\(text)")
                #expect(answer.at(path: "card.id") == .id(card), "\(text)")
                #expect(answer.at(path: "card.name") == "Анна", "\(text)")
                let list = try await gateway.json("/v1/cards?phone=\(text)", token)
                #expect(list.at(path: "items.0.id") == .id(card), "\(text)")
            }
            let south = try gateway.token(workspace: "south")
            let german = try await gateway.json("/v1/lookup?phone=030%201234567", south)
            #expect(
                german["phone"] == "+49301234567", "a national number is read as the workspace's region does")
        }
    }

    @Test("a number that nobody has is an answer, not an error")
    func unknown() async throws {
        try await GatewayUnderTest.run { gateway in
            let answer = try await gateway.json("/v1/lookup?phone=+380671112233", gateway.token())
            #expect(answer == ["found": false, "phone": "+380671112233", "card": nil])
            let list = try await gateway.json("/v1/cards?email=nobody@example.com", gateway.token())
            #expect(list == ["items": [], "next_cursor": nil])
        }
    }

    @Test(
        "only a known number names its card; a search shows the others with their state",
        arguments: [
            ("known", true), ("proposed", false), ("blocked", false), ("shared", false),
        ])
    func states(state: String, isFound: Bool) async throws {
        try await GatewayUnderTest.run { gateway in
            let card = UUID.v7(at: gateway.now)
            try gateway.insert("card", [Row.card(card).with(["name": "Анна"]).json])
            try gateway.insert(
                "contact_point", [Row.point("phone", "+380501234567", of: card, state: state).json])
            let token = try gateway.token()
            let answer = try await gateway.json("/v1/lookup?phone=+380501234567", token)
            #expect(answer["found"] == .bool(isFound))
            #expect(answer["card"]?.isNull == !isFound)
            #expect(answer.text().contains("Анна") == isFound)
            let match = try await gateway.json("/v1/cards?phone=+380501234567", token)
            #expect(
                match.at(path: "items.0.matched") == [
                    "kind": "phone", "value": "+380501234567", "state": .string(state),
                ])
        }
    }

    @Test("a merged card leads to the one it became, however often it was merged")
    func merged() async throws {
        try await GatewayUnderTest.run { gateway in
            let cards = (0..<4).map { _ in UUID.v7(at: gateway.now) }
            try gateway.insert("card", [Row.card(cards[0]).json])
            for (loser, winner) in zip(cards.dropFirst(), cards) {
                try gateway.insert("card", [Row.card(loser).with(["merged_into": .id(winner)]).json])
            }
            try gateway.insert(
                "contact_point",
                [
                    Row.point("phone", "+380501234567", of: cards[3]).json,
                    Row.point("email", "anna@example.com", of: cards[2]).json,
                ])
            let token = try gateway.token()
            let lookup = try await gateway.json("/v1/lookup?phone=+380501234567", token)
            #expect(lookup.at(path: "card.id") == .id(cards[0]))
            let match = try await gateway.json("/v1/cards?email=anna@example.com", token)
            #expect(match.at(path: "items.0.id") == .id(cards[0]))
            for card in cards {
                let detail = try await gateway.json("/v1/cards/\(card.text)", token)
                #expect(detail["id"] == .id(cards[0]))
                let losers = Set(detail["merged_from"]?.array?.compactMap(\.string) ?? [])
                #expect(losers == Set(cards.dropFirst().map(\.text)))
            }
        }
    }

    @Test("an e-mail is found whatever its case and the spelling of its domain")
    func emails() async throws {
        try await GatewayUnderTest.run { gateway in
            let card = UUID.v7(at: gateway.now)
            try gateway.insert("card", [Row.card(card).json])
            try gateway.insert(
                "contact_point", [Row.point("email", "anna@xn--bcher-kva.example", of: card).json])
            let token = try gateway.token()
            for text in [
                "anna@xn--bcher-kva.example", "Anna@B%C3%BCcher.Example", "ANNA%40B%C3%9CCHER.EXAMPLE",
            ] {
                let match = try await gateway.json("/v1/cards?email=\(text)", token)
                #expect(match.at(path: "items.0.id") == .id(card), "\(text)")
            }
        }
    }
}
