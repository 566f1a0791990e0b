import ApusBase
import ApusCore

/// A tool of a server, as the engine runs it.
struct MCPTool: Tool {
    let server: String
    let remote: MCPRemoteTool
    let connection: MCPConnection
    let limits: MCPLimits
    /// How long a call may be silent.
    let callLimit: Duration
    /// What the tool says of itself, or more where settings want that.
    let claim: ServerClaim
    let definition: ToolDefinition

    /// - Parameter level: the level that settings want a call to need. They only raise it.
    init(
        name: String, server: String, remote: MCPRemoteTool, connection: MCPConnection, limits: MCPLimits, callLimit: Duration,
        level: AutonomyLevel?
    ) {
        self.callLimit = callLimit
        claim = remote.claim.raised(to: level)
        self.server = server
        self.remote = remote
        self.connection = connection
        self.limits = limits
        definition = ToolDefinition(
            id: name, name: name,
            summary: Self.summary(remote.summary) ?? "The tool \(MCPFault.shown(remote.name)) of the MCP server \(server).",
            category: .other, inputSchema: remote.schema.offered)
    }

    /// Some providers want one that says something.
    private static func summary(_ text: String?) -> String? { text.flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 } }

    func access(for input: JSONValue, in context: ToolContext) throws(ToolInputError) -> AccessRequest {
        guard input.objectValue != nil else { throw ToolInputError("\(definition.name) takes a JSON object.") }
        return AccessRequest(
            action: .serverCall(tool: remote.name, claim: claim), summary: "\(MCPFault.shown(remote.name)) of \(server)",
            server: server)
    }

    func effect(of input: JSONValue) -> Effect { remote.claim == .reads ? .pure : .opaque }

    func run(_ input: JSONValue, in context: ToolContext) async -> ToolResult {
        if Task.isCancelled { return ToolResult(.interrupted, "Interrupted before the MCP server \"\(server)\" was asked.") }
        do throws(MCPFault) {
            let caller = MCPCall.Caller(show: context.showOutput, ask: context.askUser)
            let answer = try await connection.call(remote.name, remote.schema.arguments(input)) {
                MCPCall(server: server, caller: caller, idle: callLimit, total: limits.wholeCall)
            }
            return MCPCallResult.result(answer, limits)
        } catch .cancelled {
            return ToolResult(
                .interrupted, "Interrupted. The MCP server \"\(server)\" was told so; what it has done by then is not known.")
        } catch {
            return ToolResult(.failed, error.sentence(of: server))
        }
    }
}

extension MCPFault {
    /// For models.
    func sentence(of server: String) -> String { "Error: the MCP server \"\(server)\" \(self)." }
}

extension ServerClaim {
    /// The first claim that needs `level`, or this one when it needs more.
    func raised(to level: AutonomyLevel?) -> ServerClaim {
        guard let level, level > required else { return self }
        return Self.allCases.first { $0.required >= level } ?? .destroys
    }
}
