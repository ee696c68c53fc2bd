import Adapters
import Configuring
import Contacts
import Foundation
import Logging
import Receiving
import Resolving
import Store
import Telemetry

/// One file of customers on its way into the database, read by pieces, so that its size does not matter.
struct FileImport {
    struct Totals {
        /// Lines that are not blank.
        var read = 0
        var imported = 0
        /// Kept before, so without effect.
        var alreadyThere = 0
        var wrong = 0
        /// Where the wrong ones are.
        var errorsFile: String?
        /// The end of the file was not reached.
        var isStopped = false
    }

    static let silence = Logger(label: "leadgate.import") { _ in SwiftLogNoOpLogHandler() }
    private static let piece = 64 << 10
    /// Wrong lines that are told at once; all of them are in the file.
    private static let told = 10

    let path: String
    let map: [String: ColumnUse]
    let check: ImportCheck
    let isStopped: () -> Bool
    private var totals = Totals()
    private var errors: FileHandle?
    private var keepsErrors = false

    init(path: String, map: [String: ColumnUse], check: ImportCheck, isStopped: @escaping () -> Bool) {
        self.path = path
        self.map = map
        self.check = check
        self.isStopped = isStopped
    }

    /// What the columns of a table are taken for; nil for lines of JSON.
    static func columns(of path: String, map: [String: ColumnUse]) throws -> CustomerColumns? {
        var file = ImportFile(map: map)
        let handle = try open(path)
        while !file.isRecognised {
            guard let piece = try handle.read(upToCount: piece), !piece.isEmpty else {
                _ = try file.finish()
                guard file.isRecognised else { throw CommandFailure("there is nothing in \(path)") }
                break
            }
            _ = try file.add(Array(piece))
        }
        return file.columns
    }

    private static func open(_ path: String) throws -> FileHandle {
        var isFolder: ObjCBool = false
        guard unsafe FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue
        else { throw CommandFailure("there is no file \(path)") }
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw CommandFailure("\(path) cannot be read")
        }
        return handle
    }

    // MARK: - Running

    /// Only looks at each line.
    mutating func rehearse() async throws -> Totals {
        try await read { _, _ in }
        return totals
    }

    /// - Throws: where the database does not take a line; what was taken before it stays.
    mutating func run(_ configuration: Configuration, _ channel: Adapters.Channel) async throws -> Totals {
        let database = try Database.open(configuration) { Terminal.complain("leadgate: \($0)") }
        defer { database.close() }
        try database.requireSchema()
        _ = try database.connect().register(
            workspaceID: channel.workspaceID, key: channel.workspace,
            channels: [RegisteredChannel(id: channel.id, key: channel.key, adapter: channel.adapter)],
            isWhole: false, now: .now())
        var options = JournalOptions()
        options.patience = .seconds(10)
        let journal = Journal(
            url: { database.url() }, options: options, metrics: Metrics(), log: FileImport.silence
        ) { _ in }
        defer { journal.close() }
        let importing = Importing(
            journal: journal, channel: channel, remote: "", url: configuration.publicURL + "/v1/import",
            verified: ["command"], now: { .now() })
        keepsErrors = true
        do {
            try await read { content, number in
                try await importing.add(content.line, bytes: content.bytes, number: number)
                if let refused = await importing.result.errors.first { throw FileImport.refusal(refused) }
            }
            let result = try await importing.finish()
            if let refused = result.errors.first { throw FileImport.refusal(refused) }
        } catch let failure as JournalFailure {
            await importing.abandon()
            let result = await importing.result
            let kept = result.accepted + result.duplicates
            throw CommandFailure(
                "the database does not take more (\(failure)); \(kept) lines are in, and the same command goes on"
            )
        }
        let result = await importing.result
        totals.imported = result.accepted
        totals.alreadyThere = result.duplicates
        return totals
    }

    /// Nothing in a line makes the database refuse it, so that the others would fare no better.
    private static func refusal(_ error: Importing.LineError) -> CommandFailure {
        CommandFailure("line \(error.line): \(error.failure)")
    }

    /// Reads the file to its end, or until it is to stop.
    private mutating func read(_ take: (ImportFile.Entry.Content, Int) async throws -> Void) async throws {
        var file = ImportFile(map: map)
        let handle = try FileImport.open(path)
        var progress = ImportProgress(bytes: try handle.seekToEnd())
        try handle.seek(toOffset: 0)
        defer { progress.clear() }
        while let piece = try handle.read(upToCount: FileImport.piece), !piece.isEmpty {
            let entries = try file.add(Array(piece))
            try await hand(over: entries, of: file, &progress, take)
            progress.add(bytes: piece.count, lines: totals.read)
            if isStopped() {
                totals.isStopped = true
                return
            }
        }
        try await hand(over: file.finish(), of: file, &progress, take)
    }

    private mutating func hand(
        over entries: [ImportFile.Entry], of file: ImportFile, _ progress: inout ImportProgress,
        _ take: (ImportFile.Entry.Content, Int) async throws -> Void
    ) async throws {
        for entry in entries {
            totals.read += 1
            switch checked(entry) {
            case .success(let content): try await take(content, entry.number)
            case .failure(let failure):
                progress.clear()
                try note(entry, failure, file.wrongLines)
            }
        }
    }

    private func checked(_ entry: ImportFile.Entry) -> Result<ImportFile.Entry.Content, ImportLineFailure> {
        entry.content.flatMap { content in
            Result { () throws(ImportLineFailure) in
                try check.check(content.line)
                return content
            }
        }
    }

    // MARK: - What is wrong

    private mutating func note(
        _ entry: ImportFile.Entry, _ failure: ImportLineFailure, _ lines: WrongLines
    ) throws {
        totals.wrong += 1
        if totals.wrong <= FileImport.told { Terminal.complain("line \(entry.number): \(failure)") }
        if totals.wrong == FileImport.told + 1 { Terminal.complain("and more") }
        guard keepsErrors else { return }
        let file = try errors ?? openErrors(lines)
        try file.write(contentsOf: Data(lines.text(entry, failure).utf8))
    }

    /// For its owner only: it holds people.
    private mutating func openErrors(_ lines: WrongLines) throws -> FileHandle {
        let name = "\(path).errors.\(lines.ending)"
        let isMade = FileManager.default.createFile(
            atPath: name, contents: Data(lines.head.utf8), attributes: [.posixPermissions: 0o600])
        guard isMade, let file = FileHandle(forWritingAtPath: name) else {
            throw CommandFailure("\(name), the file for wrong lines, cannot be written")
        }
        try file.seekToEnd()
        errors = file
        totals.errorsFile = name
        return file
    }
}
