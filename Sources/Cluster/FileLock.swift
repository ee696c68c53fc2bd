import Foundation
import Glibc

/// An advisory lock on a file (`flock`), held until the value is gone or the process ends, however it ends.
///
/// Never inherited by other programs: a database server that kept it would hide that its users have gone.
final class FileLock: Sendable {
    private let file: FileHandle

    private init(_ file: FileHandle) {
        self.file = file
    }

    deinit {
        try? file.close()
    }

    enum Mode {
        case shared, exclusive

        fileprivate var operation: Int32 {
            switch self {
            case .shared: LOCK_SH
            case .exclusive: LOCK_EX
            }
        }
    }

    /// Takes the lock, making the file if it is missing.
    /// - Parameter limit: longest wait for other holders.
    /// - Returns: nil if others held it for all that time.
    static func take(_ path: String, _ mode: Mode, limit: Duration) throws(ClusterFailure) -> FileLock? {
        let files = FileManager.default
        if !files.fileExists(atPath: path) {
            _ = files.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
        }
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw .fileSystem("the lock file \(path) cannot be made or opened")
        }
        _ = fcntl(file.fileDescriptor, F_SETFD, FD_CLOEXEC)
        let lock = FileLock(file)
        let end = ContinuousClock.now + limit
        while !lock.change(to: mode) {
            if ContinuousClock.now >= end { return nil }
            Thread.sleep(forTimeInterval: 0.01)
        }
        return lock
    }

    /// Changes the mode at once.
    /// - Returns: false if other holders stand against it; the lock may be lost then.
    func change(to mode: Mode) -> Bool {
        flock(file.fileDescriptor, mode.operation | LOCK_NB) == 0
    }
}
