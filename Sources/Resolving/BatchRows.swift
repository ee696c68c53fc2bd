import Contacts
import Foundation
import JSON

/// What a batch writes, row by row, in the order of its statements.
struct BatchRows: Sendable {
    struct Card: Sendable {
        let id: UUID
        let isNew: Bool
        var name: String?
        var company: String?
        var locale: String?
        /// To be added to those it has, which stay.
        var attributes = JSONObject()
        var seq: Int64
        /// Something of it is to be written.
        var isChanged: Bool
    }

    struct Lead: Sendable {
        let id: UUID
        let cardID: UUID
        let pipeline: String
        let source: String
        let attribution: JSONObject
        let previous: UUID?
        let openedAt: Instant
        var due: Instant?
    }

    struct Activity: Sendable {
        let id: UUID
        let cardID: UUID
        let leadID: UUID?
        let channelID: Int64
        let eventID: String
        let inboundEventID: UUID
        let kind: ActivityKind
        let direction: Direction
        let occurredAt: Instant
        let title: String
        let text: String?
        let details: JSON
        let thread: String?
        let because: JSON
    }

    struct Change: Sendable {
        let cardID: UUID
        let seq: Int64
        let id: UUID
        let kind: String
        let body: JSON
        let inboundEventID: UUID
    }

    struct Outcome: Sendable {
        let event: ClaimedEvent
        let ordinal: Int32
        let status: String
        let reason: String?
        var cardID: UUID?
        var leadID: UUID?
        var activityID: UUID?
        let because: JSON
        let adapterVersion: String
    }

    struct Suggestion: Sendable, Hashable {
        let cardID: UUID
        let otherID: UUID

        /// Smaller id first, so that a pair is suggested once.
        init(_ one: UUID, _ two: UUID) {
            cardID = min(one, two)
            otherID = max(one, two)
        }
    }

    var cards: [UUID: Card] = [:]
    var leads: [Lead] = []
    var reopened: [UUID] = []
    var due: [UUID: Instant] = [:]
    var responded: [UUID: Instant] = [:]
    var activities: [Activity] = []
    /// Calls known before, as they are told now.
    var refolds: [(id: UUID, fold: FoldedCall, occurredAt: Instant, rule: LeadRule)] = []
    /// Leads of calls known before, for the case that the call opened them and began earlier than was known.
    var backdated: [(leadID: UUID, activityID: UUID, openedAt: Instant, due: Instant?)] = []
    /// Cards that a channel's rule makes one, winner first; done after the batch.
    var merges: [(winner: UUID, loser: UUID, because: JSON)] = []
    var threads: [ThreadState] = []
    var suggestions: Set<Suggestion> = []
    var changes: [Change] = []
    var outcomes: [Outcome] = []
}
