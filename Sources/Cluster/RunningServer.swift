import Foundation
import Glibc

/// What `postmaster.pid` tells of a server (server: `pidfile.h`).
struct RunningServer: Sendable, Hashable {
    let pid: Int32
    let socketFolder: String
    /// The server takes connections; else it starts, recovers or stops.
    let isReady: Bool

    /// The server that uses `data`, nil if there is none.
    init?(data: String) {
        guard let text = try? String(contentsOfFile: "\(data)/postmaster.pid", encoding: .utf8) else {
            return nil
        }
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard let first = lines.first, let pid = Int32(first), pid > 0, Self.isServer(pid) else { return nil }
        self.pid = pid
        socketFolder = lines.count > 4 ? String(lines[4]) : ""
        isReady = lines.count > 7 && lines[7].hasPrefix("ready") && !socketFolder.isEmpty
    }

    var isAlive: Bool { Self.isServer(pid) }

    /// A file left by a crash may name a process that is something else by now.
    private static func isServer(_ pid: Int32) -> Bool {
        guard kill(pid, 0) == 0 || errno == EPERM else { return false }
        guard let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8) else {
            return false
        }
        return status.hasPrefix("Name:\tpostgres") && !status.contains("State:\tZ")
    }

    /// The process that `file` names, if it has ended but its parent has not asked for its status: in a
    /// container whose first process does not, that lasts for ever.
    static func zombie(namedIn file: String) -> Int32? {
        guard let text = try? String(contentsOfFile: file, encoding: .utf8),
            let pid = text.split(separator: "\n").first.flatMap({ Int32($0.drop { $0 == " " }) }), pid > 0,
            let status = try? String(contentsOfFile: "/proc/\(pid)/status", encoding: .utf8)
        else { return nil }
        return status.contains("State:\tZ") ? pid : nil
    }
}
