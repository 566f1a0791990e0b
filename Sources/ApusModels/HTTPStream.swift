import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL
import Synchronization

/// Our HTTP client: one request, one answer read in pieces, with back-pressure, deadlines and prompt cancellation.
///
/// The connection pool is made at the first request, so a run that needs no model over the network does not pay for it. Redirects
/// are not followed: a key goes to the configured host and nowhere else. TLS is always verified; `SSL_CERT_FILE` replaces the
/// system's roots. Call `close` before letting go; what was forgotten is closed in the background.
package final class HTTPStream: Sendable {
    /// A request whole in memory.
    struct Request: Sendable {
        var method: String
        var url: String
        var headers: [(String, String)]
        var body: [UInt8]

        init(method: String = "POST", url: String, headers: [(String, String)] = [], body: [UInt8] = []) {
            self.method = method
            self.url = url
            self.headers = headers
            self.body = body
        }
    }

    private let certificates: String?
    private let connectLimit: Duration
    private let client = Mutex<HTTPClient?>(nil)

    /// Concurrent connections to one host; the library's own limit of 8 would make sessions wait for each other.
    private static let connectionsPerHost = 1_024

    /// - Parameters:
    ///   - certificates: path of a PEM file with the trusted roots, usually `SSL_CERT_FILE`; empty or `nil` means the system's.
    ///   - connectLimit: bound of name lookup, connection and TLS handshake together.
    package init(certificates: String? = nil, connectLimit: Duration = .seconds(10)) {
        self.certificates = certificates
        self.connectLimit = connectLimit
    }

    /// Sends the request and returns when the head of the answer is there, whatever its status.
    func open(_ request: Request, deadlines: HTTPDeadlines = HTTPDeadlines()) async throws(HTTPStreamError) -> HTTPExchange {
        if Task.isCancelled { throw .cancelled }
        let prepared: HTTPClient.Request
        do {
            prepared = try HTTPClient.Request(
                url: request.url, method: HTTPMethod(rawValue: request.method), headers: HTTPHeaders(request.headers),
                body: request.body.isEmpty ? nil : .byteBuffer(ByteBuffer(bytes: request.body)))
        } catch {
            throw .badURL("\(error)")
        }
        let exchange = HTTPExchange(deadlines: deadlines, connectLimit: connectLimit)
        exchange.attach(sharedClient().execute(request: prepared, delegate: exchange))
        try await exchange.waitForHead()
        return exchange
    }

    /// Ends all exchanges and closes all connections. The stream may be used again afterwards.
    package func close() async {
        guard let client = client.withLock({ $0.take() }) else { return }
        // A second shutdown is the only failure there is, and `take` excludes it.
        try? await client.shutdown()
    }

    deinit {
        client.withLock { $0.take() }?.shutdown { _ in }
    }

    private func sharedClient() -> HTTPClient {
        client.withLock { client in
            if let client { return client }
            var configuration = HTTPClient.Configuration(
                redirectConfiguration: .disallow, timeout: HTTPClient.Configuration.Timeout(connect: TimeAmount(connectLimit)))
            if let certificates, !certificates.isEmpty {
                var tls = TLSConfiguration.makeClientConfiguration()
                tls.trustRoots = .file(certificates)
                configuration.tlsConfiguration = tls
            }
            configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = Self.connectionsPerHost
            // The engine retries with its own back-off; here a refused connection is told at once.
            configuration.connectionPool.retryConnectionEstablishment = false
            let made = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
            client = made
            return made
        }
    }
}
