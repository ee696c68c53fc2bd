/// How far a call is, by one statement. The rank only rises; a recording stands apart and just attaches.
public enum CallState: String, Sendable, CaseIterable {
    case ringing, answered, ended
    /// The provider's final record of the whole call.
    case summary
    case recording
}

/// What a call came to.
public enum CallOutcome: String, Sendable, CaseIterable {
    case answered, missed, voicemail, busy, rejected, cancelled, failed
    /// Sent on to another number; what became of it is another call.
    case forwarded
}

/// What a statement is about.
public enum CallScope: String, Sendable, CaseIterable {
    /// The whole conversation.
    case call
    /// One attempt to reach one employee or device.
    case leg
}

/// Whose clock a statement's time is.
public enum AtSource: String, Sendable, CaseIterable {
    case provider, receipt
}

/// An employee in a call.
public struct CallAgent: Sendable, Hashable {
    /// At most 64 characters.
    public var `extension`: String?
    public var name: String?
    public var email: String?
    /// Nil if the statement does not say.
    public var answered: Bool?

    public init(
        extension: String? = nil, name: String? = nil, email: String? = nil, answered: Bool? = nil
    ) {
        self.extension = `extension`
        self.name = name
        self.email = email
        self.answered = answered
    }
}

/// A recording of a call; it has an id, an address, or both.
public struct CallRecording: Sendable, Hashable {
    public var id: String?
    public var url: String?
    /// Has to be asked for by its id.
    public var needsFetch: Bool
    /// When the address stops working.
    public var expiresAt: Instant?

    public init(id: String? = nil, url: String? = nil, needsFetch: Bool = false, expiresAt: Instant? = nil) {
        self.id = id
        self.url = url
        self.needsFetch = needsFetch
        self.expiresAt = expiresAt
    }
}

/// What a provider said once about a call.
///
/// `direction`, `remote`, `isAnonymous`, `name` and `at` are the contact event's; decoding one sets them.
public struct CallStatement: Sendable, Hashable {
    public var state: CallState
    public var outcome: CallOutcome?
    /// The provider's word for the kind of call or step, verbatim; at most 64 characters.
    public var kind: String?
    public var scope: CallScope
    /// The attempt this is about, unique in the call; at most 512 bytes.
    public var leg: String?
    /// The thread of the call this one came of by transfer or forwarding; at most 512 bytes.
    public var parentThread: String?
    /// The provider's own order among the statements of a call: a sequence number.
    public var order: Int64?
    /// The provider's word for how it ended, verbatim; at most 256 characters.
    public var cause: String?
    public var atSource: AtSource
    public var direction: Direction
    /// The other side's number as it came; nil if the statement does not name it or it is withheld.
    public var remote: RawPoint?
    /// The number is withheld.
    public var isAnonymous: Bool
    /// The other side's name.
    public var name: String?
    /// Our number that was dialled or that we called from; at most 64 characters.
    public var line: String?
    /// At most 50.
    public var agents: [CallAgent]
    /// From the first ring to the answer, whole seconds, 0 or more.
    public var waitSeconds: Int64?
    /// Of talking, whole seconds, 0 or more.
    public var talkSeconds: Int64?
    public var recording: CallRecording?
    /// By the clock that `atSource` names; nil until the time of receipt is filled in.
    public var at: Instant?

    public init(
        state: CallState, outcome: CallOutcome? = nil, kind: String? = nil, scope: CallScope = .call,
        leg: String? = nil, parentThread: String? = nil, order: Int64? = nil, cause: String? = nil,
        atSource: AtSource = .receipt, direction: Direction = .unknown, remote: RawPoint? = nil,
        isAnonymous: Bool = false, name: String? = nil, line: String? = nil, agents: [CallAgent] = [],
        waitSeconds: Int64? = nil, talkSeconds: Int64? = nil, recording: CallRecording? = nil,
        at: Instant? = nil
    ) {
        self.state = state
        self.outcome = outcome
        self.kind = kind
        self.scope = scope
        self.leg = leg
        self.parentThread = parentThread
        self.order = order
        self.cause = cause
        self.atSource = atSource
        self.direction = direction
        self.remote = remote
        self.isAnonymous = isAnonymous
        self.name = name
        self.line = line
        self.agents = agents
        self.waitSeconds = waitSeconds
        self.talkSeconds = talkSeconds
        self.recording = recording
        self.at = at
    }
}

/// A statement as it is kept, with the id that makes it one however often it comes.
public struct StoredStatement: Sendable, Hashable {
    /// Unique in its channel.
    public var eventID: String
    public var statement: CallStatement

    public init(eventID: String, statement: CallStatement) {
        self.eventID = eventID
        self.statement = statement
    }
}
