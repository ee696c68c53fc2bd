import Adapters
import Configuring
import Foundation

/// A folder with a `leadgate.yaml` and whatever files its secrets are in; removed at the end.
final class Installation {
    let folder: String
    var environment: [String: String] = [:]
    var isRoot = false

    static let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent()
        .deletingLastPathComponent().path

    init(_ yaml: String, files: [String: String] = [:], environment: [String: String] = [:]) throws {
        let root = FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path
        folder = "\(root)/leadgate-configuration-\(UUID().uuidString)"
        self.environment = environment
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (name, text) in files.merging(["leadgate.yaml": yaml], uniquingKeysWith: { $1 }) {
            try text.write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
        }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// With the repository's adapters, whose folder stands in for `<here>/adapters` if the file names none.
    func load(file: String = "leadgate.yaml") throws(ConfigurationFailure) -> Configuration {
        let surroundings = Surroundings(
            environment: environment, isRoot: isRoot, workingFolder: folder,
            programFolder: Installation.repository)
        return try Configuration.load(file: file, in: surroundings) { folder in
            try AdapterCatalog(folder: folder).snapshot
        }
    }

    /// What is said against the file, one line each.
    func mistakes() -> [String] {
        do throws(ConfigurationFailure) {
            _ = try load()
            return []
        } catch {
            return error.mistakes.map(\.description)
        }
    }
}
