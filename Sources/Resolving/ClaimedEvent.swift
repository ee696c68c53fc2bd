import Adapters
import Contacts
import Foundation

/// An inbound event that this worker holds a lease on.
struct ClaimedEvent: Sendable {
    let id: UUID
    let channelID: Int64
    /// 1 for the first attempt; counted at the claim, so that a crash counts.
    let attempts: Int32
    /// 0 for the first working, n for the nth replay.
    let run: Int32
    /// Why it waited, or what the journal already knew of it (`same_key_other_content`).
    let reason: String?
    let adapter: String
    let request: InboundRequest
}

/// What mapping made of a claimed event.
enum MappedEvent: Sendable {
    case contacts([Contacting])
    case ignored(IgnoredReason)
    /// Trying again would give the same: it is dead at once.
    case dead(DeadReason, detail: String)
    /// Something outside the event is missing (an adapter being replaced): try again.
    case retry(detail: String)
}

/// One contact event with its points normalised.
struct Contacting: Sendable {
    let claimed: ClaimedEvent
    /// Place in the inbound event, from 0.
    let ordinal: Int32
    let channel: Channel
    let normaliser: PointNormaliser
    var event: ContactEvent
    /// Unique in the channel; the provider's where the adapter gives one.
    let eventID: String
    /// Ours, shared and unreadable ones are in `dropped`.
    var points: NormalisedPoints
    let adapterVersion: String

    /// What its fields say is the card's own.
    var isImportedCard: Bool { channel.isImport && event.type == .note && event.direction == .internal }
    var occurredAt: Instant { event.occurredAt ?? claimed.request.receivedAt }
}
