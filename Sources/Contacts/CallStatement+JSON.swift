public import JSON

extension CallStatement {
    private static let spokenKeys = [
        "state", "outcome", "kind", "scope", "leg", "parent_thread", "order", "cause", "at_source", "line",
        "agents", "wait_s", "talk_s", "recording",
    ]
    /// What the contact event around it says.
    private static let surroundingKeys = ["direction", "remote", "anonymous", "name", "at"]

    /// Words that stand for a number that is not shown, lower case.
    static let withheld: Set<String> = [
        "anonymous", "restricted", "unknown", "private", "withheld", "unavailable", "null",
    ]

    /// Reads a statement as ``json`` writes it.
    public init(json: JSON) throws(ContactEventFailure) {
        let reader = try MemberReader(
            json, path: "", known: CallStatement.spokenKeys + CallStatement.surroundingKeys)
        try self.init(reader)
        direction = try reader.word("direction", as: Direction.self) ?? .unknown
        remote = try reader.value("remote").flatMap { json throws(ContactEventFailure) in
            try RawPoint(json: json, path: "remote")
        }
        isAnonymous = try reader.bool("anonymous") ?? false
        name = try reader.line("name")
        at = try reader.instant("at")
    }

    /// Reads the `call` of a contact event; the rest is the event's.
    init(spoken json: JSON, of event: ContactEvent) throws(ContactEventFailure) {
        try self.init(MemberReader(json, path: "call", known: CallStatement.spokenKeys))
        direction = event.direction
        name = event.contact.name
        at = event.occurredAt
        if let point = event.contact.points.max(by: { $0.kind.strength < $1.kind.strength }) {
            if point.kind == .phone && CallStatement.withheld.contains(point.value.lowercased()) {
                isAnonymous = true
            } else {
                remote = point
            }
        }
    }

    private init(_ reader: MemberReader) throws(ContactEventFailure) {
        self.init(
            state: try reader.required("state", as: CallState.self),
            outcome: try reader.word("outcome", as: CallOutcome.self),
            kind: try reader.line("kind", characters: Limit.word),
            scope: try reader.word("scope", as: CallScope.self) ?? .call, leg: try reader.id("leg"),
            parentThread: try reader.id("parent_thread"), order: try reader.integer("order"),
            cause: try reader.line("cause"),
            atSource: try reader.word("at_source", as: AtSource.self) ?? .receipt,
            line: try reader.line("line", characters: Limit.word), waitSeconds: try reader.seconds("wait_s"),
            talkSeconds: try reader.seconds("talk_s"))
        for (element, path) in try reader.list("agents", atMost: Limit.agents) {
            agents.append(try CallAgent(json: element, path: path))
        }
        if let value = reader.value("recording") {
            recording = try CallRecording(json: value, path: reader.full("recording"))
        }
    }

    /// The `call` of a contact event.
    var spoken: JSON { .object(spokenMembers) }

    private var spokenMembers: JSONObject {
        var object = JSONObject([("state", .string(state.rawValue)), ("scope", .string(scope.rawValue))])
        object["outcome"] = outcome.map { .string($0.rawValue) }
        object["kind"] = kind.map(JSON.string)
        object["leg"] = leg.map(JSON.string)
        object["parent_thread"] = parentThread.map(JSON.string)
        object["order"] = order.map(JSON.integer)
        object["cause"] = cause.map(JSON.string)
        object["at_source"] = .string(atSource.rawValue)
        object["line"] = line.map(JSON.string)
        if !agents.isEmpty { object["agents"] = .array(agents.map(\.json)) }
        object["wait_s"] = waitSeconds.map(JSON.integer)
        object["talk_s"] = talkSeconds.map(JSON.integer)
        object["recording"] = recording?.json
        return object
    }

    /// Everything, as a kept statement; what is absent or empty is left out.
    public var json: JSON {
        var object = spokenMembers
        object["direction"] = .string(direction.rawValue)
        object["remote"] = remote?.json
        if isAnonymous { object["anonymous"] = true }
        object["name"] = name.map(JSON.string)
        object["at"] = at.map { .string($0.iso8601) }
        return .object(object)
    }
}

extension CallAgent {
    init(json: JSON, path: String) throws(ContactEventFailure) {
        let reader = try MemberReader(json, path: path, known: ["extension", "name", "email", "answered"])
        self.init(
            extension: try reader.line("extension", characters: Limit.word), name: try reader.line("name"),
            email: try reader.line("email"), answered: try reader.bool("answered"))
    }

    var json: JSON {
        var object = JSONObject()
        object["extension"] = self.extension.map(JSON.string)
        object["name"] = name.map(JSON.string)
        object["email"] = email.map(JSON.string)
        object["answered"] = answered.map(JSON.bool)
        return .object(object)
    }
}

extension CallRecording {
    init(json: JSON, path: String) throws(ContactEventFailure) {
        let reader = try MemberReader(json, path: path, known: ["id", "url", "needs_fetch", "expires_at"])
        self.init(
            id: try reader.id("id"), url: try reader.text("url", bytes: Limit.address),
            needsFetch: try reader.bool("needs_fetch") ?? false, expiresAt: try reader.instant("expires_at"))
        guard id != nil || url != nil else { throw reader.failure("id", "or url is missing") }
    }

    var json: JSON {
        var object = JSONObject()
        object["id"] = id.map(JSON.string)
        object["url"] = url.map(JSON.string)
        if needsFetch { object["needs_fetch"] = true }
        object["expires_at"] = expiresAt.map { .string($0.iso8601) }
        return .object(object)
    }
}
