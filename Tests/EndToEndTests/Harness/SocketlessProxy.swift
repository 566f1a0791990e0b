import ApusTestServer
import NIOCore
import NIOPosix

/// A port that carries HTTP to another one of this machine, and hangs up on whoever wants to upgrade: a network without WebSockets.
enum SocketlessProxy {
    static func lend<Result>(to port: Int, _ body: (Int) async throws -> Result) async throws -> Result {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { client in
                client.eventLoop.makeCompletedFuture { try client.pipeline.syncOperations.addHandler(FirstWords(port: port)) }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let result: Swift.Result<Result, any Error>
        do { result = .success(try await body(server.localAddress?.port ?? 0)) } catch { result = .failure(error) }
        try await server.close().get()
        return try result.get()
    }

    /// Reads heads until it knows what is wanted, and carries bytes from then on.
    private final class FirstWords: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let port: Int
        private var waiting = ByteBuffer()
        private var far: (any Channel)?

        init(port: Int) { self.port = port }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            var buffer = unwrapInboundIn(data)
            if let far { return far.writeAndFlush(buffer, promise: nil) }
            let isFirst = waiting.readableBytes == 0
            waiting.writeBuffer(&buffer)
            let text = String(buffer: waiting).lowercased()
            if text.contains("upgrade: websocket") { return context.close(promise: nil) }
            guard isFirst else { return }
            let client = context.channel
            let bound = NIOLoopBound(self, eventLoop: context.eventLoop)
            ClientBootstrap(group: context.eventLoop)
                .channelInitializer { far in
                    far.eventLoop.makeCompletedFuture { try far.pipeline.syncOperations.addHandler(Back(to: client)) }
                }
                .connect(host: "127.0.0.1", port: port).whenComplete { result in
                    switch result {
                    case .success(let far):
                        let handler = bound.value
                        handler.far = far
                        far.writeAndFlush(handler.waiting, promise: nil)
                    case .failure: client.close(promise: nil)
                    }
                }
        }

        func channelInactive(context: ChannelHandlerContext) { far?.close(promise: nil) }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }

    private final class Back: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let client: any Channel
        init(to client: any Channel) { self.client = client }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) { client.writeAndFlush(unwrapInboundIn(data), promise: nil) }
        func channelInactive(context: ChannelHandlerContext) { client.close(promise: nil) }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
