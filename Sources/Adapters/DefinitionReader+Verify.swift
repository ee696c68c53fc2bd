import JSON
import OpenSSL

extension DefinitionReader {
    private static let verifyKeys = [
        "kind", "hash", "key", "key_encoding", "from", "encoding", "prefix", "list", "string", "timestamp",
        "tolerance", "addresses", "optional",
    ]

    mutating func verifyRules(_ value: JSON?) -> [VerifyRule] {
        var rules: [VerifyRule] = []
        for (index, element) in list(value, "verify").enumerated() {
            let path = "verify[\(index + 1)]"
            guard let table = object(element, path, known: DefinitionReader.verifyKeys) else { continue }
            if let rule = verifyRule(table, path) { rules.append(rule) }
        }
        return rules
    }

    mutating func handshakeRule(_ value: JSON?, _ path: String) -> VerifyRule? {
        object(value, path, known: DefinitionReader.verifyKeys).flatMap { verifyRule($0, path) }
    }

    private mutating func verifyRule(_ table: JSONObject, _ path: String) -> VerifyRule? {
        if table["kind"] == nil { complain("\(path).kind", "expected a text, found nothing") }
        let before = problems.count
        let kind = word(table["kind"], "\(path).kind", or: VerifyRule.Kind.fixed)
        guard problems.count == before else { return nil }
        guard !VerifyRule.Kind.unsupported.contains(kind) else {
            complain("\(path).kind", "kind \"\(kind.rawValue)\" is not supported by this version")
            return nil
        }
        let rule = VerifyRule(
            kind: kind, hash: word(table["hash"], "\(path).hash", or: HashFunction.sha256),
            key: template(table["key"], "\(path).key"),
            keyEncoding: word(table["key_encoding"], "\(path).key_encoding", or: KeyEncoding.text),
            from: selector(table["from"], "\(path).from") ?? .header("authorization", part: nil),
            encoding: word(table["encoding"], "\(path).encoding", or: SignatureEncoding.hex),
            prefix: string(table["prefix"], "\(path).prefix") ?? "",
            isList: flag(table["list"], "\(path).list"),
            string: stringChoice(table["string"], "\(path).string"),
            timestamp: selector(table["timestamp"], "\(path).timestamp"),
            tolerance: integer(table["tolerance"], "\(path).tolerance", in: 1...86_400, or: 300),
            addresses: addresses(table["addresses"], "\(path).addresses"),
            isOptional: flag(table["optional"], "\(path).optional"))
        check(rule, table, path)
        return rule
    }

    /// What a kind needs is there, and its secret comes from the channel and not from the request.
    private mutating func check(_ rule: VerifyRule, _ table: JSONObject, _ path: String) {
        var needed: [String]
        switch rule.kind {
        case .hmac: needed = ["hash", "key", "from", "encoding", "string"]
        case .hash: needed = ["hash", "from", "encoding", "string"]
        case .fixed, .equals: needed = ["key", "from"]
        case .basic: needed = ["key"]
        case .allowList: needed = ["addresses"]
        case .rsa, .ed25519, .jwt: needed = []
        }
        if rule.timestamp == nil, table["tolerance"] != nil { needed.append("timestamp") }
        for key in needed where table[key] == nil {
            complain("\(path).\(key)", "needed by kind \"\(rule.kind.rawValue)\", found nothing")
        }
        if table["from"] != nil,
            [.body, .method, .url, .urlBase].contains(rule.from) || rule.from.isConfigured
        {
            complain("\(path).from", "expected header.X, query.x, form.x, json.a.b or path.tail")
        }
        let strings = rule.string.map { Array($0.cases.values) + [$0.standard].compactMap { $0 } } ?? []
        let hasSecret = ([rule.key].compactMap { $0 } + strings).flatMap(\.selectors).contains(
            where: \.isConfigured)
        if [.hmac, .hash, .fixed, .basic].contains(rule.kind), !hasSecret {
            complain(path, "holds no {settings.x} or {token}, so anybody could sign")
        }
    }

    /// A template, or `{ switch = "form.event", cases = {...}, default = "..." }`.
    private mutating func stringChoice(_ value: JSON?, _ path: String) -> StringChoice? {
        guard let value, value != .null else { return nil }
        if value.string != nil {
            guard let template = template(value, path) else { return nil }
            return StringChoice(subject: nil, cases: [:], standard: template)
        }
        guard let table = object(value, path, known: ["switch", "cases", "default"]) else { return nil }
        var subject: Template?
        if let text = string(table["switch"], "\(path).switch") {
            // A bare place is the common case; braces allow several in one subject.
            subject = template(.string(text.contains("{") ? text : "{\(text)}"), "\(path).switch")
        } else {
            complain("\(path).switch", "expected a place or a template, found nothing")
        }
        var cases: [String: Template] = [:]
        for (name, text) in table["cases"]?.object ?? [:] {
            if let template = template(text, "\(path).cases.\(name)") { cases[name] = template }
        }
        if cases.isEmpty { complain("\(path).cases", "expected a table of templates, found nothing") }
        return StringChoice(
            subject: subject, cases: cases, standard: template(table["default"], "\(path).default"))
    }

    private mutating func addresses(_ value: JSON?, _ path: String) -> [Template] {
        var templates: [Template] = []
        for (index, text) in strings(value, path).enumerated() {
            let place = "\(path)[\(index + 1)]"
            guard let template = template(.string(text), place) else { continue }
            if !template.isFixed {
                complain(place, "an address comes from the file or from settings.x")
            } else if template.settings.isEmpty, Network(text) == nil {
                complain(place, "expected an address or a network as 192.0.2.0/24, found \"\(text)\"")
            }
            templates.append(template)
        }
        return templates
    }

    /// Every `{settings.x}` is one of the adapter's own settings.
    mutating func checkSettings(
        named names: [String], in rules: [VerifyRule], _ handshakes: [Handshake], reply: ReplyProfile
    ) {
        let placed =
            rules.enumerated().map { ("verify[\($0 + 1)]", $1) }
            + handshakes.enumerated().compactMap { index, handshake in
                handshake.verify.map { ("handshake[\(index + 1)].verify", $0) }
            }
        for (path, rule) in placed {
            for name in rule.settings.sorted() where !names.contains(name) {
                complain(path, "settings.\(name) is not among the adapter's settings")
            }
        }
        let replies = [reply.standard] + reply.cases.map(\.reply)
        let used = Set(replies.flatMap { [$0.body] + $0.headers.map(\.value) }.flatMap(\.settings))
        for name in used.sorted() where !names.contains(name) {
            complain("reply", "settings.\(name) is not among the adapter's settings")
        }
    }
}

extension VerifyRule {
    /// Every template of the rule.
    var templates: [Template] {
        var all = [key].compactMap { $0 } + addresses
        if let string { all += string.cases.values + [string.subject, string.standard].compactMap { $0 } }
        return all
    }

    /// Names of the settings the rule reads.
    var settings: Set<String> { Set(templates.flatMap(\.settings)) }
}
