import JSON

extension AdapterDefinition {
    private static let keys = [
        "name", "kind", "title", "accepts", "settings", "handshake", "phones", "verify", "event_key",
        "repeat_window", "lookup", "reply", "unsigned", "unproven", "map", "answer",
    ]

    /// - Throws: every mistake of the table at once.
    init(json: JSON) throws(DefinitionProblems) {
        var reader = DefinitionReader()
        guard let table = reader.object(json, "", known: AdapterDefinition.keys) else {
            reader.complain("", "the file must return a table")
            throw DefinitionProblems(list: reader.problems)
        }
        name = reader.requiredString(table["name"], "name")
        if !AdapterDefinition.isName(name) {
            reader.complain("name", "expected lower-case letters, digits and hyphens, found \"\(name)\"")
        }
        if table["kind"] == nil { reader.complain("kind", "expected a text, found nothing") }
        kind = reader.word(table["kind"], "kind", or: AdapterKind.form)
        title = reader.requiredString(table["title"], "title")
        accepts = reader.accepts(table["accepts"])
        settings = reader.settings(table["settings"])
        handshakes = reader.handshakes(table["handshake"])
        phones = reader.phones(table["phones"])
        verify = reader.verifyRules(table["verify"])
        eventKey = reader.eventKey(table["event_key"])
        let window = reader.integer(table["repeat_window"], "repeat_window", in: 1...86_400, or: 600)
        repeatWindow = .seconds(window)
        lookup = reader.lookup(table["lookup"])
        reply = reader.replyProfile(table["reply"])
        unsigned = reader.strings(table["unsigned"], "unsigned")
        unproven = reader.string(table["unproven"], "unproven")
        if unproven?.isEmpty == true { reader.complain("unproven", "expected a sentence for people") }
        hasAnswer = reader.function(table["answer"], "answer")
        if !reader.function(table["map"], "map") {
            reader.complain("map", "expected a function, found nothing")
        }
        if lookup == nil, hasAnswer { reader.complain("answer", "needs a lookup rule, which is missing") }
        let tokens = verify.filter { $0.from == .body }
        if (accepts.body == .jwt) != tokens.contains(where: { !$0.isOptional }) {
            reader.complain(
                "accepts.body", "\"jwt\" and a rule of kind \"jwt\" with from = \"body\" need each other")
        }
        reader.check(settings, in: verify, handshakes, reply: reply)
        if !reader.problems.isEmpty { throw DefinitionProblems(list: reader.problems) }
    }

    private static func isName(_ name: String) -> Bool {
        let isWord = name.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 45 }
        return isWord && !name.isEmpty && name.utf8.count <= 64
    }
}

/// Every mistake in one adapter's data; at least one.
struct DefinitionProblems: Error {
    let list: [DefinitionProblem]
}

extension DefinitionReader {
    /// Whether a function stands there.
    fileprivate mutating func function(_ value: JSON?, _ path: String) -> Bool {
        guard let value, value != .null else { return false }
        if value["$function"] == .bool(true) { return true }
        complain(path, "expected a function")
        return false
    }

    fileprivate mutating func accepts(_ value: JSON?) -> AcceptRule {
        let table = object(value, "accepts", known: ["methods", "body", "limit", "json_field", "json_text"])
        if table == nil {
            complain("accepts", "expected a table with methods, body and limit, found nothing")
        }
        let methods = table?["methods"] == nil ? ["POST"] : strings(table?["methods"], "accepts.methods")
        let known = ["GET", "POST", "PUT", "PATCH", "DELETE"]
        for method in methods where !known.contains(method) {
            complain(
                "accepts.methods", "expected some of \(known.joined(separator: ", ")), found \"\(method)\"")
        }
        if methods.isEmpty { complain("accepts.methods", "expected at least one method") }
        return AcceptRule(
            methods: methods, body: word(table?["body"], "accepts.body", or: BodyKind.any),
            limit: size(table?["limit"], "accepts.limit"),
            jsonField: string(table?["json_field"], "accepts.json_field"),
            jsonTexts: strings(table?["json_text"], "accepts.json_text"))
    }

    /// `64KiB`, `1MiB` or a number of bytes.
    private mutating func size(_ value: JSON?, _ path: String) -> Int {
        let largest: Int64 = 16 << 20
        guard let text = value?.string else { return integer(value, path, in: 1...largest, or: 65_536) }
        for (unit, factor) in [("KiB", 1 << 10), ("MiB", 1 << 20)] where text.hasSuffix(unit) {
            if let count = Int64(text.dropLast(3)), (1...largest).contains(count),
                count * Int64(factor) <= largest
            {
                return Int(count) * factor
            }
        }
        complain(path, "expected a size up to 16MiB as \"64KiB\", found \"\(text)\"")
        return 65_536
    }

