import Contacts
import JSON

/// What scripts may call besides Lua's own and the linear `text` and `json` helpers: `time.parse`,
/// `form.contact`, `form.submissions`, and what the prelude defines.
///
/// Arguments come as a JSON list, the result goes back as JSON; `{"$error": ...}` raises in the script.
final class ScriptHelpers {
    /// The request being mapped, which `form.submissions` reads in the order it was sent.
    var current: (request: InboundRequest, decoded: DecodedRequest)?

    /// The helpers that are written in Lua.
    static let prelude = String(decoding: PackageResources.prelude_lua, as: UTF8.self)

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
        table(of: readForm(flatten(arguments.first ?? .null)), id: nil)
    }

    /// Reads the request as filled-in forms: one for each object where the body is a list of objects, else
    /// one. The query counts as the form where there is no body, and as attribution where there is. `ignore` names fields to
    /// leave out, `id` those that may hold the sender's own id.
    private func readSubmissions(_ arguments: [JSON]) -> JSON {
        guard let (request, decoded) = current else { return .array([]) }
        let ignored = (arguments.first?["ignore"]?.array ?? []).compactMap(\.string)
        let ids = (arguments.first?["id"]?.array ?? []).compactMap(\.string)
        let sent = SentForm(request, decoded)
        return .array(
            sent.forms.map { fields in
                let reading = sent.reading(of: fields, ignoring: Set(ignored + ids))
                let id = ids.lazy.compactMap { name in fields.first { $0.name == name } }.first
                return ScriptHelpers.table(of: reading, id: id?.value)
            })
    }

    /// Empty parts are left out, since a script cannot tell an empty list from an empty table.
    private static func table(of reading: FormReading, id: String?) -> JSON {
        var table = JSONObject()
        table["id"] = id.map(JSON.string)
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
