import Cluster
import Curl
import Foundation
import Harness
import Postgres
import Testing

extension Faults {
    /// PostgreSQL goes away, comes back and the gateway is killed meanwhile; each test has a server of its own.
    @Suite("while PostgreSQL is away") struct SpoolTests {
        @Test(
            "killed while it spools and while it drains: every yes is kept, and resolved once", arguments: [2]
        )
        func killed(rounds: Int) throws {
            var seed = Seed()
            try Self.withServer { cluster, database in
                var program = try Installation.serve(database.url)
                defer { program.killNow() }
                var sent: [([Post], [Answer])] = []
                for round in 1...rounds {
                    let posts = Self.posts(round * 10, groups: 900, seed: &seed)
                    let load = LoadClient(posts, to: [program.port])
                    _ = becomes(within: .seconds(20)) { load.begun > 200 }
                    try cluster.cluster.stopServer(.immediate)
                    let isSpooling = becomes(within: .seconds(20)) { program.spooled.count > 5 }
                    #expect(isSpooling, "round \(round): nothing was spooled")
                    program.killNow()
                    try program.waitUntilExit()
                    let answers = load.wait()
                    sent.append((posts, answers))
                    #expect(
                        answers.contains(.acknowledged) && answers.contains(.unsent),
                        "round \(round) was no race")

                    // Started while the server is away: it takes again what was not answered, and more.
                    program = try Installation.serve(database.url, after: program)
                    let again = zip(posts, answers).filter { $0.1 == .unknown }.map(\.0)
                    let further = again + Self.posts(round * 10 + 1, groups: 300, seed: &seed)
                    let yes = LoadClient.post(further, to: [program.port], connections: 8)
                    sent.append((further, yes))
                    #expect(yes.allSatisfy { $0 == .acknowledged }, "round \(round): \(Set(yes))")

                    try Self.killWhileDraining(program, round) { try cluster.start() }
                    program = try Installation.serve(database.url, after: program)
                }
                program.expectDrained()
                var oracle = try Oracle(database.url, label: "\(seed)")
                for (posts, answers) in sent { oracle.note(posts, answers) }
                try oracle.expectKept()
                try oracle.expectFresh(at: program)
                #expect(try Self.intake(of: program).contains(#""mode":"database""#))
                program.terminate()
                try program.waitUntilExit()
                #expect(program.spoolFolder.allSatisfy { $0 == "damaged" || $0 == "lock" })
            }
        }

        @Test("one of two gateways on the same data is killed: the other one drains what it left")
        func adopted() throws {
            var seed = Seed()
            try Self.withServer { cluster, database in
                let first = try Installation.serve(database.url)
                let second = try Program(
                    ["serve"],
                    config: "data: \(first.folder)/data\n" + Installation.config(database: database.url))
                defer {
                    first.killNow()
                    second.killNow()
                }
                try second.waitUntilReady()
                try cluster.cluster.stopServer(.immediate)
                let posts = Self.posts(1, groups: 60, seed: &seed)
                let answers = LoadClient.post(posts, to: [first.port, second.port])
                #expect(answers.allSatisfy { $0 == .acknowledged }, "\(Set(answers))")
                first.killNow()
                try first.waitUntilExit()
                try cluster.start()
                first.expectDrained()
                var oracle = try Oracle(database.url, label: "\(seed)")
                oracle.note(posts, answers)
                try oracle.expectKept()
                try oracle.expectFresh(at: second)
                for word in ["events go to the spool", "spooled events adopted", "the database is back"] {
                    #expect(second.errors.contains(word))
                }
            }
        }

