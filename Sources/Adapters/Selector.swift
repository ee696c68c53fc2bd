/// A place in a request, a channel or its settings that a value is read from: `form.caller_id`,
/// `header.X-Sign#v1`, `form.id|json.id`.
enum Selector: Sendable, Hashable {
    case body
    case method
    case url
    /// The URL with its port, also where that goes without saying.
    case urlPort
    /// The URL without its query.
    case urlBase
    /// What follows the token in the path.
    case tail
    case query(String)
    case form(String)
    /// Dotted, with numbers for places in arrays.
    case json(String)
    /// Name in lower case. A part names one value of a list like `t=1700000000,v1=ab12`.
    case header(String, part: String?)
    case setting(String)
    /// The channel's own URL token.
    case token
    /// The first of some places of the request that is there: `header.X-Sign|query.sig`.
    case firstOf([Selector])

    /// - Returns: nil if the text is no selector.
    init?(_ text: String) {
        guard !text.contains("|") else {
            let places = text.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
            let found = places.compactMap(Selector.init)
            // A secret in the place of what was not sent would match itself.
            guard found.count == places.count, !found.contains(where: \.isConfigured) else { return nil }
            self = .firstOf(found)
            return
        }
        switch text {
        case "body": self = .body
        case "method": self = .method
        case "url": self = .url
        case "url_port": self = .urlPort
        case "url_base": self = .urlBase
        case "path.tail": self = .tail
        case "token": self = .token
        default:
            guard let dot = text.firstIndex(of: ".") else { return nil }
            let name = String(text[text.index(after: dot)...])
            guard !name.isEmpty else { return nil }
            switch text[..<dot] {
            case "query": self = .query(name)
            case "form": self = .form(name)
            case "json": self = .json(name)
            case "settings": self = .setting(name)
            case "header":
                let parts = name.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
                guard let first = parts.first, !first.isEmpty, parts.count == 1 || !parts[1].isEmpty else {
                    return nil
                }
                self = .header(first.lowercased(), part: parts.count == 2 ? String(parts[1]) : nil)
            default: return nil
            }
        }
    }

    /// Whether the value comes from who configured the channel, not from who sent the request.
    var isConfigured: Bool {
        switch self {
        case .setting, .token: true
        default: false
        }
    }

    /// Of a setting.
    var settingName: String? { if case .setting(let name) = self { name } else { nil } }

    /// The places it may read from, the preferred one first; just itself unless it is ``firstOf(_:)``.
    var places: [Selector] { if case .firstOf(let places) = self { places } else { [self] } }
}

extension Selector: CustomStringConvertible {
    var description: String {
        switch self {
        case .body: "body"
        case .method: "method"
        case .url: "url"
        case .urlPort: "url_port"
        case .urlBase: "url_base"
        case .tail: "path.tail"
        case .query(let name): "query.\(name)"
        case .form(let name): "form.\(name)"
        case .json(let path): "json.\(path)"
        case .header(let name, let part): "header.\(name)" + (part.map { "#" + $0 } ?? "")
        case .setting(let name): "settings.\(name)"
        case .token: "token"
        case .firstOf(let places): places.map(\.description).joined(separator: "|")
        }
    }
}
