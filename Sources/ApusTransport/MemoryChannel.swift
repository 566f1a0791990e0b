import Synchronization

/// One of two ends in the same process: for tests, and for programs that hold client and server at once.
package final class MemoryChannel: MessageChannel {
    private let incoming: IncomingMessages
    private let outgoing: IncomingMessages
    private let isConnected = Mutex(false)

    private init(incoming: IncomingMessages, outgoing: IncomingMessages) {
        self.incoming = incoming
        self.outgoing = outgoing
    }

    /// Two ends that are each other's other side.
    package static func pair() -> (MemoryChannel, MemoryChannel) {
        let there = IncomingMessages()
        let back = IncomingMessages()
        return (MemoryChannel(incoming: back, outgoing: there), MemoryChannel(incoming: there, outgoing: back))
    }

    package func connect() async throws(TransportError) {
        let wasConnected = isConnected.withLock { value -> Bool in
            defer { value = true }
            return value
        }
        if wasConnected { throw .alreadyConnected }
    }

    package func send(_ message: [UInt8]) async throws(TransportError) {
        if outgoing.isFinished { throw .closed(code: 1006, reason: "") }
        // The other end reads at its own pace; a pair in one process has nobody to hold back.
        _ = outgoing.push(message)
    }

    package func receive() async throws(TransportError) -> [UInt8]? { try await incoming.next() }

    package func close() async { end(nil) }

    /// As if the connection had been lost; `nil` for an orderly end.
    package func end(_ error: TransportError?) {
        incoming.finish(error)
        outgoing.finish(error ?? .closed(code: 1000, reason: ""))
    }
}
