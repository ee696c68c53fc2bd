public import Cluster
import Foundation
import Glibc
import Synchronization

/// A real PostgreSQL for tests, in a folder of its own under the temporary folder. It is stopped and its
/// folder removed when the test process exits; what a killed test process left is removed by the next one.
public final class TestCluster: Sendable {
    public let cluster: EmbeddedCluster
    /// The folder given to the cluster as `data`.
    public let folder: String
    private let urlText: Mutex<String>

    /// The one server of the test process. Started by the first test that asks.
    public static var shared: TestCluster {
        get throws { try sharedResult.get() }
    }

    private static let sharedResult = Result { try make() }

    /// Another server, for tests that stop, kill or reconfigure it.
    /// - Parameters:
    ///   - isDurable: whether it syncs to the disk, as in production; slower.
    ///   - isStarted: else ``start()`` does it.
    public static func make(
        isDurable: Bool = false, further: [String: String] = [:], isStarted: Bool = true
    ) throws -> TestCluster {
        _ = Leftovers.once
        var settings = ["max_connections": "300"]
        settings.merge(further) { $1 }
        let test = TestCluster(
            folder: Leftovers.newFolder(), options: ClusterOptions(isDurable: isDurable, further: settings))
        if isStarted { try test.start() }
        return test
    }

    private init(folder: String, options: ClusterOptions) {
        self.folder = folder
        cluster = EmbeddedCluster(data: folder, options: options)
        urlText = Mutex("")
    }

    /// Starts the server, or does nothing if it runs.
    @discardableResult
    public func start() throws -> String {
        let url = try cluster.start()
        urlText.withLock { $0 = url }
        return url
    }

    /// Stops the server under everybody and starts it again.
    /// - Parameter isImmediate: as by a crash, so that it recovers.
    public func restart(isImmediate: Bool = false) throws {
        try cluster.stopServer(isImmediate ? .immediate : .fast)
        try start()
    }

    /// Stops the server, if this was its only user.
    public func stop() throws {
        try cluster.stop()
    }

    /// The URL of a database, by default `leadgate`; the login is the superuser.
    public func url(of database: String = "leadgate") -> String {
        urlText.withLock { $0 }.replacing("/leadgate?", with: "/\(database)?")
    }
}

/// Folders and processes of the tests, cleared when the test process exits.
enum Leftovers {
    private static let prefix = "leadgate-tests-"
    private static let counter = Mutex(0)
    private static let processes = Mutex<Set<Int32>>([])

    /// Sweeps what dead test processes left, and arranges our own sweep. Done once.
    static let once: Void = {
        for (path, pid) in folders() where kill(pid, 0) != 0 && errno == ESRCH { remove(path) }
        atexit { Leftovers.sweep() }
    }()

    /// A new folder's path, short enough for sockets; not made yet.
    static func newFolder() -> String {
        _ = once
        let number = counter.withLock { count in
            count += 1
            return count
        }
        return "\(root)/\(prefix)\(getpid())-\(number)"
    }

    /// A process to kill at exit.
    static func note(_ pid: Int32) {
        _ = once
        _ = processes.withLock { $0.insert(pid) }
    }

    /// A process that has ended.
    static func forget(_ pid: Int32) {
        _ = processes.withLock { $0.remove(pid) }
    }

    private static var root: String {
        FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path
    }

    private static func folders() -> [(String, Int32)] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return names.compactMap { name in
            guard name.hasPrefix(prefix) else { return nil }
            return name.dropFirst(prefix.count).split(separator: "-").first.flatMap { Int32($0) }
                .map { ("\(root)/\(name)", $0) }
        }
    }

    private static func sweep() {
        for pid in processes.withLock({ $0 }) { kill(pid, SIGKILL) }
        for (path, pid) in folders() where pid == getpid() { remove(path) }
    }

    /// Stops the servers that run below a folder at once, then removes it and their socket folders.
    private static func remove(_ path: String) {
        for parent in ["\(path)/postgres", "\(path)/data/postgres"] {
            let majors = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
            for major in majors where Int(major) != nil { stopServer("\(parent)/\(major)") }
        }
        try? FileManager.default.removeItem(atPath: path)
    }

    private static func stopServer(_ data: String) {
        guard let text = try? String(contentsOfFile: "\(data)/postmaster.pid", encoding: .utf8) else {
            return
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        if let first = lines.first, let pid = Int32(first), isServer(pid) {
            kill(pid, SIGCONT)
            kill(pid, SIGQUIT)
            for _ in 0..<500 where isServer(pid) { usleep(10_000) }
        }
        if lines.count > 4, lines[4].contains("leadgate-") {
            try? FileManager.default.removeItem(atPath: String(lines[4]))
        }
    }

    private static func isServer(_ pid: Int32) -> Bool {
        let status = (try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)) ?? ""
        return status.hasPrefix("Name:\tpostgres") && !status.contains("State:\tZ")
    }
}
