import ArgumentParser
import Configuring
import Foundation
import Glibc
import Logging
import Telemetry

struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Run the gateway until it is told to stop.",
        discussion: """
            SIGTERM and SIGINT stop it: nothing more is taken in, what was taken is on disk, within five seconds. \
            SIGHUP reads the configuration again; one with mistakes changes nothing.

            Limits in the configuration, with their defaults: connections 10000 (open at once; when all are taken, whoever has \
            kept us waiting longest makes place), journal 4096 (requests that wait to be written, at most half of them of one \
            channel; more are answered 503), spool 1GiB (kept on disk while the database is away; 0: none), form_burst 20 and \
            form_rate 30 (submissions of one address to one form, at once and a minute), lookup 200ms (a caller's name, before \
            the neutral answer).
            """)

    @OptionGroup var option: ConfigurationOption

    @Option(name: .customLong("role"), help: "What this process does, divided by commas.")
    var roles = WordList(Set(Role.allCases))

    @Option(help: "text, or json for machines.")
    var logFormat = LogFormat.text

    @Option(help: "debug, info, warning or error.")
    var logLevel = LogLevel.info

    func run() async throws {
        try await reporting {
            let (format, level) = (logFormat.format, logLevel.level)
            LoggingSystem.bootstrap { LeadgateLogHandler(label: $0, format: format, level: level) }
            signal(SIGPIPE, SIG_IGN)
            ServeCommand.raiseFileLimit()
            let signals = await ProcessSignals()
            let log = Logger(label: "leadgate.serve")
            let settings = try Settings.load(option)
            for warning in settings.configuration.warnings {
                log.warning("configuration", metadata: ["mistake": "\(warning)"])
            }
            let addresses = [settings.configuration.listen, settings.configuration.metrics.listen]
            for address in addresses { try await address?.requireFree() }
            let database = try Database.open(settings.configuration) { log.info("\($0)") }
            defer { database.close() }
            try await Gateway(
                settings: settings, option: option, roles: roles.words, database: database,
                signals: signals, log: log
            ).run()
        }
    }

    /// As many open files as this process may have: each connection is one.
    private static func raiseFileLimit() {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }
}

enum LogFormat: String, ExpressibleByArgument, CaseIterable {
    case text, json

    var format: LeadgateLogHandler.Format { self == .json ? .json : .text }
}

enum LogLevel: String, ExpressibleByArgument, CaseIterable {
    case debug, info, warning, error

    var level: Logger.Level { Logger.Level(rawValue: rawValue) ?? .info }
}
