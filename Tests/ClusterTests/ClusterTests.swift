import Cluster
import Foundation
import Glibc
import Harness
import Postgres
import Testing

@Suite("embedded cluster", .serialized) struct ClusterTests {
    /// A folder of its own; what runs there ends with the test process.
    private func freshFolder() throws -> String { try TestCluster.make(isStarted: false).folder }

    private func ask(_ url: String, _ sql: String) throws -> String? {
        try Connection(url).query(Statement(name: sql, sql: sql)).text(0, 0)
    }

    /// Gone, or only listed until its parent asks for its status.
    private func hasEnded(_ pid: Int32) -> Bool {
        let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        return status?.contains("State:\tZ") ?? true
    }

    @Test("it is made, started, used, stopped and started again with what it held") func life() throws {
        let folder = try freshFolder()
        let told = Lines()
        let cluster = EmbeddedCluster(data: folder) { told.add($0) }
        let url = try cluster.start()
        #expect(told.all.contains { $0.hasPrefix("making a PostgreSQL") })
        try Connection(url).script("CREATE TABLE kept AS SELECT 'still here'::text AS word")
        #expect(try ask(url, "SHOW fsync") == "on")
        #expect(try ask(url, "SHOW synchronous_commit") == "on")
        #expect(try ask(url, "SHOW listen_addresses") == "")
        #expect(try ask(url, "SHOW shared_buffers") == "128MB")
        #expect(try ask(url, "SHOW max_wal_size") == "1GB")
        #expect(try ask(url, "SHOW server_encoding") == "UTF8")
        #expect(try ask(url, "SELECT datcollate FROM pg_database WHERE datname = 'leadgate'") == "C.UTF-8")

        let pid = try #require(cluster.serverPID)
        try cluster.stop()
        #expect(hasEnded(pid))
        #expect(cluster.serverPID == nil)
        let again = EmbeddedCluster(data: folder) { told.add($0) }
        #expect(try again.start() == url)
        #expect(try ask(url, "SELECT word FROM kept") == "still here")
        try again.stop()
        try again.stop()
    }

    @Test("a second user adopts the server, and only the last one stops it") func adoption() throws {
        let folder = try freshFolder()
        let first = EmbeddedCluster(data: folder)
        let url = try first.start()
        let pid = try #require(first.serverPID)
        let second = EmbeddedCluster(data: folder)
        #expect(try second.start() == url)
        try second.stop()
        try second.start()
        try first.stop()
        #expect(try ask(url, "SELECT 'up'") == "up")
        #expect(second.serverPID == pid)
        try second.stop()
        #expect(hasEnded(pid))
    }

