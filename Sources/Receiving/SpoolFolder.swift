import Contacts
import Files
import Foundation

/// The folder of one process's spooled events, held by a lock until the value is gone or the process ends.
///
/// `tmp/` holds what is being written, `new/` what is to be drained. The lock is on the file `lock`.
final class SpoolFolder: Sendable {
    let path: String
    private let lock: FileLock

    private init(path: String, lock: FileLock) {
        self.path = path
        self.lock = lock
    }

    /// Makes a folder of a name of its own.
    /// - Parameter root: `<data>/spool`; made if missing, its parent too.
    static func make(in root: String, now: Instant) throws -> SpoolFolder {
        let parent = URL(fileURLWithPath: root).deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: parent, withIntermediateDirectories: true)
        try Disk.makeFolder(root)
        try Disk.makeFolder("\(root)/damaged")
        // Nobody looks for orphans between the making and the locking.
        guard let guarding = try FileLock.take("\(root)/lock", .exclusive, limit: .seconds(5)) else {
            throw SpoolBusy()
        }
        defer { withExtendedLifetime(guarding) {} }
        let path = "\(root)/\(UUID.v7(at: now).text)"
        for folder in [path, "\(path)/tmp", "\(path)/new"] { try Disk.makeFolder(folder) }
        guard let lock = try FileLock.take("\(path)/lock", .exclusive, limit: .zero) else {
            throw SpoolBusy()
        }
        for folder in [path, root, parent] { try Disk.sync(folder) }
        return SpoolFolder(path: path, lock: lock)
    }

    /// The folders whose process has ended, oldest first; ours from now on.
    static func orphans(in root: String) throws -> [SpoolFolder] {
        guard let guarding = try FileLock.take("\(root)/lock", .exclusive, limit: .seconds(5)) else {
            return []
        }
        defer { withExtendedLifetime(guarding) {} }
        return try Disk.names(in: root).filter { UUID(uuidString: $0) != nil }.compactMap { name in
            guard let lock = try? FileLock.take("\(root)/\(name)/lock", .exclusive, limit: .zero) else {
                return nil
            }
            return SpoolFolder(path: "\(root)/\(name)", lock: lock)
        }
    }

    /// What is to be drained, oldest first.
    func files() throws(FileFailure) -> [SpoolFile] {
        var files: [SpoolFile] = []
        for name in try Disk.names(in: "\(path)/new") {
            guard let number = Int64(name) else { continue }
            let size = (try? Disk.size(of: "\(path)/new/\(name)")) ?? 0
            files.append(SpoolFile(folder: self, number: number, size: size))
        }
        return files
    }

    /// Durable when it returns.
    /// - Parameter number: greater than any before; files are drained in its order.
    func write(_ bytes: [UInt8], number: Int64) throws(FileFailure) -> SpoolFile {
        let file = SpoolFile(folder: self, number: number, size: bytes.count)
        try Disk.keep(bytes, in: "\(path)/new", as: file.name, through: "\(path)/tmp/\(file.name)")
        return file
    }

    /// Removes it, if nothing is to be drained from it any more.
    func removeIfEmpty() {
        for name in (try? Disk.names(in: "\(path)/tmp")) ?? [] { try? Disk.remove("\(path)/tmp/\(name)") }
        guard let left = try? Disk.names(in: "\(path)/new"), left.isEmpty else { return }
        for name in ["tmp", "new"] { Disk.removeFolder("\(path)/\(name)") }
        try? Disk.remove("\(path)/lock")
        Disk.removeFolder(path)
    }
}

/// One batch on the disk.
struct SpoolFile: Sendable {
    let folder: SpoolFolder
    /// Microseconds since 1970 of its writing, or more, so that no two have one.
    let number: Int64
    /// In bytes.
    let size: Int

    /// As wide as the greatest number, so that names sort as numbers do.
    var name: String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 19 - digits.count)) + digits
    }
    var path: String { "\(folder.path)/new/\(name)" }
}

/// Another process holds the lock of the spool for too long.
struct SpoolBusy: Error, CustomStringConvertible {
    let description = "another process holds the lock of the spool"
}
