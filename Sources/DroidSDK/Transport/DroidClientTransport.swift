/// Carries the frames of the protocol between a client and a daemon: one JSON object a message.
///
/// ``WebSocketTransport``, ``ProcessTransport`` and ``InMemoryTransport`` are the ones that come along; any other will do. A transport is used
/// by one connection, once: it is not opened again after it ended.
public protocol DroidClientTransport: Sendable {
    /// Opens it. Called once, before everything else.
    ///
    /// - Throws: ``ConnectionError``, or whatever explains it; nothing is left behind then.
    func connect() async throws
    /// Sends one message. The client calls it from one task, in order.
    func send(_ message: String) async throws
    /// What arrives, in its order, for one reader. Ends after ``close()``; throws when the connection is lost.
    var messages: DroidTransportMessages { get }
    /// Ends it, in bounded time. Again is no error.
    func close() async
}

/// The messages of a transport.
public struct DroidTransportMessages: AsyncSequence, AsyncIteratorProtocol, Sendable {
    public typealias Element = String

    private let receive: @Sendable () async throws -> String?

    /// - Parameter receive: Waits for the next message; `nil` at the end.
    public init(_ receive: @escaping @Sendable () async throws -> String?) { self.receive = receive }

    public func next() async throws -> String? { try await receive() }
    public func makeAsyncIterator() -> DroidTransportMessages { self }
}
