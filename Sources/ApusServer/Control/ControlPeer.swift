package import ApusBase
import NIOCore
import NIOPosix
import Synchronization

/// The other end of a control socket: one JSON object a line, both ways. The protocol is our own and of one version with the program.
package final class ControlPeer: Sendable {
    /// What the other end says, until it hangs up. One task reads it.
    package let messages: AsyncStream<JSONValue>
    private let channel: any Channel

    /// More is no message of ours.
    private static let lineBytes = 64 << 10

    private init(_ channel: any Channel, _ messages: AsyncStream<JSONValue>) {
        self.channel = channel
        self.messages = messages
    }

    /// Throws when nobody listens there.
    package static func connect(to path: String) async throws -> ControlPeer {
        try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .connectTimeout(.seconds(2))
            .connect(unixDomainSocketPath: path) { channel in channel.eventLoop.makeCompletedFuture { try attach(to: channel) } }
    }

    static func attach(to channel: any Channel) throws -> ControlPeer {
        // Peers are processes of the same user; one that says more than it waits for is cut off.
        let (messages, continuation) = AsyncStream<JSONValue>.makeStream(bufferingPolicy: .bufferingOldest(64))
        try channel.pipeline.syncOperations.addHandler(LineReader(limit: lineBytes, continuation))
        return ControlPeer(channel, messages)
    }

    /// Returns when the kernel has it; a peer that is gone is no error.
    package func send(_ message: JSONValue) async {
        let line = ByteBuffer(bytes: message.serializedBytes() + [0x0A])
        _ = try? await channel.writeAndFlush(line).get()
    }

    package func close() async {
        // Closed already is what was wanted.
        _ = try? await channel.close().get()
    }

    private final class LineReader: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer

        private var framing: LineFraming
        private let messages: AsyncStream<JSONValue>.Continuation

        init(limit: Int, _ messages: AsyncStream<JSONValue>.Continuation) {
            framing = LineFraming(maximumLineBytes: limit)
            self.messages = messages
        }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            do {
                for line in try framing.push(Array(unwrapInboundIn(data).readableBytesView)) {
                    if case .dropped = messages.yield(try JSONValue(parsing: line)) { return context.close(promise: nil) }
                }
            } catch {
                context.close(promise: nil)
            }
        }

        func channelInactive(context: ChannelHandlerContext) { messages.finish() }
        func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }
    }
}
