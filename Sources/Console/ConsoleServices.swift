public import API
import Contacts
import HTTPTypes
import Hummingbird
import Postgres
public import Receiving
import Store

/// What the console needs of the rest of the program.
public struct ConsoleServices: Sendable {
    /// What programs are served with: the same reads, the same replay.
    public var api: APIServices
    /// Where people and providers reach the gateway, without a slash at its end.
    public var publicURL: String

    /// Whose word on the client's address is believed.
    public var proxies: TrustedProxies

    public init(api: APIServices, publicURL: String, proxies: TrustedProxies) {
        self.api = api
        self.publicURL = publicURL
        self.proxies = proxies
    }

    /// Whether browsers may send the session's cookie over TLS only.
    var isSecure: Bool { publicURL.hasPrefix("https:") }
    var now: Instant { api.now() }

    /// The client's address: behind a trusted proxy not the proxy's, else one who guesses would shut all out.
    func client(_ request: Request, _ context: GatewayContext) -> String {
        let forwarded = HTTPField.Name("x-forwarded-for").map { request.headers[values: $0] } ?? []
        return proxies.client(peer: context.remoteAddress, forwarded: forwarded)
    }
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
