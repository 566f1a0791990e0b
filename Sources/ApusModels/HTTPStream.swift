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
    private let proxies: ProxySettings
    private let connectLimit: Duration
    /// The library knows one proxy a client, so each proxy has its own; `nil` goes straight.
    private let clients = Mutex<[ProxySettings.Proxy?: HTTPClient]>([:])

    /// Concurrent connections to one host; the library's own limit of 8 would make sessions wait for each other.
    private static let connectionsPerHost = 1_024

    /// - Parameters:
    ///   - certificates: path of a PEM file with the trusted roots, usually `SSL_CERT_FILE`; empty or `nil` means the system's.
    ///   - proxies: usually those of the environment.
    ///   - connectLimit: bound of name lookup, connection and TLS handshake together.
    package init(certificates: String? = nil, proxies: ProxySettings = ProxySettings(), connectLimit: Duration = .seconds(10)) {
        self.certificates = certificates
        self.proxies = proxies
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
        let proxy: ProxySettings.Proxy?
        switch proxies.route(scheme: prepared.scheme, host: prepared.host, port: prepared.port) {
        case .direct: proxy = nil
        case .through(let one): proxy = one
        case .unusable(let sentence): throw .badProxy(sentence)
        }
        let exchange = HTTPExchange(deadlines: deadlines, connectLimit: connectLimit, proxy: proxy?.label)
        exchange.attach(client(through: proxy).execute(request: prepared, delegate: exchange))
        try await exchange.waitForHead()
        return exchange
    }

    /// Ends all exchanges and closes all connections. The stream may be used again afterwards.
    package func close() async {
        for client in takeAll() {
            // A second shutdown is the only failure there is, and taking excludes it.
            try? await client.shutdown()
        }
    }

    deinit {
        for client in takeAll() { client.shutdown { _ in } }
    }

    private func takeAll() -> [HTTPClient] {
        clients.withLock { clients in
            defer { clients = [:] }
            return Array(clients.values)
        }
    }

    private func client(through proxy: ProxySettings.Proxy?) -> HTTPClient {
        clients.withLock { clients in
            if let client = clients[proxy] { return client }
            var configuration = HTTPClient.Configuration(
                redirectConfiguration: .disallow, timeout: HTTPClient.Configuration.Timeout(connect: TimeAmount(connectLimit)))
            if let certificates, !certificates.isEmpty {
                var tls = TLSConfiguration.makeClientConfiguration()
                tls.trustRoots = .file(certificates)
                configuration.tlsConfiguration = tls
            }
            if let proxy { configuration.proxy = Self.configuration(of: proxy) }
            configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = Self.connectionsPerHost
            // The engine retries with its own back-off; here a refused connection is told at once.
            configuration.connectionPool.retryConnectionEstablishment = false
            let made = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
            clients[proxy] = made
            return made
        }
    }

    private static func configuration(of proxy: ProxySettings.Proxy) -> HTTPClient.Configuration.Proxy {
        switch proxy.kind {
        case .socks5: .socksServer(host: proxy.host, port: proxy.port)
        case .http:
            .server(
                host: proxy.host, port: proxy.port,
                authorization: proxy.user.map { .basic(username: $0, password: proxy.password ?? "") })
        }
    }
}
