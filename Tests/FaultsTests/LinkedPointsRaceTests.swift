import Foundation
import Harness
import Postgres
import Testing

extension Faults {
    /// Events that share one point of several, resolved at the same time by different processes.
    @Suite("linked points") struct LinkedPointsRaceTests {
        @Test(
            "{phone, e-mail} against {e-mail} or {phone}, 10,000 races: always one card", arguments: [10_000])
        func races(count: Int) throws {
            var seed = Seed()
            try Installation.withGateways(["ingress,console"]) { database, gateways in
                var oracle = try Oracle(database.url, label: "\(seed)")
                // Kept first and worked then, so that the halves of a pair lie in batches that are worked at the same time.
                var posts: [Post] = []
                for window in stride(from: 0, to: count, by: 400) {
                    posts += (window..<min(window + 400, count)).flatMap(Self.pair).shuffled(using: &seed)
                }
                oracle.note(posts, LoadClient.post(posts, to: [gateways[0].port]))
                #expect(oracle.acknowledged == 2 * count)
                let workers = try (0..<2).map { _ in
                    try Installation.start(database.url, roles: "worker")
                }
                defer { for worker in workers { worker.killNow() } }
                try oracle.expectKept(within: .seconds(180))
                // Those of one batch and those far apart were no race.
                let raced = Statement(
                    name: "test.raced",
                    sql: """
                        SELECT count(*)
                        FROM activity a
                        JOIN activity b ON b.workspace_id = a.workspace_id AND b.card_id = a.card_id
                        WHERE b.created_at > a.created_at AND b.created_at - a.created_at < '3 s'
                        """)
                let races = try database.connect(options: .administration).query(raced).bigint(0, 0) ?? 0
                #expect(races > count / 4, "\(seed): \(races) races only")
            }
        }

        @Test("phone, then e-mail, then both: two cards stay, the phone decides, the pair is suggested")
        func inOrder() throws {
            try Installation.withGateways([nil, nil]) { database, gateways in
                var oracle = try Oracle(database.url, label: "in order")
                let phone = "+380671234567"
                let email = "anna@example.com"
                let posts = [
                    Post.submission("first", of: "by phone", phone: phone, points: ["phone:" + phone]),
                    Post.submission("second", of: "by e-mail", email: email, points: ["email:" + email]),
                    Post.submission("third", of: "by phone", phone: "067 123 45 67", email: email),
                ]
                for post in posts {
                    oracle.note([post], LoadClient.post([post], to: gateways.map(\.port), connections: 1))
                    try oracle.expectKept()
                }
                let suggested = try database.connect().query(
                    Statement(
                        name: "test.suggested",
                        sql: """
                            SELECT count(*), count(*) FILTER (WHERE s.state = 'open' AND EXISTS (
                                SELECT FROM contact_point p JOIN contact_point q
                                    ON q.workspace_id = p.workspace_id AND q.kind = 'email'
                                WHERE p.kind = 'phone'
                                  AND least(p.card_id, q.card_id) = s.card_id
                                  AND greatest(p.card_id, q.card_id) = s.other_card_id))
                            FROM card_suggestion s
                            """))
                #expect(suggested.bigint(0, 0) == 1)
                #expect(suggested.bigint(0, 1) == 1)
                let because = try database.connect().query(
                    Statement(
                        name: "test.because",
                        sql: "SELECT because ->> 'matched' FROM activity WHERE event_id = 'third'"))
                #expect(because.text(0, 0) == "phone")
            }
        }

        /// The two events of one race.
        private static func pair(_ index: Int) -> [Post] {
            let phone = "+38067\(1_000_000 + index)"
            let email = "person\(index)@example.com"
            let points = ["phone:" + phone, "email:" + email]
            let isByEmail = index % 2 == 0
            return [
                .submission("both-\(index)", of: email, phone: phone, email: email, points: points),
                .submission(
                    "one-\(index)", of: email, phone: isByEmail ? nil : phone, email: isByEmail ? email : nil),
            ]
        }
    }
}
