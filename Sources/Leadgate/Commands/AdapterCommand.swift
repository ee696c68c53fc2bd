import Adapters
import ArgumentParser
import Configuring
import Foundation

struct AdapterCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "adapter", abstract: "List the adapters, or try their recorded requests.",
        subcommands: [List.self, Test.self])

    /// The folder of adapters for commands that need no configuration.
    static func folder(_ named: String?) throws -> String {
        let surroundings = Surroundings.current
        if let named = named ?? surroundings.environment["LEADGATE_ADAPTERS"], !named.isEmpty { return named }
        if let found = surroundings.adaptersFolder { return found }
        throw CommandFailure("there is no folder `adapters` here or beside the program; name one")
    }
}

extension AdapterCommand {
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the adapters with their versions.",
            discussion: "Those that cannot be used are told on the error stream; the status is 1 then.")

        @Argument(help: ArgumentHelp("The folder of adapters.", valueName: "dir"), completion: .directory)
        var folder: String?

        func run() async throws {
            try await reporting {
                let catalog = try AdapterCatalog(folder: AdapterCommand.folder(folder))
                let adapters = catalog.snapshot.byName.values.sorted {
                    ($0.kind.rawValue, $0.name) < ($1.kind.rawValue, $1.name)
                }
                let rows = adapters.map { adapter in
                    let isVerified = adapter.definition.isVerified ? "verified" : "token only"
                    return [
                        adapter.kind.rawValue, adapter.name, String(adapter.version.prefix(12)), isVerified,
                        adapter.title,
                    ]
                }
                let unproven = adapters.compactMap { adapter in
                    adapter.definition.unproven.map { "unproven: \(adapter.name): \($0)" }
                }
                for line in Terminal.table([["KIND", "NAME", "VERSION", "ORIGIN", "TITLE"]] + rows) {
                    Terminal.print(line)
                }
                for line in unproven { Terminal.print(line) }
                for problem in catalog.snapshot.problems { Terminal.complain("\(problem)") }
                if !catalog.snapshot.problems.isEmpty { throw ExitCode.failure }
            }
        }
    }

    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Run the recorded requests of an adapter, or of all.",
            discussion: """
                Every fixtures/<case>.request.json is received, verified and mapped, and the result held against \
                <case>.expected.json. Differences are shown as lines with - (expected) and + (what came).
                """)

        @Argument(
            help: ArgumentHelp("The folder of one adapter, or of all.", valueName: "dir"),
            completion: .directory)
        var folder: String?

        @Flag(help: "Write what came as the new expectation; what changed still counts as failed.")
        var update = false

        @Flag(name: .shortAndLong, help: "Name the cases that are as expected, too.")
        var verbose = false

        func run() async throws {
            try await reporting {
                var failed = 0
                var passed = 0
                for adapter in try adapters() {
                    let results = FixtureRunner(adapter: adapter).run(updating: update)
                    if results.isEmpty {
                        Terminal.print("FAIL  \(adapter.name): there are no recorded requests in fixtures/")
                        failed += 1
                    }
                    for result in results {
                        if let problem = result.problem {
                            Terminal.print("FAIL  \(adapter.name) \(result.name)  \(result.file)\n\(problem)")
                            failed += 1
                        } else {
                            if verbose { Terminal.print("ok    \(adapter.name) \(result.name)") }
                            passed += 1
                        }
                    }
                }
                Terminal.print("\(passed) as expected, \(failed) not")
                if failed > 0 { throw ExitCode.failure }
            }
        }

        private func adapters() throws -> [Adapter] {
            let path = try AdapterCommand.folder(folder)
            let whole = URL(fileURLWithPath: path).standardizedFileURL.path
            if FileManager.default.fileExists(atPath: whole + "/adapter.lua") {
                return [try Adapter(folder: whole)]
            }
            let catalog = try AdapterCatalog(folder: whole)
            if let problem = catalog.snapshot.problems.first { throw problem }
            if catalog.snapshot.byName.isEmpty { throw CommandFailure("there is no adapter in \(path)") }
            return catalog.snapshot.byName.values.sorted { $0.name < $1.name }
        }
    }
}
