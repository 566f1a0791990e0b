import NIOCore
import NIOPosix
import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What all listeners do alike: the address, the caps of the ``ConnectionTable``, TLS, and what is said when a port cannot be had.
package struct ListeningSocket: Sendable {
    let channel: any Channel
    let host: String
    let port: Int
    let isSecure: Bool
    let live: LiveConnections

    /// A connection that has a place, before anything was read from it.
    struct Arrival: Sendable {
        let channel: any Channel
        let place: ConnectionTable.Place
        let isSecure: Bool
        fileprivate let live: LiveConnections

        /// Counts it among those that are told of the end, for as long as its socket is open.
        func join(_ connection: any LiveConnection) {
            live.insert(connection, place)
            channel.closeFuture.whenComplete { [live] _ in live.remove(connection) }
        }
    }

    /// - Parameters:
    ///   - endsAlone: whether a peer may end its side and still read; otherwise its end is the connection's.
    ///   - unsentBytes: what the kernel takes for a peer beyond what is on its way. Without a bound it takes megabytes for a slow one, and
    ///     says nothing until a third of them is gone.
    ///   - configure: puts the handlers behind TLS. Throwing closes the connection.
    static func bind(
        _ setting: ListenerSetting, table: ConnectionTable, endsAlone: Bool, unsentBytes: Int,
        configure: @escaping @Sendable (Arrival) throws -> Void
    ) async throws(ListenerError) -> ListeningSocket {
        let live = LiveConnections()
        let tls = try TLS.context(setting.tls)
        let bootstrap = ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.backlog, value: 256)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelInitializer { channel in
                // Out of descriptors: the loop looks again in a second, not all the time.
                channel.eventLoop.makeCompletedFuture { try channel.pipeline.syncOperations.addHandler(AcceptBackoffHandler()) }
            }
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.tcpOption(NIOBSDSocket.Option(rawValue: TCP_NOTSENT_LOWAT)), value: unsentBytes)
            .childChannelOption(.allowRemoteHalfClosure, value: endsAlone)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let place = table.enter(from: channel.remoteAddress?.ipAddress ?? "") else {
                        try channel.pipeline.syncOperations.addHandler(FullHouse(table))
                        return
                    }
                    channel.closeFuture.whenComplete { _ in place.leave() }
                    if let tls { try channel.pipeline.syncOperations.addHandler(NIOSSLServerHandler(context: tls)) }
                    try configure(Arrival(channel: channel, place: place, isSecure: tls != nil, live: live))
                }
            }
        do {
            let channel = try await bootstrap.bind(host: setting.host, port: setting.port).get()
            return ListeningSocket(
                channel: channel, host: setting.host, port: channel.localAddress?.port ?? setting.port, isSecure: tls != nil,
                live: live)
        } catch {
            throw sentence(error, setting)
        }
    }

    func url(_ scheme: String) -> String { "\(scheme)\(isSecure ? "s" : "")://\(host.contains(":") ? "[\(host)]" : host):\(port)" }

    func close() async {
        // One that is closed already is what was wanted.
        _ = try? await channel.close().get()
    }

    private static func sentence(_ error: any Error, _ setting: ListenerSetting) -> ListenerError {
        let place = "\(setting.host) port \(setting.port)"
        switch (error as? IOError)?.errnoCode {
        case EADDRINUSE?:
            return ListenerError(.inUse, "Cannot listen on \(place): another program has it. Choose another with --port (0: any).")
        case EACCES?, EPERM?:
            return ListenerError(.address, "Cannot listen on \(place): this user may not. Choose a port above 1023 with --port.")
        default:
            return ListenerError(.address, "Cannot listen on \(place): \(error). Name an address of this machine.")
        }
    }
}

/// Tells who comes too late, or too often, and closes.
private final class FullHouse: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private let table: ConnectionTable
    private var isHeard = false
    private var deadline: Scheduled<Void>?

    init(_ table: ConnectionTable) { self.table = table }

    func channelActive(context: ChannelHandlerContext) {
        let body = #"{"error":"Too many connections at a time; try again later","code":"connection_limit_exceeded"}"#
        let text =
            "HTTP/1.1 503 Service Unavailable\r\nconnection: close\r\ncontent-type: application/json; charset=utf-8\r\n"
            + "content-length: \(body.utf8.count)\r\nretry-after: 1\r\n\r\n" + body
        let bound = NIOLoopBound(context, eventLoop: context.eventLoop)
        isHeard = table.hearOut()
        // Only this direction at first: closing both while the peer still sends would take the answer away from it.
        let mode = isHeard ? CloseMode.output : .all
        context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: text))).whenComplete { _ in bound.value.close(mode: mode, promise: nil) }
        if isHeard { deadline = context.eventLoop.scheduleTask(in: .milliseconds(500)) { bound.value.close(promise: nil) } }
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        if isHeard { table.heardOut() }
        isHeard = false
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if case .inputClosed? = event as? ChannelEvent { context.close(promise: nil) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {}
}
