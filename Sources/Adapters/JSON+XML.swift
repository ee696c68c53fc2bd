import JSON
import XML

extension JSON {
    /// An XML document as an object of its root's name. An element without attributes and children is its text, trimmed;
    /// any other is an object: its children by name (several of one name are a list), its attributes as `@name`, its text,
    /// if there is any but blanks, as `#text`.
    init(xml root: XMLElement) {
        self = .object(JSONObject([(root.name, JSON(content: root))]))
    }

    private init(content element: XMLElement) {
        let text = element.text[...].trimmedBlanks
        guard !element.attributes.isEmpty || !element.children.isEmpty else {
            self = .string(String(text))
            return
        }
        // Two prefixes may give two attributes one name; the first stays.
        var members = JSONObject()
        for attribute in element.attributes where members["@" + attribute.name] == nil {
            members["@" + attribute.name] = .string(attribute.value)
        }
        var names: [String] = []
        var values: [String: [JSON]] = [:]
        for child in element.children {
            if values[child.name] == nil { names.append(child.name) }
            values[child.name, default: []].append(JSON(content: child))
        }
        let children = names.map { name in
            let list = values[name] ?? []
            return (name, list.count == 1 ? list[0] : JSON.array(list))
        }
        let rest = text.isEmpty ? [] : [("#text", JSON.string(String(text)))]
        self = .object(JSONObject(members.map { ($0.key, $0.value) } + children + rest))
    }
}
