/// The bytes of an answer, read once by one task. Letting go of it before its end closes the connection, as ``cancel()`` does.
package final class HTTPBody: Sendable {
    private let pull: @Sendable () async throws(HTTPTransportError) -> [UInt8]?
    private let end: @Sendable () -> Void

    /// - Parameters:
    ///   - next: The next bytes, never empty; `nil` after the last and again from then on.
    ///   - cancel: Nothing more is wanted. Called more than once, also after the end.
    package init(next: @escaping @Sendable () async throws(HTTPTransportError) -> [UInt8]?, cancel: @escaping @Sendable () -> Void) {
        pull = next
        end = cancel
    }

    deinit { end() }

    /// The next bytes, never empty; `nil` after the last. Cancelling the task closes the connection and throws
    /// ``HTTPTransportError/cancelled``.
    package func next() async throws(HTTPTransportError) -> [UInt8]? { try await pull() }

    /// Ends the exchange and its connection now. Nothing happens when it is over already.
    package func cancel() { end() }

    /// All that is left.
    ///
    /// - Throws: ``HTTPTransportError/bodyTooLong(limit:)`` as soon as there is more than that; the connection is closed then.
    package func bytes(limit: Int) async throws(HTTPTransportError) -> [UInt8] {
        var bytes: [UInt8] = []
        while let piece = try await next() {
            if piece.count > limit - bytes.count {
                cancel()
                throw .bodyTooLong(limit: limit)
            }
            bytes += piece
        }
        return bytes
    }
}
