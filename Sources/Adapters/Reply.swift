/// What the gateway answers a provider.
public struct Reply: Sendable, Hashable {
    /// An HTTP status, 200...599.
    public var status: Int
    /// Free of line ends and other control characters.
    public var headers: [Header]
    public var body: [UInt8]

    public init(status: Int = 200, headers: [Header] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// A UTF-8 text with its media type, which a browser must not guess again.
    public init(status: Int = 200, text: String, type: String) {
        self.init(
            status: status,
            headers: [Header("content-type", type), Header("x-content-type-options", "nosniff")],
            body: Array(text.utf8))
    }

    public var text: String { String(decoding: body, as: UTF8.self) }
}
