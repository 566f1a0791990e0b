import ApusTransport

/// A connection inside this process, for tests and for programs that hold both ends.
public final class InMemoryTransport: DroidClientTransport {
    private let inner: ChannelTransport<MemoryChannel>

    private init(_ channel: MemoryChannel) {
        inner = ChannelTransport(channel: channel) { ConnectionError($0.description) }
    }

    /// Two ends; what one sends, the other receives. Nothing holds a fast writer back.
    public static func pair() -> (client: InMemoryTransport, server: InMemoryTransport) {
        let (one, other) = MemoryChannel.pair()
        return (InMemoryTransport(one), InMemoryTransport(other))
    }

    public func connect() async throws { try await inner.connect() }
    public func send(_ message: String) async throws { try await inner.send(message) }
    public var messages: DroidTransportMessages { inner.messages }
    public func close() async { await inner.channel.close() }

    /// Ends both sides as if the line had been cut.
    public func fail(code: Int = 1006, reason: String = "") {
        inner.channel.end(.closed(code: code, reason: reason))
    }
}
