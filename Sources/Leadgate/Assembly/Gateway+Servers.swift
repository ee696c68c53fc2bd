import API
import Configuring
import Foundation
import Glibc
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import Receiving
import ServiceLifecycle

extension Gateway {
    /// The HTTP server, and one more for `/metrics` where that has an address of its own.
    func makeServers(_ receiving: ReceivingServices?, _ api: APIServices) -> [any Service] {
        let router = Router(context: GatewayContext.self)
        router.middlewares.add(RequestLimits(log: Logger(label: "leadgate.http")))
        if let receiving { addReceivingRoutes(to: router, services: receiving, problems: ProblemKind.ofAPI) }
        let parts: APIParts = roles.contains(.console) ? [.programs, .health] : [.health]
        let own = settings.configuration.metrics.listen
        addAPIRoutes(to: router, services: api, parts: own == nil ? parts.union(.metrics) : parts)
        var servers = [server(router, at: settings.configuration.listen)]
        if let own {
            let figures = Router(context: GatewayContext.self)
            figures.middlewares.add(RequestLimits(log: Logger(label: "leadgate.http")))
            addAPIRoutes(to: figures, services: api, parts: [.health, .metrics])
            servers.append(server(figures, at: own))
        }
        return servers
    }

    private func server(_ router: Router<GatewayContext>, at address: Address) -> any Service {
        var quiet = Logger(label: "leadgate.http")
        quiet.logLevel = .critical
        let log = log
        let application = Application(
            router: router,
            server: HTTPServerBuilder { responder in
                LoopBoundChannel(
                    channel: HTTP1Channel(
                        responder: responder,
                        configuration: .init(
                            additionalChannelHandlers: [HeadDeadline()], idleTimeout: .seconds(75),
                            httpDecoderConfiguration: .init(
                                maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 64 << 10,
                                maxHeaderFieldCount: 128))))
            },
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port), backlog: 4_096,
                availableConnectionsDelegate: MaximumAvailableConnections(
                    settings.configuration.limits.connections, logger: quiet)),
            onServerRunning: { _ in log.info("serving", metadata: ["address": "\(address)"]) }, logger: quiet)
        return Listening(address: address, server: application)
    }
}

/// A server, whose failure to listen is told in words.
private struct Listening: Service {
    let address: Address
    let server: any Service

    func run() async throws {
        do {
            try await server.run()
        } catch let error as IOError {
            throw CommandFailure(
                "cannot listen at \(address): \(unsafe String(cString: strerror(error.errnoCode)))")
        } catch let error as SocketAddressError {
            throw CommandFailure("cannot listen at \(address): \(error)")
        }
    }
}
