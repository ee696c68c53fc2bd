import Foundation
import Harness
import Postgres
import Testing

extension Faults {
    /// Workers that die or sleep while they hold events.
    @Suite("leases") struct LeaseTests {
        @Test("what a killed worker held is worked by another within ten seconds")
        func takeover() throws {
            try Self.withHeldEvents { database, worker, oracle in
                worker.killNow()
                return { #expect(!worker.isRunning) }
            }
        }

        @Test("a worker that slept past its lease finds the events gone to another, and writes nothing")
        func fenced() throws {
            try Self.withHeldEvents { database, worker, oracle in
                worker.pause()
                return {
                    worker.resume()
                    let isFenced = becomes(within: .seconds(20)) {
                        let text = try? HTTP.get("\(worker.url)/metrics").text
                        let line = text?.split(separator: "\n").first {
                            $0.hasPrefix("leadgate_fenced_total ")
                        }
                        return (line?.split(separator: " ").last.flatMap { Double($0) } ?? 0) > 0
                    }
                    #expect(isFenced)
                }
            }
        }

        @Test("a session that stands still in the middle of a transaction is ended, and holds nobody up")
        func stuck() throws {
            try Installation.withGateways([nil, nil]) { database, gateways in
                var oracle = try Oracle(database.url, label: "stuck")
                // As the server sees a worker whose process sleeps with half a pipeline sent.
                let sleeper = try database.connect(
                    options: ConnectionOptions(applicationName: "leadgate worker", idleInTransaction: nil))
                try sleeper.script("BEGIN; LOCK TABLE contact_point IN SHARE MODE")
                let post = Post.submission(
                    "s", of: "Anna", phone: "0671234567", points: ["phone:+380671234567"])
                oracle.note([post], LoadClient.post([post], to: [gateways[0].port]))
                try oracle.expectKept(within: .seconds(10))
                #expect(!sleeper.isStillOpen)
                try oracle.expectFresh(at: gateways[1])
            }
        }

        /// Lets a worker claim 200 events and holds it up while it applies them; `fault` befalls it, the way is free again,
        /// and a second worker has to be done with them in ten seconds.
        /// - Parameter fault: gives what comes after that.
        private static func withHeldEvents(
            _ fault: (TestDatabase, Program, Oracle) throws -> () throws -> Void
        ) throws {
            try Installation.withGateways(["ingress,console"]) { database, gateways in
                var oracle = try Oracle(database.url, label: "leases")
                let posts = (0..<200).map { index in
                    let phone = "+38067\(1_000_000 + index % 20)"
                    return Post.submission(
                        "s-\(index)", of: phone, phone: phone, points: ["phone:" + phone])
                }
                oracle.note(posts, LoadClient.post(posts, to: [gateways[0].port]))
                let barrier = try database.connect(options: .administration)
                try barrier.script("BEGIN; LOCK TABLE contact_point IN SHARE MODE")
                let first = try Installation.start(database.url, roles: "worker")
                defer { first.killNow() }
                let leased = Statement(
                    name: "test.leased", sql: "SELECT count(*) FROM intake WHERE lease_until > now()")
                let isHeld = try becomes(within: .seconds(20)) {
                    try database.connect().query(leased).bigint(0, 0) == 200
                }
                #expect(isHeld)
                let second = try Installation.start(database.url, roles: "worker")
                defer { second.killNow() }
                try second.waitUntilReady()
                let afterwards = try fault(database, first, oracle)
                try barrier.rollback()
                try oracle.expectKept(within: .seconds(10))
                try afterwards()
                try oracle.expectKept()
                try oracle.expectFresh(at: gateways[0])
            }
        }
    }
}
