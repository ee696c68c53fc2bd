import JSON

extension DefinitionReader {
    private static let replyKeys = ["status", "headers", "body", "text", "type"]

    mutating func replyProfile(_ value: JSON?) -> ReplyProfile {
        guard value != nil, value != .null else { return ReplyProfile(standard: .empty, cases: []) }
        guard let table = object(value, "reply", known: DefinitionReader.replyKeys + ["cases"]) else {
            return ReplyProfile(standard: .empty, cases: [])
        }
        var cases: [ReplyProfile.Case] = []
        for (index, element) in list(table["cases"], "reply.cases").enumerated() {
            let path = "reply.cases[\(index + 1)]"
            guard let entry = object(element, path, known: DefinitionReader.replyKeys + ["when"]) else {
                continue
            }
            let found = conditions(entry["when"], "\(path).when")
            if found.isEmpty { complain("\(path).when", "expected a table of places and values") }
            cases.append(
                ReplyProfile.Case(conditions: found, reply: replyTemplate(entry, path, isEcho: false)))
        }
        return ReplyProfile(standard: replyTemplate(table, "reply", isEcho: false), cases: cases)
    }

    mutating func replyTemplate(_ value: JSON?, _ path: String, isEcho: Bool) -> ReplyTemplate {
        guard let table = object(value, path, known: DefinitionReader.replyKeys) else {
            if isEcho { complain(path, "expected a table with text, body, status or headers") }
            return .empty
        }
        return replyTemplate(table, path, isEcho: isEcho)
    }

    /// - Parameter isEcho: whether the answer may hold values of the request, as only a handshake's does.
    private mutating func replyTemplate(_ table: JSONObject, _ path: String, isEcho: Bool) -> ReplyTemplate {
        let literal = string(table["body"], "\(path).body")
        let text = template(table["text"], "\(path).text")
        if literal != nil, text != nil { complain(path, "takes body or text, not both") }
        var headers: [ReplyTemplate.HeaderTemplate] = []
        for (name, value) in (table["headers"]?.object ?? [:]).map({ ($0, $1) }).sorted(by: { $0.0 < $1.0 }) {
            guard let template = template(value, "\(path).headers.\(name)") else { continue }
            headers.append(ReplyTemplate.HeaderTemplate(name: name.lowercased(), value: template))
        }
        let body = text ?? Template(literal: literal ?? "")
        let type = string(table["type"], "\(path).type")
        let reply = ReplyTemplate(
            status: integer(table["status"], "\(path).status", in: 200...599, or: 200), headers: headers,
            body: body, type: type ?? (body.parts.isEmpty ? nil : "text/plain; charset=utf-8"))
        if !isEcho, !reply.templates.allSatisfy(\.isFixed) {
            complain(path, "only a handshake may echo the request; here settings.x and url_base can be used")
        }
        // Whoever still calls by a token that is being replaced must not learn the new one.
        if reply.templates.flatMap(\.shown).contains(.token) { complain(path, "no answer shows the {token}") }
        return reply
    }
}
