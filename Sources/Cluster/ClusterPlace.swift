import Foundation
import Glibc

/// One cluster on the disk, and the programs that fit it.
struct ClusterPlace: Sendable {
    /// `<data>/postgres`, whose owner PostgreSQL runs as.
    let parent: String
    let programs: Programs

    /// The name of the socket file ends with it; nothing listens on the network.
    static let port = 5432
    /// The superuser that `initdb` makes.
    static let owner = "leadgate_owner"
    /// The user that PostgreSQL's programs run as when we are root: they refuse to run as root.
    static let systemUser = "leadgate"

    /// `<data>/postgres/<major>`.
    var data: String { "\(parent)/\(programs.major)" }

    var exists: Bool { Self.isCluster(data) }

    /// Chooses the version: that of the data if there is any, else the newest installed.
    init(parent: String, programs root: String) throws(ClusterFailure) {
        self.parent = parent
        let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
        let made = names.compactMap(Int.init).filter { Self.isCluster("\(parent)/\($0)") }.max()
        let installed = Programs.installed(in: root)
        guard let major = made ?? installed.keys.max() else { throw .notInstalled(folder: root) }
        guard let folder = installed[major] else {
            throw .versionMissing(major: major, data: "\(parent)/\(major)")
        }
        programs = Programs(major: major, folder: folder, user: geteuid() == 0 ? Self.systemUser : nil)
    }

    private static func isCluster(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(path)/PG_VERSION")
    }

    /// Short, since a socket's path holds 107 bytes at most, and one per data folder.
    var usualSocketFolder: String {
        let id = String(Self.hash(data) & 0xffff_ffff_ffff, radix: 36)
        if programs.user != nil, FileManager.default.isWritableFile(atPath: "/run") {
            return "/run/leadgate-\(id)"
        }
        let temporary = FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path
        return "\(temporary)/leadgate-\(geteuid())-\(id)"
    }

    /// FNV-1a; tells data folders apart, nothing more.
    private static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    // MARK: - Making

    /// Makes the cluster and database `leadgate` beside their place and moves them there when complete, so
    /// that a crash on the way leaves nothing that looks like a cluster.
    func create() throws(ClusterFailure) {
        let unfinished = "\(data).unfinished"
        try? FileManager.default.removeItem(atPath: unfinished)
        try makePrivate(unfinished, owner: programs.user)
        if let user = programs.user {
            let (status, _) = try Programs.run(
                "/usr/sbin/runuser", ["-u", user, "--", "test", "-w", unfinished])
            if status != 0 { throw .notReachable(path: parent, user: user) }
        }
        try programs.run(
            "initdb",
            [
                "--pgdata=\(unfinished)", "--encoding=UTF8", "--locale=C.UTF-8", "--auth=trust",
                "--username=\(Self.owner)", "--no-instructions",
            ])
        try write("local all all trust\n", to: "\(unfinished)/pg_hba.conf")
        try write("", to: "\(unfinished)/leadgate.conf")
        try write("include 'leadgate.conf'\n", to: "\(unfinished)/postgresql.conf", isAdded: true)
        try programs.run(
            "postgres", ["--single", "-D", unfinished, "-j", "template1"],
            input: "CREATE DATABASE leadgate;\n\n")
        do {
            try FileManager.default.moveItem(atPath: unfinished, toPath: data)
        } catch {
            throw .fileSystem("\(unfinished) cannot be moved to \(data): \(reason(of: error))")
        }
    }

    /// Writes the settings that the next start reads.
    func write(_ settings: String) throws(ClusterFailure) {
        try write(settings, to: "\(data)/leadgate.conf")
    }

    private func write(_ text: String, to path: String, isAdded: Bool = false) throws(ClusterFailure) {
        do {
            let before = isAdded ? try String(contentsOfFile: path, encoding: .utf8) : ""
            try Data((before + text).utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw .fileSystem("\(path) cannot be written: \(reason(of: error))")
        }
        try give(path, to: programs.user)
    }

    // MARK: - Running

    /// Starts the server in a session of its own and waits until it answers.
    func launch(socketFolder: String, patience: Duration) throws(ClusterFailure) {
        for file in ["\(data)/postmaster.pid", "\(socketFolder)/.s.PGSQL.\(Self.port).lock"] {
            try release(file)
        }
        let log = "\(data)/startup.log"
        let end = ContinuousClock.now + .seconds(10)
        while true {
            try? FileManager.default.removeItem(atPath: log)
            do throws(ClusterFailure) {
                let seconds = max(1, patience.components.seconds)
                try programs.run("pg_ctl", ["start", "-D", data, "-l", log, "-s", "-w", "-t", "\(seconds)"])
                return
            } catch {
                let said = (try? String(contentsOfFile: log, encoding: .utf8)) ?? ""
                // Sessions of a killed server end a moment after it.
                if said.contains("shared memory block"), ContinuousClock.now < end {
                    Thread.sleep(forTimeInterval: 0.1)
                    continue
                }
                let lines = said.split(whereSeparator: \.isNewline).suffix(4).joined(separator: "; ")
                throw .program(
                    "PostgreSQL", output: lines.isEmpty ? "\(error)" : "\(lines) (see \(data)/log)")
            }
        }
    }

    /// Takes a lock file of the server from a process that has ended but is still listed, which the server
    /// would take for alive. The rest of the file stays: by it the server sees whether old sessions still use
    /// its memory.
    private func release(_ file: String) throws(ClusterFailure) {
        guard RunningServer.zombie(namedIn: file) != nil,
            let text = try? String(contentsOfFile: file, encoding: .utf8)
        else { return }
        // Above every process id that Linux gives.
        let rest = text.drop { $0 != "\n" }
        try write("4194305" + rest, to: file)
    }

    func stop(_ mode: EmbeddedCluster.StopMode) throws(ClusterFailure) {
        guard RunningServer(data: data) != nil else { return }
        try programs.run("pg_ctl", ["stop", "-D", data, "-m", mode.rawValue, "-s", "-w", "-t", "60"])
    }

    /// Removes the socket's folder behind a stopped server, if it is empty.
    func removeSocketFolder(_ folder: String) {
        guard let left = try? FileManager.default.contentsOfDirectory(atPath: folder), left.isEmpty else {
            return
        }
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Whether a server takes connections on the socket in `folder`.
    func answers(_ folder: String) -> Bool {
        let path = "\(programs.folder)/pg_isready"
        let answer = try? Programs.run(path, ["-q", "-h", folder, "-p", "\(Self.port)", "-d", "postgres"])
        return answer?.status == 0
    }
}
