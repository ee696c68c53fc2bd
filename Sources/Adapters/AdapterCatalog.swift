public import Contacts
import Foundation
import Synchronization

/// Every adapter in force at one moment, and what keeps others from being so.
public struct AdapterSnapshot: Sendable {
    public let byName: [String: Adapter]
    /// Folders whose adapter is not in force, or not in its newest version, sorted by folder.
    public let problems: [AdapterProblem]

    public init(byName: [String: Adapter], problems: [AdapterProblem] = []) {
        self.byName = byName
        self.problems = problems
    }
}

/// Why a folder's adapter was not taken.
public struct AdapterProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file that is wrong, as a path.
    public let file: String
    /// Counted from 1; nil where no line is to blame.
    public let line: Int?
    public let message: String

    public var description: String { file + (line.map { ":\($0)" } ?? "") + ": " + message }
}

/// What a look at the folder brought.
public enum CatalogChange: Sendable, Hashable {
    case added(name: String, version: String)
    case updated(name: String, from: String, to: String)
    /// The old version, if there was one, stays in force.
    case refused(AdapterProblem)
}

/// The adapters under a folder, swapped as one snapshot when files change.
///
/// A changed folder is taken once nothing in it was touched for a second, it loads, and its own fixtures
/// pass; until then, and when it does not, the old version stays and the problem is told. A removed folder
/// leaves its adapter in force until the program starts again, since channels may use it.
public final class AdapterCatalog: Sendable {
    /// How long a folder must be still before it is read again.
    static let stillness = Duration.seconds(1)

    private struct Watched {
        /// What the adapter in force, or the refusal told last, was read from.
        var known: FolderMark
        /// A newer state of the folder, and since when it has been so.
        var pending: (mark: FolderMark, since: Instant)?
        var problem: AdapterProblem?
    }
    private struct State {
        var snapshot: AdapterSnapshot
        var folders: [String: Watched]
    }
    public let folder: String
    private let state: Mutex<State>

    /// Reads every `<folder>/<kind>/<provider>/adapter.lua`. Broken ones are told in the snapshot's problems.
    ///
    /// - Throws: ``AdapterProblem`` if the folder itself cannot be read.
    public init(folder: String) throws {
        self.folder = folder
        var byName: [String: Adapter] = [:]
        var folders: [String: Watched] = [:]
        for path in try AdapterCatalog.adapterFolders(in: folder) {
            let mark = FolderMark(of: path)
            do throws(AdapterProblem) {
                let adapter = try Adapter(folder: path)
                try AdapterCatalog.checkUnique(adapter, among: byName)
                byName[adapter.name] = adapter
                folders[path] = Watched(known: mark)
            } catch {
                folders[path] = Watched(known: mark, problem: error)
            }
        }
        state = Mutex(State(snapshot: AdapterCatalog.snapshot(byName, folders), folders: folders))
    }

    public var snapshot: AdapterSnapshot { state.withLock { $0.snapshot } }

    /// Looks at the folders again. Cheap while nothing changed; to be called about once a second by one
    /// caller.
    ///
    /// - Parameter now: the caller's clock, which decides how long a folder has been still.
    /// - Returns: what was taken or refused in this call, by folder.
    public func reloadIfChanged(now: Instant) -> [CatalogChange] {
        guard let paths = try? AdapterCatalog.adapterFolders(in: folder) else { return [] }
        let marks = paths.map { (path: $0, mark: FolderMark(of: $0)) }
        let due = state.withLock { state in
            marks.filter { AdapterCatalog.isDue($0.path, $0.mark, now: now, in: &state.folders) }
        }
        // Loading and fixtures take milliseconds to seconds: not under the lock.
        return due.compactMap { take($0.path, $0.mark) }
    }

    private static func isDue(
        _ path: String, _ mark: FolderMark, now: Instant, in folders: inout [String: Watched]
    ) -> Bool {
        var watched = folders[path] ?? Watched(known: FolderMark.nothing)
        defer { folders[path] = watched }
        guard mark != watched.known else {
            watched.pending = nil
            return false
        }
        guard let pending = watched.pending, pending.mark == mark else {
            watched.pending = (mark, now)
            return false
        }
        return now.duration(since: pending.since) >= stillness
    }

    private func take(_ path: String, _ mark: FolderMark) -> CatalogChange? {
        let before = snapshot
        let old = before.byName.values.first { $0.folder == path }
        let attempt = Result { () throws(AdapterProblem) -> Adapter in
            let adapter = try Adapter(folder: path)
            try AdapterCatalog.checkUnique(adapter, among: before.byName)
            try FixtureRunner(adapter: adapter).check()
            return adapter
        }
        return state.withLock { state in
            var byName = state.snapshot.byName
            var change: CatalogChange?
            switch attempt {
            case .success(let adapter):
                state.folders[path] = Watched(known: mark)
                if let old, old.version != adapter.version {
                    change = .updated(name: adapter.name, from: old.version, to: adapter.version)
                } else if old == nil {
                    change = .added(name: adapter.name, version: adapter.version)
                }
                byName[adapter.name] = adapter
            case .failure(let problem):
                state.folders[path] = Watched(known: mark, problem: problem)
                change = .refused(problem)
            }
            state.snapshot = AdapterCatalog.snapshot(byName, state.folders)
            return change
        }
    }

    private static func snapshot(_ byName: [String: Adapter], _ folders: [String: Watched]) -> AdapterSnapshot
    {
        AdapterSnapshot(
            byName: byName,
            problems: folders.sorted { $0.key < $1.key }.compactMap(\.value.problem))
    }

    private static func checkUnique(
        _ adapter: Adapter, among byName: [String: Adapter]
    ) throws(AdapterProblem) {
        guard let other = byName[adapter.name], other.folder != adapter.folder else { return }
        throw AdapterProblem(
            file: adapter.folder + "/adapter.lua", line: nil,
            message: "the name \(adapter.name) is taken by \(other.folder)")
    }

    /// `<folder>/<kind>/<provider>` that holds an `adapter.lua`, sorted.
    static func adapterFolders(in folder: String) throws(AdapterProblem) -> [String] {
        let files = FileManager.default
        do {
            _ = try files.contentsOfDirectory(atPath: folder)
        } catch {
            throw AdapterProblem(file: folder, line: nil, message: "the folder of adapters cannot be read")
        }
        return AdapterKind.allCases.flatMap { kind in
            let names = (try? files.contentsOfDirectory(atPath: "\(folder)/\(kind.rawValue)")) ?? []
            return names.map { "\(folder)/\(kind.rawValue)/\($0)" }
        }.filter { files.fileExists(atPath: $0 + "/adapter.lua") }.sorted()
    }
}

/// The state of a folder's files: names, sizes and times of change.
struct FolderMark: Sendable, Hashable {
    private let files: [String: [Int64]]

    static let nothing = FolderMark(files: [:])

    private init(files: [String: [Int64]]) { self.files = files }

    init(of folder: String) {
        var files: [String: [Int64]] = [:]
        for name in ["adapter.lua"] + FixtureRunner.fileNames(in: folder).map({ "fixtures/" + $0 }) {
            let attributes = (try? FileManager.default.attributesOfItem(atPath: "\(folder)/\(name)")) ?? [:]
            let size = attributes[.size] as? NSNumber
            let changed = (attributes[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
            files[name] = [size?.int64Value ?? -1, Int64(changed * 1_000_000)]
        }
        self.files = files
    }
}
