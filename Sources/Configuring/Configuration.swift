public import Adapters

/// Everything an installation is told, read once from arguments, environment, file and defaults.
///
/// Secrets are of type `Secret`, so that printing or dumping a configuration shows dashes.
public struct Configuration: Sendable {
    /// The file it was read from, as it was named.
    public let file: String
    /// Where HTTP is served.
    public var listen: Address
    /// What providers call, without a trailing slash, as `https://leads.example.com`; used in signatures over the URL.
    public var publicURL: String
    /// The folder of the embedded database and, later, of spool and attachments; absolute.
    public var data: String
    /// The database's URL; nil: a private PostgreSQL cluster under ``data``.
    public var database: Secret?
    /// A URL whose role may change the schema; with it `serve` migrates at its start.
    public var migrateDatabase: Secret?
    /// The folder of adapters; absolute.
    public var adapters: String
    /// Keys in the order of the file; `main` where there is one only.
    public var workspaces: [String]
    /// Of all workspaces, in the order of the file; no two have one key.
    public var channels: [Channel]
    /// Each workspace's own for imports, in the order of ``workspaces``.
    public var imports: [Channel]
    /// Addresses and networks whose `X-Forwarded-For` is believed, as `10.0.0.0/8`; or a single whole number: so many
    /// proxies stand in front.
    public var trustedProxies: [String]
    /// How long the raw requests are kept.
    public var retention: Duration
    public var limits: Limits
    public var metrics: Metrics
    /// What works but is unwise, in the order of the file.
    public var warnings: [Mistake]

    /// Bounds on what strangers can take up. The defaults suit a small machine.
    public struct Limits: Sendable, Hashable {
        /// Open HTTP connections, 1...100,000.
        public var connections = 10_000
        /// Requests that wait for the journal's commit, 1...1,000,000; above it 503 with Retry-After is answered.
        public var journal = 4096
        /// Bytes that may wait on the disk while the database is away, 1 MiB...1 TiB; 0: nothing is spooled.
        public var spool = 1 << 30
        /// Submissions that one address may make at once to one form, 1...10,000.
        public var formBurst = 20
        /// Submissions a minute that one address may go on making, 1...100,000.
        public var formRate = 30
        /// The time a caller lookup may take before the neutral answer, 10 ms...2 s.
        public var lookup = Duration.milliseconds(200)

        public init() {}
    }

    /// Who may read `/metrics`.
    public struct Metrics: Sendable, Hashable {
        /// An address of its own for `/metrics`; nil: the one of everything else.
        public var listen: Address?
        /// Opens `/metrics` to callers from elsewhere; nil: only this machine's own programs may read it.
        public var token: Secret?

        public init() {}
    }
}

extension Configuration {
    /// Those of the file and those that every workspace has.
    public var allChannels: [Channel] { channels + imports }

    /// What is not put in force by a reload, by name: what differs here from `other`, the configuration that the
    /// program was started with.
    public func needsRestart(since other: Configuration) -> [String] {
        [
            ("listen", listen != other.listen),
            ("public_url", publicURL != other.publicURL),
            ("data", data != other.data),
            ("database", database != other.database),
            ("migrate_database", migrateDatabase != other.migrateDatabase),
            ("adapters", adapters != other.adapters),
            ("trusted_proxies", trustedProxies != other.trustedProxies),
            ("retention", retention != other.retention),
            ("limits", limits != other.limits),
            ("metrics", metrics != other.metrics),
        ].filter(\.1).map(\.0)
    }
}
