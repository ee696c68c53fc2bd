public import JSON

/// The fields of a form in whatever container they came, in order: providers/forms.md A.3.
///
/// Lists of `{name, values}`, `{column_id, string_value}`, `{question, answer}`, `{label, value}` and the like give a
/// field each; `{first, last}` and `{area, phone}` are put together; other objects give names with points (`car.model`).
/// Names in brackets and JSON within strings are taken apart. At most 400 fields; deeper than 16 levels the rest stays
/// JSON text.
public func flatten(_ json: JSON) -> [ContactField] {
    var flattener = Flattener()
    flattener.walk(json, [])
    return flattener.fields
}

/// The forms in a JSON body: one for each object if it is a list of them, else one; none in an empty body.
public func submissions(in json: JSON) -> [[ContactField]] {
    if let list = json.array, !list.isEmpty, list.allSatisfy({ $0.object != nil }),
        !list.allSatisfy({ Flattener.isDescribed($0) })
    {
        return list.map(flatten).filter { !$0.isEmpty }
    }
    return [flatten(json)].filter { !$0.isEmpty }
}

/// Fields with names in brackets and values in JSON taken apart; all others as they are, repeated ones too.
func takenApart(_ fields: [ContactField]) -> [ContactField] {
    let isPlain = fields.allSatisfy { field in
        !field.name.utf8.contains(UInt8(ascii: "[")) && !Flattener.mayBeJSON(field.value)
    }
    if isPlain { return fields }
    var flattener = Flattener()
    for (name, value) in BracketName.grouped(fields.map { ($0.name, .string($0.value)) }) {
        flattener.walk(value, [name])
    }
    return flattener.fields
}

struct Flattener {
    private static let maxFields = 400
    private static let maxDepth = 16

    var fields: [ContactField] = []
    /// Of questions that are told apart from their answers, by id or reference.
    private var titles: [String: String] = [:]
    /// Strings being read as JSON, within each other.
    private var textDepth = 0

    // MARK: - Walking

    mutating func walk(_ json: JSON, _ path: [String]) {
        guard fields.count < Flattener.maxFields else { return }
        guard path.count < Flattener.maxDepth else { return add(path, json.scalar ?? json.text()) }
        switch json {
        case .null: return
        case .string(let text): walk(text: text, path)
        case .bool, .integer, .number: add(path, json.scalar ?? "")
        case .array(let list): walk(list: list, path)
        case .object(let object): walk(object: object, path)
        }
    }

    static func mayBeJSON(_ text: String) -> Bool {
        guard let first = text.utf8.first(where: { $0 != 0x20 && $0 != 0x0A && $0 != 0x0D && $0 != 0x09 })
        else {
            return false
        }
        return first == UInt8(ascii: "{") || first == UInt8(ascii: "[")
    }

    private mutating func walk(text: String, _ path: [String]) {
        guard Flattener.mayBeJSON(text), textDepth < 3, text.utf8.count <= 262_144,
            let json = try? JSON.parse(text, maxDepth: 32), Flattener.holdsObject(json)
        else { return add(path, text) }
        textDepth += 1
        walk(json, path)
        textDepth -= 1
    }

    private static func holdsObject(_ json: JSON) -> Bool {
        switch json {
        case .object(let object): !object.isEmpty
        case .array(let list): list.contains { $0.object != nil }
        default: false
        }
    }

    private mutating func walk(list: [JSON], _ path: [String]) {
        let scalars = list.compactMap(\.scalar)
        if scalars.count == list.count {
            let text = scalars.count == 1 ? scalars[0] : scalars.joined(separator: ", ")
            return scalars.count == 1 ? walk(text: text, path) : add(path, text)
        }
        for (place, element) in list.enumerated() where fields.count < Flattener.maxFields {
            if let object = element.object, take(described: object, path) { continue }
            walk(element, path + [String(place)])
        }
    }

    private mutating func walk(object: JSONObject, _ path: [String]) {
        if object.isEmpty || take(described: object, path) || take(split: object, path) { return }
        note(titles: object["definition"])
        var members = object.map { ($0.key, $0.value) }
        if members.contains(where: { $0.0.utf8.contains(UInt8(ascii: "[")) }) {
            members = BracketName.grouped(members)
        }
        let hasTitles = object["definition"]?["fields"] != nil && object["answers"] != nil
        for (name, value) in members where !(hasTitles && name == "definition") {
            walk(value, path + [name])
        }
    }

    private mutating func add(_ path: [String], _ value: String) {
        guard fields.count < Flattener.maxFields, !value.isEmpty else { return }
        let kept = path.enumerated().filter { place, name in
            place == path.count - 1 || !Flattener.wrappers.contains(name.lowercased())
        }
        let name = kept.map(\.element).joined(separator: ".").kept(bytes: 1_024)
        fields.append(ContactField(name: name, value: value))
    }

    /// Objects that only hold the fields; their names tell nothing.
    private static let wrappers: Set<String> = [
        "fields", "field", "form_fields", "formfields", "form_data", "formdata", "field_data", "data",
        "data.json",
        "contacts", "contact", "client", "customer", "lead", "answers", "answer", "values", "namedvalues",
        "form_response", "formresponse", "response", "responses", "submission", "submissions", "payload",
        "body", "user",
        "person", "attendee", "attendees", "invitee", "rawrequest", "raw_request", "user_column_data",
        "hidden",
        "tracking", "extra", "profile", "result", "event",
    ]

