import Foundation
import Glibc

/// An advisory lock on a file (`flock`), held until the value is gone or the process ends, however it ends.
///
/// Never inherited by other programs: a database server that kept it would hide that its users have gone.
public final class FileLock: Sendable {
    private let descriptor: Int32

    private init(_ descriptor: Int32) {
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    public enum Mode: Sendable {
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
    public static func take(_ path: String, _ mode: Mode, limit: Duration) throws(FileFailure) -> FileLock? {
        // Not by Foundation, which makes a file under another name and moves it: two that came at once would
        // hold locks on two files.
        let descriptor = unsafe open(path, O_RDONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileFailure("opened", path) }
        let lock = FileLock(descriptor)
        let end = ContinuousClock.now + limit
        while !lock.change(to: mode) {
            if ContinuousClock.now >= end { return nil }
            Thread.sleep(forTimeInterval: 0.01)
        }
        return lock
    }

    /// Changes the mode at once.
    /// - Returns: false if other holders stand against it; the lock may be lost then.
    public func change(to mode: Mode) -> Bool {
        flock(descriptor, mode.operation | LOCK_NB) == 0
    }
}
