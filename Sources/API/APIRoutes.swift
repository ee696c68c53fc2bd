public import Hummingbird

/// Adds what programs may ask: `/v1`, `/health`, `/metrics`, `/openapi.yaml`.
///
/// Everything of `/v1` needs a bearer token and stays inside its workspace; another workspace's ids answer 404 as
/// unknown ones do. Cross-origin calls are not allowed: no answer carries a CORS header.
public func addAPIRoutes<Context: RemoteAddressRequestContext>(
    to router: Router<Context>, services: APIServices
) {
    let table = RouteTable(
        router: router, services: services, gate: Gate(pool: services.pool, now: services.now))
    table.addHealth()
    table.addMetrics()
    table.addOpenAPI()
    table.addEvents()
    table.addLeads()
    table.addCards()
    table.addChannels()
    table.nothing(at: "v1/**")
}
