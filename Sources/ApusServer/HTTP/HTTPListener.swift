package import ApusFronts
import NIOCore
import NIOHTTP1

/// One port for requests by HTTP/1.1, which are handed to a service, and for the WebSockets that it lets some of them become.
///
/// The caps of the ``ConnectionTable`` and the bounds of the limits hold before a service is asked anything; names, pages and keys are
/// the service's to judge. From ``open(_:table:)`` on connections are accepted; those that come before ``run(_:)`` wait.
package final class HTTPListener: PortListener {
    package let socket: ListeningSocket
    private let opened: AsyncStream<HTTPConnection>

    private init(_ socket: ListeningSocket, _ opened: AsyncStream<HTTPConnection>) {
        self.socket = socket
        self.opened = opened
    }

    package var url: String { socket.url("http") }

    /// Binds. Tells what to do when the port is taken, the address is no one of this machine, or the certificate cannot be used.
    package static func open(_ setting: ListenerSetting, table: ConnectionTable) async throws(ListenerError) -> HTTPListener {
        // Never more than the table lets in.
        let (opened, continuation) = AsyncStream<HTTPConnection>.makeStream()
        let limits = setting.limits
        let socket = try await ListeningSocket.bind(setting, table: table, endsAlone: true, unsentBytes: limits.http.streamBytes) {
            arrival in
            let (requests, addRequest) = AsyncStream<HTTPExchange>.makeStream(bufferingPolicy: .bufferingOldest(1))
            let connection = HTTPConnection(arrival.channel, requests)
            let handler = HTTPConnectionHandler(limits: limits, place: arrival.place, requests: addRequest)
            try Self.configure(arrival.channel, limits, handler)
            arrival.join(connection)
            continuation.yield(connection)
        }
        socket.channel.closeFuture.whenComplete { _ in continuation.finish() }
        return HTTPListener(socket, opened)
    }

    /// Has every request answered by `service`; those of one connection one after another. When it is drained, requests that are being
    /// answered are answered, WebSockets hear 1001, and who asks nothing is closed. Returns when the listener was stopped and all connections have ended;
    /// cancelling closes everything at once.
    ///
    /// - Parameter ended: told of each WebSocket that this side has ended for a fault of its peer, and why.
    package func run(
        _ service: any HTTPService, ended: @escaping @Sendable (_ peer: String, CloseReason) -> Void = { _, _ in }
    ) async {
        await serving {
            await withDiscardingTaskGroup { group in
                for await connection in opened { group.addTask { await connection.run(service, ended) } }
            }
        }
    }

    private static func configure(_ channel: any Channel, _ limits: ListenerLimits, _ handler: HTTPConnectionHandler) throws {
        let decoder = ByteToMessageHandler(
            HTTPRequestDecoder(leftOverBytesStrategy: .forwardBytes, limitConfiguration: limits.decoding),
            // What stands behind a request to upgrade is not decoded.
            maximumBufferSize: limits.headBytes * 2)
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
final class HTTPConnection: LiveConnection {
    private let channel: any Channel
    private let requests: AsyncStream<HTTPExchange>

    init(_ channel: any Channel, _ requests: AsyncStream<HTTPExchange>) {
        self.channel = channel
        self.requests = requests
    }

    /// Returns when the connection is over.
    func run(_ service: any HTTPService, _ told: @Sendable (_ peer: String, CloseReason) -> Void) async {
        for await exchange in requests {
            guard let upgraded = await exchange.run(service) else { continue }
            await upgraded.run()
            // Codes from 4000 on are the front's own.
            if let ending = upgraded.connection.ending, !ending.isOrdinary, ending.code < 4_000 { told(upgraded.connection.peer, ending) }
            return
        }
        abort()
        await ended()
    }

    /// What it has asked is answered; as a WebSocket it hears 1001.
    func farewell() { channel.triggerUserOutboundEvent(HTTPExchange.Order.windDown, promise: nil) }

    func abort() { channel.close(promise: nil) }

    func ended() async {
        // Closing fails nowhere that matters here: closed is closed.
        _ = try? await channel.closeFuture.get()
    }
}
