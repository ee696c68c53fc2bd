import Contacts

/// What an event does to a card's lead (DESIGN §8.4).
enum LeadRule: String, Sendable, CaseIterable {
    /// Opens a lead if none is open.
    case inboundOpens = "an inbound contact opens a lead"
    /// Opens a lead if none is open, and somebody must answer at once.
    case missedCallIsDue = "a missed call opens a lead that is due at once"
    /// Joins an open lead; opens none.
    case outboundNeverOpens = "an outbound contact never opens a lead"
    /// Neither opens a lead nor joins one.
    case noteHasNone = "a note has no lead"

    init(_ unit: ResolvingUnit) {
        if unit.kind == .note {
            self = .noteHasNone
        } else if unit.direction == .outbound {
            self = .outboundNeverOpens
        } else {
            self = unit.call?.fold.isMissed == true ? .missedCallIsDue : .inboundOpens
        }
    }

    var opens: Bool { self != .outboundNeverOpens && self != .noteHasNone }
}
