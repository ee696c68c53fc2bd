import Cluster
import Foundation
import Harness
import Postgres
import Testing

extension Faults {
    /// Gateways that are killed, stopped and put to sleep while 64 clients post.
    @Suite("killed under load") struct KillTests {
        @Test("kill -9 at any instant: every yes is kept, and resolved once", arguments: [14])
        func killed(rounds: Int) throws {
            let database = try TestDatabase.make(on: Faults.cluster)
            defer { try? database.drop() }
            try Self.storm(rounds, database: database.url, url: { _ in database.url }) { $0.killNow() }
        }

        @Test(
            "kill -9 at any instant, with the embedded database: every yes is kept, and resolved once",
            arguments: [6])
        func killedEmbedded(rounds: Int) throws {
            try Self.storm(rounds, database: nil, url: Self.embedded) { $0.killNow() }
        }

        @Test(
            "SIGTERM under load: it ends by itself within five seconds, and every yes is kept", arguments: [4]
        )
        func terminated(rounds: Int) throws {
            let database = try TestDatabase.make(on: Faults.cluster)
            defer { try? database.drop() }
            try Self.storm(rounds, database: database.url, url: { _ in database.url }) { program in
                program.terminate()
                let ended = try program.waitUntilExit(timeout: .seconds(5))
                #expect(ended.status == 0 && !ended.isSignal, "\(ended)")
            }
        }

        @Test("SIGTERM while the database holds everything up: it still ends by itself within five seconds")
        func terminatedHeldUp() throws {
            var seed = Seed()
            try Installation.withGateways([nil]) { database, gateways in
                var oracle = try Oracle(database.url, label: "\(seed)")
                let posts = Self.posts(1, groups: 600, seed: &seed)
                let load = LoadClient(posts, to: [gateways[0].port])
                Self.letRun(load, &seed)
                let barrier = try database.connect(options: .administration)
                try barrier.script("BEGIN; LOCK TABLE contact_point, event_key IN SHARE MODE")
                let slow = try #require(ClientConnection(port: gateways[0].port))
                slow.begin(posts[0])
                let waiting = Statement(
                    name: "test.waiting",
                    sql: """
                        SELECT count(*) FROM pg_stat_activity
                        WHERE datname = current_database() AND wait_event_type = 'Lock'
                        """)
                let observer = try database.connect(options: .administration)
                let isHeldUp = try becomes(within: .seconds(10)) {
                    try observer.query(waiting).bigint(0, 0) ?? 0 >= 4
                }
                #expect(isHeldUp, "workers and journal writers do not wait")
                gateways[0].terminate()
                let ended = try gateways[0].waitUntilExit(timeout: .seconds(5))
                #expect(ended.status == 0 && !ended.isSignal, "\(ended)")
                withExtendedLifetime(slow) {}
                try barrier.rollback()
                oracle.note(posts, load.wait())
                let second = try Installation.serve(database.url, after: gateways[0])
                defer { second.killNow() }
                second.expectDrained()
                try oracle.expectKept()
            }
        }

        @Test(
            "kill -9 of one of two gateways: the other goes on, and works what the dead one held",
            arguments: [3])
        func oneOfTwo(rounds: Int) throws {
            var seed = Seed()
            try Installation.withGateways([nil, nil]) { database, gateways in
                var oracle = try Oracle(database.url, label: "\(seed)")
                let survivor = gateways[1]
                var victim = gateways[0]
                for round in 1...rounds {
                    let posts = Self.posts(round, groups: 400, seed: &seed)
                    let load = LoadClient(posts, to: [victim.port, survivor.port])
                    Self.letRun(load, &seed)
                    victim.killNow()
                    #expect(load.begun < posts.count, "round \(round) was no race")
                    oracle.note(posts, load.wait())
                    #expect(try becomes(within: .seconds(30), oracle.isWorked), "\(seed): left to the dead")
                    try victim.waitUntilExit()
                    victim = try Installation.serve(database.url, after: victim)
                    victim.expectDrained()
                    try oracle.expectKept(within: .seconds(30))
                }
                try oracle.expectFresh(at: survivor)
                victim.killNow()
            }
        }

