import Contacts
import Foundation

/// A contact point as a key; the order in which every path takes its locks.
struct PointKey: Sendable, Hashable, Comparable {
    let kind: PointKind
    let value: String

    static func < (left: PointKey, right: PointKey) -> Bool {
        (left.kind.rawValue, left.value) < (right.kind.rawValue, right.value)
    }
}

extension ContactPoint {
    var key: PointKey { PointKey(kind: kind, value: value) }
}

/// A call's thread as a key.
struct ThreadKey: Sendable, Hashable, Comparable {
    let channelID: Int64
    let key: String

    static func < (left: ThreadKey, right: ThreadKey) -> Bool {
        (left.channelID, left.key) < (right.channelID, right.key)
    }
}

/// What a thread has already got; nil until its call is identified.
struct ThreadState: Sendable, Hashable {
    let key: ThreadKey
    var cardID: UUID?
    var leadID: UUID?
    var activityID: UUID?
    /// This batch is the first to hear of it.
    let isNew: Bool
}

/// A call as its statements tell it so far.
struct ResolvingCall: Sendable, Hashable {
    let fold: FoldedCall
    let thread: ThreadState
}

/// What becomes one activity: a submission, message, letter or order, or all events of one call in the batch.
struct ResolvingUnit: Sendable {
    /// At least one; for a call in the order received.
    let events: [Contacting]
    let call: ResolvingCall?
    let points: NormalisedPoints

    var first: Contacting { events[0] }
    var kind: ActivityKind { first.event.type }
    var direction: Direction { call?.fold.direction ?? first.event.direction }
    var occurredAt: Instant { call?.fold.startedAt ?? first.occurredAt }
    var name: String? { call?.fold.name ?? first.event.contact.name }
}

/// A contact point's row, as read after this batch tried to insert it.
struct PointOwner: Sendable, Hashable {
    /// `known`, `proposed`, `blocked` or `shared`.
    let state: String
    let cardID: UUID
    let isVerified: Bool
    /// Inserted by this batch: nobody else can see it yet, so it may still be given to any card.
    let isWon: Bool

    var isUsable: Bool { state == "known" || state == "proposed" }
}