    // MARK: - Objects that describe one field

    private static let keyNames = ["name", "key", "column_id", "field", "field_name", "slug", "ref", "id"]
    private static let labelNames = ["label", "title", "question", "q", "column_name", "caption"]
    private static let valueNames = [
        "value", "values", "string_value", "answer", "answers", "a", "val", "text_value",
    ]
    private static let otherNames = [
        "type", "raw_value", "rawvalue", "required", "options", "ishidden", "is_hidden", "description",
        "placeholder",
        "order", "format", "optionvalue", "position", "element", "question_id", "field_id", "item_id",
        "display_value",
        "multiple", "column_type", "selected", "validation", "uuid",
    ]
    private static let vocabulary = Set(keyNames + labelNames + valueNames + otherNames)

    /// Whether an object is one field: a name or question, a value, and nothing that is not about these.
    static func isDescribed(_ json: JSON) -> Bool {
        guard let object = json.object else { return false }
        return isDescribed(object, isNamed: false) || isTyped(object)
    }

    private static func isDescribed(_ object: JSONObject, isNamed: Bool) -> Bool {
        guard object.count <= 16, valueNames.contains(where: { object[$0] != nil }) else { return false }
        guard isNamed || (keyNames + labelNames).contains(where: { object[$0]?.scalar != nil }) else {
            return false
        }
        return object.allSatisfy { vocabulary.contains($0.key.lowercased()) }
    }

    /// `{type: "email", email: …, field: {id, ref}}`.
    private static func isTyped(_ object: JSONObject) -> Bool {
        guard let type = object["type"]?.string, object["field"]?.object != nil else { return false }
        return object[type] != nil
    }

    private mutating func take(described object: JSONObject, _ path: [String]) -> Bool {
        let own = path.last
        if Flattener.isTyped(object), let type = object["type"]?.string, let field = object["field"] {
            let keys = ["ref", "id"].compactMap { field[$0]?.scalar }
            let title = field["title"]?.scalar ?? keys.compactMap { titles[$0] }.first
            let value = object[type] ?? .null
            let labels = value["labels"] ?? value["label"] ?? value
            walk(labels, [Flattener.name(keys.first ?? own ?? "", title, type)])
            return true
        }
        let isNamed = own.map { Int($0) == nil } ?? false
        guard Flattener.isDescribed(object, isNamed: isNamed) else { return false }
        let key = Flattener.keyNames.lazy.compactMap { object[$0]?.scalar }.first
        let label = Flattener.labelNames.lazy.compactMap { object[$0]?.scalar }.first
        let value = Flattener.valueNames.lazy.compactMap { object[$0] }.first { !$0.isNull } ?? .null
        let name = Flattener.name(key ?? own ?? "", label, object["type"]?.string)
        walk(Flattener.chosen(value, object["options"]), [name])
        return true
    }

    /// Texts of the options chosen, where the value holds their ids.
    private static func chosen(_ value: JSON, _ options: JSON?) -> JSON {
        guard let ids = value.array, let options = options?.array else { return value }
        let texts = ids.map { id in
            options.first { $0["id"] == id }.flatMap { $0["text"] ?? $0["label"] ?? $0["name"] } ?? id
        }
        return .array(texts)
    }

    /// The one of key and label that says what is asked for; of two that do, the label, since people read it. A declared
    /// phone is named one.
    private static func name(_ key: String, _ label: String?, _ type: String?) -> String {
        let label = label.flatMap { $0.trimmed.isEmpty ? nil : $0 }
        if let label, key.isEmpty || !FieldRole.of(label).targets.isEmpty { return label }
        if !FieldRole.of(key).targets.isEmpty { return key }
        let name = label ?? key
        guard let type = type?.lowercased(), type == "tel" || type.contains("phone") else { return name }
        return name + " (phone)"
    }

    private mutating func note(titles definition: JSON?) {
        for field in definition?["fields"]?.array ?? [] {
            guard let title = field["title"]?.scalar else { continue }
            for key in ["ref", "id"] {
                if let id = field[key]?.scalar, titles.count < 1_000 { titles[id] = title }
            }
        }
    }

    // MARK: - Objects that hold one value in parts

    private mutating func take(split object: JSONObject, _ path: [String]) -> Bool {
        guard let own = path.last, object.allSatisfy({ $0.value.scalar != nil || $0.value.isNull }) else {
            return false
        }
        let keys = Set(object.keys.map { $0.lowercased() })
        func part(_ name: String) -> String {
            object.first { $0.key.lowercased() == name }?.value.scalar?.trimmed ?? ""
        }
        if keys == ["full"] {
            add(path, part("full"))
        } else if keys.contains("phone"), keys.contains("area"),
            keys.isSubset(of: ["area", "phone", "country", "full"])
        {
            let full = part("full")
            let parts = [part("country"), part("area"), part("phone")].filter { !$0.isEmpty }
            add(path, full.isEmpty ? parts.joined(separator: " ") : full)
        } else if keys.contains("first") || keys.contains("last"),
            keys.isSubset(of: ["prefix", "first", "middle", "last", "suffix", "full"])
        {
            for (key, name) in [("first", "first name"), ("middle", "middle name"), ("last", "last name")] {
                add(path.dropLast() + ["\(own) \(name)"], part(key))
            }
        } else {
            return false
        }
        return true
    }
}
