import NIOCore
import NIOWebSocket

/// The frames of one open WebSocket, on its event loop: puts messages together, answers pings and the good-bye of the server, and
/// stops reading while nobody takes what came.
final class WebSocketClientHandler: ChannelInboundHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundOut = WebSocketFrame

    private let incoming: IncomingMessages
    private let messageLimit: Int
    /// A message in several frames, as far as it came.
    private var fragments: ByteBuffer?
    private var closeFrame: (code: Int, reason: String)?
    private var failure: TransportError?

    init(incoming: IncomingMessages, messageLimit: Int) {
        self.incoming = incoming
        self.messageLimit = messageLimit
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        incoming.hear()
        switch frame.opcode {
        case .text, .binary:
            if frame.fin { deliver(frame.unmaskedData, context) } else { fragments = frame.unmaskedData }
        case .continuation:
            guard var whole = fragments else { return }
            var part = frame.unmaskedData
            whole.writeBuffer(&part)
            if whole.readableBytes > messageLimit {
                return end(context, 1009, "message too big", .messageTooLong(limit: messageLimit))
            }
            fragments = frame.fin ? nil : whole
            if frame.fin { deliver(whole, context) }
        case .ping:
            let pong = WebSocketFrame(fin: true, opcode: .pong, maskKey: .random(), data: frame.unmaskedData)
            context.writeAndFlush(wrapOutboundOut(pong), promise: nil)
        case .connectionClose:
            serverClosed(frame.unmaskedData, context)
        default: break
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        let (code, reason) = closeFrame ?? (1006, "")
        incoming.finish(failure ?? .closed(code: code, reason: reason))
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is NIOWebSocketError { failure = failure ?? .closed(code: 1002, reason: "\(error)") }
        context.close(promise: nil)
    }

    private func deliver(_ data: ByteBuffer, _ context: ChannelHandlerContext) {
        if data.readableBytes > messageLimit { return end(context, 1009, "message too big", .messageTooLong(limit: messageLimit)) }
        if incoming.push(Array(data.readableBytesView)) {
            _ = context.channel.setOption(.autoRead, value: false)
        }
    }

    private func serverClosed(_ data: ByteBuffer, _ context: ChannelHandlerContext) {
        var data = data
        let code = data.readInteger(as: UInt16.self)
        let reason = data.readString(length: data.readableBytes) ?? ""
        if closeFrame == nil { closeFrame = (code.map(Int.init) ?? 1005, reason) }
        var answer = context.channel.allocator.buffer(capacity: 2)
        if let code { answer.writeInteger(code) }
        let frame = WebSocketFrame(fin: true, opcode: .connectionClose, maskKey: .random(), data: answer)
        let channel = context.channel
        context.writeAndFlush(wrapOutboundOut(frame)).whenComplete { _ in channel.close(promise: nil) }
    }

    private func end(_ context: ChannelHandlerContext, _ code: UInt16, _ reason: String, _ error: TransportError) {
        failure = failure ?? error
        var data = context.channel.allocator.buffer(capacity: 2 + reason.utf8.count)
        data.writeInteger(code)
        data.writeString(reason)
        let channel = context.channel
        let frame = WebSocketFrame(fin: true, opcode: .connectionClose, maskKey: .random(), data: data)
        context.writeAndFlush(wrapOutboundOut(frame)).whenComplete { _ in channel.close(promise: nil) }
    }
}
