import Foundation
import Glibc
import Harness
import Testing

extension Faults {
    @Suite("clients that keep us waiting") struct IdleTests {
        @Test(
            "10,000 idle connections, half of them in the middle of a head, cost bounded memory and hold up nobody"
        )
        func idle() throws {
            let database = try TestDatabase.make(on: Faults.cluster)
            let most = try #require(Self.raiseFileLimit(), "the limit of open files cannot be read")
            let limit = min(10_000, most - 600)
            let gateway = try Program(
                ["serve"],
                config: Installation.config(database: database.url) + "\nlimits: {connections: \(limit)}")
            defer {
                gateway.killNow()
                try? database.drop()
            }
            try gateway.waitUntilReady()
            let before = try gateway.residentKiB()
            var idle: [ClientConnection] = []
            for number in 0..<limit + 200 {
                idle.append(try #require(ClientConnection(port: gateway.port)))
                if number % 2 == 0 { idle.last?.drip() }
            }
            let posts = (0..<200).map { number in
                Post.submission("idle-\(number)", of: "Olena", phone: "+380671112233")
            }
            let answers = LoadClient.post(posts, to: [gateway.port], connections: 8)
            #expect(answers.allSatisfy { $0 == .acknowledged })
            let figures = try HTTP.get("\(gateway.url)/metrics").text
            let open = try #require(figures.firstMatch(of: /\nleadgate_connections (\d+)/)?.output.1)
            // A server takes up to four clients at once.
            #expect(Int(open).map { (limit - 10...limit + 4).contains($0) } == true, "\(open)")
            let cost = try (gateway.residentKiB() - before) / limit
            #expect(cost <= 32, "\(cost) KiB a connection")
            #expect(idle.count == limit + 200)
        }

        /// - Returns: files that this process may have open now.
        private static func raiseFileLimit() -> Int? {
            var files = rlimit()
            guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files) == 0 else {
                return nil
            }
            files.rlim_cur = files.rlim_max
            guard unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files) == 0 else {
                return nil
            }
            return Int(clamping: files.rlim_cur)
        }
    }
}

extension Program {
    /// Memory of the process that is in RAM.
    fileprivate func residentKiB() throws -> Int {
        let status = try String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        return try #require(status.firstMatch(of: /VmRSS:\s+(\d+) kB/).flatMap { Int($0.output.1) })
    }
}
