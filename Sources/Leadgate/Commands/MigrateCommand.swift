import ArgumentParser
import Store

struct MigrateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate", abstract: "Bring the database to this version's schema.",
        discussion: """
            Uses migrate_database if it is set, else database, else the embedded one. Safe to run again and from several \
            hosts at once. `serve` does it itself where the database is embedded or migrate_database is set.
            """)

    @OptionGroup var option: ConfigurationOption

    func run() async throws {
        try await reporting {
            let settings = try Settings.load(option)
            let database = try Database.open(settings.configuration) { Terminal.complain("leadgate: \($0)") }
            defer { database.close() }
            for name in try database.migrate() { Terminal.print("applied \(name)") }
            Terminal.print("schema version \(Schema.newestVersion)")
        }
    }
}
