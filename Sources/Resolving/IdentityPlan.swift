import Adapters
import Contacts
import Foundation

/// Whose card each unit of a batch belongs to (DESIGN §8.3). Pure: the same rows give the same plan.
///
/// The points were inserted beforehand, so that every one of them has a row now: won by this batch, or another's. The units are
/// taken in the order received, as if each were a batch of its own.
struct IdentityPlan: Sendable {
    struct Identity: Sendable, Hashable {
        let cardID: UUID
        let isNew: Bool
        /// The point that decided; nil for a new card or a call already known.
        let matched: ContactPoint?
        /// Cards that other points of the unit belong to: perhaps the same person.
        let others: [Other]
    }

    struct Other: Sendable, Hashable {
        let cardID: UUID
        /// The point that leads there was proven by the event's channel.
        let isVerified: Bool
    }

    struct Assignment: Sendable, Hashable {
        var cardID: UUID
        var state: String
        var verifiedBy: String?
    }

    /// One a unit, in their order.
    private(set) var identities: [Identity] = []
    /// Points whose row must be changed.
    private(set) var assignments: [PointKey: Assignment] = [:]

    private var owners: [PointKey: PointOwner]
    private var cards: [PointKey: UUID]

    /// - Parameters:
    ///   - provisional: the card that each point was inserted with.
    ///   - makeID: gives the id of a new card that has no point at all.
    init(
        units: [ResolvingUnit], owners: [PointKey: PointOwner], provisional: [PointKey: UUID],
        makeID: () -> UUID
    ) {
        self.owners = owners
        cards = owners.filter { !$0.value.isWon && $0.value.isUsable }.mapValues(\.cardID)
        for unit in units {
            if let known = unit.call?.thread.cardID {
                identities.append(Identity(cardID: known, isNew: false, matched: nil, others: []))
            } else {
                identities.append(identify(unit, provisional, makeID))
            }
        }
        assignments = assignments.filter { key, assignment in
            guard owners[key]?.isWon == true else { return true }
            return assignment.cardID != provisional[key] || assignment.state != "known"
                || assignment.verifiedBy != nil
        }
    }

    private mutating func identify(
        _ unit: ResolvingUnit, _ provisional: [PointKey: UUID], _ makeID: () -> UUID
    ) -> Identity {
        let usable = unit.points.points.filter { owners[$0.key]?.isUsable ?? false }
        let matched = usable.first { cards[$0.key] != nil }
        let card =
            matched.flatMap { cards[$0.key] } ?? usable.first.flatMap { provisional[$0.key] } ?? makeID()
        let isTrusted = matched?.verified ?? true
        var others: [Other] = []
        for point in usable {
            if let owner = cards[point.key] {
                if owner != card {
                    if !others.contains(where: { $0.cardID == owner }) {
                        others.append(Other(cardID: owner, isVerified: point.verified))
                    }
                } else if point.verified {
                    verify(point, card, unit)
                }
            } else {
                cards[point.key] = card
                assignments[point.key] = Assignment(
                    cardID: card, state: isTrusted || point.verified ? "known" : "proposed",
                    verifiedBy: point.verified ? unit.first.channel.key : nil)
            }
        }
        return Identity(cardID: card, isNew: matched == nil, matched: matched, others: others)
    }

    /// The channel proved a point that the card has already: a proposed one is known from now on.
    private mutating func verify(_ point: ContactPoint, _ card: UUID, _ unit: ResolvingUnit) {
        if let owner = owners[point.key], owner.isVerified, owner.state == "known" { return }
        assignments[point.key] = Assignment(
            cardID: card, state: "known", verifiedBy: unit.first.channel.key)
    }
}
