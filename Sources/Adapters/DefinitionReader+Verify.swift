import JSON
import OpenSSL

extension DefinitionReader {
    private static let verifyKeys = [
        "kind", "hash", "key", "key_encoding", "from", "encoding", "prefix", "list", "string", "timestamp",
        "tolerance", "addresses", "optional", "algorithm", "claims", "body_hash", "max_age",
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
        let rule = VerifyRule(
            kind: kind, hash: word(table["hash"], "\(path).hash", or: HashFunction.sha256),
            keys: keys(table["key"], "\(path).key"),
            keyEncoding: word(table["key_encoding"], "\(path).key_encoding", or: KeyEncoding.text),
            from: selector(table["from"], "\(path).from") ?? .header("authorization", part: nil),
            encoding: word(table["encoding"], "\(path).encoding", or: SignatureEncoding.hex),
            prefix: string(table["prefix"], "\(path).prefix") ?? "",
            isList: flag(table["list"], "\(path).list"),
            strings: stringChoices(table["string"], "\(path).string"),
            timestamp: selector(table["timestamp"], "\(path).timestamp"),
            tolerance: integer(table["tolerance"], "\(path).tolerance", in: 1...86_400, or: 300),
            addresses: addresses(table["addresses"], "\(path).addresses"),
            isOptional: flag(table["optional"], "\(path).optional"),
            token: kind == .jwt ? tokenRule(table, path) : nil)
        checkKeys(of: rule, table, path)
        if problems.count == before { checkOrigin(of: rule, table, path) }
        return rule
    }

    /// The keys a kind needs are there, and none that it would pass over in silence.
    private mutating func checkKeys(of rule: VerifyRule, _ table: JSONObject, _ path: String) {
        let signed = ["hash", "key", "from", "encoding", "string"]
        let (needed, other): ([String], [String]) =
            switch rule.kind {
            case .hmac: (signed, ["key_encoding", "prefix", "list", "timestamp"])
            case .rsa: (signed, ["prefix", "list", "timestamp"])
            case .hash: (signed.filter { $0 != "key" }, ["prefix", "list", "timestamp"])
            case .ed25519:
                (signed.filter { $0 != "hash" } + ["key_encoding"], ["prefix", "list", "timestamp"])
            case .jwt:
                (
                    ["algorithm", "key", "from"],
                    ["key_encoding", "prefix", "claims", "body_hash", "max_age", "tolerance"]
                )
            case .fixed, .equals: (["key", "from"], ["key_encoding", "prefix", "list", "timestamp"])
            case .basic: (["key"], ["from"])
            case .allowList: (["addresses"], [])
            }
        for key in needed where table[key] == nil {
            complain("\(path).\(key)", "needed by kind \"\(rule.kind.rawValue)\", found nothing")
        }
        let usual = ["kind", "optional"] + (table["timestamp"] == nil ? [] : ["tolerance"])
        for (key, _) in table where !(needed + other + usual).contains(key) {
            let hint =
                key == "tolerance" ? "needs a timestamp" : "means nothing to kind \"\(rule.kind.rawValue)\""
            complain("\(path).\(key)", hint)
        }
    }

    /// The proof comes from the request and what proves it from elsewhere.
    private mutating func checkOrigin(of rule: VerifyRule, _ table: JSONObject, _ path: String) {
        let isToken = rule.kind == .jwt
        if rule.from.places.contains(where: {
            [.method, .url, .urlPort, .urlBase].contains($0) || $0.isConfigured || ($0 == .body && !isToken)
        }) {
            complain("\(path).from", "expected header.X, query.x, form.x, json.a.b or path.tail")
        }
        let isPublic = [.rsa, .ed25519].contains(rule.kind) || rule.token?.algorithm == .rs256
        if isPublic || isToken { checkPublicKeys(of: rule, isPublic, path) }
        let isSecretOfOwn = [.hmac, .hash, .fixed, .basic].contains(rule.kind) || (isToken && !isPublic)
        if isSecretOfOwn, !rule.holdsSecretThroughout {
            complain(path, "holds no {settings.x} or {token}, so anybody could sign")
        }
    }