        @Test(
            "on a full disk it answers 503 at once, and every yes before is kept",
            .enabled(if: SpoolTests.canMount, "`unshare` may not mount here"))
        func fullDisk() throws {
            var seed = Seed()
            try Self.withServer { cluster, database in
                try cluster.cluster.stopServer(.immediate)
                // The disk is seen by the gateway alone, and gone with it.
                let mount = #"mkdir -p data && mount -t tmpfs -o size=600k tmpfs data && exec "$@""#
                let gateway = try Program(
                    ["serve"], config: Installation.config(database: database.url),
                    wrapper: Self.unshare + ["sh", "-c", mount, "sh"])
                defer { gateway.killNow() }
                try gateway.waitUntilReady()
                let posts = Self.posts(1, groups: 400, seed: &seed)
                let answers = LoadClient.post(posts, to: [gateway.port])
                #expect(Set(answers) == [.acknowledged, .refused(503)])
                let url = "\(gateway.url)\(Installation.path(of: "site"))"
                let refused = try HTTP.post(
                    url,
                    body: #"{"event_id": "late", "message": "\#(String(repeating: "x", count: 60_000))"}"#)
                #expect(refused.status == 503)
                #expect(refused.header("retry-after") != nil)
                #expect(try HTTP.get("\(gateway.url)/health/ready").status == 503)
                #expect(
                    try HTTP.get("\(gateway.url)/metrics").text.contains(
                        #"leadgate_spool_failures_total{cause="disk"}"#))
                #expect(gateway.errors.contains("No space left on device"))

                let heir = try Program(["--version"])
                try heir.waitUntilExit()
                try FileManager.default.createDirectory(
                    atPath: "\(heir.folder)/data", withIntermediateDirectories: true)
                try FileManager.default.copyItem(
                    atPath: "/proc/\(gateway.pid)/root\(gateway.folder)/data/spool",
                    toPath: "\(heir.folder)/data/spool")
                gateway.killNow()
                try gateway.waitUntilExit()
                try cluster.start()
                let second = try Installation.serve(database.url, after: heir)
                defer { second.killNow() }
                second.expectDrained()
                var oracle = try Oracle(database.url, label: "\(seed)")
                oracle.note(posts, answers)
                try oracle.expectKept()
                try oracle.expectFresh(at: second)
            }
        }

        // MARK: - Parts

        /// A migrated database on a server that the test may stop.
        private static func withServer(_ body: (TestCluster, TestDatabase) throws -> Void) throws {
            let cluster = try TestCluster.make(isDurable: true)
            defer { try? cluster.stop() }
            try body(cluster, TestDatabase.make(on: cluster))
        }

        /// Lets the database come back, and kills the gateway when some of its files are drained and others are not.
        private static func killWhileDraining(_ program: Program, _ round: Int, _ comeBack: () throws -> Void)
            throws
        {
            let before = program.spooled.count
            try comeBack()
            let isDraining = becomes(within: .seconds(30)) { program.spooled.count < before }
            program.killNow()
            try program.waitUntilExit()
            let left = program.spooled.count
            #expect(isDraining && left > 0, "round \(round): \(left) of \(before) files were left")
        }

        private static func intake(of program: Program) throws -> String {
            try HTTP.get("\(program.url)/health/ready").text
        }

        /// 40 people who submit and ring.
        private static func posts(_ round: Int, groups: Int, seed: inout Seed) -> [Post] {
            (0..<groups).flatMap { index -> [Post] in
                let person = "person \(index % 40)"
                let phone = "+38067\(1_000_000 + index % 40)"
                let name = "\(round)-\(index)"
                let points = ["phone:" + phone]
                return [
                    .submission("s-\(name)", of: person, phone: phone, points: points),
                    .call(.start, "in-\(name)", of: person, phone: phone, points: points),
                    .call(.end, "in-\(name)", of: person, phone: phone, points: points),
                ]
            }
            .shuffled(using: &seed)
        }

        private static let unshare = ["/usr/bin/unshare", "--user", "--map-root-user", "--mount"]

        static let canMount: Bool = {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: unshare[0])
            process.arguments = unshare[1...] + ["mount", "-t", "tmpfs", "tmpfs", "/mnt"]
            guard (try? process.run()) != nil else { return false }
            process.waitUntilExit()
            return process.terminationStatus == 0
        }()
    }
}
