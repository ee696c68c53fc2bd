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

    /// What a script asks of `form.submissions`: names to leave out, and names that may hold the sender's own
    /// id.
    private struct FormOptions {
        var ignored: Set<String> = []
        var ids: [String] = []
    }

    /// Reads any table as one filled-in form.
    private static func readContact(_ arguments: [JSON]) -> JSON {
        reading(of: flatten(arguments.first ?? .null), query: [], FormOptions())
    }

    /// Reads the request as filled-in forms: one for each object where the body is a list of objects, else
    /// one. The query counts as the form where there is no body, and as attribution where there is.
    private func readSubmissions(_ arguments: [JSON]) -> JSON {
        guard let (request, decoded) = current else { return .array([]) }
        let options = FormOptions(
            ignored: Set((arguments.first?["ignore"]?.array ?? []).compactMap(\.string)),
            ids: (arguments.first?["id"]?.array ?? []).compactMap(\.string))
        let query = decoded.query.map { ContactField(name: $0.name, value: $0.value) }
        let sent = decoded.form.map { ContactField(name: $0.name, value: $0.value) }
        var forms = decoded.json.map { submissions(in: $0) } ?? [sent].filter { !$0.isEmpty }
        if forms.isEmpty, decoded.json == nil, !query.isEmpty { forms = [query] }
        let page = request.header("referer").map { [ContactField(name: "page_url", value: $0)] } ?? []
        return .array(forms.map { ScriptHelpers.reading(of: $0, query: query + page, options) })
    }

    /// Empty parts are left out, since a script cannot tell an empty list from an empty table.
    private static func reading(
        of fields: [ContactField], query: [ContactField], _ options: FormOptions
    ) -> JSON {
        let left = fields.filter { !options.ignored.contains($0.name) && !options.ids.contains($0.name) }
        let reading = readForm(left, query: query)
        var table = JSONObject()
        for name in options.ids where table["id"] == nil {
            table["id"] = fields.first { $0.name == name }.map { .string($0.value) }
        }
        table["name"] = reading.name.map(JSON.string)
        table["company"] = reading.company.map(JSON.string)
        table["text"] = reading.text.map(JSON.string)
        if !reading.points.isEmpty {
            table["points"] = .array(
                reading.points.map { ["kind": .string($0.kind.rawValue), "value": .string($0.value)] })
        }
        let rest = reading.fields + reading.consents
        if !rest.isEmpty {
            table["fields"] = .array(rest.map { ["name": .string($0.name), "value": .string($0.value)] })
        }
        if !reading.attribution.isEmpty { table["attribution"] = .object(reading.attribution) }
        return .object(table)
    }
}
