import Synchronization

/// A server in the same process: for tests, and for programs that hold client and server at once.
package final class MemoryHTTPTransport: HTTPTransport {
    package typealias Handler = @Sendable (HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse

    private let handler: Handler
    private let isClosed = Mutex(false)

    /// - Parameter handler: Answers a request, on the task of its caller.
    package init(_ handler: @escaping Handler) { self.handler = handler }

    package func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
        if isClosed.withLock({ $0 }) { throw .closed }
        if Task.isCancelled { throw .cancelled }
        return try await handler(request)
    }

    package func close() async { isClosed.withLock { $0 = true } }
}

/// A body that is filled piece by piece, and knows when its reader has gone.
package final class MemoryHTTPBody: Sendable {
    private let incoming = IncomingMessages()
    private let hasGone = Mutex(false)
    private let failure = Mutex<HTTPTransportError?>(nil)
    private let onCancel: @Sendable () -> Void

    /// - Parameter onCancel: Called once, when the reader cancelled or let go of the body before its end.
    package init(onCancel: @escaping @Sendable () -> Void = {}) { self.onCancel = onCancel }

    package func push(_ bytes: [UInt8]) { if !bytes.isEmpty { _ = incoming.push(bytes) } }
    package func push(_ text: String) { push(Array(text.utf8)) }

    /// The first end counts. `nil` is a whole answer.
    package func finish(_ error: HTTPTransportError? = nil) {
        failure.withLock { if !incoming.isFinished { $0 = error } }
        incoming.finish()
    }

    /// What the reader is given, to be asked for once.
    package var body: HTTPBody {
        HTTPBody(next: { () async throws(HTTPTransportError) in try await self.next() }, cancel: { self.cancel() })
    }

    private func next() async throws(HTTPTransportError) -> [UInt8]? {
        if hasGone.withLock({ $0 }) { throw .cancelled }
        let bytes: [UInt8]?
        do { bytes = try await incoming.next() } catch { throw .connectionLost("\(error)") }
        if let bytes { return bytes }
        if !incoming.isFinished {
            cancel()
            throw .cancelled
        }
        if let error = failure.withLock({ $0 }) { throw error }
        return nil
    }

    private func cancel() {
        if incoming.isFinished { return }
        let isFirst = hasGone.withLock { value -> Bool in
            defer { value = true }
            return !value
        }
        incoming.finish()
        if isFirst { onCancel() }
    }
}

extension HTTPResponse {
    /// An answer that is whole from the start.
    package init(status: Int, headers: [HTTPRequest.Header] = [], text: String) {
        let body = MemoryHTTPBody()
        body.push(text)
        body.finish()
        self.init(status: status, headers: headers, body: body.body)
    }
}
