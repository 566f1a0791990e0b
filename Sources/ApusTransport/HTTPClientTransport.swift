import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization

/// HTTP/1.1 over sockets. TLS is always verified, redirects are not followed, nothing is sent twice.
///
/// The pool of connections is made at the first request and closed with ``close()``; what was forgotten is closed in the background. Any
/// number of streams may be open to one host at the same time.
package final class HTTPClientTransport: HTTPTransport {
    private enum State {
        case idle
        case open(HTTPClient)
        case closed
    }

    private let state = Mutex(State.idle)
    private let trust: ServerTrust

    /// Name lookup, connection and TLS handshake together.
    private static let connectLimit: TimeAmount = .seconds(10)
    /// Concurrent connections to one host; the library's own limit of 8 would make calls wait for streams.
    private static let connectionsPerHost = 65_536
    /// How long a connection waits for the next request. Servers in Node close theirs after 5 s; a request that meets that is lost.
    private static let idleLimit: TimeAmount = .seconds(3)

    /// - Parameter trust: Whose certificates count.
    package init(trust: ServerTrust = .system) { self.trust = trust }

    deinit {
        if case .open(let client) = state.withLock({ $0 }) { client.shutdown { _ in } }
    }

    package func send(_ request: HTTPRequest) async throws(HTTPTransportError) -> HTTPResponse {
        if Task.isCancelled { throw .cancelled }
        let prepared = try Self.prepare(request)
        guard let client = try client() else { throw .closed }
        let exchange = HTTPClientExchange()
        exchange.attach(client.execute(request: prepared, delegate: exchange))
        let head = try await exchange.head()
        return HTTPResponse(
            status: Int(head.status.code), headers: head.headers.map { HTTPRequest.Header($0.name, $0.value) },
            body: HTTPBody(
                // The transport stays while somebody reads, so that forgetting the client does not cut its streams.
                next: { () async throws(HTTPTransportError) in
                    defer { withExtendedLifetime(self) {} }
                    return try await exchange.next()
                },
                cancel: { exchange.abandon() }))
    }

    package func close() async {
        let before = state.withLock { state -> State in
            defer { state = .closed }
            return state
        }
        guard case .open(let client) = before else { return }
        // A second shutdown is the only failure there is, and the state excludes it.
        try? await client.shutdown()
    }

    private static func prepare(_ request: HTTPRequest) throws(HTTPTransportError) -> HTTPClient.Request {
        for header in request.headers where !header.value.utf8.allSatisfy({ $0 == 0x09 || ($0 >= 0x20 && $0 != 0x7F) }) {
            // The value is not told: it may be a credential.
            throw .invalidRequest("the value of the header \"\(header.name)\" has a control character")
        }
        do {
            return try HTTPClient.Request(
                url: request.url, method: HTTPMethod(rawValue: request.method),
                headers: HTTPHeaders(request.headers.map { ($0.name, $0.value) }),
                body: request.body.map { .byteBuffer(ByteBuffer(bytes: $0)) })
        } catch {
            throw .invalidRequest("\"\(request.url)\" is no URL that can be asked: \(error)")
        }
    }

    private func client() throws(HTTPTransportError) -> HTTPClient? {
        do {
            return try openClient()
        } catch {
            throw .connectFailed(error.description)
        }
    }

    private func openClient() throws(ServerTrust.Problem) -> HTTPClient? {
        try state.withLock { state throws(ServerTrust.Problem) in
            switch state {
            case .closed: return nil
            case .open(let client): return client
            case .idle:
                var configuration = HTTPClient.Configuration(
                    redirectConfiguration: .disallow, timeout: HTTPClient.Configuration.Timeout(connect: Self.connectLimit))
                configuration.tlsConfiguration = try trust.configuration()
                configuration.httpVersion = .http1Only
                configuration.connectionPool.idleTimeout = Self.idleLimit
                configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = Self.connectionsPerHost
                // A refused connection is told at once; trying again is for the caller.
                configuration.connectionPool.retryConnectionEstablishment = false
                let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
                state = .open(client)
                return client
            }
        }
    }
}
