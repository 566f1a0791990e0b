import NIOCore
import NIOPosix
import Synchronization

/// A server on a loopback port that answers each request with the next script, bytes as given.
final class ScriptedServer: Sendable {
    enum Step: Sendable {
        case send(String)
        /// Many small pieces, each flushed by itself.
        case trickle([String])
        case close
        /// Cuts the connection without a proper end.
        case reset
    }

    private struct State {
        var scripts: [[Step]]
        var requests: [String] = []
        var open = 0
        var closedWaiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state: Mutex<State>
    private let channel = Mutex<(any Channel)?>(nil)

    private init(_ scripts: [[Step]]) {
        state = Mutex(State(scripts: scripts))
    }

    static func withServer<Value>(_ scripts: [Step]..., body: (ScriptedServer) async throws -> Value) async throws -> Value {
        try await withScripts(scripts, body: body)
    }

    static func withScripts<Value>(_ scripts: [[Step]], body: (ScriptedServer) async throws -> Value) async throws -> Value {
        let server = ScriptedServer(scripts)
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(Handler(server)) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        server.channel.withLock { $0 = channel }
        do {
            let value = try await body(server)
            try await channel.close()
            return value
        } catch {
            try? await channel.close()
            throw error
        }
    }

    var port: Int { channel.withLock { $0?.localAddress?.port ?? 0 } }
    var url: String { "http://127.0.0.1:\(port)" }
    /// Whole requests in the order they came, heads and bodies.
    var requests: [String] { state.withLock { $0.requests } }

    /// Returns when no connection is open.
    func allClosed() async {
        await withCheckedContinuation { continuation in
            let isDone = state.withLock { state in
                if state.open > 0 { state.closedWaiters.append(continuation) }
                return state.open == 0
            }
            if isDone { continuation.resume() }
        }
    }

    fileprivate func opened() { state.withLock { $0.open += 1 } }

    fileprivate func closed() {
        let waiters = state.withLock { state in
            state.open -= 1
            defer { if state.open == 0 { state.closedWaiters = [] } }
            return state.open == 0 ? state.closedWaiters : []
        }
        for waiter in waiters { waiter.resume() }
    }

    fileprivate func next(_ request: String) -> [Step] {
        state.withLock { state in
            state.requests.append(request)
            return state.scripts.isEmpty ? [] : state.scripts.removeFirst()
        }
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let server: ScriptedServer
        private var received = ""

        init(_ server: ScriptedServer) { self.server = server }

        func channelActive(context: ChannelHandlerContext) { server.opened() }
        func channelInactive(context: ChannelHandlerContext) { server.closed() }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var buffer = unwrapInboundIn(data)
            received += buffer.readString(length: buffer.readableBytes) ?? ""
            guard let head = received.firstRange(of: "\r\n\r\n") else { return }
            let length =
                received.lowercased().split(separator: "\r\n").first { $0.hasPrefix("content-length:") }
                .flatMap { Int($0.drop { !$0.isNumber }) } ?? 0
            guard received[head.upperBound...].utf8.count >= length else { return }
            let request = received
            received = ""
            for step in server.next(request) {
                switch step {
                case .send(let text): write(text, context)
                case .trickle(let pieces): for piece in pieces { write(piece, context) }
                case .close: context.close(promise: nil)
                case .reset:
                    if let provider = context.channel as? any SocketOptionProvider {
                        provider.setSoLinger(linger(l_onoff: 1, l_linger: 0)).whenComplete { [channel = context.channel] _ in
                            channel.close(promise: nil)
                        }
                    } else {
                        context.close(promise: nil)
                    }
                }
            }
        }

        private func write(_ text: String, _ context: ChannelHandlerContext) {
            context.writeAndFlush(wrapOutboundOut(context.channel.allocator.buffer(string: text)), promise: nil)
        }
    }
}

/// A response head; without a length the body ends with the connection.
func head(_ status: String = "200 OK", type: String = "text/event-stream", _ more: String...) -> String {
    "HTTP/1.1 \(status)\r\ncontent-type: \(type)\r\n" + more.map { $0 + "\r\n" }.joined() + "\r\n"
}

func chunked(_ text: String) -> String { String(text.utf8.count, radix: 16) + "\r\n" + text + "\r\n" }
