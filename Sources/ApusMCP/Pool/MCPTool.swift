import ApusBase
import ApusCore

/// A tool of a server, as the engine runs it.
struct MCPTool: Tool {
    let server: String
    let remote: MCPRemoteTool
    let connection: MCPConnection
    let limits: MCPLimits
    /// Of this server, when its configuration has one.
    let callLimit: Duration?
    let definition: ToolDefinition

    init(name: String, server: String, remote: MCPRemoteTool, connection: MCPConnection, limits: MCPLimits, callLimit: Duration? = nil) {
        self.callLimit = callLimit
        self.server = server
        self.remote = remote
        self.connection = connection
        self.limits = limits
        definition = ToolDefinition(
            id: name, name: name, summary: remote.summary ?? "The tool \(MCPFault.shown(remote.name)) of the MCP server \(server).",
            category: .other, inputSchema: remote.inputSchema)
    }

    func access(for input: JSONValue, in context: ToolContext) throws(ToolInputError) -> AccessRequest {
        guard input.objectValue != nil else { throw ToolInputError("\(definition.name) takes a JSON object.") }
        return AccessRequest(
            action: .serverCall(tool: remote.name, claim: remote.claim), summary: "\(MCPFault.shown(remote.name)) of \(server)",
            server: server)
    }

    func effect(of input: JSONValue) -> Effect { remote.claim == .reads ? .pure : .opaque }

    func run(_ input: JSONValue, in context: ToolContext) async -> ToolResult {
        if Task.isCancelled { return ToolResult(.interrupted, "Interrupted before the MCP server \"\(server)\" was asked.") }
        do throws(MCPFault) {
            return MCPCallResult.result(try await connection.call(remote.name, input, within: callLimit ?? limits.call), limits)
        } catch .cancelled {
            return ToolResult(
                .interrupted, "Interrupted. The MCP server \"\(server)\" was told so; what it has done by then is not known.")
        } catch {
            return ToolResult(.failed, "Error: the MCP server \"\(server)\" \(error).")
        }
    }
}
