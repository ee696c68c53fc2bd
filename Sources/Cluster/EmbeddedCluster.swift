import Files
import Foundation
import Glibc
import Synchronization

/// The private PostgreSQL that is used when no database is configured.
///
/// Its data lies in `<data>/postgres/<major>`. The server is reached only through a Unix socket in a folder
/// of mode 0700; whoever may enter that folder is trusted. It outlives the process that started it, also by
/// `kill -9`: the next one adopts it. Every process that uses it holds `<data>/postgres/lock` shared, and the
/// last one to leave stops it.
///
/// As root, PostgreSQL's programs run as system user `leadgate`, which is made if missing.
public final class EmbeddedCluster: Sendable {
    /// The folder of everything that Leadgate keeps, absolute.
    public let data: String
    private let options: ClusterOptions
    private let progress: @Sendable (String) -> Void
    private let use = Mutex<Use?>(nil)

    private struct Use {
        let lock: FileLock
        let place: ClusterPlace
        let socketFolder: String
    }

    /// - Parameters:
    ///   - data: made with mode 0755 if missing; relative paths start at the current folder.
    ///   - progress: told in a few words what takes time.
    public init(
        data: String, options: ClusterOptions = ClusterOptions(),
        progress: @escaping @Sendable (String) -> Void = { _ in }
    ) {
        self.data = URL(fileURLWithPath: data).resolvingSymlinksInPath().path
        self.options = options
        self.progress = progress
    }

    /// Makes, starts or adopts the server, and holds it in use until ``stop()``. Blocks: some 3 s the first
    /// time, 0.5 s to start, 20 ms to adopt.
    /// - Returns: the URL of database `leadgate`, as its owner.
    @discardableResult
    public func start() throws(ClusterFailure) -> String {
        if let held = use.withLock({ $0 }), RunningServer(data: held.place.data)?.isReady == true {
            return Self.url(held.socketFolder)
        }
        try makeFolder(data, mode: 0o755)
        let parent = "\(data)/postgres"
        let place = try ClusterPlace(parent: parent, programs: options.programs)
        if let user = place.programs.user { try makeUser(user) }
        try makeFolder(parent, mode: 0o700, owner: place.programs.user)
        return try holding(parent) { () throws(ClusterFailure) -> String in
            guard let lock = try FileLock.takeForCluster("\(parent)/lock", .shared, limit: .seconds(1)) else {
                throw .startLocked(path: "\(parent)/lock")
            }
            try give("\(parent)/lock", to: place.programs.user)
            let running = try adopt(place)
            let folder = if let running { running } else { try launch(place) }
            use.withLock { $0 = Use(lock: lock, place: place, socketFolder: folder) }
            return Self.url(folder)
        }
    }

    /// Ends our use; the last user stops the server, which takes some 0.2 s. Does nothing without
    /// ``start()``.
    public func stop() throws(ClusterFailure) {
        guard let held = use.withLock({ $0 }) else { return }
        try holding(held.place.parent) { () throws(ClusterFailure) in
            use.withLock { $0 = nil }
            guard held.lock.change(to: .exclusive) else { return }
            try held.place.stop(.fast)
            held.place.removeSocketFolder(held.socketFolder)
        }
    }

    /// Stops the server under everybody who uses it.
    public func stopServer(_ mode: StopMode = .fast) throws(ClusterFailure) {
        guard let held = use.withLock({ $0 }) else { return }
        try held.place.stop(mode)
    }

    public enum StopMode: String, Sendable {
        /// Ends the sessions and writes everything out.
        case fast
        /// Ends at once; the next start recovers.
        case immediate
    }

    /// Process id of the running server.
    public var serverPID: Int32? {
        use.withLock { $0 }.flatMap { RunningServer(data: $0.place.data)?.pid }
    }

    static func url(_ folder: String) -> String {
        let allowed = CharacterSet(charactersIn: "/-._~").union(.alphanumerics)
        let host = folder.addingPercentEncoding(withAllowedCharacters: allowed) ?? folder
        return "postgresql:///leadgate?host=\(host)&port=\(ClusterPlace.port)&user=\(ClusterPlace.owner)"
    }

    // MARK: - Steps of a start

