/// One SQL statement with a name, prepared on first use of each connection.
public struct Statement: Sendable, Hashable {
    /// Entity first, `inboundEvent.lease`; appears in failures.
    public let name: String
    /// Sent unchanged. Parameters are `$1`, `$2`, ….
    public let sql: String
    /// Ends a transaction for good, so that losing its answer leaves the outcome unknown.
    let isCommit: Bool
    /// Opens a transaction.
    let isBegin: Bool
    /// Begins with SELECT, so that losing its answer loses no change. A query that calls a function with
    /// effects must therefore not begin with SELECT unless repeating it is harmless.
    let isRead: Bool

    public init(name: String, sql: String) {
        self.name = name
        self.sql = sql
        let word = Self.firstWord(of: sql)
        isCommit = word == "COMMIT" || word == "END"
        isBegin = word == "BEGIN" || word == "START"
        isRead = ["SELECT", "SHOW", "BEGIN", "ROLLBACK", "LISTEN"].contains(word)
    }

    public static func == (left: Statement, right: Statement) -> Bool {
        left.name == right.name && left.sql == right.sql
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(name)
    }

    public static let begin = Statement(name: "transaction.begin", sql: "BEGIN")
    public static let commit = Statement(name: "transaction.commit", sql: "COMMIT")
    public static let rollback = Statement(name: "transaction.rollback", sql: "ROLLBACK")

    /// The first word in upper case, comment lines skipped.
    private static func firstWord(of sql: String) -> String {
        for line in sql.split(whereSeparator: \.isNewline) {
            let rest = line.drop(while: \.isWhitespace)
            if rest.isEmpty || rest.hasPrefix("--") { continue }
            return rest.prefix(while: \.isLetter).uppercased()
        }
        return ""
    }
}
