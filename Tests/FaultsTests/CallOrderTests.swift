import Contacts
import Foundation
import Harness
import JSON
import Postgres
import Testing

extension Faults {
    @Suite("the order of a call's events") struct CallOrderTests {
        private static let point = "phone:+380671234567"

        @Test("each of the 120 orders of start, ring, answer, end and record makes the same activity")
        func permutations() throws {
            var seed = Seed()
            let orders = Self.orders(of: Post.CallEvent.allCases)
            try #require(orders.count == 120)
            try Installation.withGateways([nil, nil]) { database, gateways in
                var oracle = try Oracle(database.url, label: "\(seed)")
                let connection = try database.connect(options: .administration)
                var earlier: [Post] = []
                for step in 0..<5 {
                    // One event of each call, worked before the next comes; some of the earlier ones come again.
                    let posts = orders.enumerated().map { number, order in
                        Post.call(
                            order[step], "in_\(number)", of: "Anna", phone: "380671234567",
                            points: [Self.point])
                    }
                    let repeats = earlier.filter { _ in seed.next() % 4 == 0 }
                    let sent = (posts + repeats).shuffled(using: &seed)
                    oracle.note(sent, LoadClient.post(sent, to: gateways.map(\.port)))
                    try oracle.expectKept()
                    earlier += posts
                    let unknown = orders.count { order in
                        order[...step].allSatisfy { $0 == .answer || $0 == .record }
                    }
                    #expect(try Self.count("thread WHERE activity_id IS NULL", connection) == unknown)
                    #expect(
                        try (Self.count("intake WHERE reason = 'parked'", connection) > 0) == (unknown > 0))
                }
                #expect(oracle.acknowledged == 600)
                let lead = Statement(name: "test.lead", sql: "SELECT opened_at FROM lead")
                #expect(
                    try connection.query(lead).timestamp(0, 0)
                        == Instant(iso8601: "2026-01-15T10:20:30Z")?.microseconds)
                let told = try Self.activities(connection)
                #expect(told.count == 120)
                #expect(Set(told).count == 1, "\(seed): \(Set(told).map { $0.text() })")
            }
        }

        /// What the activities say, but for ids and for times by our own clock, of which the provider tells only the start.
        private static func activities(_ connection: Connection) throws -> [JSON] {
            let sql = """
                SELECT jsonb_build_object('title', title, 'direction', direction, 'at', occurred_at, 'lead', lead_id,
                    'card', card_id, 'rule', because -> 'rule', 'details', details, 'thread', thread)
                FROM activity
                """
            let rows = try connection.query(Statement(name: "test.activities", sql: sql))
            return try (0..<rows.count).map { row in
                let json = try JSON.parse(rows.json(row, 0) ?? "null")
                var whole = try #require(json.object)
                var details = try #require(json["details"]?.object)
                let thread = try #require(json["thread"]?.string)
                for name in ["answered_at", "ended_at"] {
                    #expect(details[name] != nil, "\(thread) lacks \(name)")
                    details[name] = nil
                }
                #expect(details["recordings"]?[0]?["id"] == .string("rec-\(thread)"))
                details["recordings"] = nil
                whole["details"] = .object(details)
                whole["thread"] = nil
                return .object(whole)
            }
        }

        private static func count(_ from: String, _ connection: Connection) throws -> Int {
            let rows = try connection.query(Statement(name: from, sql: "SELECT count(*) FROM \(from)"))
            return Int(rows.bigint(0, 0) ?? -1)
        }

        private static func orders<Item>(of items: [Item]) -> [[Item]] {
            if items.isEmpty { return [[]] }
            return items.indices.flatMap { index in
                var rest = items
                let first = rest.remove(at: index)
                return orders(of: rest).map { [first] + $0 }
            }
        }
    }
}
