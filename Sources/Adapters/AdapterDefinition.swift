import OpenSSL

/// The data of an `adapter.lua`: everything but its functions, read once and evaluated without a script
/// (DESIGN §7).
public struct AdapterDefinition: Sendable {
    /// Unique over all kinds and the folder's name: lower-case letters, digits and hyphens.
    public let name: String
    public let kind: AdapterKind
    /// The provider's name for people.
    public let title: String
    public let accepts: AcceptRule
    /// By name.
    public let settings: [SettingDefinition]
    let handshakes: [Handshake]
    public let phones: PhoneRules
    /// All must pass.
    let verify: [VerifyRule]
    let eventKey: [Selector]
    /// For requests that none of ``eventKey`` is found in: how long the digest of the whole counts as the
    /// same event.
    public let repeatWindow: Duration
    let lookup: LookupRule?
    let reply: ReplyProfile
    /// Fields that the signature does not cover, for people who read the catalogue.
    public let unsigned: [String]
    /// What nobody has seen working yet, in a sentence for people; nil where the adapter is proven.
    public let unproven: String?
    /// Whether the script has an `answer` function for lookups.
    public let hasAnswer: Bool

    /// Whether the gateway can prove who sent a request by more than the URL's token.
    public var isVerified: Bool { !verify.isEmpty }

    public func setting(_ name: String) -> SettingDefinition? { settings.first { $0.name == name } }
}

/// Which requests an adapter takes.
public struct AcceptRule: Sendable, Hashable {
    /// Upper case; `HEAD` and `OPTIONS` are the gateway's own.
    public let methods: [String]
    public let body: BodyKind
    /// The largest body in bytes, 1...16 MiB; refused before it is read.
    public let limit: Int
    /// A form field whose text is JSON, or base 64 of it, and is read as such (`json` for Mango).
    public let jsonField: String?
    /// Paths in the JSON at which a text is JSON again; each is replaced by what it says, in this order (Wix).
    public let jsonTexts: [String]
}

/// How a body is read.
public enum BodyKind: String, Sendable, CaseIterable {
    /// `application/x-www-form-urlencoded`; names are kept as sent (`a[b]`).
    case form
    /// The same, and names in brackets become nested objects for the script.
    case formBrackets = "form-brackets"
    case json
    /// Nothing is read from the body; all is in the query.
    case query
    case multipart
    /// XML, read as JSON (``JSON/init(xml:)``).
    case xml
    /// A JSON Web Token, whose claims are read; it needs a rule of kind `jwt`.
    case jwt
    /// By media type, and by the first byte where it is missing or wrong: a form, JSON or XML.
    case any
}

/// One setting of a channel.
public struct SettingDefinition: Sendable, Hashable {
    public let name: String
    public let isSecret: Bool
    public let isRequired: Bool
    /// Taken where the channel gives none.
    public let fallback: String?
}

/// A value must be there, or be one of some.
struct Condition: Sendable, Hashable {
    enum Test: Sendable, Hashable {
        case present
        case absent
        case oneOf([String])
    }
    let selector: Selector
    let test: Test
}

/// A probe of the provider and the answer to it.
struct Handshake: Sendable {
    /// Empty: any of the accepted ones.
    let methods: [String]
    let conditions: [Condition]
    /// What the probe itself must prove (Meta's `hub.verify_token`); nil for nothing.
    let verify: VerifyRule?
    let reply: ReplyTemplate
}

/// When a provider waits for the caller's name, and where it says the number.
struct LookupRule: Sendable {
    let conditions: [Condition]
    let phone: Selector
}

/// The answer to accepted requests: the first case that fits, else the default.
struct ReplyProfile: Sendable {
    struct Case: Sendable {
        let conditions: [Condition]
        let reply: ReplyTemplate
    }
    let standard: ReplyTemplate
    let cases: [Case]
}

struct ReplyTemplate: Sendable {
    let status: Int
    let headers: [HeaderTemplate]
    let body: Template
    /// Media type where the headers name none; nil for no body.
    let type: String?

    struct HeaderTemplate: Sendable {
        let name: String
        let value: Template
    }

    var templates: [Template] { [body] + headers.map(\.value) }

    /// 200 without a body.
    static let empty = ReplyTemplate(status: 200, headers: [], body: Template(parts: []), type: nil)
}

/// One check of a request's origin.
struct VerifyRule: Sendable {
    enum Kind: String, Sendable, CaseIterable {
        case hmac, hash, rsa, ed25519, jwt
        case fixed = "static"
        case basic
        case allowList = "allow_list"
        case equals
    }
    let kind: Kind
    let hash: HashFunction
    /// For `static`, `basic` and `equals` the expected text, else the key; any of them verifies. Empty for kinds without.
    let keys: [Template]
    let keyEncoding: KeyEncoding
    let from: Selector
    let encoding: SignatureEncoding
    /// Stands before the signature (`sha256=`, `Bearer `).
    let prefix: String
    /// The location may hold several signatures, comma-separated; any verifies.
    let isList: Bool
    /// What may have been signed; any of them verifies. Empty for kinds without.
    let strings: [StringChoice]
    let timestamp: Selector?
    /// Whole seconds that the timestamp may differ from now, either way.
    let tolerance: Int
    /// Addresses and networks of an allow-list.
    let addresses: [Template]
    /// Passed over where no key of it has all its settings.
    let isOptional: Bool
    /// For kind `jwt`.
    let token: TokenRule?

    /// The word kept with the event.
    var word: String {
        switch kind {
        case .hmac, .hash, .rsa: "\(kind.rawValue)-\(hash.rawValue)"
        case .jwt: "jwt-\(token?.algorithm.rawValue.lowercased() ?? "")"
        default: kind.rawValue
        }
    }
}

/// The text that is signed, which may depend on the request.
struct StringChoice: Sendable {
    /// Nil: always the default.
    let subject: Template?
    let cases: [String: Template]
    /// Nil: a request that fits no case is refused.
    let standard: Template?

    /// Those that may be signed.
    var strings: [Template] { cases.values + [standard].compactMap { $0 } }
}
