public import JSON

extension ContactEvent {
    private static let keys = [
        "type", "direction", "occurred_at", "event_id", "thread", "contact", "subject", "text", "fields",
        "attachments", "attribution", "call", "raw_kind",
    ]

    /// Reads a contact event; every string in it is cleaned and cut to its limit, lists are cut to theirs.
    ///
    /// An absent direction is inbound. `null` counts as absent, a blank line too.
    ///
    /// - Throws: the first offending key; unknown ones offend too.
    public init(json: JSON) throws(ContactEventFailure) {
        let reader = try MemberReader(json, path: "", known: ContactEvent.keys)
        let type = try reader.required("type", as: ActivityKind.self)
        let direction = try reader.word("direction", as: Direction.self) ?? .inbound
        self.init(
            type: type, direction: direction, occurredAt: try reader.instant("occurred_at"),
            eventID: try reader.id("event_id"), thread: try reader.id("thread"),
            contact: try reader.value("contact").map { json throws(ContactEventFailure) in
                try Contact(json: json, path: "contact")
            } ?? Contact(),
            subject: try reader.line("subject"), text: try reader.text("text", bytes: Limit.text),
            rawKind: try reader.line("raw_kind"))
        fields = try ContactEvent.fields(reader)
        attachments = try ContactEvent.attachments(reader)
        attribution = try ContactEvent.attribution(reader)
        if let statement = reader.value("call") {
            guard type == .call else { throw reader.failure("call", "is only for an event of type call") }
            call = try CallStatement(spoken: statement, of: self)
        } else if type == .call {
            throw reader.failure("call", "is missing")
        }
        guard type != .call || thread != nil else { throw reader.failure("thread", "is missing") }
        guard type == .call || direction != .unknown else {
            throw reader.failure("direction", "may be unknown only for a call")
        }
    }

    private static func fields(_ reader: MemberReader) throws(ContactEventFailure) -> [ContactField] {
        var fields: [ContactField] = []
        for (element, path) in try reader.list("fields", atMost: Limit.fields) {
            let field = try MemberReader(element, path: path, known: ["name", "value"])
            guard let value = field.value("value") else { throw field.failure("value", "is missing") }
            guard let text = value.scalar else { throw field.failure("value", "is no text") }
            fields.append(
                ContactField(name: try field.line("name") ?? "", value: text.kept(bytes: Limit.field)))
        }
        return fields
    }

    private static func attachments(_ reader: MemberReader) throws(ContactEventFailure) -> [JSON] {
        var attachments: [JSON] = []
        var left = Limit.attachmentValues
        for (element, path) in try reader.list("attachments", atMost: Limit.attachments) {
            guard element.object != nil else { throw ContactEventFailure(path: path, reason: "is no object") }
            attachments.append(element.kept(&left, depth: 0))
        }
        return attachments
    }

    private static func attribution(_ reader: MemberReader) throws(ContactEventFailure) -> JSONObject {
        guard let value = reader.value("attribution") else { return JSONObject() }
        if case .array(let list) = value, list.isEmpty { return JSONObject() }
        guard let object = value.object else { throw reader.failure("attribution", "is no object") }
        var kept = JSONObject()
        for (key, value) in object where !value.isNull && kept.count < Limit.attributions {
            guard let name = key.kept(characters: Limit.word) else { continue }
            guard let text = value.scalar else { throw reader.failure("attribution.\(name)", "is no text") }
            kept[name] = text.kept(characters: Limit.address).map(JSON.string)
        }
        return kept
    }

    /// Keys of DESIGN §7; what is absent or empty is left out.
    public var json: JSON {
        var object = JSONObject([
            ("type", .string(type.rawValue)), ("direction", .string(direction.rawValue)),
        ])
        object["occurred_at"] = occurredAt.map { .string($0.iso8601) }
        object["event_id"] = eventID.map(JSON.string)
        object["thread"] = thread.map(JSON.string)
        if !contact.isEmpty { object["contact"] = contact.json }
        object["subject"] = subject.map(JSON.string)
        object["text"] = text.map(JSON.string)
        if !fields.isEmpty {
            object["fields"] = .array(
                fields.map { ["name": .string($0.name), "value": .string($0.value)] })
        }
        if !attachments.isEmpty { object["attachments"] = .array(attachments) }
        if !attribution.isEmpty { object["attribution"] = .object(attribution) }
        object["call"] = call?.spoken
        object["raw_kind"] = rawKind.map(JSON.string)
        return .object(object)
    }
}

extension Contact {
    init(json: JSON, path: String) throws(ContactEventFailure) {
        let reader = try MemberReader(json, path: path, known: ["name", "company", "locale", "points"])
        var points: [RawPoint] = []
        for (element, path) in try reader.list("points", atMost: Limit.points) {
            if let point = try RawPoint(json: element, path: path) { points.append(point) }
        }
        self.init(
            name: try reader.line("name"), company: try reader.line("company"),
            locale: try reader.line("locale", characters: Limit.locale), points: points)
    }

    var json: JSON {
        var object = JSONObject()
        object["name"] = name.map(JSON.string)
        object["company"] = company.map(JSON.string)
        object["locale"] = locale.map(JSON.string)
        if !points.isEmpty { object["points"] = .array(points.map(\.json)) }
        return .object(object)
    }
}

extension RawPoint {
    /// Nil for a point without a value, which sources send for an empty answer.
    ///
    /// - Parameter unsaid: whether it is verified where it does not say.
    init?(json: JSON, path: String, unsaid: Bool = false) throws(ContactEventFailure) {
        let reader = try MemberReader(json, path: path, known: ["kind", "value", "verified"])
        let kind = try reader.required("kind", as: PointKind.self)
        let verified = try reader.bool("verified") ?? unsaid
        guard let value = try reader.line("value", characters: Limit.point) else { return nil }
        self.init(kind: kind, value: value, verified: verified)
    }

    var json: JSON {
        var object = JSONObject([("kind", .string(kind.rawValue)), ("value", .string(value))])
        if verified { object["verified"] = true }
        return .object(object)
    }
}

extension JSON {
    /// Strings cleaned and cut, numbers that PostgreSQL's `jsonb` would refuse as text, at most so many values.
    fileprivate func kept(_ left: inout Int, depth: Int) -> JSON {
        left -= 1
        guard left > 0, depth < 8 else { return .null }
        switch self {
        case .null, .bool, .integer: return self
        case .number(let text): return text.utf8.count <= 32 ? self : .string(text.kept(bytes: Limit.line))
        case .string(let text): return .string(text.kept(bytes: Limit.attachmentText))
        case .array(let elements):
            var kept: [JSON] = []
            for element in elements where left > 0 { kept.append(element.kept(&left, depth: depth + 1)) }
            return .array(kept)
        case .object(let object):
            var kept: [(String, JSON)] = []
            for (key, value) in object where left > 0 {
                kept.append((key.kept(bytes: Limit.line), value.kept(&left, depth: depth + 1)))
            }
            return .object(JSONObject(kept))
        }
    }
}