    /// Runs `body` while nobody else starts or stops this cluster.
    private func holding<T>(
        _ parent: String, _ body: () throws(ClusterFailure) -> T
    ) throws(ClusterFailure) -> T {
        let path = "\(parent)/start.lock"
        var lock = try FileLock.takeForCluster(path, .exclusive, limit: .zero)
        if lock == nil {
            progress("waiting for another process that starts or stops PostgreSQL")
            lock = try FileLock.takeForCluster(path, .exclusive, limit: options.patience)
        }
        guard let lock else { throw .startLocked(path: path) }
        return try withExtendedLifetime(lock) { () throws(ClusterFailure) in try body() }
    }

    /// The socket folder of a server that runs and answers; nil if none runs.
    private func adopt(_ place: ClusterPlace) throws(ClusterFailure) -> String? {
        let end = ContinuousClock.now + options.patience
        var isTold = false
        while let server = RunningServer(data: place.data) {
            if server.isReady, place.answers(server.socketFolder) { return server.socketFolder }
            if ContinuousClock.now >= end { throw .notReady(data: place.data) }
            if !isTold {
                progress("waiting for the PostgreSQL server that is starting or stopping")
                isTold = true
            }
            Thread.sleep(forTimeInterval: 0.05)
        }
        return nil
    }

    private func launch(_ place: ClusterPlace) throws(ClusterFailure) -> String {
        let folder = options.socketFolder ?? place.usualSocketFolder
        let socket = "\(folder)/.s.PGSQL.\(ClusterPlace.port)"
        guard socket.utf8.count <= 100 else { throw .socketPathTooLong(path: socket, limit: 100) }
        if !place.exists {
            progress("making a PostgreSQL \(place.programs.major) cluster in \(place.data)")
            try place.create()
        }
        try makePrivate(folder, owner: place.programs.user)
        try place.write(options.settings(socketFolder: folder))
        progress("starting PostgreSQL \(place.programs.major)")
        do throws(ClusterFailure) {
            try place.launch(socketFolder: folder, patience: options.patience)
        } catch {
            place.removeSocketFolder(folder)
            throw error
        }
        return folder
    }

    // MARK: - Folders and users

    private func makeUser(_ user: String) throws(ClusterFailure) {
        if try userExists(user) { return }
        // Two that make the same user at once can leave it with another number than the first one used.
        guard let lock = try FileLock.takeForCluster("/etc/passwd", .exclusive, limit: .seconds(30)) else {
            throw .startLocked(path: "/etc/passwd")
        }
        try withExtendedLifetime(lock) { () throws(ClusterFailure) in
            if try userExists(user) { return }
            progress("making system user `\(user)`, which PostgreSQL runs as")
            let (status, output) = try Programs.run(
                "/usr/sbin/useradd",
                [
                    "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent",
                    "--shell", "/usr/sbin/nologin", user,
                ])
            if status != 0 { throw .program("useradd", output: output) }
        }
    }

    private func userExists(_ user: String) throws(ClusterFailure) -> Bool {
        try Programs.run("/usr/bin/getent", ["passwd", user]).status == 0
    }
}

// MARK: - Files

/// Makes a folder with its parents; one that exists is left as it is.
func makeFolder(_ path: String, mode: Int, owner: String? = nil) throws(ClusterFailure) {
    if FileManager.default.fileExists(atPath: path) { return }
    do {
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: mode])
    } catch {
        throw .fileSystem("the folder \(path) cannot be made: \(reason(of: error))")
    }
    try give(path, to: owner)
}

/// Makes a folder for its owner alone. In a folder that all may write, another user could have been quicker:
/// one that exists must be a true folder, the owner's, and closed to others.
func makePrivate(_ path: String, owner: String?) throws(ClusterFailure) {
    try makeFolder(path, mode: 0o700, owner: owner)
    let found = try? FileManager.default.attributesOfItem(atPath: path)
    let isFolder = found?[.type] as? FileAttributeType == .typeDirectory
    let isClosed = ((found?[.posixPermissions] as? Int) ?? 0o777) & 0o077 == 0
    let isOurs =
        if let owner {
            found?[.ownerAccountName] as? String == owner
        } else {
            (found?[.ownerAccountID] as? NSNumber)?.uint32Value == geteuid()
        }
    guard isFolder, isClosed, isOurs else { throw .notPrivate(folder: path) }
}

/// Makes `owner` the owner of a file or folder; nil leaves it ours.
func give(_ path: String, to owner: String?) throws(ClusterFailure) {
    guard let owner else { return }
    do {
        try FileManager.default.setAttributes(
            [.ownerAccountName: owner, .groupOwnerAccountName: owner], ofItemAtPath: path)
    } catch {
        throw .fileSystem("\(path) cannot be given to user \(owner): \(reason(of: error))")
    }
}
