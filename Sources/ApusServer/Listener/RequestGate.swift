import NIOCore
import NIOHTTP1

/// Answers everything but good WebSocket handshakes, and lets those through. Stands between the HTTP decoder and the upgrade.
///
/// Every answer ends the connection: nobody here asks twice.
final class RequestGate: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias InboundOut = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let wall: HostWall
    private let limits: ListenerLimits
    private let health: @Sendable () -> [UInt8]
    private var isAnswered = false
    private var deadline: Scheduled<Void>?

    init(wall: HostWall, limits: ListenerLimits, health: @escaping @Sendable () -> [UInt8]) {
        self.wall = wall
        self.limits = limits
        self.health = health
    }

    func handlerAdded(context: ChannelHandlerContext) {
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        deadline = context.eventLoop.scheduleTask(in: TimeAmount(limits.head)) {
            let (gate, context) = bound.value
            gate.answer(.requestTimeout, "The request took too long.", context)
        }
    }

    func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }
    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        if isAnswered { return }
        guard case .head(let head) = unwrapInboundIn(data) else { return context.fireChannelRead(data) }
        switch RequestJudgement(head, wall: wall) {
        case .upgrade: context.fireChannelRead(data)
        case .health: answer(.ok, health(), "application/json", context)
        case .refuse(let status, let sentence): answer(status, sentence, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if isAnswered { return }
        switch error {
        case HTTPParserError.headerOverflow: answer(.requestHeaderFieldsTooLarge, "The request's head is too long.", context)
        case is StrangerTooLoud: answer(.payloadTooLarge, "The request is too long.", context)
        case is HTTPParserError: answer(.badRequest, "This is not HTTP/1.1.", context)
        default: context.close(promise: nil)
        }
    }

    private func answer(_ status: HTTPResponseStatus, _ sentence: String, _ context: ChannelHandlerContext) {
        answer(status, Array((sentence + "\n").utf8), "text/plain; charset=utf-8", context)
    }

    private func answer(_ status: HTTPResponseStatus, _ body: [UInt8], _ type: String, _ context: ChannelHandlerContext) {
        if isAnswered { return }
        isAnswered = true
        deadline?.cancel()
        var headers: HTTPHeaders = [
            "content-type": type, "content-length": "\(body.count)", "connection": "close", "cache-control": "no-store",
            "x-content-type-options": "nosniff",
        ]
        if status == .upgradeRequired { headers.add(contentsOf: ["upgrade": "websocket", "sec-websocket-version": "13"]) }
        if status == .methodNotAllowed { headers.add(name: "allow", value: "GET") }
        context.write(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
        context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: body)))), promise: nil)
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in
            // Only this direction: closing both while the peer still sends would take the answer away from it.
            bound.value.close(mode: .output, promise: nil)
        }
        // Longer than anybody needs to read a line.
        deadline = context.eventLoop.scheduleTask(in: TimeAmount(limits.close)) { bound.value.close(promise: nil) }
    }
}
