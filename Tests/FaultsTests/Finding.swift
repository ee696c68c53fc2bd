/// A promise that was not kept.
struct Finding: Sendable, Hashable, CustomStringConvertible {
    enum Rule: String, Sendable {
        case lost = "acknowledged and not there"
        case keptTwice = "kept more than once"
        case stuck = "still owed"
        case conservation = "neither owed nor finished, or both"
        case outcome = "not finished once and well"
        case activity = "not one activity"
        case person = "not one card"
        case lead = "not one open lead"
        case point = "a point that leads astray"
        case merged = "something hangs on a card that is gone"
        case outbox = "changes with gaps"
        case fold = "a call told otherwise than by its statements"
        case deadlock = "transactions that waited for each other"
        case unfinished = "a schedule that did not come to its end"
        case fresh = "a new event does not come through"
    }
    let rule: Rule
    let text: String

    var description: String { "\(rule.rawValue): \(text)" }
}
