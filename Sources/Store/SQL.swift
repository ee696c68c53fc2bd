public import Postgres

/// The named queries of `Queries/*.sql`.
///
/// A file holds sections that each begin with a line `-- name: entity.verb`; comment lines below it say what the
/// parameters and columns are.
public enum SQL {
    private static let statements: [String: Statement] = {
        let files = [
            PackageResources.installation_sql, PackageResources.journal_sql, PackageResources.reading_sql,
            PackageResources.resolving_sql, PackageResources.accounts_sql, PackageResources.watch_sql,
        ]
        var found: [String: Statement] = [:]
        for file in files {
            for statement in sections(of: String(decoding: file, as: UTF8.self)) {
                precondition(found[statement.name] == nil, "the query \(statement.name) is there twice")
                found[statement.name] = statement
            }
        }
        return found
    }()

    /// The query of that name.
    ///
    /// A name that no file has is a programmer's mistake and stops the program; a test asks for every name in use.
    public static func statement(_ name: String) -> Statement {
        guard let statement = statements[name] else { preconditionFailure("there is no query \(name)") }
        return statement
    }

    /// The names of all queries, sorted.
    public static var names: [String] { statements.keys.sorted() }

    private static func sections(of text: String) -> [Statement] {
        var result: [Statement] = []
        var name: String?
        var lines: [Substring] = []
        func finish() {
            guard let name else { return }
            result.append(Statement(name: name, sql: lines.joined(separator: "\n")))
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("-- name: ") {
                finish()
                name = String(line.dropFirst("-- name: ".count))
                lines = []
            } else if !line.hasPrefix("--") {
                lines.append(line)
            }
        }
        finish()
        return result
    }
}
