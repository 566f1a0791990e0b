import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// An HTTP/1.1 server on a port of this machine that a test plays, request by request: for tests of clients.
package final class StubHTTPServer: Sendable {
    package struct Request: Sendable {
        package var method: String
        package var uri: String
        /// As they came.
        package var headers: [(name: String, value: String)]
        package var body: String
        /// Which connection it came on, counted from 1.
        package var connection: Int

        /// All values of a header; names compare without case.
        package func values(_ name: String) -> [String] { headers.filter { $0.name.lowercased() == name.lowercased() }.map(\.value) }
    }

    package enum Event: Sendable {
        case opened(connection: Int)
        case requested(Request)
        case closed(connection: Int)
    }

    /// The server's side of one request. What is written after the client has gone is lost.
    package struct Exchange: Sendable {
        fileprivate let channel: any Channel

        /// A whole answer.
        package func respond(_ status: Int, _ headers: [(String, String)] = [], _ body: String = "") {
            begin(status, headers + [("content-length", "\(body.utf8.count)")])
            if !body.isEmpty { write(body) }
            end()
        }

        /// The head alone; what follows is chunked unless the headers tell a length.
        package func begin(_ status: Int, _ headers: [(String, String)] = []) {
            let head = HTTPResponseHead(version: .http1_1, status: HTTPResponseStatus(statusCode: status), headers: HTTPHeaders(headers))
            channel.writeAndFlush(HTTPServerResponsePart.head(head), promise: nil)
        }

        package func write(_ text: String) { write(Array(text.utf8)) }

        package func write(_ bytes: [UInt8]) {
            channel.writeAndFlush(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: bytes))), promise: nil)
        }

        package func end() { channel.writeAndFlush(HTTPServerResponsePart.end(nil), promise: nil) }

        /// Closes the connection, whatever was promised.
        package func cut() { channel.close(promise: nil) }
    }

    package let port: Int
    package var url: String { "http://127.0.0.1:\(port)" }
    private let listener: any Channel

    /// - Parameters:
    ///   - observe: Told of everything, on event loops.
    ///   - answer: Called with each whole request, on its event loop; it may answer then or later.
    package static func start(
        observe: @escaping @Sendable (Event) -> Void = { _ in }, answer: @escaping @Sendable (Request, Exchange) -> Void
    ) async throws -> StubHTTPServer {
        let count = Mutex(0)
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false).flatMapThrowing {
                    let number = count.withLock { count -> Int in
                        count += 1
                        return count
                    }
                    try channel.pipeline.syncOperations.addHandler(Requests(connection: number, observe: observe, answer: answer))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return StubHTTPServer(listener)
    }

    private init(_ listener: any Channel) {
        self.listener = listener
        port = listener.localAddress?.port ?? 0
    }

    /// No new connections; those that stand stay.
    package func stop() async {
        // It is closed already, then.
        try? await listener.close()
    }

    private final class Requests: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        private let connection: Int
        private let observe: @Sendable (Event) -> Void
        private let answer: @Sendable (Request, Exchange) -> Void
        private var request: Request?

        init(
            connection: Int, observe: @escaping @Sendable (Event) -> Void, answer: @escaping @Sendable (Request, Exchange) -> Void
        ) {
            self.connection = connection
            self.observe = observe
            self.answer = answer
        }

        func channelActive(context: ChannelHandlerContext) {
            observe(.opened(connection: connection))
            context.fireChannelActive()
        }

        func channelInactive(context: ChannelHandlerContext) {
            observe(.closed(connection: connection))
            context.fireChannelInactive()
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head):
                request = Request(
                    method: head.method.rawValue, uri: head.uri, headers: head.headers.map { ($0.name, $0.value) }, body: "",
                    connection: connection)
            case .body(let bytes): request?.body += String(buffer: bytes)
            case .end:
                guard let request else { return }
                self.request = nil
                observe(.requested(request))
                answer(request, Exchange(channel: context.channel))
            }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
