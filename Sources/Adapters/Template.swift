import OpenSSL

/// A text with places to be filled from a request: `v0:{header.X-Slack-Request-Timestamp}:{body}`.
///
/// `{{` and `}}` stand for the braces themselves. Besides a selector a place may hold a ``Conversion`` of one, and
/// - `sorted(form)`, `sorted(query+form, "=", "&")`: every field in the order of names, values of one name in
///   order and
///   once each; the first text stands between name and value, the second between fields;
/// - `has(query)`, `has(form)`, `has(body)`: `yes` or `no`.
struct Template: Sendable, Hashable {
    enum Source: String, Sendable {
        case query, form, body
    }
    enum Part: Sendable, Hashable {
        case text([UInt8])
        case value(Selector)
        case converted(Selector, Conversion)
        case sorted([Source], between: String, after: String)
        case has(Source)
    }
    let parts: [Part]

    init(parts: [Part]) { self.parts = parts }

    /// A text without places.
    init(literal: String) { parts = literal.isEmpty ? [] : [.text(Array(literal.utf8))] }

    /// The text of a template without places; nil if it has one.
    var literal: [UInt8]? {
        switch parts.first {
        case nil: []
        case .text(let text) where parts.count == 1: text
        default: nil
        }
    }

    /// The selectors in it, those of keys too.
    var selectors: [Selector] {
        parts.flatMap { part -> [Selector] in
            switch part {
            case .value(let selector): [selector]
            case .converted(let selector, .hmac(_, let key, _)): [selector, key]
            case .converted(let selector, _): [selector]
            case .text, .sorted, .has: []
            }
        }
    }

    /// The names of the settings in it, and whether the token is.
    var settings: Set<String> { Set(selectors.compactMap(\.settingName)) }

    /// The settings and the token that can be read in what it gives: all but the keys of an ``Conversion/hmac(_:key:_:)``.
    var shown: [Selector] {
        parts.compactMap {
            switch $0 {
            case .value(let selector) where selector.isConfigured: selector
            case .converted(let selector, _) where selector.isConfigured: selector
            default: nil
            }
        }
    }

    /// Whether it only holds what the channel's owner configured and the URL, so that it may go into an
    /// answer.
    var isFixed: Bool {
        parts.allSatisfy {
            switch $0 {
            case .text: true
            case .value(let selector), .converted(let selector, _):
                selector.isConfigured || selector == .urlBase
            case .sorted, .has: false
            }
        }
    }
}

/// Why a text is no template.
struct TemplateProblem: Error {
    let message: String
}

extension Template {
    init(_ text: String) throws(TemplateProblem) {
        var parts: [Part] = []
        var literal: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "{") || byte == UInt8(ascii: "}"), rest.first == byte {
                literal.append(byte)
                rest.removeFirst()
            } else if byte == UInt8(ascii: "{") {
                guard let end = rest.firstIndex(of: UInt8(ascii: "}")) else {
                    throw TemplateProblem(message: "a { without its } (write {{ for a brace)")
                }
                if !literal.isEmpty { parts.append(.text(literal)) }
                literal = []
                parts.append(try Template.place(String(decoding: rest[..<end], as: UTF8.self)))
                rest = rest[(end + 1)...]
            } else if byte == UInt8(ascii: "}") {
                throw TemplateProblem(message: "a } without its { (write }} for a brace)")
            } else {
                literal.append(byte)
            }
        }
        if !literal.isEmpty { parts.append(.text(literal)) }
        self.parts = parts
    }

    private static func place(_ text: String) throws(TemplateProblem) -> Part {
        if let selector = Selector(text) { return .value(selector) }
        guard text.hasSuffix(")"), let open = text.firstIndex(of: "(") else {
            throw TemplateProblem(message: "{\(text)} is no place to read from; \(known)")
        }
        let name = String(text[..<open])
        let arguments = Template.arguments(text[text.index(after: open)...].dropLast())
        switch (name, arguments.count) {
        case ("has", 1):
            if let source = Source(rawValue: arguments[0]) { return .has(source) }
        case ("sorted", 1...3):
            let names = arguments[0].split(separator: "+").map(String.init)
            let sources = names.compactMap(Source.init(rawValue:)).filter { $0 != .body }
            if !sources.isEmpty, sources.count == names.count {
                return .sorted(
                    sources, between: arguments.count > 1 ? arguments[1] : "",
                    after: arguments.count > 2 ? arguments[2] : "")
            }
        default:
            if let part = Conversion.part(name, arguments) { return part }
        }
        throw TemplateProblem(message: "{\(text)} is no function of templates; \(known)")
    }

    private static let known =
        "known are body, method, url, url_port, url_base, path.tail, token, query.x, form.x, json.a.b, header.X, "
        + "header.X#part, settings.x, a|b, sorted(form), has(query), urlenc(json.a), xmlenc(json.a), "
        + "jsonenc(json.a), lower(json.a), hash(sha256, body), hmac(sha256, settings.x, body)"

    /// Comma-separated arguments without blanks around them; a quoted one is taken as it is.
    private static func arguments(_ text: Substring) -> [String] {
        var arguments = [""]
        var isQuoted = false
        for character in text {
            if character == "\"" {
                isQuoted.toggle()
            } else if character == ",", !isQuoted {
                arguments.append("")
            } else if isQuoted || character != " " {
                arguments[arguments.count - 1].append(character)
            }
        }
        return arguments
    }
}
