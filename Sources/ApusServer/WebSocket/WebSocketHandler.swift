import NIOCore
import NIOWebSocket

/// The event loop's side of a ``WebSocketConnection``: batched reads, one flush a batch, pings, deadlines and the close handshake.
///
/// States: open → closing (our close frame is written, the peer's is waited for) → closed. Nothing the peer says while closing counts.
final class WebSocketHandler: ChannelDuplexHandler, RemovableChannelHandler {
    typealias InboundIn = WebSocketFrame
    typealias OutboundIn = Never
    typealias OutboundOut = WebSocketFrame

    private enum Stage { case open, closing, closed }

    private let connection: WebSocketConnection
    private let pace: PeerPace
    private let limits: ListenerLimits
    private var aggregation: MessageAggregation
    private var stage = Stage.open
    /// Messages of the read that goes on.
    private var batch: [[UInt8]] = []
    private var mayRead = true
    private var isReadWanted = false
    /// The front has not found out yet whom it has.
    private var waitsForFront: Bool
    private var isWriting = false
    private var authentication: Scheduled<Void>?
    private var slowReader: Scheduled<Void>?
    private var pinging: Scheduled<Void>?
    private var closing: Scheduled<Void>?

    /// One flush takes about this much.
    private static let batchBytes = 256 << 10
    /// From the close frame of a connection that is cut to its end.
    private static let cutting = Duration.milliseconds(500)

    /// - Parameters:
    ///   - pace: Of the same pipeline, nearer to the socket.
    ///   - waitsForFront: whether nothing is read until the front vouches for the peer.
    init(_ connection: WebSocketConnection, _ pace: PeerPace, limits: ListenerLimits, waitsForFront: Bool = false) {
        self.waitsForFront = waitsForFront
        self.connection = connection
        self.pace = pace
        self.limits = limits
        aggregation = MessageAggregation(limit: limits.messageBytes)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let seconds = limits.authentication.components.seconds
        authentication = schedule(limits.authentication, context) { handler, context in
            handler.close(.policy("No key that counts came within \(seconds) seconds."), context)
        }
        schedulePing(context)
    }

    func handlerRemoved(context: ChannelHandlerContext) { end(drops: false) }

    func channelInactive(context: ChannelHandlerContext) {
        // What a peer said before it went is still done.
        end(drops: false)
        context.fireChannelInactive()
    }

    // MARK: - What comes

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch aggregation.take(unwrapInboundIn(data)) {
        case .nothing, .pong: break
        case .message(let bytes): if stage == .open { batch.append(bytes) }
        case .ping(let payload):
            if stage == .open { write(.pong, payload, context, promise: nil) }
        case .close(let code): peerCloses(code, context)
        case .fault(let reason): close(reason, context)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        handOver()
        context.flush()
        context.fireChannelReadComplete()
    }

    func read(context: ChannelHandlerContext) {
        if mayRead && !waitsForFront || stage != .open { context.read() } else { isReadWanted = true }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A decoder that has failed once fails with everything that follows.
        guard stage == .open else { return }
        switch error {
        case NIOWebSocketError.invalidFrameLength: close(.tooLarge(limit: limits.messageBytes), context)
        case is NIOWebSocketError: close(.protocolError("A control frame is too long or in pieces."), context)
        case is StrangerTooLoud: close(.policy("Too much was sent before a key."), context)
        default: context.close(promise: nil)
        }
    }

    private func handOver() {
        guard !batch.isEmpty else { return }
        let messages = batch
        batch = []
        if stage == .open { mayRead = connection.frames.offer(messages) }
    }

    private func peerCloses(_ code: UInt16?, _ context: ChannelHandlerContext) {
        handOver()
        let wasOpen = stage == .open
        end(drops: false)
        guard wasOpen else { return context.close(promise: nil) }
        var payload: [UInt8] = []
        if let code { payload = [UInt8(truncatingIfNeeded: code >> 8), UInt8(truncatingIfNeeded: code)] }
        let promise = context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        promise.futureResult.whenComplete { _ in bound.value.close(promise: nil) }
        write(.connectionClose, payload, context, promise: promise)
        context.flush()
        // A peer that does not read keeps its own socket waiting, not ours.
        closing = schedule(limits.close, context) { _, context in context.close(promise: nil) }
    }

