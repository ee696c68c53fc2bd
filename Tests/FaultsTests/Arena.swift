import Foundation
import Harness
import Postgres

/// Where a schedule of faults takes place: a database of its own on the durable cluster, and one or two gateways on it.
///
/// A class, since faults change it one after another; used by one thread.
final class Arena {
    let cluster: TestCluster
    let database: TestDatabase
    private(set) var gateways: [Program] = []
    /// Sessions that hold something up until ``heal()``.
    var held: [Connection] = []
    private let hasClock: Bool
    private var pids: [Int32] = []

    /// - Parameter hasClock: whether the gateways' clock can be set by ``setClock(_:)``.
    init(gateways count: Int, hasClock: Bool) throws {
        cluster = try Faults.cluster
        database = try TestDatabase.make(on: cluster)
        self.hasClock = hasClock
        for _ in 0..<count { gateways.append(try start(after: nil)) }
        for gateway in gateways { try gateway.waitUntilReady() }
    }

    var ports: [Int] { gateways.map(\.port) }

    /// SIGKILL, and it is gone.
    func kill(_ victims: [Program]) throws {
        for gateway in victims { gateway.killNow() }
        for gateway in victims { try gateway.waitUntilExit() }
    }

    /// A session of the superuser.
    func connect() throws -> Connection { try database.connect(options: .administration) }

    /// Whether the database and a gateway run, so that there is something to break.
    var isUsable: Bool { (try? connect()) != nil && gateways.contains(where: \.isRunning) }

    /// Brings back whatever was stopped, held or moved, and waits until every gateway is ready.
    func heal() throws {
        held = []
        try setClock(0)
        for gateway in gateways { gateway.resume() }
        try cluster.start()
        for (index, gateway) in gateways.enumerated() where !gateway.isRunning {
            gateways[index] = try start(after: gateway)
        }
        for gateway in gateways { try gateway.waitUntilReady(timeout: .seconds(60)) }
    }

    func end() {
        held = []
        for gateway in gateways { gateway.killNow() }
        _ = try? cluster.start()
        try? database.drop()
        // The clock's library leaves them when its process is killed.
        for name in pids.flatMap({ ["faketime_shm_\($0)", "sem.faketime_sem_\($0)"] }) {
            try? FileManager.default.removeItem(atPath: "/dev/shm/\(name)")
        }
    }

    // MARK: - The gateways' clock

    /// - Parameter seconds: how far the gateways' clock is from the true one.
    func setClock(_ seconds: Int) throws {
        guard hasClock else { return }
        for gateway in gateways { try Self.write(seconds, clock(in: gateway.folder)) }
    }

    private func start(after earlier: Program?) throws -> Program {
        let config = Installation.config(database: database.url)
        guard hasClock else {
            return try Program(["serve"], config: config, folder: earlier?.folder, port: earlier?.port)
        }
        let folder = try earlier?.folder ?? Self.newFolder()
        if earlier == nil { try Self.write(0, clock(in: folder)) }
        // Swift finds its arguments below the environment's place on the stack, from which the library moves it away unless the
        // variable that it sets itself is there already.
        let environment = [
            "LD_PRELOAD": try Self.library(), "FAKETIME_TIMESTAMP_FILE": clock(in: folder),
            "FAKETIME_NO_CACHE": "1", "FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_SHARED": "/none /none",
        ]
        let gateway = try Program(
            ["serve"], environment: environment, config: config, folder: folder, port: earlier?.port)
        pids.append(gateway.pid)
        return gateway
    }

    private func clock(in folder: String) -> String { "\(folder)/clock" }

    /// Moved into place whole: the gateway reads it at each look at the clock.
    private static func write(_ seconds: Int, _ path: String) throws {
        let text = "\(seconds < 0 ? "" : "+")\(seconds)\n"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
    }

    private static func newFolder() throws -> String {
        let path = FileManager.default.temporaryDirectory.path + "/clock-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    /// libfaketime for programs with threads, from Debian's package `faketime`.
    private static func library() throws -> String {
        let folders = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib")) ?? []
        let paths = folders.map { "/usr/lib/\($0)/faketime/libfaketimeMT.so.1" }
        guard let found = paths.first(where: FileManager.default.fileExists(atPath:)) else {
            throw MissingProgram(hint: "libfaketime is missing: install the package `faketime`")
        }
        return found
    }
}

/// The machine lacks what a fault is done with.
struct MissingProgram: Error, CustomStringConvertible {
    let hint: String

    var description: String { hint }
}
