import ApusBase
import NIOCore
import NIOHTTP1

/// One connection of a ``LoopbackListener``.
final class LoopbackHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private enum State {
        case idle
        case reading(HTTPRequestHead, [UInt8])
        /// Refused; the rest of the request is not looked at.
        case refused
        case answering(Task<Void, Never>)
    }

    private let path: String
    private let token: String
    private let limits: LoopbackListener.Limits
    private let handle: LoopbackListener.Handler
    private let connections: LoopbackConnections
    private var state = State.idle
    private var alarm: Scheduled<Void>?

    init(
        path: String, token: String, limits: LoopbackListener.Limits, handle: @escaping LoopbackListener.Handler,
        connections: LoopbackConnections
    ) {
        self.path = path
        self.token = token
        self.limits = limits
        self.handle = handle
        self.connections = connections
    }

    func channelActive(context: ChannelHandlerContext) {
        wait(context)
        context.fireChannelActive()
    }

    func channelInactive(context: ChannelHandlerContext) {
        connections.remove(context.channel)
        alarm?.cancel()
        if case .answering(let task) = state { task.cancel() }
        context.fireChannelInactive()
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch (unwrapInboundIn(data), state) {
        case (.head(let head), .idle):
            if let refusal = refusal(of: head) {
                state = .refused
                return refuse(refusal, context)
            }
            state = .reading(head, [])
        case (.body(let buffer), .reading(let head, var body)):
            // Taken out first, so that it is not copied with every piece.
            state = .idle
            guard body.count + buffer.readableBytes <= limits.bodyBytes else {
                state = .refused
                return refuse(tooLarge, context)
            }
            body.append(contentsOf: buffer.readableBytesView)
            state = .reading(head, body)
        case (.end, .reading(let head, let body)):
            alarm?.cancel()
            answer(head, body, context)
        case (.body, .refused), (.end, .refused): return
        case (.head, _), (.body, _), (.end, _):
            // Another request before the answer to the last: nobody who talks to us does that.
            context.close(promise: nil)
        }
    }

    // MARK: Refusing

    private func refusal(of head: HTTPRequestHead) -> LoopbackListener.Answer? {
        guard Self.isLoopback(head.headers["host"]) else {
            return problem(403, "This address is for programs of this machine: the Host header must name 127.0.0.1 or localhost.")
        }
        guard head.uri.prefix(while: { $0 != "?" }) == path else { return problem(404, "There is nothing here.") }
        guard head.method == .POST else { return problem(405, "Only POST is answered.") }
        guard let given = head.headers.first(name: "authorization"), Self.isEqual(given, "Bearer " + token) else {
            return problem(401, "The bearer token is missing or wrong.")
        }
        if let length = head.headers.first(name: "content-length").flatMap(Int.init), length > limits.bodyBytes { return tooLarge }
        return nil
    }

    private var tooLarge: LoopbackListener.Answer { problem(413, "The body is larger than \(limits.bodyBytes) bytes.") }

    private func problem(_ status: Int, _ sentence: String) -> LoopbackListener.Answer {
        LoopbackListener.Answer(status: status, contentType: "text/plain; charset=utf-8", body: Array((sentence + "\n").utf8))
    }

    /// Exactly one, of any port; a dot behind it and other spellings are no names of ours.
    private static func isLoopback(_ hosts: [String]) -> Bool {
        guard hosts.count == 1, let host = hosts.first?.lowercased() else { return false }
        let name = host.hasPrefix("[") ? host.prefix { $0 != "]" } + "]" : host.prefix { $0 != ":" }
        let port = host.dropFirst(name.count)
        guard port.isEmpty || (port.first == ":" && port.dropFirst().allSatisfy(\.isNumber)) else { return false }
        return ["127.0.0.1", "localhost", "[::1]"].contains(name)
    }

    /// Takes as long for a wrong beginning as for a wrong end.
    private static func isEqual(_ left: String, _ right: String) -> Bool {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        guard left.count == right.count else { return false }
        return zip(left, right).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private func refuse(_ answer: LoopbackListener.Answer, _ context: ChannelHandlerContext) {
        alarm?.cancel()
        write(answer, isLast: true, context)
    }

    // MARK: Answering

    private func answer(_ head: HTTPRequestHead, _ body: [UInt8], _ context: ChannelHandlerContext) {
        let accept = head.headers["accept"].joined(separator: ", ").lowercased()
        let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
        let loop = context.eventLoop
        let handle = handle
        // SAFETY: owned by this connection, which cancels it when it ends.
        let task = Task {
            let answer = await handle(body, accept)
            loop.execute {
                let (handler, context) = bound.value
                guard context.channel.isActive, case .answering = handler.state else { return }
                handler.state = .idle
                handler.write(answer, isLast: !head.isKeepAlive, context)
                if head.isKeepAlive { handler.wait(context) }
            }
        }
        state = .answering(task)
    }

    private func write(_ answer: LoopbackListener.Answer, isLast: Bool, _ context: ChannelHandlerContext) {
        var headers = HTTPHeaders([("Content-Length", String(answer.body.count))])
        if let type = answer.contentType { headers.add(name: "Content-Type", value: type) }
        if answer.status == 405 { headers.add(name: "Allow", value: "POST") }
        if isLast { headers.add(name: "Connection", value: "close") }
        let head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: answer.status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !answer.body.isEmpty { context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(bytes: answer.body)))), promise: nil) }
        let written = context.writeAndFlush(wrapOutboundOut(.end(nil)))
        if isLast {
            let channel = context.channel
            written.whenComplete { _ in channel.close(promise: nil) }
        }
    }

    private func wait(_ context: ChannelHandlerContext) {
        alarm?.cancel()
        let channel = context.channel
        alarm = context.eventLoop.scheduleTask(in: TimeAmount(limits.patience)) { channel.close(promise: nil) }
    }
}
