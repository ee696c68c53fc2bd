public import Contacts

/// One header line. Names are lower case, values as sent without the blanks around them.
public struct Header: Sendable, Hashable {
    public let name: String
    public let value: String

    /// - Parameter name: any case; kept in lower case.
    public init(_ name: String, _ value: String) {
        self.name = name.lowercased()
        self.value = value
    }
}

/// What arrived at `/in/{channel}/{token}[/tail]` or `/form/{channel}`, byte for byte where bytes matter.
public struct InboundRequest: Sendable, Hashable {
    /// Upper case, as `POST`.
    public var method: String
    /// What follows the token in the path, percent-decoded, without the leading slash; empty without a tail.
    public var tail: String
    /// The query as sent, without the question mark; empty if there is none.
    public var query: String
    /// In the order sent; a repeated header appears several times.
    public var headers: [Header]
    /// The raw body; signatures are over these bytes.
    public var body: [UInt8]
    /// The client's address as text (`203.0.113.7`, `2001:db8::1`), behind trusted proxies the one they
    /// state.
    public var remote: String
    public var receivedAt: Instant
    /// The public URL as the provider called it, with scheme, host, path and query.
    public var url: String

    public init(
        method: String, tail: String = "", query: String = "", headers: [Header] = [], body: [UInt8] = [],
        remote: String = "", receivedAt: Instant, url: String = ""
    ) {
        self.method = method.uppercased()
        self.tail = tail
        self.query = query
        self.headers = headers
        self.body = body
        self.remote = remote
        self.receivedAt = receivedAt
        self.url = url
    }

    /// The first value of a header; `name` in lower case.
    public func header(_ name: String) -> String? {
        headers.first { $0.name == name }?.value
    }
}
