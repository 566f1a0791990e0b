import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import NIOWebSocket
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// One port: HTTP/1.1 with `/health` and WebSockets, which are handed to ``run(_:)``'s body.
///
/// Host and Origin, the caps of the ``ConnectionTable`` and the time of the head are looked at before anything else. From ``open`` on
/// connections are accepted; those that come before ``run(_:)`` wait.
package final class SocketListener: Sendable {
    /// Where it listens: the port that the system chose, where it was asked to.
    package let host: String
    package let port: Int
    package let isSecure: Bool
    private let server: any Channel
    private let limits: ListenerLimits
    private let upgraded: AsyncStream<WebSocketConnection>
    private let live: LiveConnections

    private init(_ server: any Channel, _ setting: ListenerSetting, _ upgraded: AsyncStream<WebSocketConnection>, _ live: LiveConnections) {
        self.server = server
        host = setting.host
        port = server.localAddress?.port ?? setting.port
        isSecure = setting.tls != nil
        limits = setting.limits
        self.upgraded = upgraded
        self.live = live
    }

    /// As clients write it.
    package var url: String { "\(isSecure ? "wss" : "ws")://\(host.contains(":") ? "[\(host)]" : host):\(port)" }
    package var connectionCount: Int { live.count }

    /// Binds. Tells what to do when the port is taken, the address is no one of this machine, or the certificate cannot be used.
    ///
    /// - Parameter health: the body of `/health`, JSON.
    package static func open(
        _ setting: ListenerSetting, table: ConnectionTable, health: @escaping @Sendable () -> [UInt8]
    ) async throws(ListenerError) -> SocketListener {
        let tls = try TLS.context(setting.tls)
        // Never more than the table lets in.
        let (upgraded, continuation) = AsyncStream<WebSocketConnection>.makeStream()
        let live = LiveConnections()
        let wall = HostWall(boundTo: setting.host, allowing: setting.allowedHosts, isSecure: tls != nil)
        let limits = setting.limits
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            // Else the kernel takes megabytes for a slow peer, and says nothing until a third of them is gone.
            .childChannelOption(.tcpOption(NIOBSDSocket.Option(rawValue: TCP_NOTSENT_LOWAT)), value: 256 << 10)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let place = table.enter(from: channel.remoteAddress?.ipAddress ?? "") else {
                        try channel.pipeline.syncOperations.addHandler(FullHouse())
                        return
                    }
                    channel.closeFuture.whenComplete { _ in place.leave() }
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try Self.configure(channel, wall, limits, health) { connection in
                        live.insert(connection, place)
                        channel.closeFuture.whenComplete { _ in live.remove(connection) }
                        continuation.yield(connection)
                    }
                }
            }
        let server: any Channel
        do {
            server = try await bootstrap.bind(host: setting.host, port: setting.port).get()
        } catch {
            throw Self.sentence(error, setting)
        }
        server.closeFuture.whenComplete { _ in continuation.finish() }
        return SocketListener(server, setting, upgraded, live)
    }

    /// Serves every connection with `serve`, each in a task of its own. Returns when the listener was stopped and all of them have
    /// ended; cancelling closes everything at once.
    package func run(_ serve: @escaping @Sendable (WebSocketConnection, _ accept: @escaping @Sendable () -> Void) async -> Void) async {
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                for await connection in upgraded {
                    let place = live.place(of: connection)
                    group.addTask {
                        await serve(connection) {
                            place?.authenticated()
                            connection.authenticated()
                        }
                        connection.close(.normal)
                        await connection.ended()
                    }
                }
            }
        } onCancel: {
            server.close(promise: nil)
            live.stopAccepting()
            for connection in live.all { connection.abort() }
        }
    }

    /// Nobody new gets in; who is in stays.
    package func stopAccepting() async {
        live.stopAccepting()
        // One that is closed already is what was wanted.
        _ = try? await server.close().get()
    }

    /// Says 1001 to everybody and returns when all are gone; after `limit` they are cut off.
    package func drain(within limit: Duration) async {
        await stopAccepting()
        let all = live.all
        for connection in all { connection.close(.goingAway) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // Cancelled: all are gone in time.
                guard (try? await Task.sleep(for: limit)) != nil else { return }
                for connection in all { connection.abort() }
            }
            for connection in all { await connection.ended() }
            group.cancelAll()
        }
    }

    private static func configure(
        _ channel: any Channel, _ wall: HostWall, _ limits: ListenerLimits, _ health: @escaping @Sendable () -> [UInt8],
        _ upgraded: @escaping @Sendable (WebSocketConnection) -> Void
    ) throws {
        var head = NIOHTTPDecoderLimitConfiguration()
        head.maxHeaderFieldSize = limits.headBytes
        head.maxHeaderListSize = limits.headBytes
        head.maxHeaderFieldCount = 100
        let encoder = HTTPResponseEncoder()
        let decoder = ByteToMessageHandler(
            HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: head), maximumBufferSize: limits.headBytes * 2)
        let gate = RequestGate(wall: wall, limits: limits, health: health)
        let upgrader = NIOTypedWebSocketServerUpgrader<Void>(
            maxFrameSize: limits.messageBytes, enableAutomaticErrorHandling: false,
            shouldUpgrade: { channel, _ in channel.eventLoop.makeSucceededFuture([:]) },
            upgradePipelineHandler: { channel, _ in
                channel.eventLoop.makeCompletedFuture {
                    let connection = WebSocketConnection(channel: channel, limits: limits)
                    let pace = PeerPace()
                    try channel.pipeline.syncOperations.addHandler(pace, position: .first)
                    try channel.pipeline.syncOperations.addHandler(WebSocketHandler(connection, pace, limits: limits))
                    upgraded(connection)
                }
            })
        let upgrade = NIOTypedHTTPServerUpgradeHandler<Void>(
            httpEncoder: encoder, extraHTTPHandlers: [decoder, gate],
            upgradeConfiguration: NIOTypedHTTPServerUpgradeConfiguration(upgraders: [upgrader]) { channel in
                // The gate lets nothing through that cannot be upgraded.
                channel.close()
            })
        try channel.pipeline.syncOperations.addHandlers([
            StrangerBudget(bytes: limits.unauthenticatedBytes), encoder, decoder, gate, upgrade,
        ])
    }

    private static func sentence(_ error: any Error, _ setting: ListenerSetting) -> ListenerError {
        let place = "\(setting.host) port \(setting.port)"
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE?:
            return ListenerError(.inUse, "Cannot listen on \(place): another program has it. Choose another with --port (0: any).")
        case EACCES?, EPERM?:
            return ListenerError(.address, "Cannot listen on \(place): this user may not. Choose a port above 1023 with --port.")
        default:
            return ListenerError(.address, "Cannot listen on \(place): \(error). Name an address of this machine with --host.")
        }
    }
}

