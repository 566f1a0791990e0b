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
    /// The library knows one proxy a client, so each way has its own.
    private let clients = Mutex<[Way: HTTPClient]>([:])

    /// How the library gets there. Left to itself it asks every HTTP proxy for a tunnel, also for plain requests, and proxies commonly
    /// grant tunnels to port 443 only: plain requests are therefore forwarded by our own doing.
    private enum Way: Hashable {
        case direct
        case tunnel(ProxySettings.Proxy)
        case forwarding
    }

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
        var prepared = try Self.prepare(request)
        let proxy: ProxySettings.Proxy?
        var way = Way.direct
        switch proxies.route(scheme: prepared.scheme, host: prepared.host, port: prepared.port) {
        case .direct: proxy = nil
        case .through(let one):
            proxy = one
            way = .tunnel(one)
            if one.kind == .http && prepared.scheme == "http" {
                prepared = try Self.prepare(ForwardedRequest.addressed(request, host: prepared.host, port: prepared.port, to: one))
                way = .forwarding
            }
        case .unusable(let sentence): throw .badProxy(sentence)
        }
        let exchange = HTTPExchange(deadlines: deadlines, connectLimit: connectLimit, proxy: proxy?.label)
        exchange.attach(client(way).execute(request: prepared, delegate: exchange))
        try await exchange.waitForHead()
        if let proxy, exchange.status == 407 {
            exchange.abandon()
            throw .proxyCredentials(proxy.label)
        }
        return exchange
    }

    private static func prepare(_ request: Request) throws(HTTPStreamError) -> HTTPClient.Request {
        do {
            return try HTTPClient.Request(
                url: request.url, method: HTTPMethod(rawValue: request.method), headers: HTTPHeaders(request.headers),
                body: request.body.isEmpty ? nil : .byteBuffer(ByteBuffer(bytes: request.body)))
        } catch {
            throw .badURL("\(error)")
        }
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

    private func client(_ way: Way) -> HTTPClient {
        clients.withLock { clients in
            if let client = clients[way] { return client }
            var configuration = HTTPClient.Configuration(
                redirectConfiguration: .disallow, timeout: HTTPClient.Configuration.Timeout(connect: TimeAmount(connectLimit)))
            if let certificates, !certificates.isEmpty {
                var tls = TLSConfiguration.makeClientConfiguration()
                tls.trustRoots = .file(certificates)
                configuration.tlsConfiguration = tls
            }
            switch way {
            case .direct: break
            case .tunnel(let proxy): configuration.proxy = Self.configuration(of: proxy)
            case .forwarding: configuration.http1_1ConnectionDebugInitializer = ForwardedRequest.prepare
            }
            configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = Self.connectionsPerHost
            // The engine retries with its own back-off; here a refused connection is told at once.
            configuration.connectionPool.retryConnectionEstablishment = false
            let made = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
            clients[way] = made
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
