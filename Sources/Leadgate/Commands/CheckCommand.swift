import Adapters
import ArgumentParser
import Configuring
import Curl
import Foundation
import Store

struct CheckCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Verify configuration, adapters, database and addresses, one line each.",
        discussion: """
            A line begins with ok, warn or FAIL. The status is 1 if one failed, 78 if the configuration itself cannot be \
            read. An embedded database that was made before is started for the check; one that was not is not made. \
            Secrets are never printed.
            """)

    @OptionGroup var option: ConfigurationOption

    func run() async throws {
        try await reporting {
            var report = Report()
            let settings: Settings
            do {
                settings = try Settings.load(option)
            } catch let failure as ConfigurationFailure {
                for mistake in failure.mistakes { report.line(.fail, "configuration", "\(mistake)") }
                throw ExitCode.configuration
            }
            let configuration = settings.configuration
            let workspaces =
                configuration.workspaces.count == 1
                ? "1 workspace" : "\(configuration.workspaces.count) workspaces"
            report.line(
                .ok, "configuration",
                "\(configuration.file): \(workspaces), \(configuration.channels.count) channels")
            for warning in configuration.warnings { report.line(.warn, "configuration", "\(warning)") }
            report.checkAdapters(settings)
            report.checkDatabase(configuration)
            report.checkAddresses(configuration)
            if report.hasFailed { throw ExitCode.failure }
        }
    }
}

/// Prints what was found, and remembers whether something failed.
private struct Report {
    enum Finding: String {
        case ok = "ok  "
        case warn
        case fail = "FAIL"
    }
    private(set) var hasFailed = false

    mutating func line(_ finding: Finding, _ subject: String, _ text: String) {
        if finding == .fail { hasFailed = true }
        Terminal.print(
            "\(finding.rawValue)  \(subject.padding(toLength: 14, withPad: " ", startingAt: 0)) \(text)")
    }

    // MARK: - Adapters

    mutating func checkAdapters(_ settings: Settings) {
        let snapshot = settings.catalog.snapshot
        let used = Set(settings.configuration.channels.map(\.adapter))
        for problem in snapshot.problems { line(.fail, "adapter", "\(problem)") }
        for adapter in snapshot.byName.values.sorted(by: { $0.name < $1.name }) {
            let results = FixtureRunner(adapter: adapter).run()
            let failed = results.filter { $0.problem != nil }
            let channels = used.contains(adapter.name) ? "" : ", no channel uses it"
            if results.isEmpty || !failed.isEmpty {
                let names = failed.prefix(3).map(\.name).joined(separator: ", ")
                line(
                    .fail, "adapter",
                    "\(adapter.name): \(failed.count) of \(results.count) recorded requests are not as expected "
                        + "(\(names)); `leadgate adapter test \(adapter.folder)` shows how")
            } else {
                line(
                    .ok, "adapter",
                    "\(adapter.name) \(adapter.version.prefix(12)): \(results.count) recorded requests as expected\(channels)"
                )
            }
        }
    }

    // MARK: - Database

    mutating func checkDatabase(_ configuration: Configuration) {
        let folder = "\(configuration.data)/postgres"
        if configuration.database == nil, !FileManager.default.fileExists(atPath: folder) {
            line(.ok, "database", "embedded, will be made in \(folder) at the first start")
            return
        }
        do {
            let database = try Database.open(configuration) { _ in }
            defer { database.close() }
            let kind = database.cluster == nil ? "configured" : "embedded in \(folder)"
            let state = try database.schemaState()
            switch state {
            case .current:
                _ = try database.connect()
                line(.ok, "database", "\(kind), \(state)")
            case .behind where database.migratesItself:
                line(.warn, "database", "\(kind), schema is not up to date: the next start mends that")
            case .behind, .ahead:
                line(.fail, "database", "\(kind), \(state)")
            }
        } catch {
            line(.fail, "database", "\(error)")
        }
    }

    // MARK: - Addresses

    mutating func checkAddresses(_ configuration: Configuration) {
        let own = SendCommand.base(configuration.listen)
        let status = Report.status(of: own + "/health/ready")
        switch status {
        case 200: line(.ok, "listen", "\(configuration.listen): a gateway is ready there")
        case 503: line(.warn, "listen", "\(configuration.listen): a gateway runs there but is not ready")
        case nil: line(.ok, "listen", "\(configuration.listen): nothing answers yet")
        case let other?:
            line(.fail, "listen", "\(configuration.listen): something else answers there, status \(other)")
        }
        if configuration.listen.isLoopback == false {
            line(.warn, "listen", "\(configuration.listen) is served without TLS: put a proxy before it")
        }
        let url = configuration.publicURL
        if url.hasPrefix("http://127.") || url.hasPrefix("http://localhost") || url.hasPrefix("http://[::1]")
        {
            line(.warn, "public_url", "\(url) is reached from this machine only: providers cannot call it")
            return
        }
        if url.hasPrefix("http://") {
            line(.warn, "public_url", "\(url) is not encrypted: tokens and people travel in the open")
        }
        switch Report.status(of: url + "/health/live") {
        case 200: line(.ok, "public_url", "\(url) leads to a gateway")
        case nil where status == nil:
            line(
                .warn, "public_url",
                "\(url) does not answer, and no gateway runs here: start it and check again")
        case nil: line(.fail, "public_url", "\(url) does not answer although the gateway runs")
        case let other?:
            line(.fail, "public_url", "\(url) answers with status \(other) instead of the gateway")
        }
    }

    /// - Returns: nil if nothing answers within three seconds.
    private static func status(of url: String) -> Int? {
        try? HTTPClient().perform(
            HTTPCall(method: "GET", url: url, headers: [], body: [], timeout: .seconds(3))
        ).status
    }
}
