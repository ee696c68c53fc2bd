/// How a session is opened.
public struct ConnectionOptions: Sendable {
    /// Taken on by SET ROLE right after the login, so that the login's own rights are never used. nil keeps
    /// them.
    public var role: String?
    /// Shown in `pg_stat_activity`; at most 63 bytes are kept.
    public var applicationName: String
    /// Longest run of one statement, told to the server. nil is without end, for migrations.
    public var statementTimeout: Duration?
    /// Longest wait for one lock. nil is without end.
    public var lockTimeout: Duration?
    /// The server ends a session that leaves a transaction open for so long without a word. nil is without
    /// end.
    public var idleInTransaction: Duration?
    /// Per address of the URL; whole seconds, at least 2, unless the URL has its own.
    public var connectTimeout: Duration
    /// Unacknowledged data on TCP breaks the connection after this, unless the URL has its own.
    public var tcpUserTimeout: Duration
    /// The server said nothing for so long although an answer is due: the connection is given up. Longer than
    /// `statementTimeout`, which ends the statement in order. nil waits without end.
    public var silence: Duration?

    /// The schema that names without one are looked up in first, before `public`.
    public var schema = "leadgate"

    public init(
        role: String? = nil, applicationName: String = "leadgate", statementTimeout: Duration? = .seconds(10),
        lockTimeout: Duration? = .seconds(5), idleInTransaction: Duration? = .seconds(2),
        connectTimeout: Duration = .seconds(5), tcpUserTimeout: Duration = .seconds(10),
        silence: Duration? = .seconds(20)
    ) {
        self.role = role
        self.applicationName = applicationName
        self.statementTimeout = statementTimeout
        self.lockTimeout = lockTimeout
        self.idleInTransaction = idleInTransaction
        self.connectTimeout = connectTimeout
        self.tcpUserTimeout = tcpUserTimeout
        self.silence = silence
    }

    /// For migrations and other work by hand: nothing ends it but the person.
    public static let administration = ConnectionOptions(
        statementTimeout: nil, lockTimeout: nil, idleInTransaction: nil, silence: nil)

    /// Run once after the login, one round trip.
    var preamble: String {
        var lines = [
            "SET TimeZone = 'UTC'",
            // A plan that was made while a table was empty is no good when it is full.
            "SET plan_cache_mode = force_custom_plan",
            "SET search_path = \(quotedIdentifier(schema)), public",
            "SET statement_timeout = \(statementTimeout?.wholeMilliseconds ?? 0)",
            "SET lock_timeout = \(lockTimeout?.wholeMilliseconds ?? 0)",
            "SET idle_in_transaction_session_timeout = \(idleInTransaction?.wholeMilliseconds ?? 0)",
        ]
        if let role { lines.append("SET ROLE \(quotedIdentifier(role))") }
        return lines.joined(separator: ";\n")
    }
}

extension Duration {
    /// Rounded up, at least 1; the server takes 0 as "no limit".
    var wholeMilliseconds: Int64 {
        let (seconds, attoseconds) = components
        let thousands = seconds.multipliedReportingOverflow(by: 1000)
        if thousands.overflow { return Int64(Int32.max) }
        let sum = thousands.partialValue + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
        return min(max(1, sum), Int64(Int32.max))
    }
}

/// A name as SQL's quoted identifier.
func quotedIdentifier(_ name: String) -> String {
    var text = "\""
    for character in name.unicodeScalars where character != "\0" {
        if character == "\"" { text += "\"" }
        text.unicodeScalars.append(character)
    }
    return text + "\""
}
