import NIOCore

/// Stands nearest to the socket and knows when the peer last gave or took anything: a message of many megabytes takes minutes on a slow
/// line, and is a sign of life all that time. What is written in one piece goes down in several; for the peer it stays one frame.
final class PeerPace: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// When bytes last came.
    private(set) var heard = NIODeadline.uptimeNanoseconds(0)
    /// When bytes last left that had to wait before: somebody has taken others. What the kernel takes at once proves nothing.
    private(set) var taken = NIODeadline.uptimeNanoseconds(0)
    private var isFlushing = false
    /// Written since the end of a piece.
    private var unmarked = 0

    static let pieceBytes = 64 << 10

    func handlerAdded(context: ChannelHandlerContext) { heard = context.eventLoop.now }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        heard = context.eventLoop.now
        context.fireChannelRead(data)
    }

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        var rest = unwrapOutboundIn(data)
        while unmarked + rest.readableBytes > Self.pieceBytes, let piece = rest.readSlice(length: Self.pieceBytes - unmarked) {
            let mark = context.eventLoop.makePromise(of: Void.self)
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            mark.futureResult.whenSuccess {
                let (pace, context) = bound.value
                if !pace.isFlushing { pace.taken = context.eventLoop.now }
            }
            context.write(wrapOutboundOut(piece), promise: mark)
            unmarked = 0
        }
        unmarked += rest.readableBytes
        context.write(wrapOutboundOut(rest), promise: promise)
    }

    func flush(context: ChannelHandlerContext) {
        // What is flushed may call for more.
        let wasFlushing = isFlushing
        isFlushing = true
        context.flush()
        isFlushing = wasFlushing
    }
}
