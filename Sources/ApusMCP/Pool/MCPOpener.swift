import ApusCore
import NIOHTTP1

/// Opens the way to a server, whichever its transport is. One for all connections of a pool.
struct MCPOpener: Sendable {
    /// `nil` where none may be started.
    let programs: MCPProgramSetting?
    let clients: MCPHTTPClients
    let signIns: MCPSignInHouse

    /// Lends a link to `body` and takes it back.
    func open(
        _ key: MCPConnectionKey, _ limits: MCPLimits, hear: @escaping MCPHearer,
        _ body: @escaping @Sendable (any MCPLink) async throws(MCPFault) -> Void
    ) async throws(MCPFault) {
        switch key.transport {
        case .stdio(let command, let arguments, let environment):
            guard let programs else { throw .unsupported("is a program, and none may be started here") }
            let program = MCPProgram(
                command: command, arguments: arguments, environment: environment, setting: programs, limits: limits)
            try await program.run(hear: hear) { link throws(MCPFault) in try await body(link) }
        case .http(let url, let headers):
            try await body(MCPHTTPLink(url: url, exchange: exchange(key, headers), limits: limits, hear: hear))
        case .sse(let url, let headers):
            try await MCPSSELink.with(url, exchange(key, headers), limits, hear: hear) { link throws(MCPFault) in try await body(link) }
        }
    }

    private func exchange(_ key: MCPConnectionKey, _ headers: [MCPServerConfiguration.Header]) -> MCPHTTPExchange {
        let authorizer = key.signInOptions.flatMap { options in
            key.address.map { MCPAuthorizer(house: signIns, address: $0, options: options) }
        }
        return MCPHTTPExchange(headers: HTTPHeaders(headers.map { ($0.name, $0.value) }), client: clients.open(), authorizer: authorizer)
    }
}
