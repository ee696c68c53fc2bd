public import NIOCore
public import NIOHTTPTypes

/// Closes a connection that does not bring a whole request head in time, however steadily its bytes drip.
///
/// Stands in the connection's pipeline after HTTP decoding (`HTTP1Channel.Configuration.additionalChannelHandlers`). The time
/// between two requests of one connection counts too.
public final class HeadDeadline: ChannelDuplexHandler, RemovableChannelHandler {
    public typealias InboundIn = HTTPRequestPart
    public typealias InboundOut = HTTPRequestPart
    public typealias OutboundIn = HTTPResponsePart
    public typealias OutboundOut = HTTPResponsePart

    private let limit: TimeAmount
    private let room: ConnectionRoom?
    private var alarm: Scheduled<Void>?
    /// Heads read whose answers are not written.
    private var open = 0

    /// - Parameters:
    ///   - limit: from the connection's begin, or the last answer's end, to the end of the next head.
    ///   - room: told while the connection owes a head.
    public init(limit: Duration = .seconds(30), room: ConnectionRoom? = nil) {
        self.limit = TimeAmount(limit)
        self.room = room
    }

    public func handlerAdded(context: ChannelHandlerContext) { start(context) }

    public func handlerRemoved(context: ChannelHandlerContext) { stop(context) }

    public func channelActive(context: ChannelHandlerContext) {
        start(context)
        context.fireChannelActive()
    }

    public func channelInactive(context: ChannelHandlerContext) {
        stop(context)
        context.fireChannelInactive()
    }

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head = unwrapInboundIn(data) {
            open += 1
            stop(context)
        }
        context.fireChannelRead(data)
    }

    public func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        if case .end = unwrapOutboundIn(data) {
            open -= 1
            if open <= 0 { start(context) }
        }
        context.write(data, promise: promise)
    }

    private func start(_ context: ChannelHandlerContext) {
        stop(context)
        let channel = context.channel
        guard channel.isActive else { return }
        room?.owesHead(ObjectIdentifier(channel)) { channel.close(promise: nil) }
        alarm = context.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
    }

    private func stop(_ context: ChannelHandlerContext) {
        alarm?.cancel()
        alarm = nil
        room?.owesNothing(ObjectIdentifier(context.channel))
    }
}
