import Foundation
import Glibc
import Synchronization

/// The built `leadgate`, run as a process of its own. Killed when the test process exits, if it still runs.
public final class Program: Sendable {
    /// The working folder: holds `leadgate.yaml`, `data/` and what the program wrote.
    public let folder: String
    /// The port on 127.0.0.1 named in `listen`.
    public let port: Int
    private let process: Process

    public struct Ended: Sendable {
        /// Exit status, or the signal's number if `isSignal`; -1 while the program runs.
        public let status: Int32
        public let isSignal: Bool
        public let output: String
        public let errors: String
    }

    /// Starts the program.
    ///
    /// - Parameters:
    ///   - arguments: as on the command line.
    ///   - environment: nothing else is inherited but PATH, HOME and TMPDIR.
    ///   - config: text of `leadgate.yaml` in the working folder; `listen`, `data` and `adapters` are added
    ///     if missing.
    ///   - folder: the folder of an earlier run to go on with; nil makes one.
    ///   - port: nil takes a free one.
    ///   - input: text for standard input.
    ///   - wrapper: a program that is given the path and the arguments, and becomes what they name.
    public init(
        _ arguments: [String], environment: [String: String] = [:], config: String? = nil,
        folder: String? = nil,
        port: Int? = nil, input: String? = nil, wrapper: [String] = []
    ) throws {
        self.folder = folder ?? Leftovers.newFolder()
        self.port = port ?? Self.freePort()
        try FileManager.default.createDirectory(atPath: self.folder, withIntermediateDirectories: true)
        if let config {
            let text = Self.complete(config, folder: self.folder, port: self.port)
            try text.write(toFile: "\(self.folder)/leadgate.yaml", atomically: true, encoding: .utf8)
        }
        process = Process()
        let command = wrapper + [try Self.path()] + arguments
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command[1...])
        process.currentDirectoryURL = URL(fileURLWithPath: self.folder)
        var all = ProcessInfo.processInfo.environment.filter { ["PATH", "HOME", "TMPDIR"].contains($0.key) }
        all.merge(environment) { $1 }
        process.environment = all
        process.standardOutput = try Self.file("\(self.folder)/stdout")
        process.standardError = try Self.file("\(self.folder)/stderr")
        process.standardInput = FileHandle.nullDevice
        if let input {
            try input.write(toFile: "\(self.folder)/stdin", atomically: true, encoding: .utf8)
            process.standardInput = FileHandle(forReadingAtPath: "\(self.folder)/stdin")
        }
        try Self.withAllSignals { try process.run() }
        Leftovers.note(process.processIdentifier)
    }

    /// Runs a command to its end.
    public static func run(
        _ arguments: [String], environment: [String: String] = [:], config: String? = nil,
        folder: String? = nil,
        input: String? = nil, timeout: Duration = .seconds(60)
    ) throws -> Ended {
        let program = try Program(
            arguments, environment: environment, config: config, folder: folder, input: input)
        return try program.waitUntilExit(timeout: timeout)
    }

    public var pid: Int32 { process.processIdentifier }
    public var url: String { "http://127.0.0.1:\(port)" }
    public var output: String { Self.text("\(folder)/stdout") }
    public var errors: String { Self.text("\(folder)/stderr") }
    public var isRunning: Bool { process.isRunning }

    /// SIGKILL.
    public func killNow() { signal(SIGKILL) }
    /// SIGTERM.
    public func terminate() { signal(SIGTERM) }
    /// SIGSTOP.
    public func pause() { signal(SIGSTOP) }
    /// SIGCONT.
    public func resume() { signal(SIGCONT) }
    /// SIGHUP.
    public func reload() { signal(SIGHUP) }

    public func signal(_ number: Int32) {
        if process.isRunning { kill(pid, number) }
    }

    /// - Throws: ``ProgramFailure`` if the program still runs at the end of `timeout`; it is killed then.
    @discardableResult
    public func waitUntilExit(timeout: Duration = .seconds(10)) throws -> Ended {
        let end = ContinuousClock.now + timeout
        while process.isRunning {
            if ContinuousClock.now >= end {
                let sofar = snapshot
                killNow()
                throw ProgramFailure(reason: "still running after \(timeout)", ended: sofar)
            }
            Thread.sleep(forTimeInterval: 0.005)
        }
        return snapshot
    }

    /// How the program ended; nil while it runs.
    public var ended: Ended? { process.isRunning ? nil : snapshot }

    var snapshot: Ended {
        if process.isRunning { return Ended(status: -1, isSignal: false, output: output, errors: errors) }
        Leftovers.forget(pid)
        return Ended(
            status: process.terminationStatus, isSignal: process.terminationReason == .uncaughtSignal,
            output: output, errors: errors)
    }

    /// Tests run on threads that block all signals, and a child inherits that: it would never hear SIGTERM.
    public static func withAllSignals(_ body: () throws -> Void) rethrows {
        var none = sigset_t()
        var before = sigset_t()
        unsafe sigemptyset(&none)
        unsafe pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }

    // MARK: - Where things are

    /// The repository's folder.
    public static let repository: String = {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().path
    }()

    /// `LEADGATE_PROGRAM`, else `leadgate` beside the test bundle.
    public static func path() throws -> String {
        if let given = ProcessInfo.processInfo.environment["LEADGATE_PROGRAM"] { return given }
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let path = URL(fileURLWithPath: own).deletingLastPathComponent().appendingPathComponent("leadgate")
            .path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw ProgramFailure(
                reason: "\(path) is not built: run `swift build`, or set LEADGATE_PROGRAM", ended: nil)
        }
        return path
    }

    private static let lastPort = Mutex(20_000 + Int(getpid()) % 10_000)

    /// A port that nobody listens on, below the range that outgoing connections take theirs from.
    public static func freePort() -> Int {
        let table = text("/proc/net/tcp") + text("/proc/net/tcp6")
        return lastPort.withLock { port in
            repeat {
                port = port >= 31_999 ? 20_000 : port + 1
            } while table.contains(":\(String(format: "%04X", port)) ")
            return port
        }
    }

    private static func complete(_ config: String, folder: String, port: Int) -> String {
        let additions = [
            "listen": "127.0.0.1:\(port)", "data": "\(folder)/data", "adapters": "\(repository)/adapters",
        ]
        let lines = config.split(separator: "\n")
        let missing = additions.filter { key, _ in !lines.contains { $0.hasPrefix("\(key):") } }
        return missing.sorted { $0.key < $1.key }.map { "\($0): \($1)\n" }.joined() + config
    }

    /// Appends to the file of an earlier run.
    private static func file(_ path: String) throws -> FileHandle {
        if !FileManager.default.fileExists(atPath: path) {
            _ = FileManager.default.createFile(atPath: path, contents: nil)
        }
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try handle.seekToEnd()
        return handle
    }

    private static func text(_ path: String) -> String {
        let data = FileHandle(forReadingAtPath: path).flatMap { try? $0.readToEnd() }
        return String(decoding: data ?? Data(), as: UTF8.self)
    }
}

/// A program did not do what a test needs of it; holds what it said.
public struct ProgramFailure: Error, CustomStringConvertible {
    public let reason: String
    public let ended: Program.Ended?

    public var description: String {
        guard let ended else { return reason }
        return "\(reason), status \(ended.status)\n\(ended.output.suffix(4000))\n\(ended.errors.suffix(4000))"
    }
}
