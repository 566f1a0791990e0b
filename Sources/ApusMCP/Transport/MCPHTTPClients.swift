import AsyncHTTPClient
import NIOCore
import NIOSSL
import Synchronization

/// The one HTTP client of a pool, made when somebody needs it.
final class MCPHTTPClients: Sendable {
    private let certificates: String?
    private let connectLimit: Duration
    private let client = Mutex<HTTPClient?>(nil)

    /// - Parameter certificates: path of a PEM file with the trusted roots, usually `SSL_CERT_FILE`.
    init(certificates: String?, connectLimit: Duration) {
        self.certificates = certificates.flatMap { $0.isEmpty ? nil : $0 }
        self.connectLimit = connectLimit
    }

    /// Closes all connections.
    func close() async {
        // A second shutdown is the only failure there is, and taking excludes it.
        try? await client.withLock { $0.take() }?.shutdown()
    }

    func open() -> HTTPClient {
        client.withLock { client in
            if let client { return client }
            var configuration = HTTPClient.Configuration(
                redirectConfiguration: .disallow, timeout: HTTPClient.Configuration.Timeout(connect: TimeAmount(connectLimit)))
            if let certificates {
                var tls = TLSConfiguration.makeClientConfiguration()
                tls.trustRoots = .file(certificates)
                configuration.tlsConfiguration = tls
            }
            // Calls of many sessions to one server run side by side.
            configuration.connectionPool.concurrentHTTP1ConnectionsPerHostSoftLimit = 256
            configuration.connectionPool.retryConnectionEstablishment = false
            let made = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
            client = made
            return made
        }
    }
}
