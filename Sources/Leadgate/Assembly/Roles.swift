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
