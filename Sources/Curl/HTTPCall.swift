/// One HTTP request to make.
public struct HTTPCall: Sendable {
    /// An HTTP token such as `POST`, sent as it is.
    public var method: String
    /// `http` or `https`; the path is sent as written.
    public var url: String
    /// Sent in order. A name or value with a line end or NUL is refused before anything is sent.
    public var headers: [(String, String)]
    public var body: [UInt8]
    /// From the look-up of the host to the last byte of the answer; at least a millisecond.
    public var timeout: Duration
    /// The path of a socket to connect to in place of the URL's host, at most 107 bytes.
    public var unixSocket: String?
    /// The largest body to take, in bytes, so that an endless answer cannot fill the memory.
    public var responseLimit: Int

    public init(
        method: String = "GET", url: String, headers: [(String, String)] = [], body: [UInt8] = [],
        timeout: Duration = .seconds(30), unixSocket: String? = nil, responseLimit: Int = 16 << 20
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.unixSocket = unixSocket
        self.responseLimit = responseLimit
    }
}

/// What a server answered.
public struct HTTPAnswer: Sendable {
    /// 200...599; interim answers are passed over.
    public var status: Int
    /// In the server's order, names in lower case, values without outer blanks.
    public var headers: [(String, String)]
    /// As sent: a compressed body is not unpacked.
    public var body: [UInt8]

    public init(status: Int, headers: [(String, String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first value of a header, whatever the case of `name`.
    public func header(_ name: String) -> String? {
        let name = name.lowercased()
        return headers.first { $0.0 == name }?.1
    }
}

/// Why there is no answer. Texts are libcurl's own sentences: they hold no address, header or body.
public enum CurlFailure: Error, Sendable, Hashable {
    /// The call itself is wrong (address, scheme, header, socket path); repeating it cannot help. Nothing was sent.
    case invalidCall(String)
    /// No connection was made: name, route, refusal or TLS. The server saw no request.
    case unreachable(String)
    /// The time was over; the server may have acted on the request.
    case timedOut
    /// The answer's body is over the call's limit; the server has acted on the request.
    case tooLarge(limit: Int)
    /// The connection ended or the answer is no HTTP; the server may have acted on the request.
    case broken(String)
}
