public import Contacts
public import JSON
import MIME
import OpenSSL

/// What becomes of a letter: somebody's contact, or nothing with a reason.
public struct LetterReading: Sendable {
    public enum Outcome: Sendable {
        case contact(ContactEvent)
        case ignored(IgnoredReason, because: String)
    }
    public let outcome: Outcome
    public let letter: Letter
    /// By which the letter is known again, 1...512 bytes; unique for its Message-ID and its words, never empty.
    public let eventID: String
    public let trust: LetterTrust
    public let bounce: Bounce?

    /// Stands in the place of an adapter's version; changed with what a letter is mapped to.
    public static let version = "letter 1"

    /// Reads a raw letter. Any bytes give an answer.
    ///
    /// - Parameter receivedAt: a date of the sender's clock that lies more than a day after it is not believed.
    public init(
        _ bytes: [UInt8], rules: LetterRules, receivedAt: Instant
    ) {
        let mime = MIMELetter(bytes)
        letter = Letter(mime)
        eventID = LetterReading.key(letter, mime, bytes)
        let sender = letter.from.first.flatMap { canonical($0.address) }
        trust = LetterTrust(
            mime.root, from: sender.map(host) ?? "",
            authservID: letter.from.count == 1 ? rules.authservID : nil)

        let kind = LetterKind(mime.root, letter, rules)
        if case .bounce(let found) = kind { bounce = found } else { bounce = nil }
        let who = LetterSender(letter, sender, trust, rules)
        if let reason = who.ignored(kind) {
            outcome = .ignored(reason.0, because: reason.1)
            return
        }
        var event = ContactEvent(type: who.isRelayed ? .submission : .letter)
        event.occurredAt = letter.date.flatMap { $0 > receivedAt + .seconds(86_400) ? nil : $0 }
        event.eventID = eventID
        event.thread = (letter.references.last ?? letter.messageID).flatMap {
            $0.utf8.count <= Limit.id ? $0 : nil
        }
        event.subject = letter.subject
        event.contact = who.contact
        event.fields = who.fields
        event.attribution = who.attribution
        let words = letter.text.own.isEmpty ? letter.text.forwarded : letter.text.own
        event.text = words.isEmpty ? nil : words
        event.attachments = letter.attachments.map(\.json)
        outcome = .contact(event)
    }

    /// The Message-ID with a digest of what stands below the header, since some programs give every letter the same id; without
    /// one a digest of all bytes. A letter that came by two ways has two headers and one key.
    private static func key(_ letter: Letter, _ mime: MIMELetter, _ bytes: [UInt8]) -> String {
        guard let id = letter.messageID else { return "raw:" + Hex.encode(digest(bytes, .sha256)) }
        let body = Hex.encode(Array(digest(Array(bytes[mime.bodyStart...]), .sha256).prefix(8)))
        let name = id.utf8.count <= 400 ? id : "sha256:" + Hex.encode(digest(Array(id.utf8), .sha256))
        return "\(name) \(body)"
    }

    /// What is kept with the activity beside the words: folded parts, and why the sender is believed.
    public var details: JSONObject {
        var details = JSONObject()
        details["trust"] = .string(trust.rawValue)
        if let id = letter.messageID { details["message_id"] = .string(id) }
        for (name, text) in [
            ("quoted", letter.text.quoted), ("signature", letter.text.signature),
            ("forwarded", letter.text.forwarded),
        ]
        where !text.isEmpty { details[name] = .string(text) }
        if letter.isCut { details["cut"] = .bool(true) }
        return details
    }
}

extension LetterAttachment {
    /// As contact events hold it.
    var json: JSON {
        var object = JSONObject()
        object["name"] = .string(name)
        object["type"] = .string(mediaType)
        object["size"] = .integer(Int64(size))
        object["sha256"] = .string(sha256)
        if isInline { object["inline"] = .bool(true) }
        return .object(object)
    }
}
