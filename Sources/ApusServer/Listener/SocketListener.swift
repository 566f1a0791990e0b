import NIOCore
import NIOHTTP1
import NIOWebSocket

/// One port: HTTP/1.1 with `/health` and WebSockets, which are handed to ``run(_:)``'s body.
///
/// Host and Origin, the caps of the ``ConnectionTable`` and the time of the head are looked at before anything else. From ``open`` on
/// connections are accepted; those that come before ``run(_:)`` wait.
package final class SocketListener: PortListener {
    package let socket: ListeningSocket
    private let upgraded: AsyncStream<WebSocketConnection>

    private init(_ socket: ListeningSocket, _ upgraded: AsyncStream<WebSocketConnection>) {
        self.socket = socket
        self.upgraded = upgraded
    }

    package var url: String { socket.url("ws") }

    /// Binds. Tells what to do when the port is taken, the address is no one of this machine, or the certificate cannot be used.
    ///
    /// - Parameter health: the body of `/health`, JSON.
    package static func open(
        _ setting: ListenerSetting, table: ConnectionTable, health: @escaping @Sendable () -> [UInt8]
    ) async throws(ListenerError) -> SocketListener {
        // Never more than the table lets in.
        let (upgraded, continuation) = AsyncStream<WebSocketConnection>.makeStream()
        let limits = setting.limits
        let socket = try await ListeningSocket.bind(setting, table: table, endsAlone: false, unsentBytes: 256 << 10) { arrival in
            let wall = HostWall(boundTo: setting.host, allowing: setting.allowedHosts, isSecure: arrival.isSecure)
            try Self.configure(arrival.channel, wall, limits, health) { connection in
                arrival.join(connection)
                continuation.yield(connection)
            }
        }
        socket.channel.closeFuture.whenComplete { _ in continuation.finish() }
        return SocketListener(socket, upgraded)
    }

    /// Serves every connection with `serve`, each in a task of its own; those who are there when it is drained hear 1001. Returns when the
    /// listener was stopped and all of them have ended; cancelling closes everything at once.
    package func run(_ serve: @escaping @Sendable (WebSocketConnection, _ accept: @escaping @Sendable () -> Void) async -> Void) async {
        await serving {
            await withDiscardingTaskGroup { group in
                for await connection in upgraded {
                    let place = socket.live.place(of: connection)
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
        }
    }

    private static func configure(
        _ channel: any Channel, _ wall: HostWall, _ limits: ListenerLimits, _ health: @escaping @Sendable () -> [UInt8],
        _ upgraded: @escaping @Sendable (WebSocketConnection) -> Void
    ) throws {
        let encoder = HTTPResponseEncoder()
        let decoder = ByteToMessageHandler(
            HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits.decoding),
            maximumBufferSize: limits.headBytes * 2)
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
