public import JSON

/// A person or firm that a company brings in from elsewhere: an existing customer, not an enquiry.
public struct ImportedCard: Sendable, Hashable {
    /// By the source's own count, at most 512 bytes; kept for people, no key: two lists may both have a 1.
    public var id: String?
    public var contact: Contact
    /// Whatever else is known, by name; at most 200 texts of 8 KiB.
    public var attributes: [ContactField]

    public init(id: String? = nil, contact: Contact, attributes: [ContactField] = []) {
        self.id = id
        self.contact = contact
        self.attributes = attributes
    }
}

extension ImportedCard {
    private static let keys = ["id", "name", "company", "locale", "attributes", "points"]

    /// Reads a card. Its points count as verified where they do not say otherwise: a company knows its customers.
    ///
    /// - Throws: the first offending key. A card without a point could never be recognised, so it offends too.
    public init(json: JSON, path: String) throws(ContactEventFailure) {
        let reader = try MemberReader(json, path: path, known: ImportedCard.keys)
        id = try reader.id("id")
        contact = Contact(
            name: try reader.line("name"), company: try reader.line("company"),
            locale: try reader.line("locale", characters: Limit.locale))
        for (element, path) in try reader.list("points", atMost: Limit.points) {
            if let point = try RawPoint(json: element, path: path, unsaid: true) {
                contact.points.append(point)
            }
        }
        guard !contact.points.isEmpty else {
            throw reader.failure("points", "hold no phone, e-mail or handle")
        }
        attributes = []
        guard let given = reader.value("attributes") else { return }
        guard let object = given.object else { throw reader.failure("attributes", "is no object") }
        for (key, value) in object where !value.isNull && attributes.count < Limit.fields {
            let name = key.kept(characters: Limit.line) ?? ""
            guard let text = value.scalar else { throw reader.failure("attributes.\(name)", "is no text") }
            attributes.append(ContactField(name: name, value: text.kept(bytes: Limit.field)))
        }
    }
}

extension ImportedCard {
    /// As ``init(json:path:)`` reads it.
    public var json: JSON {
        var members = JSONObject()
        let texts = [
            ("id", id), ("name", contact.name), ("company", contact.company), ("locale", contact.locale),
        ]
        for case (let key, let text?) in texts { members[key] = .string(text) }
        members["points"] = .array(
            contact.points.map {
                .object(["kind": .string($0.kind.rawValue), "value": .string($0.value)])
            })
        if !attributes.isEmpty {
            members["attributes"] = .object(JSONObject(attributes.map { ($0.name, .string($0.value)) }))
        }
        return .object(members)
    }
}

/// One line of an import.
public enum ImportLine: Sendable, Hashable {
    case event(ContactEvent)
    case card(ImportedCard)

    /// Reads a line: an object with `card`, else a contact event.
    ///
    /// - Throws: the first offending key.
    public init(json: JSON) throws(ContactEventFailure) {
        guard let object = json.object else { throw ContactEventFailure(path: "", reason: "is no object") }
        guard let card = object["card"] else {
            self = .event(try ContactEvent(json: json))
            return
        }
        _ = try MemberReader(json, path: "", known: ["card"])
        self = .card(try ImportedCard(json: card, path: "card"))
    }

    /// What resolving makes an activity of. A card is a note on itself: it has no direction, and no lead comes of it.
    public var contactEvent: ContactEvent {
        switch self {
        case .event(let event): return event
        case .card(let card):
            let id = card.id.map { [ContactField(name: "id", value: $0)] } ?? []
            return ContactEvent(
                type: .note, direction: .internal, contact: card.contact, subject: "Imported",
                fields: id + card.attributes)
        }
    }
}
