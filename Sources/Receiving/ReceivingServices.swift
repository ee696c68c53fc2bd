public import Adapters
public import Contacts
public import Logging
public import Postgres

/// What receiving needs of the rest of the program.
public struct ReceivingServices: Sendable {
    public var journal: Journal
    /// For lookups; see ``lookupOptions``.
    public var lookups: ConnectionPool
    public var scripts: ScriptPool
    public var rejections: Rejections
    public var channels: ChannelDirectory
    /// Adapters in force in this process.
    public var adapters: @Sendable () -> AdapterSnapshot
    public var metrics: ReceivingMetrics
    public var proxies: TrustedProxies
    /// What providers call, without a trailing slash.
    public var publicURL: String
    public var limits: ReceivingLimits
    /// Of the server that these requests come by.
    public var room = ConnectionRoom(connections: .max)
    public var now: @Sendable () -> Instant
    public var log: Logger
    let rates = RateLimiter()

    public init(
        journal: Journal, lookups: ConnectionPool, scripts: ScriptPool, rejections: Rejections,
        channels: ChannelDirectory, adapters: @escaping @Sendable () -> AdapterSnapshot,
        metrics: ReceivingMetrics,
        proxies: TrustedProxies, publicURL: String, limits: ReceivingLimits = ReceivingLimits(),
        now: @escaping @Sendable () -> Instant, log: Logger
    ) {
        self.journal = journal
        self.lookups = lookups
        self.scripts = scripts
        self.rejections = rejections
        self.channels = channels
        self.adapters = adapters
        self.metrics = metrics
        self.proxies = proxies
        self.publicURL = publicURL
        self.limits = limits
        self.now = now
        self.log = log
    }

    /// How the connections of ``lookups`` are opened; two of them suffice.
    public static var lookupOptions: ConnectionOptions {
        ConnectionOptions(
            role: "leadgate_serve", applicationName: "leadgate lookup", statementTimeout: .milliseconds(150),
            lockTimeout: .milliseconds(150), connectTimeout: .seconds(2), silence: .seconds(2))
    }
}

/// Bounds on what a stranger can take up.
public struct ReceivingLimits: Sendable, Hashable {
    /// From a request's head to the answer to "who is calling?".
    public var lookup = Duration.milliseconds(200)
    /// From a request's head to its body's last byte.
    public var body = Duration.seconds(10)
    /// Submissions a minute that one address may go on making to one form; a channel's setting `rate` replaces it.
    public var formRate = 10
    /// Submissions that it may make at once; a channel's setting `burst` replaces it.
    public var formBurst = 5

    public init() {}
}
