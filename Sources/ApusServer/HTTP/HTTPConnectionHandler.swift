import ApusFronts
import NIOCore
import NIOHTTP1

/// The event loop's side of one HTTP/1.1 connection: requests one after another, bodies under their bounds, deadlines, the end.
///
/// States: waiting (for a head) → judging (the service looks at it) → receiving (its body) → working (the service answers) → answering →
/// waiting, or lingering (the last answer is out, what still comes is thrown away) → closed. A refused request skips receiving and working;
/// one that goes on as a WebSocket ends the handler while it is judged.
/// The socket is read only where something is awaited; what was decoded with the bytes before waits in a queue.
final class HTTPConnectionHandler: ChannelDuplexHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundIn = Never
    typealias OutboundOut = HTTPServerResponsePart

    enum Stage { case waiting, judging, receiving, working, answering, lingering, closed }

    /// What is known of the request that is being answered.
    struct Current {
        var exchange: HTTPExchange?
        var method = ""
        var version = HTTPVersion.http1_1
        /// As the peer has announced it.
        var announcedBytes: Int?
        var expectsContinue = false
        var isContinued = false
        /// Its end was read.
        var isRead = true
        var readBytes = 0
        var bodyLimit = 0
        var body: [UInt8] = []
        var isStreaming = false
    }

    let limits: ListenerLimits
    private let place: ConnectionTable.Place
    private let requests: AsyncStream<HTTPExchange>.Continuation
    var stage = Stage.waiting
    var current = Current()
    /// Whether the answer that is made or written now is the last.
    var closes = false
    var progress = WritingProgress()
    var queue: HTTPRequestQueue
    var isWindingDown = false
    private(set) var hasPeerEnded = false
    private var isReadWanted = false
    var lingeredBytes = 0
    var deadline: Scheduled<Void>?
    private var silence: Scheduled<Void>?
    private var probing: Scheduled<Void>?

    init(limits: ListenerLimits, place: ConnectionTable.Place, requests: AsyncStream<HTTPExchange>.Continuation) {
        self.limits = limits
        self.place = place
        self.requests = requests
        queue = HTTPRequestQueue(maximumHeads: limits.http.pipelined)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        deadline = schedule(limits.head, context) { handler, context in
            if handler.stage == .waiting { handler.refuse(.requestTimeout, "The request took too long.", context) }
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        end()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { end() }

    // MARK: - What comes

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let part = unwrapInboundIn(data)
        switch stage {
        case .closed: return
        case .lingering: return linger(part, context)
        case .waiting, .judging, .receiving, .working, .answering:
            queue.append(part)
            advance(context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        guard error is HTTPParserError else {
            // A decoder that has failed once fails with everything that follows.
            if !(error is ByteToMessageDecoderError) { context.close(promise: nil) }
            return
        }
        if stage == .lingering || stage == .closed { return }
        if case HTTPParserError.headerOverflow = error {
            queue.append(fault: .requestHeaderFieldsTooLarge, "The request's head is too long.")
        } else {
            queue.append(fault: .badRequest, "This is not HTTP/1.1.")
        }
        advance(context)
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        guard case .inputClosed? = event as? ChannelEvent else { return context.fireUserInboundEventTriggered(event) }
        hasPeerEnded = true
        switch stage {
        case .waiting: if queue.isEmpty { context.close(promise: nil) }
        case .lingering: context.close(promise: nil)
        case .judging, .receiving, .working: probe(after: limits.http.probe, context)
        // Somebody who still wants a stream keeps the connection whole.
        case .answering: if current.isStreaming { context.close(promise: nil) }
        case .closed: break
        }
    }

    func read(context: ChannelHandlerContext) {
        switch stage {
        case .waiting, .receiving, .lingering, .closed: context.read()
        case .judging, .working, .answering: isReadWanted = true
        }
    }

    func readOn(_ context: ChannelHandlerContext) {
        guard isReadWanted else { return }
        isReadWanted = false
        read(context: context)
    }

    /// Takes from the queue what the stage has a use for.
    func advance(_ context: ChannelHandlerContext) {
        while stage == .waiting || stage == .receiving, let next = queue.popFirst() {
            switch next {
            case .fault(let status, let sentence): refuse(status, sentence, context)
            case .part(.head(let head)): begin(head, context)
            case .part(.body(let bytes)): take(bytes, context)
            case .part(.end): endBody()
            }
        }
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        current = Current()
        current.isRead = false
        current.version = head.version
        current.method = head.method.rawValue
        current.announcedBytes = head.headers.first(name: "content-length").flatMap { Int($0) }
        current.expectsContinue = head.version.minor >= 1 && head.headers.contains(name: "expect")
        // What follows an upgrade is nothing that the decoder reads on.
        closes = !head.isKeepAlive || head.headers.contains(name: "upgrade") || isWindingDown
        let channel = context.channel
        let peer = channel.remoteAddress.map { $0.ipAddress ?? "\($0)" } ?? "unknown"
        switch HTTPRequestJudgement(head, peer: peer, localPort: channel.localAddress?.port ?? 0) {
        case .refuse(let status, let sentence): refuse(status, sentence, context)
        case .request(let asked):
            let handshake = WebSocketHandshake.isAskedFor(by: head) ? WebSocketHandshake(head) : nil
            let exchange = HTTPExchange(asked, handshake: handshake, channel: channel, place: place, limits: limits)
            current.exchange = exchange
            stage = .judging
            requests.yield(exchange)
            if hasPeerEnded { probe(after: limits.http.probe, context) }
        }
    }

    private func take(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        current.readBytes += bytes.readableBytes
        // Nobody wants it: the request was refused, and the connection goes on.
        guard stage == .receiving else { return }
        guard current.body.count + bytes.readableBytes <= current.bodyLimit else { return tooLong() }
        current.body += bytes.readableBytesView
        watchBody(context)
    }

    private func tooLong() {
        current.body = []
        received(.tooLong)
    }

    private func endBody() {
        current.isRead = true
        guard stage == .receiving else { return }
        let body = current.body
        current.body = []
        received(.bytes(body))
    }

    private func received(_ body: HTTPBody) {
        deadline?.cancel()
        silence?.cancel()
        stage = .working
        current.exchange?.received(body)
    }

    private func watchBody(_ context: ChannelHandlerContext) {
        silence?.cancel()
        silence = schedule(limits.http.bodySilence, context) { handler, context in
            if handler.stage == .receiving { handler.refuse(.requestTimeout, "The request's body took too long.", context) }
        }
    }

    // MARK: - What is asked for

    func triggerUserOutboundEvent(context: ChannelHandlerContext, event: Any, promise: EventLoopPromise<Void>?) {
        switch event as? HTTPExchange.Order {
        case .admit(let exchange, let bodyBytes)?:
            guard exchange === current.exchange, stage == .judging else { break }
            admit(bodyBytes, context)
            promise?.succeed()
            return
        case .upgrade(let exchange, let connection)?:
            guard exchange === current.exchange, stage == .judging else { break }
            return upgrade(exchange, connection, context, promise)
        case .answer(let exchange, let answer)?:
            guard exchange === current.exchange, stage == .judging || stage == .working else { break }
            return write(answer, context, promise)
        case .write?:
            if stage == .answering, current.isStreaming { writeFrames(context) }
            promise?.succeed()
            return
        case .finish(let exchange)?:
            guard exchange === current.exchange, stage == .answering else { break }
            return finish(context, promise)
        case .windDown?:
            windDown(context)
            promise?.succeed()
            return
        case nil:
            context.triggerUserOutboundEvent(event, promise: promise)
            return
        }
        promise?.fail(ChannelError.ioOnClosedChannel)
    }

    private func admit(_ bodyBytes: Int, _ context: ChannelHandlerContext) {
        stage = .receiving
        current.bodyLimit = bodyBytes
        if let announced = current.announcedBytes, announced > bodyBytes { return tooLong() }
        current.body.reserveCapacity(min(current.announcedBytes ?? 0, 1 << 20))
        deadline = schedule(limits.http.body, context) { handler, context in
            if handler.stage == .receiving { handler.refuse(.requestTimeout, "The request's body took too long.", context) }
        }
        watchBody(context)
        advance(context)
        guard stage == .receiving else { return }
        // Whoever has begun to send does not wait to be asked.
        if current.expectsContinue, current.readBytes == 0 {
            current.isContinued = true
            writeInterim(context)
        }
        readOn(context)
    }

    /// Answers by itself what no service is asked about, or not any more, and ends the connection.
    func refuse(_ status: HTTPResponseStatus, _ sentence: String, _ context: ChannelHandlerContext) {
        deadline?.cancel()
        silence?.cancel()
        current.body = []
        current.exchange?.isGone()
        current.exchange = nil
        closes = true
        let fields = [("content-type", "text/plain; charset=utf-8"), ("cache-control", "no-store")]
        write(HTTPAnswer(Int(status.code), fields: fields, .bytes(Array((sentence + "\n").utf8))), context, nil)
    }

    // MARK: - Is anybody there?

    /// A peer that has ended its upload may have gone altogether, which looks the same. One that has is found out by whatever is sent to
    /// it: an interim answer, which everybody else passes over. HTTP/1.0 has none: there the end of the upload counts, after a moment.
    private func probe(after time: Duration, _ context: ChannelHandlerContext) {
        let hasInterim = current.version.minor >= 1
        probing?.cancel()
        probing = schedule(hasInterim ? time : limits.close, context) { handler, context in
            switch handler.stage {
            case .judging, .receiving, .working:
                guard hasInterim else { return context.close(promise: nil) }
                handler.writeInterim(context)
                handler.probe(after: handler.limits.http.probeInterval, context)
            case .waiting, .answering, .lingering, .closed: break
            }
        }
    }

    private func end() {
        guard stage != .closed else { return }
        stage = .closed
        cancelWatches()
        progress.end()
        queue.end()
        current.exchange?.isGone()
        current = Current()
        requests.finish()
    }

    /// What was looked after for the request that is over.
    func cancelWatches() {
        for watch in [deadline, silence, probing] { watch?.cancel() }
    }

    func schedule(
        _ time: Duration, _ context: ChannelHandlerContext, _ body: @escaping (HTTPConnectionHandler, ChannelHandlerContext) -> Void
    ) -> Scheduled<Void> {
        let bound = NIOLoopBound((self, context, body), eventLoop: context.eventLoop)
        return context.eventLoop.scheduleTask(in: TimeAmount(time)) {
            let (handler, context, body) = bound.value
            body(handler, context)
        }
    }
}
