/// How far a call is, by all that was said about it. The rank only rises.
public enum FoldedCallState: String, Sendable, CaseIterable {
    /// Its direction is not known yet, or neither a number nor that it is withheld: parked, no activity.
    case unidentified
    /// May become `talking` or `ended`.
    case ringing
    /// May become `ended`.
    case talking
    case ended
}

/// A call as the sum of its statements: one activity.
public struct FoldedCall: Sendable, Hashable {
    public var state: FoldedCallState = .unidentified
    public var direction: Direction = .unknown
    /// Nil while it is not known, and if it is withheld.
    public var remote: RawPoint?
    public var isAnonymous = false
    /// The other side's name.
    public var name: String?
    /// Our number.
    public var line: String?
    /// By extension, else by e-mail, else by name; each once, in a fixed order.
    public var agents: [CallAgent] = []
    /// Who talked: extension, else e-mail, else name. Of several (a transfer) the first.
    public var answeredBy: String?
    /// Nil while the call runs, and if nobody ever said.
    public var outcome: CallOutcome?
    /// The earliest time of any statement.
    public var startedAt: Instant?
    public var answeredAt: Instant?
    public var endedAt: Instant?
    /// Whole seconds.
    public var waitSeconds: Int64?
    /// Whole seconds.
    public var talkSeconds: Int64?
    /// Each once, by id, else by address.
    public var recordings: [CallRecording] = []
    /// The provider's word for how it ended.
    public var cause: String?
    /// The call this one came of.
    public var parentThread: String?
    /// Inbound, ended, and no human talked; not if it was forwarded.
    public var isMissed = false
    /// Known well enough for an activity: direction, and a number or that it is withheld.
    public var isIdentified = false

    public init() {}
}
