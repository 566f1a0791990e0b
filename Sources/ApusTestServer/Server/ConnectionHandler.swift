import NIOCore
import NIOHTTP1

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// One connection: gathers requests and plays their answers, one after the other. Everything happens on the connection's event loop;
/// there is no task that could outlive it.
final class ConnectionHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = ByteBuffer

    private struct Playback {
        let number: Int
        let steps: [WireStep]
        let closesAfter: Bool
        var position = 0
        /// How often the step at `position` was played, where it is played several times.
        var played = 0
        /// A pause or a closed gate holds it.
        var isHeld = false
    }

    private let desk: RequestDesk
    private var incoming: RecordedRequest?
    private var closesAfter = false
    private var isTooLarge = false
    private var waiting: [(request: RecordedRequest, closesAfter: Bool)] = []
    private var playback: Playback?
    /// A flush may report a change of writability before it returns.
    private var isAdvancing = false

    init(desk: RequestDesk) { self.desk = desk }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head): begin(head, context)
        case .body(let buffer): append(buffer)
        case .end: finishRequest(context)
        }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        advance(context)
        context.fireChannelWritabilityChanged()
    }

    func channelInactive(context: ChannelHandlerContext) {
        if let playback { desk.note(.abandoned, for: playback.number) }
        playback = nil
        waiting = []
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is HTTPParserError {
            send(HTTPText.response(status: 400, headers: [], body: Array("not HTTP/1.1".utf8)), context)
        }
        context.close(promise: nil)
    }

    private func begin(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        let parts = head.uri.split(separator: "?", maxSplits: 1).map(String.init)
        incoming = RecordedRequest(
            number: 0, method: head.method.rawValue, path: parts.first ?? "/", query: parts.count > 1 ? parts[1] : nil,
            headers: head.headers.map { (name: $0.name, value: $0.value) }, bodyBytes: [])
        closesAfter = !head.isKeepAlive
        isTooLarge = false
        if head.headers["expect"].contains(where: { $0.lowercased() == "100-continue" }) { send(HTTPText.proceed, context) }
    }

    private func append(_ buffer: ByteBuffer) {
        guard let held = incoming?.bodyBytes.count, !isTooLarge else { return }
        if held + buffer.readableBytes > ProviderLimit.requestBytes {
            isTooLarge = true
            incoming?.bodyBytes = []
        } else {
            incoming?.bodyBytes += buffer.readableBytesView
        }
    }

    private func finishRequest(_ context: ChannelHandlerContext) {
        guard let request = incoming else { return }
        incoming = nil
        if isTooLarge {
            send(HTTPText.response(status: 413, headers: [("connection", "close")], body: []), context)
            context.close(promise: nil)
        } else if playback == nil {
            play(request, closesAfter, context)
        } else if waiting.count < ProviderLimit.pipelinedRequests {
            waiting.append((request, closesAfter))
        } else {
            context.close(promise: nil)
        }
    }

    private func play(_ request: RecordedRequest, _ closesAfter: Bool, _ context: ChannelHandlerContext) {
        let (number, steps) = desk.answer(request)
        playback = Playback(number: number, steps: steps, closesAfter: closesAfter)
        advance(context)
    }

    /// Plays until something holds it: a pause, a gate, or a client that does not read.
    private func advance(_ context: ChannelHandlerContext) {
        guard !isAdvancing else { return }
        isAdvancing = true
        defer { isAdvancing = false }
        while let current = playback, !current.isHeld, context.channel.isWritable {
            guard current.position < current.steps.count else {
                finishAnswer(context)
                continue
            }
            playback?.position += 1
            switch current.steps[current.position] {
            case .write(let bytes): send(bytes, context)
            case .writes(let bytes, let times):
                let isLast = current.played + 1 >= times
                playback?.played = isLast ? 0 : current.played + 1
                if !isLast { playback?.position -= 1 }
                send(bytes, context)
            case .pause(let milliseconds): hold(context) { $0.scheduleTask(in: .milliseconds(Int64(milliseconds)), $1) }
            case .wait(let gate):
                hold(context) { loop, resume in gate.whenOpen { loop.execute(resume) } }
            case .close: cut(context, isReset: false)
            case .reset: cut(context, isReset: true)
            }
        }
    }

    private func hold(_ context: ChannelHandlerContext, until arrange: (any EventLoop, @escaping @Sendable () -> Void) -> Void) {
        guard let number = playback?.number else { return }
        playback?.isHeld = true
        let bound = NIOLoopBound((handler: self, context: context), eventLoop: context.eventLoop)
        arrange(context.eventLoop) {
            let (handler, context) = bound.value
            guard handler.playback?.number == number else { return }
            handler.playback?.isHeld = false
            handler.advance(context)
        }
    }

    private func finishAnswer(_ context: ChannelHandlerContext) {
        guard let finished = playback else { return }
        playback = nil
        desk.note(.complete, for: finished.number)
        if finished.closesAfter {
            context.close(promise: nil)
        } else if !waiting.isEmpty {
            let next = waiting.removeFirst()
            let (number, steps) = desk.answer(next.request)
            playback = Playback(number: number, steps: steps, closesAfter: next.closesAfter)
        }
    }

    private func cut(_ context: ChannelHandlerContext, isReset: Bool) {
        guard let cut = playback else { return }
        playback = nil
        waiting = []
        desk.note(.cut, for: cut.number)
        guard isReset, let options = context.channel as? any SocketOptionProvider else {
            context.close(promise: nil)
            return
        }
        // Closing a socket that lingers for no time resets the connection.
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        options.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { _ in bound.value.close(promise: nil) }
    }

    private func send(_ bytes: [UInt8], _ context: ChannelHandlerContext) {
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
    }
}
