import NIOCore
import NIOHTTP1
import NIOWebSocket

/// One port: HTTP/1.1 with `/health` and WebSockets, which are handed to ``run(_:)``'s body.
///
/// Host and Origin, the caps of the ``ConnectionTable`` and the time of the head are looked at before anything else. From ``open`` on
/// connections are accepted; those that come before ``run(_:)`` wait.
package final class SocketListener: PortListener {
    private let socket: ListeningSocket
    private let upgraded: AsyncStream<WebSocketConnection>
    private let live: LiveConnections<WebSocketConnection>

    private init(_ socket: ListeningSocket, _ upgraded: AsyncStream<WebSocketConnection>, _ live: LiveConnections<WebSocketConnection>) {
        self.socket = socket
        self.upgraded = upgraded
        self.live = live
    }

    package var host: String { socket.host }
    package var port: Int { socket.port }
    package var isSecure: Bool { socket.isSecure }
    package var url: String { socket.url("ws") }
    package var connectionCount: Int { live.count }

    /// Binds. Tells what to do when the port is taken, the address is no one of this machine, or the certificate cannot be used.
    ///
    /// - Parameter health: the body of `/health`, JSON.
    package static func open(
        _ setting: ListenerSetting, table: ConnectionTable, health: @escaping @Sendable () -> [UInt8]
    ) async throws(ListenerError) -> SocketListener {
        // Never more than the table lets in.
        let (upgraded, continuation) = AsyncStream<WebSocketConnection>.makeStream()
        let live = LiveConnections<WebSocketConnection> { $0.close(.goingAway) }
        let limits = setting.limits
        let socket = try await ListeningSocket.bind(setting, table: table, endsAlone: false, unsentBytes: 256 << 10) {
            channel, place, isSecure in
            let wall = HostWall(boundTo: setting.host, allowing: setting.allowedHosts, isSecure: isSecure)
            try Self.configure(channel, wall, limits, health) { connection in
                live.insert(connection, place)
                channel.closeFuture.whenComplete { _ in live.remove(connection) }
                continuation.yield(connection)
            }
        }
        socket.channel.closeFuture.whenComplete { _ in continuation.finish() }
        return SocketListener(socket, upgraded, live)
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
            socket.channel.close(promise: nil)
            live.stopAccepting()
            for connection in live.all { connection.abort() }
        }
    }

    package func stopAccepting() async {
        live.stopAccepting()
        await socket.close()
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
}
