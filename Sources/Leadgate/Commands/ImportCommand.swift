import Adapters
import ArgumentParser
import Configuring
import Contacts
import Foundation
import Glibc
import Logging
import Receiving
import Resolving
import UnixSignals

struct ImportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import", abstract: "Bring existing customers in from a file, before the first call.",
        discussion: """
            FILE is a table (CSV with commas, semicolons or tabs; UTF-8, UTF-16 or windows-1251), or lines of JSON as \
            POST /v1/import takes them. What each column is taken for is guessed by its name and shown before anything is written; \
            --map corrects it with the words \(ColumnUse.allCases.map(\.rawValue).joined(separator: ", ")). \
            A customer joins the card that has one of the points, or becomes a new one, and never opens a lead.

            What was brought in before has no effect, so that an import which was stopped or killed goes on by the same command. \
            Wrong lines are written to FILE.errors.csv or FILE.errors.ndjson with their number and what is wrong; mend them there \
            and import that file. An earlier one is replaced.

            Exit status: 0 all lines are in, 1 some are wrong or it failed, 130 stopped by SIGINT or SIGTERM.

            Example: leadgate import customers.csv --map 'Contact 2=phone'
            """)

    @OptionGroup var option: ConfigurationOption
    @OptionGroup var tenant: WorkspaceOption

    @Argument(help: ArgumentHelp("The customers.", valueName: "file"), completion: .file())
    var file: String

    @Option(
        name: .customLong("map"),
        help: ArgumentHelp("What a column is, as 'Column=phone'; may be repeated.", valueName: "column=word"),
        transform: ColumnMapping.init)
    var maps: [ColumnMapping] = []

    @Flag(help: "Only say what would be brought in and what is wrong; no database is needed.")
    var dryRun = false

    @Flag(help: "Do not ask whether the columns are right.")
    var yes = false

    func run() async throws {
        try await reporting {
            let configuration = try Settings.load(option).configuration
            let workspace = try tenant.id(in: configuration)
            guard let channel = configuration.imports.first(where: { $0.workspaceID == workspace }) else {
                throw CommandFailure("the workspace has no channel for imports")
            }
            let map = Dictionary(maps.map { ($0.column, $0.use) }, uniquingKeysWith: { $1 })
            let columns = try FileImport.columns(of: file, map: map)
            if let columns { show(columns) }
            guard dryRun || columns == nil || isConfirmed() else { throw CommandFailure("nothing was done") }

            let stop = StopWatch(
                signals: await UnixSignalsSequence(trapping: .sigint, .sigterm), log: FileImport.silence)
            var work = FileImport(
                path: file, map: map, check: ImportCheck(channel: channel), isStopped: { stop.isRaised })
            let totals = try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await stop.run() }
                defer { group.cancelAll() }
                return try await dryRun ? work.rehearse() : work.run(configuration, channel)
            }
            tell(totals)
            if totals.isStopped { throw ExitCode(130) }
            if totals.wrong > 0 { throw ExitCode.failure }
        }
    }

    // MARK: - What is said

    private func show(_ columns: CustomerColumns) {
        let rows = columns.columns.map { column in
            [column.name, column.isSecret ? "left out: it may be a secret" : column.use.rawValue]
        }
        for line in Terminal.table([["COLUMN", "READ AS"]] + rows) { Terminal.print(line) }
        if !columns.hasHead { Terminal.print("The first row is a customer: the columns have no names.") }
        Terminal.print("")
    }

    private func isConfirmed() -> Bool {
        if yes || isatty(STDIN_FILENO) == 0 || isatty(STDOUT_FILENO) == 0 { return true }
        Terminal.print("Bring them in like this? [y/N]")
        return ["y", "yes"].contains(readLine()?.lowercased() ?? "")
    }

    private func tell(_ totals: FileImport.Totals) {
        var rows = [["read", "\(totals.read)"]]
        rows +=
            dryRun
            ? [["right", "\(totals.read - totals.wrong)"]]
            : [["imported", "\(totals.imported)"], ["already there", "\(totals.alreadyThere)"]]
        rows.append(["wrong", "\(totals.wrong)"])
        if let file = totals.errorsFile { rows[rows.count - 1].append("see \(file)") }
        for line in Terminal.table(rows) { Terminal.print(line) }
        if dryRun { return Terminal.print("Nothing was written.") }
        if totals.isStopped {
            Terminal.print("Stopped. The same command goes on; what is there already has no effect.")
        } else if totals.imported > 0 {
            Terminal.print("`leadgate serve` makes cards of them, at once if it is running.")
        }
    }
}

/// `Column=word`.
struct ColumnMapping {
    let column: String
    let use: ColumnUse

    @Sendable init(_ argument: String) throws {
        guard let sign = argument.lastIndex(of: "="),
            let use = ColumnUse(rawValue: String(argument[argument.index(after: sign)...]))
        else {
            let words = ColumnUse.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("expected 'Column=word' with one of \(words)")
        }
        column = String(argument[..<sign])
        self.use = use
    }
}
