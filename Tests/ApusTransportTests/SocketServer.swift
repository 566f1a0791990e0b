import ApusTesting
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOWebSocket
import Synchronization

/// A WebSocket server that a test plays, one connection at a time. Answers nothing by itself but the upgrade.
final class SocketServer: Sendable {
    struct Seen: Sendable, Equatable {
        var uri = ""
        var headers: [String] = []
        var texts: [String] = []
        var pongs: [String] = []
        var pings = 0
        var closes: [String] = []
        var connections = 0
    }

    let seen: Watched<Seen>
    let port: Int
    private let listener: any Channel
    private let peer: Watched<(any Channel)?>
    let answersClose: Bool

    /// - Parameter answer: What is sent back for a text.
    static func start(
        upgrades: Bool = true, answersClose: Bool = true, answer: @escaping @Sendable (String) -> [String] = { _ in [] }
    ) async throws -> SocketServer {
        let seen = Watched(Seen())
        let peer = Watched<(any Channel)?>(nil)
        let listener = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                seen.change { $0.connections += 1 }
                let upgrader = NIOWebSocketServerUpgrader(
                    maxFrameSize: 64 << 20, automaticErrorHandling: true,
                    shouldUpgrade: { channel, head in
                        seen.change {
                            $0.uri = head.uri
                            $0.headers = head.headers.map { $0.name.lowercased() }.sorted()
                        }
                        return channel.eventLoop.makeSucceededFuture(upgrades ? [:] : nil)
                    },
                    upgradePipelineHandler: { channel, _ in
                        channel.eventLoop.makeCompletedFuture {
                            try channel.pipeline.syncOperations.addHandler(Frames(seen: seen, answersClose: answersClose, answer: answer))
                            peer.change { $0 = channel }
                        }
                    })
                return channel.pipeline.configureHTTPServerPipeline(
                    withServerUpgrade: (upgraders: [upgrader], completionHandler: { _ in }))
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return SocketServer(seen: seen, peer: peer, listener: listener, answersClose: answersClose)
    }

    private init(seen: Watched<Seen>, peer: Watched<(any Channel)?>, listener: any Channel, answersClose: Bool) {
        self.seen = seen
        self.peer = peer
        self.listener = listener
        self.answersClose = answersClose
        port = listener.localAddress?.port ?? 0
    }

    private func connected() async throws -> any Channel {
        let channel: (any Channel)? = try await within { [peer] in await peer.first { $0 != nil } }
        guard let channel else { throw ChannelError.ioOnClosedChannel }
        return channel
    }

    func send(_ text: String, opcode: WebSocketOpcode = .text, fin: Bool = true) async throws {
        let channel = try await connected()
        try await channel.writeAndFlush(WebSocketFrame(fin: fin, opcode: opcode, data: channel.allocator.buffer(string: text)))
    }

    func close(_ code: UInt16, _ reason: String) async throws {
        let channel = try await connected()
        var data = channel.allocator.buffer(capacity: 32)
        data.writeInteger(code)
        data.writeString(reason)
        try await channel.writeAndFlush(WebSocketFrame(fin: true, opcode: .connectionClose, data: data))
    }

    func cut() async throws {
        let channel = try await connected()
        try? await channel.close()
    }

    func stop() async { try? await listener.close() }

    private final class Frames: ChannelInboundHandler {
        typealias InboundIn = WebSocketFrame
        typealias OutboundOut = WebSocketFrame
        let seen: Watched<Seen>
        let answersClose: Bool
        let answer: @Sendable (String) -> [String]

        init(seen: Watched<Seen>, answersClose: Bool, answer: @escaping @Sendable (String) -> [String]) {
            self.seen = seen
            self.answer = answer
            self.answersClose = answersClose
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let frame = unwrapInboundIn(data)
            var bytes = frame.unmaskedData
            switch frame.opcode {
            case .text:
                let text = String(buffer: bytes)
                seen.change { $0.texts.append(text) }
                for reply in answer(text) {
                    let frame = WebSocketFrame(fin: true, opcode: .text, data: context.channel.allocator.buffer(string: reply))
                    context.writeAndFlush(wrapOutboundOut(frame), promise: nil)
                }
            case .ping: seen.change { $0.pings += 1 }
            case .pong: seen.change { $0.pongs.append(String(buffer: bytes)) }
            case .connectionClose:
                let code = bytes.readInteger(as: UInt16.self) ?? 0
                seen.change { $0.closes.append("\(code) \(String(buffer: bytes))") }
                guard answersClose else { return }
                var answer = context.channel.allocator.buffer(capacity: 2)
                answer.writeInteger(code)
                let channel = context.channel
                context.writeAndFlush(wrapOutboundOut(WebSocketFrame(fin: true, opcode: .connectionClose, data: answer)))
                    .whenComplete { _ in channel.close(promise: nil) }
            default: break
            }
        }
    }
}
