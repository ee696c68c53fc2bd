public import Contacts
public import Foundation
import JSON

/// What a receiver keeps of a request or a letter before anybody tries to understand it.
public struct JournalEvent: Sendable {
    public var workspaceID: Int64
    public var channelID: Int64
    /// UUID of version 7, made at accept.
    public var id: UUID
    /// The adapter's name.
    public var adapter: String
    /// Upper case.
    public var method: String
    /// What follows the token in the path, percent-decoded; empty without a tail.
    public var tail: String
    /// As sent, without the question mark; secrets replaced.
    public var query: String
    /// As the provider called it, with the token replaced.
    public var url: String
    /// In the order sent, secrets replaced.
    public var headers: [JournalHeader]
    /// The raw body.
    public var body: [UInt8]
    /// SHA-256 of ``body``.
    public var bodySHA256: [UInt8]
    /// What tells a repetition from another content with the same key; differs from ``bodySHA256`` where the same
    /// content never has the same bytes (the boundary of a multipart form).
    public var contentSHA256: [UInt8]
    /// The client's address.
    public var remote: String
    /// One word a passed rule, without blanks.
    public var verified: [String]
    /// 32 bytes.
    public var key: [UInt8]
    /// When the key may name another event; nil: never.
    public var reusableAt: Instant?
    public var receivedAt: Instant
    /// Why it makes no activity (`intake.reason`); nil where that is for the workers to say.
    public var reason: String?

    public init(
        workspaceID: Int64, channelID: Int64, id: UUID, adapter: String, method: String, tail: String = "",
        query: String = "", url: String = "", headers: [JournalHeader] = [], body: [UInt8],
        bodySHA256: [UInt8],
        contentSHA256: [UInt8]? = nil, remote: String = "", verified: [String] = [], key: [UInt8],
        reusableAt: Instant? = nil, receivedAt: Instant, reason: String? = nil
    ) {
        self.workspaceID = workspaceID
        self.channelID = channelID
        self.id = id
        self.adapter = adapter
        self.method = method
        self.tail = tail
        self.query = query
        self.url = url
        self.headers = headers
        self.body = body
        self.bodySHA256 = bodySHA256
        self.contentSHA256 = contentSHA256 ?? bodySHA256
        self.remote = remote
        self.verified = verified
        self.key = key
        self.reusableAt = reusableAt
        self.receivedAt = receivedAt
        self.reason = reason
    }

    /// About how many bytes it takes in memory.
    public var size: Int {
        body.count + query.utf8.count + url.utf8.count + tail.utf8.count + 512
            + headers.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 32 }
    }
}

/// A header line as it is kept: the column `headers` holds an array of `[name, value]`, in the order sent.
public struct JournalHeader: Sendable, Hashable {
    /// Lower case.
    public let name: String
    public let value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }

    /// The text of the column. A NUL, which PostgreSQL takes in no text, becomes U+FFFD.
    public static func json(_ headers: [JournalHeader]) -> String {
        JSON.array(headers.map { .array([.string(clean($0.name)), .string(clean($0.value))]) }).text()
    }

    /// Reads the column. What is not in its form gives nothing.
    public static func list(json text: String) -> [JournalHeader] {
        guard let lines = (try? JSON.parse(text))?.array else { return [] }
        return lines.compactMap { line in
            guard let name = line[0]?.string, let value = line[1]?.string else { return nil }
            return JournalHeader(name, value)
        }
    }

    private static func clean(_ text: String) -> String {
        text.utf8.contains(0) ? text.replacing("\0", with: "\u{FFFD}") : text
    }
}
