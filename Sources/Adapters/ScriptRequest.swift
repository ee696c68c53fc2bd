import Contacts
import JSON

/// A request as the script sees it: a table with `method`, `tail`, `query`, `form`, `json`, `headers`,
/// `settings`, `received_at`, `channel`, `files`. No secret is in it.
struct ScriptRequest {
    /// Headers that carry credentials, which no mapping needs.
    private static let hidden: Set<String> = ["authorization", "proxy-authorization", "cookie"]

    let json: JSON

    init(_ request: InboundRequest, _ decoded: DecodedRequest, _ settings: SettingValues) {
        let definition = settings.definition
        let form = decoded.form.json
        var table = JSONObject([
            ("method", .string(request.method)), ("tail", .string(request.tail)),
            ("query", .object(decoded.query.json)),
            ("form", .object(definition.accepts.body == .formBrackets ? BracketNames.nested(form) : form)),
            (
                "headers",
                .object(ScriptRequest.headers(request, but: ScriptRequest.signatureHeaders(definition)))
            ),
            ("settings", .object(ScriptRequest.visible(settings))),
            ("received_at", .string(request.receivedAt.iso8601)), ("channel", .string(settings.channel.key)),
        ])
        if let json = decoded.json { table["json"] = .some(json) }
        if !decoded.files.isEmpty { table["files"] = .array(decoded.files.map(\.json)) }
        json = .object(table)
    }

    private static func headers(_ request: InboundRequest, but signed: Set<String>) -> JSONObject {
        var values: [String: String] = [:]
        for header in request.headers where !hidden.contains(header.name) && !signed.contains(header.name) {
            values[header.name] = values[header.name].map { $0 + ", " + header.value } ?? header.value
        }
        return JSONObject(values.sorted { $0.key < $1.key }.map { ($0.key, .string($0.value)) })
    }

    /// Headers a static secret or a password comes in.
    private static func signatureHeaders(_ definition: AdapterDefinition) -> Set<String> {
        Set(
            definition.verify.flatMap(\.from.places).compactMap {
                if case .header(let name, _) = $0 { name } else { nil }
            })
    }

    /// Settings that are no secrets, defaults included; one value as a text, several as a list.
    private static func visible(_ settings: SettingValues) -> JSONObject {
        var names = Set(settings.channel.settings.keys)
        names.formUnion(settings.definition.settings.map(\.name))
        names.subtract(settings.channel.secrets.keys)
        names.subtract(settings.definition.settings.filter(\.isSecret).map(\.name))
        return JSONObject(
            names.sorted().compactMap { name in
                let values = settings.values(name)
                guard let first = values.first else { return nil }
                return (name, values.count == 1 ? .string(first) : .array(values.map(JSON.string)))
            })
    }
}

/// Names of PHP forms: `data[client][phone]`, `user[]`.
enum BracketNames {
    /// Deeper names stay as they are.
    static let maxDepth = 8

    /// `a[b][c]` as objects within each other, `a[]` as a list. A name that would need a place already taken
    /// by a value stays as it was sent.
    static func nested(_ form: JSONObject) -> JSONObject {
        var root = Node()
        var verbatim: [(String, JSON)] = []
        for (name, value) in form {
            guard let path = path(name), path.count <= maxDepth, root.put(value, at: path[...]) else {
                verbatim.append((name, value))
                continue
            }
        }
        var object = root.object
        for (name, value) in verbatim { object[name] = value }
        return object
    }

    /// The steps of a name; nil if its brackets do not match.
    private static func path(_ name: String) -> [String]? {
        guard let open = name.firstIndex(of: "["), open > name.startIndex, name.hasSuffix("]") else {
            return name.contains("]") || name.hasPrefix("[") ? nil : [name]
        }
        let inner = name[name.index(after: open)...].dropLast()
        var steps = [String(name[..<open])]
        for step in inner.split(separator: "][", omittingEmptySubsequences: false) {
            if step.contains("[") || step.contains("]") { return nil }
            steps.append(String(step))
        }
        return steps
    }

    private struct Node {
        var value: JSON?
        var order: [String] = []
        var children: [String: Node] = [:]

        mutating func put(_ newValue: JSON, at path: ArraySlice<String>) -> Bool {
            guard let step = path.first else {
                guard value == nil, children.isEmpty else { return false }
                value = newValue
                return true
            }
            if step.isEmpty, path.count == 1, value == nil, children.isEmpty {
                // `a[]`: a list, also of one.
                value = .array(newValue.array ?? [newValue])
                return true
            }
            guard value == nil, !step.isEmpty else { return false }
            if children[step] == nil { order.append(step) }
            var child = children[step] ?? Node()
            let isPut = child.put(newValue, at: path.dropFirst())
            children[step] = child
            if !isPut, child.value == nil, child.children.isEmpty { remove(step) }
            return isPut
        }

        private mutating func remove(_ step: String) {
            children[step] = nil
            order.removeAll { $0 == step }
        }

        var object: JSONObject {
            JSONObject(order.compactMap { step in children[step].map { (step, $0.json) } })
        }

        var json: JSON { value ?? .object(object) }
    }
}
