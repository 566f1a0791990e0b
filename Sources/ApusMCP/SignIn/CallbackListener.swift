import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// The port of this machine to which the browser is sent after a sign-in (RFC 8252). Answers `GET /callback` and nothing else, to
/// whoever names it by a loopback name.
final class CallbackListener: Sendable {
    private static let path = "/callback"
    /// A browser asks at once; who is silent is not one.
    private static let idle = TimeAmount.seconds(10)

    private let take: @Sendable (OAuthFlow.Callback) -> Bool
    private let channel = Mutex<(any Channel)?>(nil)

    private init(_ take: @escaping @Sendable (OAuthFlow.Callback) -> Bool) { self.take = take }

    /// Lends an open listener.
    ///
    /// - Parameters:
    ///   - port: 0: whichever is free.
    ///   - take: whether it was what is waited for; quick.
    static func with<Value>(
        port: Int, take: @escaping @Sendable (OAuthFlow.Callback) -> Bool,
        _ body: (_ redirect: String) async throws(OAuthFault) -> Value
    ) async throws(OAuthFault) -> Value {
        let listener = CallbackListener(take)
        let redirect = try await listener.open(port)
        do throws(OAuthFault) {
            let value = try await body(redirect)
            await listener.close()
            return value
        } catch {
            await listener.close()
            throw error
        }
    }

    private func open(_ port: Int) async throws(OAuthFault) -> String {
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(ChannelOptions.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(IdleStateHandler(allTimeout: Self.idle))
                    try channel.pipeline.syncOperations.configureHTTPServerPipeline(withErrorHandling: false)
                    try channel.pipeline.syncOperations.addHandler(Handler(self))
                }
            }
        do {
            let made = try await bootstrap.bind(host: "127.0.0.1", port: port).get()
            channel.withLock { $0 = made }
            return "http://127.0.0.1:\(made.localAddress?.port ?? port)\(Self.path)"
        } catch {
            throw OAuthFault("The port \(port) for the callback of the sign-in cannot be opened: \(error). Choose another callbackPort.")
        }
    }

    /// Connections that are still answered end by themselves.
    private func close() async { try? await channel.withLock { $0.take() }?.close() }

    private func answer(_ head: HTTPRequestHead) -> (HTTPResponseStatus, String) {
        let host = head.headers.first(name: "host")?.lowercased() ?? ""
        let name = host.split(separator: ":").first.map(String.init) ?? ""
        guard name == "127.0.0.1" || name == "localhost" else { return (.misdirectedRequest, "This is somewhere else.") }
        let parts = head.uri.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.first == Self.path[...] else { return (.notFound, "There is nothing here.") }
        guard head.method == .GET else { return (.methodNotAllowed, "Only GET is answered here.") }
        let callback = OAuthFlow.Callback(query: parts.count > 1 ? parts[1] : "")
        guard take(callback) else { return (.badRequest, "This does not belong to a sign-in that is under way.") }
        return (.ok, Self.sentence(after: callback))
    }

    /// Whether somebody is signed in is known only when the authorization server was asked.
    static func sentence(after callback: OAuthFlow.Callback) -> String {
        guard callback.error == nil else { return "The sign-in was refused. You can close this page." }
        return "Apus has the answer. You can close this page and look where you began."
    }

    private final class Handler: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        private let listener: CallbackListener
        private var head: HTTPRequestHead?

        init(_ listener: CallbackListener) { self.listener = listener }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            switch unwrapInboundIn(data) {
            case .head(let head): self.head = head
            case .body: return
            case .end:
                guard let head else { return }
                let (status, sentence) = listener.answer(head)
                let page = "<!doctype html><meta charset=\"utf-8\"><title>Apus</title><p>\(sentence)</p>\n"
                let headers: HTTPHeaders = [
                    "content-type": "text/html; charset=utf-8", "content-length": String(page.utf8.count), "connection": "close",
                    "cache-control": "no-store", "referrer-policy": "no-referrer", "x-content-type-options": "nosniff",
                    "content-security-policy": "default-src 'none'",
                ]
                context.write(wrapOutboundOut(.head(HTTPResponseHead(version: .http1_1, status: status, headers: headers))), promise: nil)
                context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: page)))), promise: nil)
                let channel = context.channel
                context.writeAndFlush(wrapOutboundOut(.end(nil))).whenComplete { _ in channel.close(promise: nil) }
            }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            if event is IdleStateHandler.IdleStateEvent { context.close(promise: nil) }
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
