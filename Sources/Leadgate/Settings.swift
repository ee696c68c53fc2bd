import Adapters
import ArgumentParser
import Configuring
import Foundation
import Glibc

/// The option that every command with a configuration has.
struct ConfigurationOption: ParsableArguments {
    @Option(
        name: .customLong("config"),
        help: ArgumentHelp("The configuration file.", valueName: "file"),
        completion: .file(extensions: ["yaml"]))
    var file: String?

    /// The file named, else `LEADGATE_CONFIG`, else the first of the usual places.
    func path(in surroundings: Surroundings) throws -> String {
        if let file { return file }
        if let named = surroundings.environment["LEADGATE_CONFIG"], !named.isEmpty { return named }
        let usual = ["leadgate.yaml", "/etc/leadgate/leadgate.yaml"]
        if let found = usual.first(where: { FileManager.default.fileExists(atPath: $0) }) { return found }
        Terminal.complain("leadgate: there is no \(usual.joined(separator: " or ")); name one with --config")
        throw ExitCode.configuration
    }
}

/// The configuration with the catalogue of adapters it was held against.
struct Settings {
    let configuration: Configuration
    let catalog: AdapterCatalog

    /// - Throws: `ConfigurationFailure` with every mistake.
    static func load(_ option: ConfigurationOption, in surroundings: Surroundings = .current) throws
        -> Settings
    {
        let file = try option.path(in: surroundings)
        var catalog: AdapterCatalog?
        let configuration = try Configuration.load(file: file, in: surroundings) { folder in
            let read = try AdapterCatalog(folder: folder)
            catalog = read
            return read.snapshot
        }
        guard let catalog else { throw CommandFailure("no adapters were read") }
        return Settings(configuration: configuration, catalog: catalog)
    }
}

extension Surroundings {
    /// Those of this process.
    static var current: Surroundings {
        let binary = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        return Surroundings(
            environment: ProcessInfo.processInfo.environment, isRoot: geteuid() == 0,
            workingFolder: FileManager.default.currentDirectoryPath,
            programFolder: binary.deletingLastPathComponent().path)
    }
}