    @Test("the server inherits none of our descriptors and none of our session") func descriptors() throws {
        let folder = try freshFolder()
        let cluster = EmbeddedCluster(data: folder)
        // A descriptor that an exec would keep, as a listening socket could be.
        let path = "\(folder)-open"
        let handle = try #require(
            FileManager.default.createFile(atPath: path, contents: nil)
                ? FileHandle(forWritingAtPath: path) : nil)
        #expect(fcntl(handle.fileDescriptor, F_SETFD, 0) == 0)
        try cluster.start()
        let pid = try #require(cluster.serverPID)
        let open = try FileManager.default.contentsOfDirectory(atPath: "/proc/\(pid)/fd").compactMap {
            try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(pid)/fd/\($0)")
        }
        #expect(open.contains { $0.hasPrefix("socket:") })
        #expect(!open.contains { $0.hasSuffix("/lock") || $0.hasSuffix("start.lock") || $0 == path })
        #expect(getsid(pid) != getsid(0))
        try handle.close()
        try FileManager.default.removeItem(atPath: path)
        try cluster.stop()
    }

    @Test("only its owner may enter the folder of the socket and of the data") func privacy() throws {
        let folder = try freshFolder()
        let cluster = EmbeddedCluster(data: folder)
        let url = try cluster.start()
        let socket = try #require(try ask(url, "SHOW unix_socket_directories"))
            .trimmingCharacters(in: CharacterSet(charactersIn: "\""))
        for path in [socket, "\(folder)/postgres", "\(folder)/postgres/15"]
        where FileManager.default.fileExists(atPath: path) {
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            #expect(mode == 0o700, "\(path)")
        }
        #expect(socket.utf8.count < 60)
        let pid = try #require(cluster.serverPID)
        let owner =
            try FileManager.default.attributesOfItem(atPath: "/proc/\(pid)")[.ownerAccountName] as? String
        if geteuid() == 0 { #expect(owner == "leadgate") }
        try cluster.stop()
        #expect(!FileManager.default.fileExists(atPath: socket))
        // Somebody else was quicker to make it.
        try FileManager.default.createDirectory(
            atPath: socket, withIntermediateDirectories: false, attributes: [.posixPermissions: 0o755])
        #expect(throws: ClusterFailure.notPrivate(folder: socket)) { try cluster.start() }
        try FileManager.default.removeItem(atPath: socket)
    }

    @Test("a server killed with its pid file left is started again") func crashed() throws {
        let cluster = try TestCluster.make()
        let pid = try #require(cluster.cluster.serverPID)
        let connection = try Connection(cluster.url())
        kill(pid, SIGKILL)
        let end = ContinuousClock.now + .seconds(10)
        while connection.isStillOpen, ContinuousClock.now < end { usleep(10_000) }
        try cluster.start()
        #expect(try ask(cluster.url(), "SELECT 'up'") == "up")
        #expect(cluster.cluster.serverPID != pid)
        try cluster.stop()
    }

    @Test("ten users that start at once get one server") func race() async throws {
        let folder = try freshFolder()
        let clusters = (0..<10).map { _ in
            EmbeddedCluster(data: folder, options: ClusterOptions(isDurable: false))
        }
        let urls = try await withThrowingTaskGroup(of: String.self) { group in
            for cluster in clusters {
                group.addTask {
                    try await withCheckedThrowingContinuation { continuation in
                        Thread { continuation.resume(with: Result { try cluster.start() }) }.start()
                    }
                }
            }
            return try await group.reduce(into: Set<String>()) { $0.insert($1) }
        }
        #expect(urls.count == 1)
        #expect(Set(clusters.map(\.serverPID)).count == 1)
        for cluster in clusters.dropLast() { try cluster.stop() }
        #expect(clusters.last?.serverPID != nil)
        try clusters.last?.stop()
        #expect(!FileManager.default.fileExists(atPath: "\(folder)/postgres/15/postmaster.pid"))
    }

    @Test("an unfinished cluster is made anew") func unfinished() throws {
        let folder = try freshFolder()
        let left = "\(folder)/postgres/15.unfinished"
        try FileManager.default.createDirectory(atPath: left, withIntermediateDirectories: true)
        try "15".write(toFile: "\(left)/PG_VERSION", atomically: true, encoding: .utf8)
        let cluster = EmbeddedCluster(data: folder, options: ClusterOptions(isDurable: false))
        #expect(try ask(cluster.start(), "SELECT 'up'") == "up")
        try cluster.stop()
    }

    @Test("what cannot work says what to do") func failures() throws {
        let folder = try freshFolder()
        let none = EmbeddedCluster(data: folder, options: ClusterOptions(programs: "/nowhere"))
        let missing = #expect(throws: ClusterFailure.self) { try none.start() }
        #expect(missing.map { "\($0)".contains("package `postgresql`") } == true)

        let long = "/tmp/" + String(repeating: "x", count: 90)
        let deep = EmbeddedCluster(
            data: folder, options: ClusterOptions(isDurable: false, socketFolder: long))
        let tooLong = #expect(throws: ClusterFailure.self) { try deep.start() }
        #expect(tooLong.map { "\($0)".contains("100 bytes") } == true)

        // Data of a version that is not installed must not be passed by in favour of an empty cluster.
        let older = try freshFolder()
        try FileManager.default.createDirectory(
            atPath: "\(older)/postgres/9", withIntermediateDirectories: true)
        try "9".write(toFile: "\(older)/postgres/9/PG_VERSION", atomically: true, encoding: .utf8)
        #expect(throws: ClusterFailure.versionMissing(major: 9, data: "\(older)/postgres/9")) {
            try EmbeddedCluster(data: older).start()
        }

        let broken = try TestCluster.make(further: ["shared_buffers": "nonsense"], isStarted: false)
        let refused = #expect(throws: ClusterFailure.self) { try broken.start() }
        #expect(refused.map { "\($0)".contains("shared_buffers") } == true)
    }
}
