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
    private var alarm: Scheduled<Void>?
    /// Heads read whose answers are not written.
    private var open = 0

    /// - Parameter limit: from the connection's begin, or the last answer's end, to the end of the next head.
    public init(limit: Duration = .seconds(30)) { self.limit = TimeAmount(limit) }

    public func handlerAdded(context: ChannelHandlerContext) {
        if context.channel.isActive { start(context) }
    }

    public func handlerRemoved(context: ChannelHandlerContext) { stop() }

    public func channelActive(context: ChannelHandlerContext) {
        start(context)
        context.fireChannelActive()
    }

    public func channelInactive(context: ChannelHandlerContext) {
        stop()
        context.fireChannelInactive()
    }

    public func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if case .head = unwrapInboundIn(data) {
            open += 1
            stop()
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
        stop()
        let channel = context.channel
        alarm = context.eventLoop.scheduleTask(in: limit) { channel.close(promise: nil) }
    }

    private func stop() {
        alarm?.cancel()
        alarm = nil
    }
}
