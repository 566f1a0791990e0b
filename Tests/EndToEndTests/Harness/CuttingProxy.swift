import NIOCore
import NIOPosix
import Synchronization

/// A port that carries bytes to another one of this machine, until it is told to cut what it carries: a network that fails.
final class CuttingProxy: Sendable {
    private struct State {
        var target: Int
        var channels: [ObjectIdentifier: any Channel] = [:]
        var carried = 0
    }

    let port: Int
    private let server: any Channel
    private let shared: Shared

    private final class Shared: Sendable {
        let state: Mutex<State>
        init(_ target: Int) { state = Mutex(State(target: target)) }

        func add(_ channel: any Channel) {
            state.withLock {
                $0.channels[ObjectIdentifier(channel)] = channel
                $0.carried += 1
            }
            channel.closeFuture.whenComplete { [self] _ in
                state.withLock { _ = $0.channels.removeValue(forKey: ObjectIdentifier(channel)) }
            }
        }
    }

    private init(_ server: any Channel, _ shared: Shared) {
        self.server = server
        self.shared = shared
        port = server.localAddress?.port ?? 0
    }

    /// Where connections of from now on go, for a server that was started again.
    func lead(to port: Int) { shared.state.withLock { $0.target = port } }

    /// Connections that were carried so far.
    var count: Int { shared.state.withLock { $0.carried } }

    /// Ends every connection, without a word to either end.
    func cut() {
        for channel in shared.state.withLock({ Array($0.channels.values) }) { channel.close(promise: nil) }
    }

    static func lend<Result>(to port: Int, _ body: (CuttingProxy) async throws -> Result) async throws -> Result {
        let shared = Shared(port)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.autoRead, value: false)
            .childChannelInitializer { client in
                let target = shared.state.withLock { $0.target }
                let bootstrap = ClientBootstrap(group: client.eventLoop).channelOption(.autoRead, value: false)
                return bootstrap.connect(host: "127.0.0.1", port: target).flatMapThrowing { far in
                    shared.add(client)
                    try client.pipeline.syncOperations.addHandler(Carrier(to: far))
                    try far.pipeline.syncOperations.addHandler(Carrier(to: client))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let proxy = CuttingProxy(server, shared)
        do {
            let result = try await body(proxy)
            try await proxy.end()
            return result
        } catch {
            try? await proxy.end()
            throw error
        }
    }

    private func end() async throws {
        try await server.close().get()
        cut()
    }
}

/// One direction: reads on when the other end has taken what came.
private final class Carrier: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer

    private let other: any Channel

    init(to other: any Channel) { self.other = other }

    func handlerAdded(context: ChannelHandlerContext) { if context.channel.isActive { context.read() } }
    func channelActive(context: ChannelHandlerContext) { context.read() }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        other.writeAndFlush(unwrapInboundIn(data)).whenComplete { result in
            switch result {
            case .success: bound.value.read()
            case .failure: bound.value.close(promise: nil)
            }
        }
    }

    func channelInactive(context: ChannelHandlerContext) { other.close(promise: nil) }
    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
}
