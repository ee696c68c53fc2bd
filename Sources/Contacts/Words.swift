/// What kind of address a contact point is.
public enum PointKind: String, Sendable, Comparable, CaseIterable {
    /// A telephone number, E.164 when normalised.
    case phone
    /// An e-mail address.
    case email
    /// A messenger's own id: `provider:account:id`.
    case handle

    /// What decides between cards: a phone before an e-mail before a handle. 3, 2, 1.
    public var strength: Int {
        switch self {
        case .phone: 3
        case .email: 2
        case .handle: 1
        }
    }

    /// By the letters of the word, as PostgreSQL sorts it: the order in which points are locked.
    public static func < (one: PointKind, other: PointKind) -> Bool { one.rawValue < other.rawValue }
}

/// What one line of a card's history is.
public enum ActivityKind: String, Sendable, CaseIterable {
    case submission, call, message, letter, order
    case callbackRequest = "callback_request"
    /// Written by a person; never comes from an adapter.
    case note
}

/// Who turned to whom.
public enum Direction: String, Sendable, CaseIterable {
    /// Somebody to us.
    case inbound
    /// We to somebody.
    case outbound
    /// Staff among themselves.
    case `internal`
    /// The statement does not say; another one of the same call will. Never in an activity.
    case unknown
}

/// Why an event that was understood makes no activity.
public enum IgnoredReason: String, Sendable, CaseIterable {
    /// The provider tries whether the address answers.
    case probe
    /// Nobody turns to us by it.
    case notAContact = "not_a_contact"
    /// All its points are ours.
    case own
    /// Staff among themselves.
    case `internal`
    /// Written by a machine.
    case automatic
    case bounce
    /// A mailing list's letter.
    case list
    /// Tells the state of something, brings nothing.
    case statusOnly = "status_only"
    case spam
    /// A kind that the adapter does not take.
    case unsupportedKind = "unsupported_kind"
    /// The event key is known, the body differs.
    case sameKeyOtherContent = "same_key_other_content"
    /// Seven days passed without the call's direction and number.
    case callNeverIdentified = "call_never_identified"
}

/// Why a request was not taken; it leaves a count, never a body.
public enum RejectionReason: String, Sendable, CaseIterable {
    case unknownChannel = "unknown_channel"
    case badToken = "bad_token"
    case signatureMismatch = "signature_mismatch"
    case signatureMissing = "signature_missing"
    case timestampOutOfWindow = "timestamp_out_of_window"
    case addressNotAllowed = "address_not_allowed"
    case tooLarge = "too_large"
    case unsupportedContent = "unsupported_content"
    case malformed
    case rateLimited = "rate_limited"
}

/// Why an event was given up on; it stays with its raw request and can be replayed.
public enum DeadReason: String, Sendable, CaseIterable {
    /// The adapter's script failed or returned no contact event.
    case mappingFailed = "mapping_failed"
    /// The adapter's script ran into its instruction or memory limit.
    case mappingLimit = "mapping_limit"
    /// The body is not what its content type says.
    case undecodable
    case resolutionFailed = "resolution_failed"
    case attemptsExhausted = "attempts_exhausted"
}
