import Foundation
import JSON
import OpenSSL

/// One request of a provider, with what must come of it once it was answered with yes.
struct Post: Sendable {
    enum Effect: Sendable, Hashable {
        /// A line of its own in the card's history, under this event id.
        case activity(eventID: String)
        /// A word about a call, which is one line however many words there are.
        /// - isIdentifying: it tells the direction and the number, so that the call need not be parked.
        case call(thread: String, isIdentifying: Bool)
    }

    let channel: String
    let headers: [(name: String, value: String)]
    let body: [UInt8]
    let effect: Effect
    /// Whoever sends it, by the test's own name: all posts of one name belong on one card.
    let person: String
    /// The points that must lead to the person's card afterwards, as `phone:+380671234567`.
    let points: [String]

    /// The same for each sending of the same request, different for others.
    var key: String { channel + ":" + bodyHash }
    /// SHA-256 as hexadecimal digits.
    let bodyHash: String

    init(
        channel: String, headers: [(name: String, value: String)], body: String, effect: Effect,
        person: String,
        points: [String]
    ) {
        self.channel = channel
        self.headers = headers
        self.body = Array(body.utf8)
        self.effect = effect
        self.person = person
        self.points = points
        bodyHash = Hex.encode(digest(self.body, .sha256))
    }
}

// MARK: - What each provider sends

extension Post {
    /// A form's submission, as the channel `site` gets it.
    static func submission(
        _ id: String, of person: String, phone: String? = nil, email: String? = nil, points: [String] = []
    ) -> Post {
        var body = JSONObject([("event_id", .string(id)), ("message", .string("Question \(id)"))])
        body["phone"] = phone.map(JSON.string)
        body["email"] = email.map(JSON.string)
        return Post(
            channel: "site", headers: [("Content-Type", "application/json")], body: JSON.object(body).text(),
            effect: .activity(eventID: id), person: person, points: points)
    }

    /// A person's own contact shared in Telegram, as the channel `bot` gets it.
    /// - Parameters:
    ///   - number: of the update and the message, unique.
    ///   - user: the person's id in Telegram.
    static func sharedContact(
        _ number: Int, user: Int, of person: String, phone: String, points: [String] = []
    ) -> Post {
        let id = JSON.integer(Int64(user))
        let body: JSON = [
            "update_id": .integer(Int64(number)),
            "message": [
                "message_id": .integer(Int64(number)), "date": 1_775_053_255,
                "from": ["id": id, "is_bot": false, "first_name": "Anna"],
                "chat": ["id": id, "type": "private"],
                "contact": ["phone_number": .string(phone), "first_name": "Anna", "user_id": id],
            ],
        ]
        return Post(
            channel: "bot",
            headers: [
                ("Content-Type", "application/json"),
                ("X-Telegram-Bot-Api-Secret-Token", Installation.botSecret),
            ], body: body.text(), effect: .activity(eventID: "\(user):\(number)"), person: person,
            points: points + ["handle:telegram:shop_bot:\(user)"])
    }

    /// A call's event at the exchange.
    enum CallEvent: CaseIterable {
        case start, ring, answer, end, record
    }

    /// What Zadarma says of an inbound call that extension 101 answers, as the channel `pbx` gets it.
    /// - Parameter call: the call's id at the exchange.
    static func call(
        _ event: CallEvent, _ call: String, of person: String, phone: String, points: [String] = []
    ) -> Post {
        let (line, extensionNumber, start) = ("380443334455", "101", "2026-01-15 10:20:30")
        let (kind, fields, signed): (String, [(String, String)], String) =
            switch event {
            case .start:
                (
                    "NOTIFY_START", [("caller_id", phone), ("called_did", line), ("call_start", start)],
                    phone + line + start
                )
            case .ring:
                (
                    "NOTIFY_INTERNAL",
                    [
                        ("caller_id", phone), ("called_did", line), ("call_start", start),
                        ("internal", extensionNumber),
                    ], phone + line + start
                )
            case .answer:
                (
                    "NOTIFY_ANSWER",
                    [
                        ("caller_id", phone), ("destination", extensionNumber), ("call_start", start),
                        ("internal", extensionNumber),
                    ], phone + extensionNumber + start
                )
            case .end:
                (
                    "NOTIFY_END",
                    [
                        ("caller_id", phone), ("called_did", line), ("call_start", start),
                        ("internal", extensionNumber), ("duration", "95"), ("disposition", "answered"),
                        ("status_code", "16"), ("is_recorded", "1"), ("call_id_with_rec", "rec-\(call)"),
                    ], phone + line + start
                )
            case .record:
                ("NOTIFY_RECORD", [("call_id_with_rec", "rec-\(call)")], call + "rec-\(call)")
            }
        let body = ([("event", kind), ("pbx_call_id", call)] + fields).map { "\($0)=\(encoded($1))" }
        let code = hmac(key: Array(Installation.pbxSecret.utf8), message: Array(signed.utf8), .sha1)
        let isIdentifying = event != .answer && event != .record
        return Post(
            channel: "pbx",
            headers: [
                ("Content-Type", "application/x-www-form-urlencoded"),
                ("Signature", Base64.encode(Array(Hex.encode(code).utf8))),
            ], body: body.joined(separator: "&"),
            effect: .call(thread: call, isIdentifying: isIdentifying), person: person,
            points: isIdentifying ? points : [])
    }

    private static func encoded(_ text: String) -> String {
        text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
    }
}
