import Adapters
public import Hummingbird
public import NIOCore

/// In this room a channel is a configured way in; NIO's are connections and spelled in full.
typealias Channel = Adapters.Channel

/// What a request's handlers know of the connection it came by.
public struct GatewayContext: RemoteAddressRequestContext {
    public var coreContext: CoreRequestContextStorage
    /// The connection.
    public let channel: any NIOCore.Channel
    /// The peer: the client, or the proxy in front.
    public var remoteAddress: SocketAddress? { channel.remoteAddress }

    public init(source: ApplicationRequestContextSource) {
        coreContext = CoreRequestContextStorage(source: source)
        channel = source.channel
    }
}

extension GatewayContext {
    /// Ends the connection a moment after the answer, for a client that is still sending what nobody will read.
    func closeSoon() {
        let channel = channel
        channel.eventLoop.scheduleTask(in: .seconds(1)) { channel.close(promise: nil) }
    }
}
