import ArgumentParser

/// The command line.
@main
struct Leadgate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leadgate",
        abstract:
            "The one door for every contact: calls, forms and messages become one card and one open lead.",
        discussion: """
            Settings are read from leadgate.yaml in this folder, else /etc/leadgate/leadgate.yaml; --config or \
            LEADGATE_CONFIG names another. Without a database in it, a private PostgreSQL is made and run.

            Exit status: 0 done, 1 failed, 64 wrong arguments, 78 wrong configuration.
            """,
        version: "leadgate \(Version.text)",
        subcommands: [
            ServeCommand.self, MigrateCommand.self, CheckCommand.self, AdapterCommand.self,
            EventsCommand.self, ImportCommand.self,
            SendCommand.self, TokenCommand.self, UserCommand.self, VersionCommand.self,
        ])
}

struct VersionCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "version", abstract: "Print the version.")

    func run() { Terminal.print("leadgate \(Version.text)") }
}

enum Version {
    static let text = "0.1.0"
}
