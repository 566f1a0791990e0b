import ApusCore
import AsyncHTTPClient
import NIOCore
import NIOSSL
import Synchronization

/// Opens the way to a server, whichever its transport is. One for all connections of a pool.
final class MCPOpener: Sendable {
    private let programs: MCPProgramSetting?
    private let certificates: String?
    private let connectLimit: Duration
    private let client = Mutex<HTTPClient?>(nil)

    /// - Parameters:
    ///   - programs: `nil` where none may be started.
    ///   - certificates: path of a PEM file with the trusted roots, usually `SSL_CERT_FILE`.
    init(programs: MCPProgramSetting?, certificates: String?, connectLimit: Duration) {
        self.programs = programs
        self.certificates = certificates.flatMap { $0.isEmpty ? nil : $0 }
        self.connectLimit = connectLimit
    }

    /// Lends a link to `body` and takes it back.
    func open(
        _ transport: MCPServerConfiguration.Transport, _ limits: MCPLimits, hear: @escaping MCPHearer,
        _ body: @escaping @Sendable (any MCPLink) async throws(MCPFault) -> Void
    ) async throws(MCPFault) {
        switch transport {
        case .stdio(let command, let arguments, let environment):
            guard let programs else { throw .unsupported("is a program, and none may be started here") }
            let program = MCPProgram(
                command: command, arguments: arguments, environment: environment, setting: programs, limits: limits)
            try await program.run(hear: hear) { link throws(MCPFault) in try await body(link) }
        case .http(let url, let headers):
            let link = MCPHTTPLink(
                url: url, headers: headers.map { ($0.name, $0.value) }, client: openClient(), limits: limits, hear: hear)
            try await body(link)
        case .sse: throw .unsupported(Self.olderTransport)
        }
    }

    /// Closes all connections.
    func close() async {
        // A second shutdown is the only failure there is, and taking excludes it.
        try? await client.withLock { $0.take() }?.shutdown()
    }

    static let olderTransport = """
        uses the transport "sse", the older one of two endpoints, which this version does not have; give the address of its \
        streamable HTTP endpoint with the type "http"
        """

    private func openClient() -> HTTPClient {
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