    // MARK: - What is asked for

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        switch event as? WebSocketConnection.Order {
        case .write?: writeNext(context)
        case .read?:
            mayRead = true
            readOn(context)
        case .authenticated?:
            authentication?.cancel()
            authentication = nil
            context.triggerUserOutboundEvent(event, promise: nil)
            waitsForFront = false
            readOn(context)
        case .close(let reason)?: close(reason, context)
        case .cut(let reason)?: close(reason, context, within: min(limits.close, Self.cutting))
        case nil:
            // What an HTTP connection was told that has become this one in between.
            if case .windDown? = event as? HTTPExchange.Order {
                close(.goingAway, context)
                break
            }
            context.triggerUserOutboundEvent(event, promise: promise)
            return
        }
        promise?.succeed()
    }

    private func readOn(_ context: ChannelHandlerContext) {
        guard isReadWanted, mayRead, !waitsForFront else { return }
        isReadWanted = false
        context.read()
    }

    private func writeNext(_ context: ChannelHandlerContext) {
        guard !isWriting, stage == .open else { return }
        let messages = connection.outbox.take(atMost: Self.batchBytes)
        guard let last = messages.last else { return }
        isWriting = true
        for message in messages.dropLast() { write(.text, message, context, promise: nil) }
        let promise = context.eventLoop.makePromise(of: Void.self)
        let bytes = messages.reduce(0) { $0 + $1.count }
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        promise.futureResult.whenComplete { _ in
            let (handler, context) = bound.value
            handler.slowReader?.cancel()
            handler.slowReader = nil
            handler.isWriting = false
            handler.connection.outbox.wrote(bytes)
            handler.writeNext(context)
        }
        write(.text, last, context, promise: promise)
        context.flush()
        // A batch that went at once has called for the next, which has its deadline already.
        if isWriting, slowReader == nil { watchReader(since: context.eventLoop.now, context) }
    }

    /// Whoever takes something, however slowly, is waited for.
    private func watchReader(since last: NIODeadline, _ context: ChannelHandlerContext) {
        slowReader = schedule(limits.slowReader, after: last, context) { handler, context in
            if handler.pace.taken > last {
                handler.watchReader(since: handler.pace.taken, context)
            } else {
                handler.close(.tooSlow, context)
            }
        }
    }

    private func close(_ reason: CloseReason, _ context: ChannelHandlerContext, within limit: Duration? = nil) {
        guard stage == .open else { return }
        connection.note(reason)
        // What a front has sent goes out before the farewell; to one who takes nothing it is not worth the wait.
        if reason != .tooSlow {
            for message in connection.outbox.take(atMost: .max) { write(.text, message, context, promise: nil) }
        }
        batch = []
        let isHeld = isReadWanted
        end()
        stage = .closing
        let text = Array(reason.text.utf8.prefix(123))
        let code = [UInt8(truncatingIfNeeded: reason.code >> 8), UInt8(truncatingIfNeeded: reason.code)]
        write(.connectionClose, code + text, context, promise: nil)
        context.flush()
        closing = schedule(limit ?? limits.close, context) { _, context in context.close(promise: nil) }
        // The peer's own close frame stands behind whatever it has sent.
        if isHeld { context.read() }
    }

    // MARK: - Time

    private func schedulePing(_ context: ChannelHandlerContext) {
        pinging = schedule(limits.pingInterval, context) { handler, context in handler.ping(context) }
    }

    private func ping(_ context: ChannelHandlerContext) {
        guard stage == .open else { return }
        let promise = context.eventLoop.makePromise(of: Void.self)
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        // It may stand behind a message that takes minutes; until it is out the reader is watched.
        promise.futureResult.whenSuccess {
            let (handler, context) = bound.value
            if handler.stage == .open { handler.watchForLife(since: context.eventLoop.now, context) }
        }
        write(.ping, [], context, promise: promise)
        context.flush()
    }

    /// Goes on asking, where an answer may take longer than the time between two pings.
    private func watchForLife(since last: NIODeadline, _ context: ChannelHandlerContext) {
        let end = last + TimeAmount(limits.pongDeadline)
        let next = context.eventLoop.now + TimeAmount(limits.pingInterval)
        pinging = schedule(.zero, after: min(next, end), context) { handler, context in
            // What is not read cannot tell of life.
            if handler.isReadWanted || max(handler.pace.heard, handler.pace.taken) >= last {
                return next < end ? handler.ping(context) : handler.schedulePing(context)
            }
            guard next < end else {
                handler.connection.note(.silent)
                return context.close(promise: nil)
            }
            handler.write(.ping, [], context, promise: nil)
            context.flush()
            handler.watchForLife(since: last, context)
        }
    }

    private func schedule(
        _ time: Duration, after start: NIODeadline? = nil, _ context: ChannelHandlerContext,
        _ body: @escaping (WebSocketHandler, ChannelHandlerContext) -> Void
    ) -> Scheduled<Void> {
        let bound = NIOLoopBound((self, context, body), eventLoop: context.eventLoop)
        return context.eventLoop.scheduleTask(deadline: (start ?? context.eventLoop.now) + TimeAmount(time)) {
            let (handler, context, body) = bound.value
            body(handler, context)
        }
    }

    /// Nothing is handed to the front any more, nothing taken from it.
    private func end(drops: Bool = true) {
        stage = .closed
        for deadline in [authentication, slowReader, pinging, closing] { deadline?.cancel() }
        connection.frames.finish(dropping: drops)
        connection.outbox.finish()
    }

    private func write(_ opcode: WebSocketOpcode, _ bytes: [UInt8], _ context: ChannelHandlerContext, promise: EventLoopPromise<Void>?) {
        let frame = WebSocketFrame(fin: true, opcode: opcode, data: ByteBuffer(bytes: bytes))
        context.write(wrapOutboundOut(frame), promise: promise)
    }
}
