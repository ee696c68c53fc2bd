import Files
import Foundation
import Glibc

/// Why the embedded PostgreSQL cannot be used; the description is one line that says what to do.
public enum ClusterFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// No PostgreSQL of version 15 or newer in `folder`.
    case notInstalled(folder: String)
    /// The data was made by another major version than those installed.
    case versionMissing(major: Int, data: String)
    /// A path that is too long for a Unix socket.
    case socketPathTooLong(path: String, limit: Int)
    /// A folder that must be ours alone is not.
    case notPrivate(folder: String)
    /// A folder on the way to the data cannot be entered by the user that PostgreSQL runs as.
    case notReachable(path: String, user: String)
    /// Another process holds the start lock for too long.
    case startLocked(path: String)
    /// A server has the data but does not become ready.
    case notReady(data: String)
    /// A file or folder could not be made, read or written.
    case fileSystem(String)
    /// A program failed; `output` is the end of what it said.
    case program(String, output: String)

    public var description: String {
        switch self {
        case .notInstalled(let folder):
            "PostgreSQL 15 or newer is not in \(folder): install the package `postgresql`, or set `database`"
        case .versionMissing(let major, let data):
            "\(data) was made by PostgreSQL \(major): install `postgresql-\(major)`, or upgrade the data"
        case .socketPathTooLong(let path, let limit):
            "the socket path \(path) is longer than \(limit) bytes: set TMPDIR to a shorter folder"
        case .notPrivate(let folder):
            "\(folder) exists but is not a folder of our own with mode 0700: remove it"
        case .notReachable(let path, let user):
            "PostgreSQL's user `\(user)` cannot enter the folders above \(path): choose another `data`"
        case .startLocked(let path):
            "another process has been starting or stopping PostgreSQL for too long (it holds \(path))"
        case .notReady(let data):
            "the PostgreSQL server on \(data) runs but does not become ready: see its log"
        case .fileSystem(let text):
            text
        case .program(let name, let output):
            "\(name) failed: \(output.isEmpty ? "it said nothing" : output)"
        }
    }
}

/// What the system said of a failed file operation, as `Permission denied`; Foundation's own words hide it.
func reason(of error: any Error) -> String {
    let inner = (error as NSError).userInfo[NSUnderlyingErrorKey] as? POSIXError
    guard let inner else { return error.localizedDescription }
    return unsafe String(cString: strerror(inner.code.rawValue))
}

extension FileLock {
    /// The same as `take`, told as a failure of the cluster.
    static func takeForCluster(_ path: String, _ mode: Mode, limit: Duration) throws(ClusterFailure)
        -> FileLock?
    {
        do throws(FileFailure) {
            return try take(path, mode, limit: limit)
        } catch {
            throw .fileSystem("the lock file \(error)")
        }
    }
}
