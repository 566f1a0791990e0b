import ApusBase
import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An HTTP server on a loopback port that answers by a closure. Every request is recorded.
final class HTTPFixture: Sendable {
    struct Request: Sendable {
        var method: String
        var path: String
        var headers: [String: String]
        var body: [UInt8]

        /// The message in it.
        var message: JSONValue { (try? JSONValue(parsing: body)) ?? .null }
        var rpc: String { message["method"]?.stringValue ?? "" }
    }

    enum Reply: Sendable {
        case whole(status: Int, headers: [(String, String)], body: String)
        /// Pieces as events of a stream, which then ends.
        case events([String], headers: [(String, String)] = [])
        /// A stream of events that stays open.
        case openEvents([String])
        /// The same bytes again and again, without end.
        case endless(type: String)
        /// A stream of events that a test writes into.
        case feed(Feed)
        case nothing
        case hangUp

        static func json(_ value: JSONValue, _ headers: (String, String)...) -> Reply {
            .whole(status: 200, headers: [("content-type", "application/json")] + headers, body: value.serialized())
        }

        static func status(_ status: Int, _ body: String = "") -> Reply { .whole(status: status, headers: [], body: body) }
    }

    /// What a test says in an open stream; what it said before somebody opened it comes first.
    final class Feed: Sendable {
        private let state = Mutex<(write: (@Sendable (String) -> Void)?, waiting: [String])>((nil, []))

        func push(_ data: String, event: String = "message") {
            let text = "event: \(event)\ndata: \(data)\n\n"
            let write = state.withLock { state in
                if state.write == nil { state.waiting.append(text) }
                return state.write
            }
            write?(text)
        }

        fileprivate func attach(_ write: @escaping @Sendable (String) -> Void) {
            let waiting = state.withLock { state in
                defer { state = (write, []) }
                return state.waiting
            }
            for text in waiting { write(text) }
        }
    }

    typealias Answer = @Sendable (Request) -> Reply

    private struct State {
        var requests: [Request] = []
        var waiting: [(Int, CheckedContinuation<Void, Never>)] = []
        var closed = 0
        var closedWaiting: [CheckedContinuation<Void, Never>] = []
        var channels: [ObjectIdentifier: any Channel] = [:]
    }

    private let state = Mutex(State())
    private let answer: Answer
    private let channel = Mutex<(any Channel)?>(nil)

    private init(_ answer: @escaping Answer) { self.answer = answer }

    static func with<Value>(_ answer: @escaping Answer, _ body: (HTTPFixture) async throws -> Value) async throws -> Value {
        let server = HTTPFixture(answer)
        try await server.open()
        do {
            let value = try await body(server)
            await server.close()
            return value
        } catch {
            await server.close()
            throw error
        }
    }

    func open(port: Int = 0) async throws {
        let made = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: false)
                    try channel.pipeline.syncOperations.addHandler(Handler(self))
                }
            }
            .bind(host: "127.0.0.1", port: port).get()
        channel.withLock { $0 = made }
    }

    /// Nothing listens any more, and what was open is cut.
    func close() async {
        try? await channel.withLock { $0.take() }?.close()
        for channel in state.withLock({ Array($0.channels.values) }) { try? await channel.close() }
    }

    var port: Int { channel.withLock { $0?.localAddress?.port ?? 0 } }
    var url: String { "http://127.0.0.1:\(port)/mcp" }
    var requests: [Request] { state.withLock { $0.requests } }
    func requests(_ rpc: String) -> [Request] { requests.filter { $0.rpc == rpc } }

    /// Returns when that many requests have come.
    func requests(count: Int) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.requests.count >= count { return true }
                state.waiting.append((count, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    /// Returns when a connection has been closed by the other side.
    func someConnectionClosed() async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.closed > 0 { return true }
                state.closedWaiting.append(continuation)
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    fileprivate func take(_ request: Request) -> Reply {
        let ready = state.withLock { state in
            state.requests.append(request)
            let count = state.requests.count
            let ready = state.waiting.filter { $0.0 <= count }.map(\.1)
            state.waiting.removeAll { $0.0 <= count }
            return ready
        }
        for continuation in ready { continuation.resume() }
        return answer(request)
    }

    fileprivate func opened(_ channel: any Channel) { state.withLock { $0.channels[ObjectIdentifier(channel)] = channel } }

    fileprivate func ended(_ channel: any Channel) {
        let ready = state.withLock { state in
            state.channels[ObjectIdentifier(channel)] = nil
            state.closed += 1
            defer { state.closedWaiting = [] }
            return state.closedWaiting
        }
        for continuation in ready { continuation.resume() }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let server: HTTPFixture
        private var head: HTTPRequestHead?
        private var body: [UInt8] = []

        init(_ server: HTTPFixture) { self.server = server }

        func channelActive(context: ChannelHandlerContext) { server.opened(context.channel) }
        func channelInactive(context: ChannelHandlerContext) { server.ended(context.channel) }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): (self.head, body) = (head, [])
            case .body(let buffer): body += buffer.readableBytesView
            case .end:
                guard let head else { return }
                let headers = Dictionary(head.headers.map { ($0.name.lowercased(), $0.value) }, uniquingKeysWith: { $1 })
                let request = Request(method: head.method.rawValue, path: head.uri, headers: headers, body: body)
                write(server.take(request), context)
            }
        }

        private func write(_ reply: Reply, _ context: ChannelHandlerContext) {
            switch reply {
            case .whole(let status, let headers, let body):
                begin(status, headers + [("content-length", String(body.utf8.count))], context)
                send(body, context)
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            case .events(let events, let headers):
                begin(200, [("content-type", "text/event-stream")] + headers, context)
                for event in events { send("event: message\ndata: \(event)\n\n", context) }
                context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            case .openEvents(let events):
                begin(200, [("content-type", "text/event-stream")], context)
                for event in events { send("data: \(event)\n\n", context) }
                context.flush()
            case .endless(let type):
                begin(200, [("content-type", type)], context)
                repeatedly(String(repeating: " ", count: 65_536), context)
            case .feed(let feed):
                begin(200, [("content-type", "text/event-stream")], context)
                context.flush()
                let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
                let loop = context.eventLoop
                feed.attach { text in
                    loop.execute {
                        let (handler, context) = bound.value
                        handler.send(text, context)
                        context.flush()
                    }
                }
            case .nothing: return
            case .hangUp: context.close(promise: nil)
            }
        }

        private func begin(_ status: Int, _ headers: [(String, String)], _ context: ChannelHandlerContext) {
            let head = HTTPResponseHead(
                version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: HTTPHeaders(headers))
            context.write(wrapOutboundOut(.head(head)), promise: nil)
        }

        private func send(_ text: String, _ context: ChannelHandlerContext) {
            context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil)
        }

        /// The next piece when the one before has left: nothing piles up here either.
        private func repeatedly(_ piece: String, _ context: ChannelHandlerContext) {
            let bound = NIOLoopBound((self, context), eventLoop: context.eventLoop)
            context.writeAndFlush(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: piece))))).whenSuccess {
                let (handler, context) = bound.value
                handler.repeatedly(piece, context)
            }
        }
    }
}
