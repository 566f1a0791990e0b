package import ApusFronts
import NIOCore
import NIOHTTP1

/// One port for requests by HTTP/1.1, which are handed to a service.
///
/// The caps of the ``ConnectionTable`` and the bounds of the limits hold before a service is asked anything; names, pages and keys are
/// the service's to judge. From ``open(_:table:)`` on connections are accepted; those that come before ``run(_:)`` wait.
package final class HTTPListener: PortListener {
    private let socket: ListeningSocket
    private let opened: AsyncStream<HTTPConnection>
    private let live: LiveConnections<HTTPConnection>

    private init(_ socket: ListeningSocket, _ opened: AsyncStream<HTTPConnection>, _ live: LiveConnections<HTTPConnection>) {
        self.socket = socket
        self.opened = opened
        self.live = live
    }

    package var host: String { socket.host }
    package var port: Int { socket.port }
    package var isSecure: Bool { socket.isSecure }
    package var url: String { socket.url("http") }
    package var connectionCount: Int { live.count }

    /// Binds. Tells what to do when the port is taken, the address is no one of this machine, or the certificate cannot be used.
    package static func open(_ setting: ListenerSetting, table: ConnectionTable) async throws(ListenerError) -> HTTPListener {
        // Never more than the table lets in.
        let (opened, continuation) = AsyncStream<HTTPConnection>.makeStream()
        let live = LiveConnections<HTTPConnection> { $0.windDown() }
        let limits = setting.limits
        let socket = try await ListeningSocket.bind(setting, table: table, endsAlone: true, unsentBytes: limits.http.streamBytes) {
            channel, place, _ in
            let (requests, addRequest) = AsyncStream<HTTPExchange>.makeStream(bufferingPolicy: .bufferingOldest(1))
            let connection = HTTPConnection(channel, requests)
            try Self.configure(channel, limits, HTTPConnectionHandler(limits: limits, place: place, requests: addRequest))
            live.insert(connection, place)
            channel.closeFuture.whenComplete { _ in live.remove(connection) }
            continuation.yield(connection)
        }
        socket.channel.closeFuture.whenComplete { _ in continuation.finish() }
        return HTTPListener(socket, opened, live)
    }

    /// Has every request answered by `service`; those of one connection one after another. Returns when the listener was stopped and all
    /// connections have ended; cancelling closes everything at once.
    package func run(_ service: any HTTPService) async {
        await withTaskCancellationHandler {
            await withDiscardingTaskGroup { group in
                for await connection in opened { group.addTask { await connection.run(service) } }
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

    /// Requests that are being answered are answered; who asks nothing is closed.
    package func drain(within limit: Duration) async {
        await stopAccepting()
        let all = live.all
        for connection in all { connection.windDown() }
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

    private static func configure(_ channel: any Channel, _ limits: ListenerLimits, _ handler: HTTPConnectionHandler) throws {
        var head = NIOHTTPDecoderLimitConfiguration()
        head.maxHeaderFieldSize = limits.headBytes
        head.maxHeaderListSize = limits.headBytes
        head.maxHeaderFieldCount = 100
        let decoder = ByteToMessageHandler(HTTPRequestDecoder(leftOverBytesStrategy: .dropBytes, limitConfiguration: head))
        var encoding = HTTPResponseEncoder.Configuration()
        encoding.automaticallySetFramingHeaders = false
        // Little at a time: what is decoded with it waits for the answers before it.
        let options = channel.syncOptions
        try options?.setOption(.recvAllocator, value: AdaptiveRecvByteBufferAllocator(minimum: 1_024, initial: 4_096, maximum: 16 << 10))
        try options?.setOption(.maxMessagesPerRead, value: 1)
        try channel.pipeline.syncOperations.addHandlers([
            HTTPResponseEncoder(configuration: encoding), decoder, NIOHTTPResponseHeadersValidator(), handler,
        ])
    }
}

/// One peer of an ``HTTPListener``.
final class HTTPConnection: Sendable {
    private let channel: any Channel
    private let requests: AsyncStream<HTTPExchange>

    init(_ channel: any Channel, _ requests: AsyncStream<HTTPExchange>) {
        self.channel = channel
        self.requests = requests
    }

    /// Returns when the connection is over.
    func run(_ service: any HTTPService) async {
        for await exchange in requests { await exchange.run(service) }
        abort()
        await ended()
    }

    /// Returns at once: ``ended()`` waits.
    func windDown() { channel.triggerUserOutboundEvent(HTTPExchange.Order.windDown, promise: nil) }

    /// Ends it without a word.
    func abort() { channel.close(promise: nil) }

    /// Returns when the socket is closed.
    func ended() async {
        // Closing fails nowhere that matters here: closed is closed.
        _ = try? await channel.closeFuture.get()
    }
}
