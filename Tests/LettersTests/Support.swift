import Contacts
import JSON
import Letters
import Testing

let receivedAt = Instant(microseconds: 1_795_545_906_000_000)

let rules = LetterRules(
    region: "UA", authservID: "mx.shop.example", relays: ["robot@forms.example", "@market.example"],
    ownEmails: ["sales@shop.example"], ownDomains: ["shop.example"])

/// A letter of these header lines and words.
func letter(_ headers: [String], _ words: String = "Hello") -> [UInt8] {
    Array((headers + ["", words]).joined(separator: "\r\n").utf8)
}

func reading(_ bytes: [UInt8], _ given: LetterRules = rules) -> LetterReading {
    LetterReading(bytes, rules: given, receivedAt: receivedAt)
}

func contact(_ reading: LetterReading, sourceLocation: SourceLocation = #_sourceLocation) throws
    -> ContactEvent
{
    guard case .contact(let event) = reading.outcome else {
        Issue.record("\(reading.outcome)", sourceLocation: sourceLocation)
        throw NoContact()
    }
    return event
}

func ignored(_ reading: LetterReading) -> IgnoredReason? {
    if case .ignored(let reason, _) = reading.outcome { reason } else { nil }
}

struct NoContact: Error {}

extension ContactEvent {
    var pointValues: [String] { contact.points.map(\.value) }
}
