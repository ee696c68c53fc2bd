import JSON

/// A channel's settings as one adapter sees them: its values, else the adapter's defaults. Blank values do
/// not count.
struct SettingValues {
    let channel: Channel
    let definition: AdapterDefinition

    func values(_ name: String) -> [String] {
        if let secrets = channel.secrets[name] {
            return secrets.map { $0.reveal() }.filter { !$0.isEmpty }
        }
        let given = (channel.settings[name] ?? []).filter { !$0.isEmpty }
        return given.isEmpty ? [definition.setting(name)?.fallback].compactMap { $0 } : given
    }

    func values(_ selector: Selector) -> [String] {
        switch selector {
        case .setting(let name): values(name)
        case .token: channel.tokens.map { $0.reveal() }.filter { !$0.isEmpty }
        default: []
        }
    }

    /// Every combination of the values of `selectors`, one value each; none if one of them has no value.
    ///
    /// At most 32: rotation means two or three values of one secret.
    func choices(of selectors: Set<Selector>) -> [[Selector: String]] {
        var choices: [[Selector: String]] = [[:]]
        for selector in selectors where selector.isConfigured {
            let found = values(selector)
            choices = choices.flatMap { choice in
                found.map { choice.merging([selector: $0]) { $1 } }
            }
            if choices.count > 32 { choices.removeLast(choices.count - 32) }
        }
        return choices
    }
}

/// A decoded request with one choice of settings: what selectors and templates are evaluated against.
struct Evaluation {
    enum Found: Hashable {
        case absent
        case text([UInt8])
        /// A field, header or part that was sent several times.
        case several([[UInt8]])
        /// A JSON object or array.
        case tree(JSON)
    }
    let request: InboundRequest
    let decoded: DecodedRequest
    var choice: [Selector: String] = [:]

    func find(_ selector: Selector) -> Found {
        switch selector {
        case .body: request.body.isEmpty ? .absent : .text(request.body)
        case .method: .text(Array(request.method.utf8))
        case .url: .text(Array(request.url.utf8))
        case .urlPort: .text(Array(Evaluation.withPort(request.url).utf8))
        case .urlBase: .text(Array(request.url.prefix { $0 != "?" }.utf8))
        case .tail: request.tail.isEmpty ? .absent : .text(Array(request.tail.utf8))
        case .query(let name): Evaluation.found(decoded.query, name)
        case .form(let name): Evaluation.found(decoded.form, name)
        case .json(let path): Evaluation.found(decoded.json?.at(path: path))
        case .header(let name, let part): Evaluation.found(headers(name, part: part))
        case .setting, .token: Evaluation.found(choice[selector].map { [Array($0.utf8)] } ?? [])
        case .firstOf(let places): places.lazy.map(find).first { $0 != .absent } ?? .absent
        }
    }

    /// The one text at a place; nil if there is none, or several, which no rule can be sure about.
    func bytes(_ selector: Selector) -> [UInt8]? {
        if case .text(let bytes) = find(selector) { bytes } else { nil }
    }

    func text(_ selector: Selector) -> String? {
        bytes(selector).map { String(decoding: $0, as: UTF8.self) }
    }

    func holds(_ condition: Condition) -> Bool {
        switch (condition.test, find(condition.selector)) {
        case (.absent, .absent): true
        case (.absent, _), (_, .absent): false
        case (.present, _): true
        case (.oneOf(let words), .text(let bytes)): words.contains { Array($0.utf8) == bytes }
        case (.oneOf, _): false
        }
    }

    func holds(_ conditions: [Condition]) -> Bool { conditions.allSatisfy(holds) }

    /// The template with its places filled; an absent value leaves nothing.
    ///
    /// - Returns: nil if a value was sent several times: what was signed would not be what is mapped; or if an `hmac` has no key.
    func fill(_ template: Template) -> [UInt8]? {
        var filled: [UInt8] = []
        for part in template.parts {
            switch part {
            case .text(let bytes): filled += bytes
            case .value(let selector):
                guard let bytes = value(selector) else { return nil }
                filled += bytes
            case .converted(let selector, let conversion):
                var key: [UInt8]?
                if case .hmac(_, let place, _) = conversion { key = bytes(place) }
                guard let bytes = value(selector), let converted = conversion.convert(bytes, key: key) else {
                    return nil
                }
                filled += converted
            case .sorted(let sources, let between, let after):
                filled += sorted(sources, between: Array(between.utf8), after: Array(after.utf8))
            case .has(let source):
                filled += Array((has(source) ? "yes" : "no").utf8)
            }
        }
        return filled
    }

    /// Empty where nothing was sent, nil where several values or a tree were.
    private func value(_ selector: Selector) -> [UInt8]? {
        switch find(selector) {
        case .absent: []
        case .text(let bytes): bytes
        case .several, .tree: nil
        }
    }

    private func has(_ source: Template.Source) -> Bool {
        switch source {
        case .query: !request.query.isEmpty
        case .form: !decoded.form.isEmpty
        case .body: !request.body.isEmpty
        }
    }

    private func sorted(_ sources: [Template.Source], between: [UInt8], after: [UInt8]) -> [UInt8] {
        let fields = sources.flatMap { $0 == .query ? decoded.query : decoded.form }
        let pairs = Set(fields.map { [Array($0.name.utf8), $0.bytes] }).sorted { left, right in
            left[0] == right[0]
                ? left[1].lexicographicallyPrecedes(right[1]) : left[0].lexicographicallyPrecedes(right[0])
        }
        return Array(pairs.map { $0[0] + between + $0[1] }.joined(separator: after))
    }

    private func headers(_ name: String, part: String?) -> [[UInt8]] {
        let values = request.headers.filter { $0.name == name }.map(\.value)
        guard let part else { return values.map { Array($0.utf8) } }
        return values.flatMap { $0.split(separator: ",") }.compactMap { piece in
            let piece = piece.drop { $0 == " " }
            guard let equals = piece.firstIndex(of: "="), piece[..<equals] == part else { return nil }
            return Array(piece[piece.index(after: equals)...].utf8)
        }
    }

    private static func withPort(_ url: String) -> String {
        guard let scheme = url.firstRange(of: "://") else { return url }
        let rest = url[scheme.upperBound...]
        let host = rest.prefix { !"/?#".contains($0) }
        // The colons of an IPv6 address stand within brackets.
        guard !host.drop(while: { $0 != "]" }).contains(":"), host.hasPrefix("[") || !host.contains(":")
        else {
            return url
        }
        return url[..<host.endIndex] + (url.hasPrefix("https:") ? ":443" : ":80") + rest[host.endIndex...]
    }

    private static func found(_ fields: [DecodedField], _ name: String) -> Found {
        guard let first = fields.firstIndex(where: { $0.name == name }) else { return .absent }
        let rest = fields[(first + 1)...].filter { $0.name == name }
        return rest.isEmpty ? .text(fields[first].bytes) : .several([fields[first].bytes] + rest.map(\.bytes))
    }

    private static func found(_ values: [[UInt8]]) -> Found {
        values.count > 1 ? .several(values) : values.first.map(Found.text) ?? .absent
    }

    private static func found(_ value: JSON?) -> Found {
        guard let value, value != .null else { return .absent }
        return value.scalar.map { .text(Array($0.utf8)) } ?? .tree(value)
    }
}
