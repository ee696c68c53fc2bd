public import API
import Contacts
import Postgres
import Store

/// What the console needs of the rest of the program.
public struct ConsoleServices: Sendable {
    /// What programs are served with: the same reads, the same replay.
    public var api: APIServices
    /// Where people and providers reach the gateway, without a slash at its end.
    public var publicURL: String

    public init(api: APIServices, publicURL: String) {
        self.api = api
        self.publicURL = publicURL
    }

    /// Whether browsers may send the session's cookie over TLS only.
    var isSecure: Bool { publicURL.hasPrefix("https:") }
    var now: Instant { api.now() }
}

extension ConsoleServices {
    func read<Answer: Sendable>(
        _ work: @escaping @Sendable (Connection) throws -> Answer
    ) async throws -> Answer {
        try await api.pool.run(deadline: .seconds(5), abandoning: true, work)
    }

    func change<Answer: Sendable>(
        _ work: @escaping @Sendable (Connection) throws -> Answer
    ) async throws -> Answer {
        try await api.pool.run(deadline: .seconds(5), work)
    }
}
