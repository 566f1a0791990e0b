/// Carries HTTP requests to servers: a client of a protocol over HTTP needs no more.
package protocol HTTPTransport: Sendable {
    /// Sends a request once and returns when the head of the answer is there, whatever its status. Never follows a redirect, so that
    /// credentials go to the host they were meant for. Has no deadline of its own but that of connecting: bound it from outside, by
    /// cancelling, which closes the connection at once.
    ///
    /// - Throws: ``HTTPTransportError``. Except for those that name no connection, the request may have had its effect.
    func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse
    /// Ends every exchange and closes every connection. Again is no error; a request after it fails with ``HTTPTransportError/closed``.
    func close() async
}

/// One request, whole in memory.
package struct HTTPRequest: Sendable, Hashable {
    package struct Header: Sendable, Hashable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package var method: String
    package var url: String
    package var headers: [Header]
    /// `nil` is no body; an empty one has a length of 0.
    package var body: [UInt8]?

    package init(method: String = "GET", url: String, headers: [Header] = [], body: [UInt8]? = nil) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
    }

    /// The first header of that name; names compare without case.
    package func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name.lowercased() }?.value }
}

/// The head of an answer, and its body as it comes.
package struct HTTPResponse: Sendable {
    package let status: Int
    package let headers: [HTTPRequest.Header]
    package let body: HTTPBody

    package init(status: Int, headers: [HTTPRequest.Header] = [], body: HTTPBody) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first header of that name; names compare without case.
    package func header(_ name: String) -> String? { headers.first { $0.name.lowercased() == name.lowercased() }?.value }
}

/// Why there is no answer, or no more of it.
package enum HTTPTransportError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The request cannot be written: a URL or header that is none. Nothing was sent.
    case invalidRequest(String)
    /// No connection: refused, no such host, no trust in the certificate. Nothing was sent.
    case connectFailed(String)
    /// The connection ended, or spoke no HTTP, before the answer was whole.
    case connectionLost(String)
    case bodyTooLong(limit: Int)
    /// The task was cancelled or the exchange given up.
    case cancelled
    /// ``HTTPTransport/close()`` was called.
    case closed

    package var description: String {
        switch self {
        case .invalidRequest(let why): why
        case .connectFailed(let why): "cannot connect: \(why)"
        case .connectionLost(let why): "the connection was lost: \(why)"
        case .bodyTooLong(let limit): "the answer is longer than the limit of \(limit) bytes"
        case .cancelled: "cancelled"
        case .closed: "the client was closed"
        }
    }
}
