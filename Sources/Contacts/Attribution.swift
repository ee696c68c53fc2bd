import JSON

/// Gathers where somebody came from. What is said first stays: an explicit field before the page's own parameters, those
/// before cookies, those before the address of the request's page and of the page before it. Source: forms.md B.4.
struct Attribution {
    private var said: [(key: String, value: String)] = []
    private var pages: [AttributionKey: String] = [:]
    private var cookies: [(key: String, value: String)] = []
    private var bundles: [(key: String, value: String)] = []

    /// Takes a field of the form or of the request's query.
    ///
    /// - Returns: false if the value does not fit what its name says.
    mutating func take(_ key: AttributionKey, _ value: String) -> Bool {
        let value = value.trimmed
        guard !value.isEmpty else { return true }
        switch key {
        case .parameter(let name): said.append((name, value))
        case .page where !Attribution.isPlace(value):
            guard value.utf8.count <= 400 else { return false }
            put(.pageTitle, value)
        case .referrer, .landing:
            guard Attribution.isPlace(value) else { return false }
            put(key, value)
        case .page, .pageTitle, .form, .formID: put(key, value)
        case .cookies: takeCookies(value)
        case .bundle: bundles += Attribution.bundled(value)
        }
        return true
    }

    /// The first one stays.
    private mutating func put(_ key: AttributionKey, _ value: String) {
        if pages[key] == nil { pages[key] = value }
    }

    private mutating func takeCookies(_ text: String) {
        for pair in text.kept(bytes: Limit.field).split(separator: ";") {
            let sides = pair.split(separator: "=", maxSplits: 1)
            guard sides.count == 2 else { continue }
            let (name, value) = (sides[0].trimmed, sides[1].trimmed)
            if name == "TILDAUTM" {
                cookies += Attribution.bundled(percentDecoded(value[...]))
            } else if AttributionKey.cookieNames.contains(name),
                case .parameter(let key)? = AttributionKey(query: name)
            {
                cookies.append((key, value))
            }
        }
    }

    /// Everything gathered, at most 50 members; then what the request's query adds.
    ///
    /// - Parameter query: read like an address's parameters; a `page_url` or `referrer` in it stands where the form has
    ///   none.
    func result(query: [ContactField]) -> JSONObject {
        var asked = Attribution()
        var extra: [(key: String, value: String)] = []
        for field in query.prefix(Limit.fields) {
            let name = field.name.lowercased()
            if let key = AttributionKey(query: name), case .parameter(let parameter) = key {
                extra.append((parameter, field.value.trimmed))
            } else if let key = FieldName(field.name).spellings.lazy.compactMap(AttributionKey.init(field:))
                .first
            {
                switch key {
                case .page, .landing, .referrer, .pageTitle, .form, .formID: _ = asked.take(key, field.value)
                case .parameter, .cookies, .bundle: continue
                }
            }
        }
        var object = JSONObject()
        func add(_ pairs: [(key: String, value: String)]) {
            for (key, value) in pairs where object.count < Limit.attributions && object[key] == nil {
                object[key] = value.kept(characters: Limit.attribution).map(JSON.string)
            }
        }
        add(said)
        add(bundles)
        add(extra)
        add(Attribution.parameters(pages[.page]))
        add(Attribution.parameters(pages[.landing]))
        add(cookies)
        add(Attribution.parameters(asked.pages[.page]))
        add(Attribution.parameters(asked.pages[.landing]))
        add(Attribution.parameters(pages[.referrer] ?? asked.pages[.referrer]))
        let names: [(AttributionKey, String)] = [
            (.page, "page"), (.pageTitle, "page_title"), (.landing, "landing_page"), (.referrer, "referrer"),
            (.form, "form"), (.formID, "form_id"),
        ]
        for (key, name) in names {
            if let value = pages[key] ?? asked.pages[key] {
                object[name] = value.kept(characters: Limit.address).map(JSON.string)
            }
        }
        return object
    }

    // MARK: - Texts

    private static func isPlace(_ value: String) -> Bool {
        value.utf8.count <= Limit.field && (FieldShape.isAddress(value) || value.hasPrefix("/"))
    }

    /// The parameters of an address that are worth keeping, in their order.
    static func parameters(_ address: String?) -> [(key: String, value: String)] {
        guard let address, let mark = address.utf8.firstIndex(of: UInt8(ascii: "?")) else { return [] }
        let query = address.utf8[mark...].dropFirst().prefix { $0 != UInt8(ascii: "#") }
        return pairs(Substring(query), separators: "&;").compactMap { name, value in
            guard case .parameter(let key)? = AttributionKey(query: name) else { return nil }
            return (key, value)
        }
    }

    /// `utm_source=a&utm_medium=b`, `source=a|medium=b`, `utm_source=a|||utm_medium=b`, or such an object as JSON.
    private static func bundled(_ text: String) -> [(key: String, value: String)] {
        let text = text.trimmed.kept(bytes: Limit.field)
        let found: [(String, String)]
        if text.hasPrefix("{"), let object = (try? JSON.parse(text))?.object {
            found = object.compactMap { name, value in value.scalar.map { (name.lowercased(), $0) } }
        } else {
            found = pairs(text.drop { $0 == "?" }, separators: "&|;")
        }
        return found.compactMap { name, value in
            let spelling = name.hasPrefix("utm_") ? String(name.dropFirst(4)) : name
            if case .parameter(let key)? = AttributionKey(query: name), !name.hasPrefix("utm_"),
                name != "source"
            {
                return (key, value)
            }
            guard !spelling.isEmpty, spelling.utf8.count <= Limit.word - 4,
                case .parameter(let key)? = AttributionKey(
                    field: "utm " + spelling.split(separator: "_").joined(separator: " "))
            else { return nil }
            return (key, value)
        }
    }

    /// Names lower case, both sides percent-decoded once; pairs without a value left out.
    private static func pairs(_ text: Substring, separators: String) -> [(String, String)] {
        let separators = Array(separators.utf8)
        return text.utf8.split(maxSplits: 100) { separators.contains($0) }.compactMap { pair in
            let sides = pair.split(separator: UInt8(ascii: "="), maxSplits: 1)
            guard sides.count == 2 else { return nil }
            let name = percentDecoded(Substring(sides[0])).trimmed.lowercased()
            let value = percentDecoded(Substring(sides[1])).trimmed
            return value.isEmpty ? nil : (name, value)
        }
    }
}

/// `%XX` and `+` read; what is no UTF-8 then is repaired with U+FFFD.
func percentDecoded(_ text: Substring) -> String {
    guard text.utf8.contains(where: { $0 == UInt8(ascii: "%") || $0 == UInt8(ascii: "+") }) else {
        return String(text)
    }
    var bytes: [UInt8] = []
    var rest = text.utf8[...]
    func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x37
        case 0x61...0x66: byte - 0x57
        default: nil
        }
    }
    while let byte = rest.popFirst() {
        if byte == UInt8(ascii: "%"), let first = rest.first.flatMap(digit),
            let second = rest.dropFirst().first.flatMap(digit)
        {
            bytes.append(first << 4 | second)
            rest = rest.dropFirst(2)
        } else {
            bytes.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
        }
    }
    return String(decoding: bytes, as: UTF8.self)
}
