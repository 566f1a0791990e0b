import NIOCore

/// A peer that has shown no key yet has sent more than it may.
struct StrangerTooLoud: Error {}

/// Stands before every decoder and counts, so that a stranger cannot make one collect megabytes.
final class StrangerBudget: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private var rest: Int

    init(bytes: Int) { rest = bytes }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        rest -= unwrapInboundIn(data).readableBytes
        if rest >= 0 { context.fireChannelRead(data) } else { context.fireErrorCaught(StrangerTooLoud()) }
    }

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        if case .authenticated? = event as? WebSocketConnection.Order {
            context.pipeline.syncOperations.removeHandler(self, promise: promise)
        } else {
            context.triggerUserOutboundEvent(event, promise: promise)
        }
    }
}

extension StrangerBudget: RemovableChannelHandler {}
