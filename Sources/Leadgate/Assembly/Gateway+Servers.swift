import API
import Configuring
import Console
import Foundation
import Glibc
import Hummingbird
import HummingbirdCore
import Logging
import NIOCore
import NIOPosix
import Receiving
import ServiceLifecycle
import Telemetry

extension Gateway {
    /// The HTTP server, and one more for `/metrics` where that has an address of its own.
    func makeServers(_ receiving: ReceivingServices?, _ api: APIServices) -> [any Service] {
        let router = Router(context: GatewayContext.self)
        router.middlewares.add(RequestLimits(log: Logger(label: "leadgate.http")))
        let room = makeRoom()
        if var receiving {
            receiving.room = room
            addReceivingRoutes(to: router, services: receiving, problems: ProblemKind.ofAPI)
        }
        let parts: APIParts = roles.contains(.console) ? [.programs, .health] : [.health]
        if roles.contains(.console) {
            addConsoleRoutes(
                to: router,
                services: ConsoleServices(
                    api: api, publicURL: settings.configuration.publicURL,
                    proxies: TrustedProxies(settings.configuration.trustedProxies)))
        }
        let own = settings.configuration.metrics.listen
        addAPIRoutes(to: router, services: api, parts: own == nil ? parts.union(.metrics) : parts)
        var servers = [server(router, at: settings.configuration.listen, room)]
        if let own {
            let figures = Router(context: GatewayContext.self)
            figures.middlewares.add(RequestLimits(log: Logger(label: "leadgate.http")))
            addAPIRoutes(to: figures, services: api, parts: [.health, .metrics])
            servers.append(server(figures, at: own, ConnectionRoom(connections: Self.ownFiles / 2)))
        }
        return servers
    }

    private func makeRoom() -> ConnectionRoom {
        let early = metrics.counter(
            "leadgate_connections_closed_early",
            help: "Connections without a whole request that made room for others.")
        let room = ConnectionRoom(connections: connectionLimit) { early.add() }
        metrics.gauge("leadgate_connections", help: "Open connections.") { Double(room.open) }
        metrics.gauge("leadgate_reading_bytes", help: "Bytes of request bodies that are being read.") {
            Double(room.reading)
        }
        return room
    }

    /// Descriptors for everything but the clients' connections: the database's, files, the server of `/metrics`.
    private static let ownFiles = 128

    /// As configured, but no more than this process may have files open.
    private var connectionLimit: Int {
        let wanted = settings.configuration.limits.connections
        var files = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files) == 0 else {
            return wanted
        }
        let possible = max(16, Int(clamping: files.rlim_cur) - Self.ownFiles)
        if possible < wanted {
            log.warning(
                "fewer connections than limits.connections: raise the limit of open files (ulimit -n)",
                metadata: ["wanted": "\(wanted)", "possible": "\(possible)"])
        }
        return min(wanted, possible)
    }

    private func server(
        _ router: Router<GatewayContext>, at address: Address, _ room: ConnectionRoom
    ) -> any Service {
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
                            additionalChannelHandlers: [HeadDeadline(room: room)], idleTimeout: .seconds(75),
                            httpDecoderConfiguration: .init(
                                maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 64 << 10,
                                maxHeaderFieldCount: 128))))
            },
            configuration: ApplicationConfiguration(
                address: .hostname(address.host, port: address.port), backlog: 4_096,
                availableConnectionsDelegate: room),
            onServerRunning: { _ in log.info("serving", metadata: ["address": "\(address)"]) }, logger: quiet)
        return Listening(address: address, server: application)
    }
}

/// A server, whose failure to listen is told in words.
private struct Listening: Service {
    let address: Address
    let server: any Service

    func run() async throws {
        try await address.listening { try await server.run() }
    }
}

extension Address {
    /// Tells at once, before anything is changed, that it is taken or not ours.
    func requireFree() async throws {
        try await listening {
            let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
                .bind(host: host, port: port).get()
            try await channel.close()
        }
    }

    /// Tells a failure to listen in words.
    fileprivate func listening(_ body: () async throws -> Void) async throws {
        do {
            try await body()
        } catch let error as IOError {
            throw CommandFailure(
                "cannot listen at \(self): \(unsafe String(cString: strerror(error.errnoCode)))")
        } catch let error as SocketAddressError {
            throw CommandFailure("cannot listen at \(self): \(error)")
        }
    }
}
