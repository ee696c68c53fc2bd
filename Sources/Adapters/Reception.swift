public import Contacts

/// What a request is, judged by data alone: no script runs before it is verified.
public enum Reception: Sendable {
    /// The provider only tries the address out (DESIGN §7 `handshake`): answer, keep nothing.
    case handshake(Reply)
    /// Refuse it and count the reason; the body is not kept.
    case rejected(RejectionReason)
    /// Keep it, then answer.
    case accepted(Accepted)
}

/// A verified request's key and answer.
public struct Accepted: Sendable {
    /// How it was verified, one word a passed rule: `hmac-sha256`, `hash-sha1`, `rsa-sha256`, `ed25519`, `jwt-hs256`,
    /// `static`, `basic`, `allow_list`, `equals`. Empty for an adapter without rules, whose only proof is the URL's token.
    public let verified: [String]
    public let key: EventKey
    /// Present if the provider waits for the caller's name in the reply.
    public let lookup: LookupRequest?
    /// The answer; for a lookup the neutral one, to be given when nobody is found or time is up.
    public let reply: Reply
    /// The body is not what the adapter accepts; the event is kept all the same and ends as a dead letter.
    public let undecodable: Bool
}

/// What makes two deliveries the same event (DESIGN §7 *Keys*).
public struct EventKey: Sendable, Hashable {
    /// SHA-256, 32 bytes, begun by the adapter's name.
    public let bytes: [UInt8]
    /// How long the key names one event; after that the same bytes are a new event. Nil: for ever.
    public let repeatWindow: Duration?

    public init(bytes: [UInt8], repeatWindow: Duration?) {
        self.bytes = bytes
        self.repeatWindow = repeatWindow
    }
}

/// A question "who is calling?".
public struct LookupRequest: Sendable, Hashable {
    /// The caller's number as the provider sent it; not an anonymous word.
    public let phone: String

    public init(phone: String) { self.phone = phone }
}