    fileprivate mutating func settings(_ value: JSON?) -> [SettingDefinition] {
        guard let value, value != .null else { return [] }
        guard let table = value.object else {
            complain("settings", "expected a table of settings by name")
            return []
        }
        return table.map { ($0, $1) }.sorted { $0.0 < $1.0 }.map { name, value in
            let path = "settings.\(name)"
            let setting = object(value, path, known: ["secret", "required", "default"])
            if setting == nil { complain(path, "expected a table with secret, required or default") }
            let fallback = setting?["default"].flatMap(\.scalar)
            if setting?["default"] != nil, fallback == nil { complain("\(path).default", "expected a text") }
            let isSecret = flag(setting?["secret"], "\(path).secret")
            if isSecret, fallback != nil { complain("\(path).default", "a secret has no default") }
            return SettingDefinition(
                name: name, isSecret: isSecret,
                isRequired: flag(setting?["required"], "\(path).required"), fallback: fallback)
        }
    }

    fileprivate mutating func phones(_ value: JSON?) -> PhoneRules {
        let table = object(value, "phones", known: ["international_without_plus", "anonymous"])
        return PhoneRules(
            internationalWithoutPlus: flag(
                table?["international_without_plus"], "phones.international_without_plus"),
            anonymous: strings(table?["anonymous"], "phones.anonymous"))
    }

    fileprivate mutating func eventKey(_ value: JSON?) -> [Selector] {
        var selectors: [Selector] = []
        for (index, element) in list(value, "event_key").enumerated() {
            if let selector = selector(element, "event_key[\(index + 1)]") { selectors.append(selector) }
        }
        return selectors
    }

    fileprivate mutating func lookup(_ value: JSON?) -> LookupRule? {
        guard let table = object(value, "lookup", known: ["when", "phone"]) else { return nil }
        if table["phone"] == nil { complain("lookup.phone", "expected a place as form.x, found nothing") }
        let conditions = conditions(table["when"], "lookup.when")
        guard let phone = selector(table["phone"], "lookup.phone") else { return nil }
        return LookupRule(conditions: conditions, phone: phone)
    }

    /// `{ ["form.event"] = "START", ["query.x"] = {"a", "b"}, ["header.y"] = true }`.
    mutating func conditions(_ value: JSON?, _ path: String) -> [Condition] {
        guard let value, value != .null else { return [] }
        guard let table = value.object else {
            complain(path, "expected a table of places and values")
            return []
        }
        return table.map { ($0, $1) }.sorted { $0.0 < $1.0 }.compactMap { name, value in
            guard let selector = selector(.string(name), path) else { return nil }
            return Condition(selector: selector, test: test(value, "\(path)[\"\(name)\"]"))
        }
    }

    private mutating func test(_ value: JSON, _ path: String) -> Condition.Test {
        if case .bool(let isThere) = value { return isThere ? .present : .absent }
        if case .integer = value { return .oneOf([value.scalar ?? ""]) }
        return .oneOf(strings(value, path))
    }

    fileprivate mutating func handshakes(_ value: JSON?) -> [Handshake] {
        var handshakes: [Handshake] = []
        for (index, element) in list(value, "handshake").enumerated() {
            let path = "handshake[\(index + 1)]"
            let keys = ["method", "query", "form", "json", "header", "tail", "body", "verify", "reply"]
            guard let table = object(element, path, known: keys) else { continue }
            var found: [Condition] = []
            for place in ["query", "form", "json", "header"] {
                found += located(table[place], place, "\(path).\(place)")
            }
            if let tail = string(table["tail"], "\(path).tail") {
                found.append(Condition(selector: .tail, test: .oneOf([tail])))
            }
            if table["body"] != nil {
                let isThere = flag(table["body"], "\(path).body")
                found.append(Condition(selector: .body, test: isThere ? .present : .absent))
            }
            if found.isEmpty {
                complain(path, "expected at least one of query, form, json, header, tail, body")
            }
            handshakes.append(
                Handshake(
                    methods: strings(table["method"], "\(path).method"), conditions: found,
                    verify: handshakeRule(table["verify"], "\(path).verify"),
                    reply: replyTemplate(table["reply"], "\(path).reply", isEcho: true)))
        }
        return handshakes
    }

    /// `query = "zd_echo"` (must be there) or `query = { test = "test" }` (must be that).
    private mutating func located(_ value: JSON?, _ place: String, _ path: String) -> [Condition] {
        guard let value, value != .null else { return [] }
        guard let table = value.object else {
            return strings(value, path).compactMap { name in
                selector(.string("\(place).\(name)"), path).map { Condition(selector: $0, test: .present) }
            }
        }
        return table.map { ($0, $1) }.sorted { $0.0 < $1.0 }.compactMap { name, value in
            guard let selector = selector(.string("\(place).\(name)"), path) else { return nil }
            return Condition(selector: selector, test: test(value, "\(path).\(name)"))
        }
    }
}