    private mutating func checkPublicKeys(of rule: VerifyRule, _ isPublic: Bool, _ path: String) {
        if rule.keys.flatMap(\.selectors).contains(where: { !$0.isConfigured }) {
            complain("\(path).key", "the key comes from the file or from settings.x, never from the request")
        }
        guard isPublic else { return }
        if rule.kind == .ed25519 {
            if rule.keyEncoding == .text { complain("\(path).key_encoding", "expected hex or base64") }
        } else if rule.keyEncoding != .text {
            complain("\(path).key_encoding", "a key of RSA is text in PEM")
        }
        if rule.encoding == .base64OfHex {
            complain("\(path).encoding", "expected one of hex, base64, base64url")
        }
        if rule.kind == .rsa, [.md5, .sha1].contains(rule.hash) {
            complain(
                "\(path).hash", "expected sha256 or sha512: signatures over \(rule.hash.rawValue) are forged")
        }
        for (index, key) in rule.keys.enumerated() {
            guard let text = key.literal else { continue }
            let bytes = rule.keyEncoding.bytes(of: text) ?? []
            let isKey =
                rule.kind == .ed25519
                ? Ed25519PublicKey(bytes: bytes) != nil
                : RSAPublicKey(pem: String(decoding: bytes, as: UTF8.self)) != nil
            if !isKey {
                complain(
                    "\(path).key" + (rule.keys.count > 1 ? "[\(index + 1)]" : ""),
                    rule.kind == .ed25519
                        ? "expected 32 bytes" : "expected a public key of RSA in PEM, 2048 bits or more")
            }
        }
    }

    /// `body_hash`, `claims` and `max_age` of a rule of kind `jwt`.
    private mutating func tokenRule(_ table: JSONObject, _ path: String) -> TokenRule {
        var claims: [String: Template?] = [:]
        if let value = table["claims"], value.object == nil {
            complain("\(path).claims", "expected a table of claims by name")
        }
        for (name, value) in table["claims"]?.object ?? [:] {
            if value == true {
                claims[name] = .some(nil)
            } else if let template = template(value, "\(path).claims.\(name)") {
                claims[name] = template
            }
        }
        let hash = string(table["body_hash"], "\(path).body_hash")
        if hash?.isEmpty == true { complain("\(path).body_hash", "expected the name of a claim") }
        let age = integer(table["max_age"], "\(path).max_age", in: 1...31_536_000, or: 0)
        return TokenRule(
            algorithm: word(table["algorithm"], "\(path).algorithm", or: JSONWebToken.Algorithm.hs256),
            bodyHash: hash, claims: claims, maxAge: age == 0 ? nil : age)
    }

    /// One template, or a list of which any may verify.
    private mutating func keys(_ value: JSON?, _ path: String) -> [Template] {
        guard let texts = value?.array else { return [template(value, path)].compactMap { $0 } }
        return texts.enumerated().compactMap { template($1, "\(path)[\($0 + 1)]") }
    }

    /// One text that is signed, or a list of which any may verify.
    private mutating func stringChoices(_ value: JSON?, _ path: String) -> [StringChoice] {
        guard let choices = value?.array else { return [stringChoice(value, path)].compactMap { $0 } }
        return choices.enumerated().compactMap { stringChoice($1, "\(path)[\($0 + 1)]") }
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

    /// Every `{settings.x}` is one of the adapter's own settings, and no answer shows a secret.
    mutating func check(
        _ settings: [SettingDefinition], in rules: [VerifyRule], _ handshakes: [Handshake],
        reply: ReplyProfile
    ) {
        var placed = rules.enumerated().map { ("verify[\($0 + 1)]", $1.templates) }
        var replies = [("reply", reply.standard)]
        replies += reply.cases.enumerated().map { ("reply.cases[\($0 + 1)]", $1.reply) }
        for (index, handshake) in handshakes.enumerated() {
            placed.append(("handshake[\(index + 1)].verify", handshake.verify?.templates ?? []))
            replies.append(("handshake[\(index + 1)].reply", handshake.reply))
        }
        placed += replies.map { ($0, $1.templates) }
        for (path, templates) in placed {
            for name in Set(templates.flatMap(\.settings)).sorted()
            where !settings.contains(where: { $0.name == name }) {
                complain(path, "settings.\(name) is not among the adapter's settings")
            }
        }
        let secrets = Set(settings.filter(\.isSecret).map(\.name))
        for (path, reply) in replies {
            let shown = Set(reply.templates.flatMap(\.shown).compactMap(\.settingName))
            for name in shown.intersection(secrets).sorted() {
                complain(path, "settings.\(name) is a secret, which an answer may hold in an hmac only")
            }
        }
    }
}

extension VerifyRule {
    /// Every template of the rule.
    var templates: [Template] {
        var all = keys + addresses + (token?.claims.values.compactMap { $0 } ?? [])
        for choice in strings { all += choice.strings + [choice.subject].compactMap { $0 } }
        return all
    }

    /// Whether every key, or every text that may be signed by it, holds a value of the channel's own.
    var holdsSecretThroughout: Bool {
        let isSecret = { (template: Template) in template.selectors.contains(where: \.isConfigured) }
        if !keys.isEmpty, keys.allSatisfy(isSecret) { return true }
        return !strings.isEmpty && strings.flatMap(\.strings).allSatisfy(isSecret)
    }
}