/// Tells who comes too late, or too often, and closes.
private final class FullHouse: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    func channelActive(context: ChannelHandlerContext) {
        let text = "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-length: 0\r\nretry-after: 1\r\n\r\n"
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text))).whenComplete { _ in bound.value.close(promise: nil) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}
}

/// The WebSockets of one listener.
final class LiveConnections: Sendable {
    private struct Entry {
        var connection: WebSocketConnection
        var place: ConnectionTable.Place
    }

    private struct State {
        var entries: [ObjectIdentifier: Entry] = [:]
        var isAccepting = true
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.entries.count } }
    var all: [WebSocketConnection] { state.withLock { $0.entries.values.map(\.connection) } }

    /// One whose handshake ended after the listener was stopped is told so.
    func insert(_ connection: WebSocketConnection, _ place: ConnectionTable.Place) {
        let isWelcome = state.withLock { state in
            state.entries[ObjectIdentifier(connection)] = Entry(connection: connection, place: place)
            return state.isAccepting
        }
        if !isWelcome { connection.close(.goingAway) }
    }

    func remove(_ connection: WebSocketConnection) { state.withLock { $0.entries[ObjectIdentifier(connection)] = nil } }
    func stopAccepting() { state.withLock { $0.isAccepting = false } }
    func place(of connection: WebSocketConnection) -> ConnectionTable.Place? {
        state.withLock { $0.entries[ObjectIdentifier(connection)]?.place }
    }
}
