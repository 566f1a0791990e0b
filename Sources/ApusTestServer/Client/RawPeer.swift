import NIOCore
import NIOPosix
import Synchronization

/// The client's end of a TCP connection that says exactly what a test tells it to.
package final class RawPeer: Sendable {
    package struct Late: Error, CustomStringConvertible {
        package var description: String
    }

    private let channel: any Channel
    private let collected: Collector

    private init(_ channel: any Channel, _ collected: Collector) {
        self.channel = channel
        self.collected = collected
    }

    /// - Parameters:
    ///   - address: this end's own, for a peer that is somebody else.
    ///   - staysOpen: whether it may still send when the other end has said that nothing more comes.
    package static func connect(
        port: Int, host: String = "127.0.0.1", from address: String? = nil, staysOpen: Bool = false
    ) async throws -> RawPeer {
        let collected = Collector()
        var bootstrap = ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
        if let address { bootstrap = bootstrap.bind(to: try SocketAddress(ipAddress: address, port: 0)) }
        let channel =
            try await bootstrap
            .channelOption(.allowRemoteHalfClosure, value: true)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Reader(collected, staysOpen: staysOpen))
                }
            }
            .connect(host: host, port: port).get()
        return RawPeer(channel, collected)
    }

    package func send(_ text: String) async throws { try await send(Array(text.utf8)) }
    package func send(_ bytes: [UInt8]) async throws { try await channel.writeAndFlush(ByteBuffer(bytes: bytes)).get() }

    /// Bytes go out as the other end takes them; nobody waits.
    package func push(_ bytes: [UInt8]) { channel.writeAndFlush(ByteBuffer(bytes: bytes), promise: nil) }

    /// From now on nothing is read, as from a program that hangs.
    package func stopReading() async throws { try await channel.setOption(.autoRead, value: false).get() }
    package func readOn() async throws { try await channel.setOption(.autoRead, value: true).get() }

    /// Ends this side; the other may go on.
    package func endOutput() async throws { try await channel.close(mode: .output).get() }

    package func close() async {
        // Closed already is what was wanted.
        _ = try? await channel.close().get()
    }

    /// Everything so far, once `holds` or the other end has closed.
    package func received(
        within limit: Duration = .seconds(30), until holds: @Sendable ([UInt8]) -> Bool
    ) async throws -> (bytes: [UInt8], isOver: Bool) {
        let clock = ContinuousClock()
        let deadline = clock.now + limit
        while true {
            let (bytes, isOver) = collected.state.withLock { ($0.bytes, $0.isOver) }
            if isOver || holds(bytes) { return (bytes, isOver) }
            guard clock.now < deadline else {
                throw Late(description: "not within \(limit); so far: \(String(decoding: bytes, as: UTF8.self))")
            }
            try await Task.sleep(for: .milliseconds(2))
        }
    }

    /// Everything, when the other end has closed.
    package func all(within limit: Duration = .seconds(30)) async throws -> String {
        String(decoding: try await received(within: limit) { _ in false }.bytes, as: UTF8.self)
    }

    fileprivate final class Collector: Sendable {
        struct State {
            var bytes: [UInt8] = []
            var isOver = false
        }

        let state = Mutex(State())
    }

    private final class Reader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private let collected: Collector
        private let staysOpen: Bool

        init(_ collected: Collector, staysOpen: Bool) {
            self.collected = collected
            self.staysOpen = staysOpen
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = unwrapInboundIn(data).readableBytesView
            collected.state.withLock { $0.bytes += bytes }
        }

        func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
            guard case .inputClosed? = event as? ChannelEvent else { return }
            collected.state.withLock { $0.isOver = true }
            if !staysOpen { context.close(promise: nil) }
        }

        func channelInactive(context: ChannelHandlerContext) { collected.state.withLock { $0.isOver = true } }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
