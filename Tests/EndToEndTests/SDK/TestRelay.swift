import DroidSDK
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Synchronization

/// A relay as remote computers are reached through: it takes WebSockets at `/v0/computer/<id>/client`, carries messages both ways between
/// each and a connection of its own to the daemon, and answers everything else with 404.
final class TestRelay: Sendable {
    private enum Arrival: Sendable {
        case client(NIOAsyncChannel<WebSocketFrame, WebSocketFrame>)
        case stranger
    }

    private typealias Arrivals = NIOAsyncChannel<EventLoopFuture<Arrival>, Never>

    private static let messageLimit = 32 << 20

    let url: String
    private let asked: Seen

    /// What was asked for, in its order.
    var paths: [String] { asked.paths.withLock { $0 } }

    private init(port: Int, asked: Seen) {
        url = "ws://127.0.0.1:\(port)"
        self.asked = asked
    }

    private final class Seen: Sendable {
        let paths = Mutex<[String]>([])
    }

    /// Runs a relay to a daemon's WebSocket for as long as the closure takes.
    static func lend<Result>(to daemon: String, computer: String, _ body: (TestRelay) async throws -> Result) async throws -> Result {
        let asked = Seen()
        let listener = try await listen(at: "/v0/computer/\(computer)/client", asked)
        let relay = TestRelay(port: listener.channel.localAddress?.port ?? 0, asked: asked)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await serve(listener, daemon) }
            defer { group.cancelAll() }
            return try await body(relay)
        }
    }

    private static func listen(at path: String, _ asked: Seen) async throws -> Arrivals {
        try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton).bind(host: "127.0.0.1", port: 0) { channel in
            channel.eventLoop.makeCompletedFuture {
                let upgrader = NIOTypedWebSocketServerUpgrader<Arrival>(
                    maxFrameSize: messageLimit,
                    shouldUpgrade: { channel, head in
                        asked.paths.withLock { $0.append(head.uri) }
                        return channel.eventLoop.makeSucceededFuture(head.uri == path ? HTTPHeaders() : nil)
                    },
                    upgradePipelineHandler: { channel, _ in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHandler(
                                NIOWebSocketFrameAggregator(
                                    minNonFinalFragmentSize: 1, maxAccumulatedFrameCount: 1_024, maxAccumulatedFrameSize: messageLimit))
                            return .client(try NIOAsyncChannel(wrappingChannelSynchronously: channel))
                        }
                    })
                let configuration = NIOTypedHTTPServerUpgradeConfiguration(
                    upgraders: [upgrader],
                    notUpgradingCompletionHandler: { channel in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHandler(NotFound())
                            return .stranger
                        }
                    })
                return try channel.pipeline.syncOperations.configureUpgradableHTTPServerPipeline(
                    configuration: NIOUpgradableHTTPServerPipelineConfiguration(upgradeConfiguration: configuration))
            }
        }
    }

    private static func serve(_ listener: Arrivals, _ daemon: String) async throws {
        try await listener.executeThenClose { arrivals in
            try await withThrowingDiscardingTaskGroup { group in
                for try await arrival in arrivals {
                    // A connection that ends badly is its client's to notice.
                    group.addTask {
                        if case .client(let client) = try? await arrival.get() { try? await carry(client, daemon) }
                    }
                }
            }
        }
    }

    private static func carry(_ client: NIOAsyncChannel<WebSocketFrame, WebSocketFrame>, _ url: String) async throws {
        try await client.executeThenClose { frames, outbound in
            let daemon = WebSocketTransport(url: url)
            try await daemon.connect()
            await withTaskGroup(of: Void.self) { group in
                // Whichever end is through first, or broken, ends both.
                group.addTask { try? await toClient(daemon, outbound) }
                group.addTask { try? await toDaemon(frames, daemon, outbound) }
                await group.next()
                group.cancelAll()
            }
            await daemon.close()
        }
    }

    private static func toClient(
        _ daemon: WebSocketTransport, _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
    ) async throws {
        for try await message in daemon.messages {
            try await outbound.write(WebSocketFrame(fin: true, opcode: .text, data: ByteBuffer(string: message)))
        }
    }

    private static func toDaemon(
        _ frames: NIOAsyncChannelInboundStream<WebSocketFrame>, _ daemon: WebSocketTransport,
        _ outbound: NIOAsyncChannelOutboundWriter<WebSocketFrame>
    ) async throws {
        for try await frame in frames {
            switch frame.opcode {
            case .text, .binary: try await daemon.send(String(buffer: frame.unmaskedData))
            case .connectionClose:
                try await outbound.write(WebSocketFrame(fin: true, opcode: .connectionClose, data: frame.unmaskedData))
                return
            default: break
            }
        }
    }

    private final class NotFound: ChannelInboundHandler {
        typealias InboundIn = HTTPServerRequestPart
        typealias OutboundOut = HTTPServerResponsePart

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            guard case .end = unwrapInboundIn(data) else { return }
            let head = HTTPResponseHead(
                version: .http1_1, status: .notFound, headers: ["Content-Length": "0", "Connection": "close"])
            context.write(wrapOutboundOut(.head(head)), promise: nil)
            context.writeAndFlush(wrapOutboundOut(.end(nil)), promise: nil)
            context.close(promise: nil)
        }
    }
}
