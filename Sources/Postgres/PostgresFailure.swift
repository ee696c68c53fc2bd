/// What went wrong, grouped by what the caller can do about it. Never holds a parameter's value.
public struct PostgresFailure: Error, Sendable, Hashable, CustomStringConvertible {
    public enum Kind: String, Sendable {
        /// No server, or none that can work now: try again later. Nothing was changed.
        case unavailable
        /// The change may or may not be kept: the connection was lost before the answer to COMMIT, or a wait
        /// for synchronous replicas was cancelled. Repeat it with the same ids.
        case unknownCommit
        /// Serialisation failure, deadlock or a plan made stale by a migration: repeat the whole transaction
        /// at once.
        case retryable
        case uniqueViolation
        /// A statement or lock timeout, or a cancel request.
        case cancelled
        /// The data is refused (SQLSTATE classes 22 and 23): repeating does not help.
        case invalid
        case other
    }

    public let kind: Kind
    /// Five characters, nil if the failure did not come from the server.
    public let sqlState: String?
    /// The server's primary message, with quoted values left out; no detail, no context.
    public let message: String
    /// Name of the violated constraint, if the server named one.
    public let constraint: String?

    public init(_ kind: Kind, _ message: String, sqlState: String? = nil, constraint: String? = nil) {
        self.kind = kind
        self.message = message
        self.sqlState = sqlState
        self.constraint = constraint
    }

    public var description: String {
        "\(kind.rawValue)\(sqlState.map { " \($0)" } ?? ""): \(message)"
    }
}

extension PostgresFailure.Kind {
    /// The group of an SQLSTATE (PostgreSQL manual, appendix A).
    init(sqlState: String) {
        self =
            switch sqlState {
            case "40001", "40P01": .retryable
            // The server forgot a statement that we prepared (DISCARD ALL).
            case "26000": .retryable
            case "40003": .unknownCommit
            case "23505": .uniqueViolation
            case "57014", "55P03": .cancelled
            // Read-only after a failover; idle too long in a transaction.
            case "25006", "25P03": .unavailable
            default:
                switch sqlState.prefix(2) {
                case "08", "53", "57", "58": .unavailable
                case "22", "23": .invalid
                default: .other
                }
            }
    }
}

extension PostgresFailure {
    /// The same failure, told with where it happened.
    func at(_ place: String) -> PostgresFailure {
        PostgresFailure(kind, "\(place): \(message)", sqlState: sqlState, constraint: constraint)
    }

    func changed(to kind: Kind) -> PostgresFailure {
        PostgresFailure(kind, message, sqlState: sqlState, constraint: constraint)
    }

    /// A message without the values that data errors quote: `invalid input syntax for type integer: "…"`.
    static func redacted(_ message: String, sqlState: String?) -> String {
        guard let sqlState, sqlState.hasPrefix("22") else { return message }
        var text = ""
        var isQuoted = false
        for character in message.prefix(while: { $0 != ":" }) {
            if character == "\"" {
                text += isQuoted ? "…\"" : "\""
                isQuoted.toggle()
            } else if !isQuoted {
                text.append(character)
            }
        }
        return text
    }
}
