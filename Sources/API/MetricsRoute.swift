import Adapters
import HTTPTypes
import Hummingbird
import NIOCore
import OpenSSL
import Telemetry

extension RouteTable where Context: RemoteAddressRequestContext {
    /// `/metrics`: for everybody on this machine, else by the token of the setting.
    func addMetrics() {
        let services = services
        let (queues, database) = (QueueFigures(services: services), DatabaseFigures(services: services))
        open("metrics") { request, context in
            guard mayScrape(request.headers, from: context.remoteAddress, services: services) else {
                throw APIFailure.unauthorized(isMissing: request.headers[.authorization] == nil)
            }
            // Both at once, so that a scrape waits for the slower of them only.
            async let asked: Void = database.refresh()
            await queues.refresh()
            await asked
            return .text(
                services.metrics.render(), type: mediaType(accepted: request.headers[.accept]))
        }
    }
}

/// A request that a proxy on this machine passed on comes from somebody else, whatever its address.
private func mayScrape(_ headers: HTTPFields, from address: SocketAddress?, services: APIServices) -> Bool {
    if let token = services.metricsToken, !token.isEmpty {
        let given = headers[.authorization].map { Array($0.utf8) } ?? []
        if constantTimeEqual(given, Array("Bearer \(token.reveal())".utf8)) { return true }
    }
    guard !headers.contains(where: { isProxyHeader($0.name.canonicalName) }) else { return false }
    return address?.isLoopback ?? false
}

private func isProxyHeader(_ name: String) -> Bool {
    name.hasPrefix("x-forwarded-") || ["forwarded", "x-real-ip", "via"].contains(name)
}

extension SocketAddress {
    /// 127.0.0.0/8, ::1, the same mapped into IPv6, or a socket file.
    var isLoopback: Bool {
        switch self {
        case .unixDomainSocket: true
        case .v4, .v6:
            ipAddress.map {
                $0 == "::1" || $0.hasPrefix("127.") || $0.lowercased().hasPrefix("::ffff:127.")
            } ?? false
        }
    }
}

/// OpenMetrics unless the caller asks for something else, as a browser does.
func mediaType(accepted: String?) -> String {
    guard let accepted = accepted?.lowercased(), accepted != "*/*",
        !accepted.contains("application/openmetrics-text")
    else { return Metrics.contentType }
    return "text/plain; version=0.0.4; charset=utf-8"
}