        @Test(
            "one of two gateways sleeps past its leases and wakes: nothing is lost, nothing comes twice",
            arguments: [2])
        func asleep(rounds: Int) throws {
            var seed = Seed()
            try Installation.withGateways([nil, nil]) { database, gateways in
                var oracle = try Oracle(database.url, label: "\(seed)")
                for round in 1...rounds {
                    let posts = Self.posts(round, groups: 400, seed: &seed)
                    let load = LoadClient(posts, to: gateways.map(\.port))
                    Self.letRun(load, &seed)
                    gateways[0].pause()
                    #expect(load.begun < posts.count, "round \(round) was no race")
                    // The other one takes what comes, and what the sleeper held when its leases are over.
                    #expect(becomes(within: .seconds(10)) { load.begun == posts.count })
                    #expect(
                        try becomes(within: .seconds(30), oracle.isWorked), "\(seed): left to the sleeper")
                    gateways[0].resume()
                    oracle.note(posts, load.wait())
                    // What the sleeper held when it woke was too late for the database at once.
                    for gateway in gateways { gateway.expectDrained() }
                    try oracle.expectKept()
                }
                try oracle.expectFresh(at: gateways[0])
            }
        }

        // MARK: - Rounds of load

        /// Breaks the one gateway again and again on the same data; providers send again what they got no answer to.
        private static func storm(
            _ rounds: Int, database: String?, url: (Program) throws -> String, break: (Program) throws -> Void
        ) throws {
            var seed = Seed()
            var program = try Installation.serve(database)
            defer { program.killNow() }
            var oracle = try Oracle(url(program), label: "\(seed)")
            for round in 1...rounds {
                let posts = posts(round, groups: 600, seed: &seed)
                let load = LoadClient(posts, to: [program.port])
                letRun(load, &seed)
                try `break`(program)
                try program.waitUntilExit()
                let answers = load.wait()
                oracle.note(posts, answers)
                #expect(
                    answers.contains(.acknowledged) && answers.contains(.unsent), "round \(round) was no race"
                )
                program = try Installation.serve(database, after: program)
                program.expectDrained()
                try oracle.expectStored()
                let again = zip(posts, answers).filter { $0.1 == .unknown }.map(\.0)
                oracle.note(again, LoadClient.post(again, to: [program.port]))
            }
            try oracle.expectKept()
            try oracle.expectFresh(at: program)
            program.terminate()
            try program.waitUntilExit()
        }

        /// Lets the load run on for 50 to 400 ms from its first answers.
        private static func letRun(_ load: LoadClient, _ seed: inout Seed) {
            _ = becomes(within: .seconds(10)) { load.begun > 64 }
            Thread.sleep(forTimeInterval: Double.random(in: 0.05...0.4, using: &seed))
        }

        /// What 50 people send who submit, ring and write at once, five requests a group; more than is taken in before the fault.
        static func posts(_ round: Int, groups: Int, seed: inout Seed) -> [Post] {
            (0..<groups).flatMap { index -> [Post] in
                let person = "person \(index % 50)"
                let phone = "+38067\(1_000_000 + index % 50)"
                let name = "\(round)-\(index)"
                let points = ["phone:" + phone]
                return [
                    .submission("s-\(name)", of: person, phone: phone, points: points),
                    .call(.start, "in-\(name)", of: person, phone: phone, points: points),
                    .call(.answer, "in-\(name)", of: person, phone: phone),
                    .call(.end, "in-\(name)", of: person, phone: phone, points: points),
                    .sharedContact(
                        round * 10_000 + index, user: 8_000_000_000 + index % 50, of: person, phone: phone,
                        points: points),
                ]
            }
            .shuffled(using: &seed)
        }

        /// The URL of a program's embedded database. Held in use until this process ends.
        private static func embedded(_ program: Program) throws -> String {
            try EmbeddedCluster(data: "\(program.folder)/data").start()
        }
    }
}
