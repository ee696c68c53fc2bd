import OpenSSL

/// One configured way in: an account, a mailbox, a form.
///
/// Its description and mirror show keys only, so that neither a secret nor a person's point can leak through
/// a log.
public struct Channel: Sendable, Hashable {
    /// The tenant's key; `main` where there is one only.
    public let workspace: String
    /// Derived from ``workspace``; see ``identifier(ofWorkspace:)``.
    public let workspaceID: Int64
    /// Unique in the installation.
    public let key: String
    /// Derived from ``key``; see ``identifier(of:)``.
    public let id: Int64
    /// The adapter's name (`zadarma`), or a source of the gateway's own (`imap`).
    public let adapter: String
    /// Tokens of the URL; any of them opens the channel (rotation). Empty for a form reached at
    /// `/form/{channel}`.
    public let tokens: [Secret]
    /// Settings that may be seen, by name; several values of one setting are alternatives.
    public let settings: [String: [String]]
    /// Settings that the adapter declares secret, by name; any value verifies (rotation).
    public let secrets: [String: [Secret]]
    /// The tokens and secrets that must not be kept with a request, longest first. Shorter ones than four bytes are not among
    /// them: they would blank half a request.
    public let hiddenTexts: [String]
    /// Default country of phone numbers, ISO 3166 as `UA`.
    public let region: String
    public let own: OwnPoints
    /// Replaces the adapter's rules where given.
    public let phones: PhoneRules?
    /// Web origins a form may be sent from, as `https://example.com`; empty: any.
    public let origins: [String]
    public let rules: ChannelRules
    /// No longer in the configuration: takes nothing in, its queue still drains.
    public let isRetired: Bool

    public init(
        workspace: String = "main", key: String, adapter: String, tokens: [Secret] = [],
        settings: [String: [String]] = [:], secrets: [String: [Secret]] = [:], region: String = "",
        own: OwnPoints = OwnPoints(), phones: PhoneRules? = nil, origins: [String] = [],
        rules: ChannelRules = ChannelRules(), isRetired: Bool = false
    ) {
        self.workspace = workspace
        self.workspaceID = Channel.identifier(ofWorkspace: workspace)
        self.key = key
        self.id = Channel.identifier(of: key)
        self.adapter = adapter
        self.tokens = tokens
        self.settings = settings
        self.secrets = secrets
        hiddenTexts = Set(
            (tokens + secrets.values.joined()).map { $0.reveal() }.filter { $0.utf8.count >= 4 }
        )
        .sorted { ($0.utf8.count, $0) > ($1.utf8.count, $1) }
        self.region = region
        self.own = own
        self.phones = phones
        self.origins = origins
        self.rules = rules
        self.isRetired = isRetired
    }

    /// The same channel, taking nothing in any more.
    public var retired: Channel {
        Channel(
            workspace: workspace, key: key, adapter: adapter, tokens: tokens, settings: settings,
            secrets: secrets,
            region: region, own: own, phones: phones, origins: origins, rules: rules, isRetired: true)
    }

    /// The values of a metric's labels `workspace` and `channel`.
    public var labels: [String] { [workspace, key] }

    /// Names of the settings that hold secrets.
    public var secretSettings: Set<String> { Set(secrets.keys) }

    /// Whether `token` is one of the channel's, in a time that does not tell how much of it was right.
    public func accepts(token: String) -> Bool {
        let given = Array(token.utf8)
        var isOne = false
        for candidate in tokens where !candidate.isEmpty {
            if constantTimeEqual(Array(candidate.reveal().utf8), given) { isOne = true }
        }
        return isOne
    }

    /// The channel's number: the first 63 bits of SHA-256 of `leadgate/channel/<key>`, so that a receiver
    /// needs no database to know it.
    public static func identifier(of key: String) -> Int64 { first63Bits("leadgate/channel/" + key) }

    /// The workspace's number: the same over `leadgate/workspace/<key>`.
    public static func identifier(ofWorkspace key: String) -> Int64 {
        first63Bits("leadgate/workspace/" + key)
    }

    private static func first63Bits(_ text: String) -> Int64 {
        let hash = digest(Array(text.utf8), .sha256)
        return Int64(hash.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) } >> 1)
    }
}

extension Channel: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "channel \(key) (\(adapter))" }
    public var debugDescription: String { description }
    public var customMirror: Mirror {
        Mirror(
            self, children: ["workspace": workspace, "key": key, "adapter": adapter], displayStyle: .struct)
    }
}

/// What is ours and so never a contact (DESIGN §8.2). Phones as configured; e-mails and domains in lower
/// case.
public struct OwnPoints: Sendable, Hashable {
    public var phones: [String]
    public var emails: [String]
    public var domains: [String]

    public init(phones: [String] = [], emails: [String] = [], domains: [String] = []) {
        self.phones = phones
        self.emails = emails
        self.domains = domains
    }
}

/// How an account writes phone numbers; an adapter's default that a channel may replace.
public struct PhoneRules: Sendable, Hashable {
    /// Digits come with the country code but without `+`: `+digits` is tried first.
    public var internationalWithoutPlus: Bool
    /// Words in the place of a number that mean "withheld", in lower case.
    public var anonymous: [String]

    public init(internationalWithoutPlus: Bool = false, anonymous: [String] = []) {
        self.internationalWithoutPlus = internationalWithoutPlus
        self.anonymous = anonymous.map { $0.lowercased() }
    }

    /// Whether `raw` stands for no number: blank, one of ``anonymous``, or a word that every PBX uses.
    public func isAnonymous(_ raw: String) -> Bool {
        let word = raw[...].trimmedBlanks.lowercased()
        return word.isEmpty || anonymous.contains(word) || PhoneRules.commonWords.contains(word)
    }

    private static let commonWords: Set<String> = [
        "anonymous", "restricted", "unknown", "private", "null", "withheld", "unavailable",
    ]
}

/// What a channel lets resolution do beyond the defaults of DESIGN §8.
public struct ChannelRules: Sendable, Hashable {
    /// The pipeline new leads go to.
    public var pipeline: String
    /// A lead closed less than this ago is reopened instead of a repeat lead. Nil: never.
    public var reopenWithin: Duration?
    /// Merge cards that an event links by strong points, instead of suggesting it.
    public var mergesAutomatically: Bool
    /// Time to answer a new lead; a missed call is due at once all the same. Nil: no due time.
    public var respondWithin: Duration?

    public init(
        pipeline: String = "sales", reopenWithin: Duration? = nil, mergesAutomatically: Bool = false,
        respondWithin: Duration? = nil
    ) {
        self.pipeline = pipeline
        self.reopenWithin = reopenWithin
        self.mergesAutomatically = mergesAutomatically
        self.respondWithin = respondWithin
    }
}
