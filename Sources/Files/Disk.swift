import Glibc

/// Files that are on the disk, not merely in the system's memory, when a call returns.
public enum Disk {
    /// Makes a folder that only we may look into, unless it is there.
    public static func makeFolder(_ path: String) throws(FileFailure) {
        if unsafe mkdir(path, 0o700) != 0, errno != EEXIST { throw FileFailure("made", path) }
    }

    /// Writes a file under another name, then gives it its own: it is there whole or not at all.
    ///
    /// - Parameters:
    ///   - path: in `folder`. A file of that name is replaced.
    ///   - temporary: on the same file system; must not be there.
    public static func keep(
        _ bytes: [UInt8], in folder: String, as name: String, through temporary: String
    ) throws(FileFailure) {
        let path = "\(folder)/\(name)"
        do throws(FileFailure) {
            try write(bytes, to: temporary)
            guard unsafe rename(temporary, path) == 0 else { throw FileFailure("renamed", temporary) }
        } catch {
            _ = unsafe unlink(temporary)
            throw error
        }
        do throws(FileFailure) {
            try sync(folder)
        } catch {
            // Nobody is told that it was kept.
            _ = unsafe unlink(path)
            throw error
        }
    }

    /// What was made, renamed or removed in a folder is so after a power cut, too.
    public static func sync(_ folder: String) throws(FileFailure) {
        let descriptor = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileFailure("opened", folder) }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw FileFailure("synced", folder) }
    }

    /// Moves a file to a folder of the same file system.
    public static func move(_ path: String, to other: String) throws(FileFailure) {
        guard unsafe rename(path, other) == 0 else { throw FileFailure("renamed", path) }
    }

    /// Not durable before ``sync(_:)``.
    public static func remove(_ path: String) throws(FileFailure) {
        if unsafe unlink(path) != 0, errno != ENOENT { throw FileFailure("removed", path) }
    }

    /// Removes a folder if it is empty.
    public static func removeFolder(_ path: String) { _ = unsafe rmdir(path) }

    /// Names without a path, sorted.
    public static func names(in folder: String) throws(FileFailure) -> [String] {
        guard let stream = unsafe opendir(folder) else { throw FileFailure("listed", folder) }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    /// In bytes.
    public static func size(of path: String) throws(FileFailure) -> Int {
        var found = stat()
        guard unsafe stat(path, &found) == 0 else { throw FileFailure("looked at", path) }
        return Int(found.st_size)
    }

    public static func read(_ path: String) throws(FileFailure) -> [UInt8] {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw FileFailure("opened", path) }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = unsafe piece.withUnsafeMutableBytes {
                unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
            }
            if count == 0 { return bytes }
            if count > 0 {
                bytes += piece[..<count]
            } else if errno != EINTR {
                throw FileFailure("read", path)
            }
        }
    }

    private static func write(_ bytes: [UInt8], to path: String) throws(FileFailure) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw FileFailure("made", path) }
        var failure: FileFailure?
        var rest = bytes[...]
        while failure == nil, !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                failure = FileFailure("written", path)
            }
        }
        if failure == nil, fsync(descriptor) != 0 { failure = FileFailure("synced", path) }
        if close(descriptor) != 0, failure == nil { failure = FileFailure("closed", path) }
        if let failure { throw failure }
    }
}
