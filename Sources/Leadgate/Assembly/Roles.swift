import ArgumentParser

/// What one process does; processes of any mix share one PostgreSQL.
enum Role: String, CaseIterable, Sendable {
    /// Takes requests in.
    case ingress
    /// Resolves what waits in the queue.
    case worker
    /// Polls mailboxes.
    case mail
    /// Hands changes over.
    case delivery
    /// Answers `/v1`.
    case console
}

/// `--role ingress,worker`.
struct Roles: ExpressibleByArgument {
    let set: Set<Role>

    static let all = Roles(set: Set(Role.allCases))

    private init(set: Set<Role>) { self.set = set }

    init?(argument: String) {
        var set: Set<Role> = []
        for word in argument.split(separator: ",", omittingEmptySubsequences: false) {
            guard let role = Role(rawValue: String(word)) else { return nil }
            set.insert(role)
        }
        self.set = set
    }

    var defaultValueDescription: String { Role.allCases.map(\.rawValue).joined(separator: ",") }
}
