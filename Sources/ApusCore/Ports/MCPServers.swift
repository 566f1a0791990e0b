package import ApusBase

/// The MCP servers of sessions. `ApusMCP` conforms; their tools come to the engine through ``ToolSource``, named `<server>___<tool>`.
package protocol MCPServers: Sendable {
    /// Makes these the session's own servers, in place of those it had, and begins to connect to them and to those of the user. Waits for
    /// none of them: who wants their tools does, with `settled`. Configurations are kept in memory only: they may hold secrets.
    func attach(_ servers: [MCPServerConfiguration], to session: SessionID) async

    /// Returns when each server of a session has answered or failed for the first time, at the latest 10 s after it was attached, or when
    /// the task is cancelled; a server that is slower goes on connecting.
    func settled(_ session: SessionID) async

    /// The session is given up: its servers end when nobody else uses them.
    func detach(_ session: SessionID) async

    /// In the order in which they were named.
    func status(of session: SessionID) async -> [MCPServerStatus]

    func tools(of session: SessionID) async -> [MCPToolListing]

    /// Yields the whole list whenever something of it changes, the newest only for whoever is slow; ends with `detach`.
    func changes(of session: SessionID) -> AsyncStream<[MCPServerStatus]>

    /// Adds to the user's `mcp.json`, for all sessions. Throws for a name that is taken and for what cannot be started.
    func add(_ server: MCPServerConfiguration) async throws(MCPServersError)
    func remove(_ name: String) async throws(MCPServersError)
    func setEnabled(_ isEnabled: Bool, server: String) async throws(MCPServersError)
    func setEnabled(_ isEnabled: Bool, tool: String, of server: String) async throws(MCPServersError)
}

package struct MCPServerConfiguration: Hashable, Sendable {
    package enum Transport: Hashable, Sendable {
        case stdio(command: String, arguments: [String], environment: [String: String])
        /// Streamable HTTP. Headers in their order.
        case http(url: String, headers: [Header])
        /// The older transport of two endpoints.
        case sse(url: String, headers: [Header])
    }

    package struct Header: Hashable, Sendable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package var name: String
    package var transport: Transport
    /// Of servers that are reached by HTTP.
    package var signIn: MCPSignInSetting

    package init(name: String, transport: Transport, signIn: MCPSignInSetting = .automatic) {
        self.name = name
        self.transport = transport
        self.signIn = signIn
    }
}

package struct MCPServerStatus: Hashable, Sendable {
    package enum Phase: String, Hashable, Sendable, CaseIterable {
        case connecting, connected, disconnected, failed, disabled
    }

    package enum Source: String, Hashable, Sendable, CaseIterable {
        case user, project
        /// Came with the session.
        case session
    }

    package var name: String
    package var phase: Phase
    package var source: Source
    package var transport: String
    /// Why it failed, one sentence.
    package var error: String?
    package var toolCount: Int?
    /// Listed by the server; `nil` when it says that it has none of the kind.
    package var resourceCount: Int?
    package var promptCount: Int?
    /// The server asked for a sign-in, and there is none that it takes.
    package var needsSignIn = false
    package var hasTokens = false
    package var pendingSignIn: MCPPendingSignIn?

    package init(
        name: String, phase: Phase, source: Source, transport: String, error: String? = nil, toolCount: Int? = nil
    ) {
        self.name = name
        self.phase = phase
        self.source = source
        self.transport = transport
        self.error = error
        self.toolCount = toolCount
    }
}

package struct MCPToolListing: Hashable, Sendable {
    package var server: String
    /// As the server calls it.
    package var name: String
    package var summary: String?
    package var isEnabled: Bool
    package var isReadOnly: Bool?
    package var inputSchema: JSONValue

    package init(
        server: String, name: String, summary: String?, isEnabled: Bool, isReadOnly: Bool?, inputSchema: JSONValue
    ) {
        self.server = server
        self.name = name
        self.summary = summary
        self.isEnabled = isEnabled
        self.isReadOnly = isReadOnly
        self.inputSchema = inputSchema
    }
}

package enum MCPServersError: Error, Hashable, Sendable, CustomStringConvertible {
    case unknownServer(String)
    case unknownTool(String, server: String)
    case exists(String)
    /// The configuration cannot work; a sentence.
    case unusable(String)
    /// The file with the user's servers cannot be read or written; a sentence.
    case file(String)

    package var description: String {
        switch self {
        case .unknownServer(let name): "No MCP server named \"\(name)\""
        case .unknownTool(let name, let server): "MCP server \"\(server)\" has no tool \"\(name)\""
        case .exists(let name): "An MCP server named \"\(name)\" exists already"
        case .unusable(let sentence), .file(let sentence): sentence
        }
    }
}
