import Contacts
import JSON

/// What scripts may call besides Lua's own and the linear `text` and `json` helpers: `time.parse`,
/// `form.contact`, `form.submissions`.
///
/// Arguments come as a JSON list, the result goes back as JSON; `{"$error": ...}` raises in the script.
final class ScriptHelpers {
    /// The request being mapped, which `form.submissions` reads in the order it was sent.
    var current: (request: InboundRequest, decoded: DecodedRequest)?

    /// For loading a definition, when nothing is mapped.
    static var none: [String: (String) -> String] { ScriptHelpers().table }

    var table: [String: (String) -> String] {
        [
            "time.parse": { ScriptHelpers.answer($0, ScriptHelpers.parseTime) },
            "form.contact": { ScriptHelpers.answer($0, ScriptHelpers.readContact) },
            "form.submissions": { ScriptHelpers.answer($0, self.readSubmissions) },
        ]
    }

    private static func answer(_ arguments: String, _ work: ([JSON]) -> JSON) -> String {
        let list = (try? JSON.parse(arguments))?.array ?? []
        return work(list).text()
    }

    // MARK: - time.parse(text [, zone])

    private static func parseTime(_ arguments: [JSON]) -> JSON {
        let zone = arguments.dropFirst().first?.scalar ?? "UTC"
        guard TimeText.isZone(zone) else {
            return ["$error": .string("the time zone \"\(zone.prefix(40))\" is not known")]
        }
        guard let text = arguments.first?.scalar, let instant = TimeText.parse(text, zone: zone) else {
            return .null
        }
        return .string(instant.iso8601)
    }

    // MARK: - form.contact(value), form.submissions([options])

    /// Reads any table as one filled-in form.
    private static func readContact(_ arguments: [JSON]) -> JSON {
        reading(of: flatten(arguments.first ?? .null), query: [], ignoring: [])
    }

    /// Reads the request as filled-in forms: one for each object where the body is a list of objects, else
    /// one. The query counts as the form where there is no body, and as attribution where there is.
    private func readSubmissions(_ arguments: [JSON]) -> JSON {
        guard let (request, decoded) = current else { return .array([]) }
        let ignored = Set((arguments.first?["ignore"]?.array ?? []).compactMap(\.string))
        let query = decoded.query.map { ContactField(name: $0.name, value: $0.value) }
        let forms: [[ContactField]]
        switch decoded.json {
        case .some(.array(let list)) where list.allSatisfy({ $0.object != nil }): forms = list.map(flatten)
        case .some(let json): forms = [flatten(json)]
        case nil:
            let sent =
                decoded.form.isEmpty
                ? query : decoded.form.map { ContactField(name: $0.name, value: $0.value) }
            forms = sent.isEmpty ? [] : [sent]
        }
        let landing = ScriptHelpers.attribution(of: request)
        return .array(
            forms.map { ScriptHelpers.reading(of: $0, query: query + landing, ignoring: ignored) })
    }

    /// The page a browser came from, as fields that say no more than the header does.
    private static func attribution(of request: InboundRequest) -> [ContactField] {
        guard let referer = request.header("referer") else { return [] }
        return [ContactField(name: "page_url", value: referer)]
    }

    /// Empty parts are left out, since a script cannot tell an empty list from an empty table.
    private static func reading(of fields: [ContactField], query: [ContactField], ignoring: Set<String>)
        -> JSON
    {
        let reading = readForm(fields.filter { !ignoring.contains($0.name) }, query: query)
        var table = JSONObject()
        table["name"] = reading.name.map(JSON.string)
        table["company"] = reading.company.map(JSON.string)
        table["text"] = reading.text.map(JSON.string)
        if !reading.points.isEmpty {
            table["points"] = .array(
                reading.points.map { ["kind": .string($0.kind.rawValue), "value": .string($0.value)] })
        }
        if !reading.fields.isEmpty {
            table["fields"] = .array(
                reading.fields.map { ["name": .string($0.name), "value": .string($0.value)] })
        }
        if !reading.attribution.isEmpty { table["attribution"] = .object(reading.attribution) }
        return .object(table)
    }
}
