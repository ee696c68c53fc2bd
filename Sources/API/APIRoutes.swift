public import Hummingbird

/// What of the API a server has.
public struct APIParts: OptionSet, Sendable {
    public let rawValue: Int
    public init(rawValue: Int) { self.rawValue = rawValue }

    /// `/v1` and `/openapi.yaml`.
    public static let programs = APIParts(rawValue: 1)
    /// `/health/live` and `/health/ready`.
    public static let health = APIParts(rawValue: 2)
    /// `/metrics`.
    public static let metrics = APIParts(rawValue: 4)

    public static let all: APIParts = [.programs, .health, .metrics]
}

/// Adds what programs may ask: `/v1`, `/health`, `/metrics`, `/openapi.yaml`.
///
/// Everything of `/v1` needs a bearer token and stays inside its workspace; another workspace's ids answer 404 as
/// unknown ones do. Cross-origin calls are not allowed: no answer carries a CORS header.
public func addAPIRoutes<Context: RemoteAddressRequestContext>(
    to router: Router<Context>, services: APIServices, parts: APIParts = .all
) {
    let table = RouteTable(
        router: router, services: services, gate: Gate(pool: services.pool, now: services.now))
    if parts.contains(.health) { table.addHealth() }
    if parts.contains(.metrics) { table.addMetrics() }
    guard parts.contains(.programs) else { return }
    table.addOpenAPI()
    table.addEvents()
    table.addLeads()
    table.addCards()
    table.addChannels()
    table.addImport()
    table.nothing(at: "v1/**")
}
