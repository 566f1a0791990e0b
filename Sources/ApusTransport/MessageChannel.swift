/// Carries whole messages both ways, in their order. One reader; any number of writers.
package protocol MessageChannel: Sendable {
    /// Once. What it throws leaves nothing behind.
    func connect() async throws(TransportError)
    /// Returns when the message is on its way. An error means that it may or may not have arrived.
    func send(_ message: [UInt8]) async throws(TransportError)
    /// The next message; `nil` after ``close()``, and when the task of the reader is cancelled.
    ///
    /// - Throws: Why there will be no more, again and again, after the messages that came before.
    func receive() async throws(TransportError) -> [UInt8]?
    /// Bounded in time. Again is no error.
    func close() async
}
