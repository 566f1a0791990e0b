import ApusBase
import ApusCore

/// Reads a resource of a server.
struct ReadResourceTool: Tool {
    static let name = ResourceTools.read

    let definition: ToolDefinition
    private let servers: MCPResourceServers

    init(_ servers: MCPResourceServers) {
        self.servers = servers
        definition = ToolDefinition(
            id: "read-mcp-resource-cli", name: Self.name,
            summary: """
                Read a resource of an MCP server by its URI, as \(ListResourcesTool.name) or a tool of the server names it. Text and images \
                are given. Servers with resources: \(servers.names)
                """,
            category: .other,
            inputSchema: [
                "type": "object", "required": ["server", "uri"],
                "properties": [
                    "server": ["type": "string", "description": "Name of the MCP server"],
                    "uri": ["type": "string", "description": "URI of the resource, exactly as the server spells it"],
                ],
            ])
    }

    func access(for input: JSONValue, in context: ToolContext) throws(ToolInputError) -> AccessRequest {
        let (server, uri) = try request(input)
        return AccessRequest(
            action: .serverCall(tool: Self.name, claim: server.claim(isOwnWord: server.connection.listed.contains(address: uri))),
            summary: "Read \(MCPFault.shown(uri)) of \(server.name)",
            server: server.name)
    }

    func effect(of input: JSONValue) -> Effect { .pure }

    func run(_ input: JSONValue, in context: ToolContext) async -> ToolResult {
        let request: (server: MCPResourceServer, uri: String)
        do throws(ToolInputError) { request = try self.request(input) } catch { return ToolResult(.failed, error.sentence) }
        do throws(MCPFault) {
            let answer = try await servers.ask(request.server, "resources/read", ["uri": .string(request.uri)], context)
            return try result(answer)
        } catch {
            return servers.failure(error, of: request.server)
        }
    }

    private func request(_ input: JSONValue) throws(ToolInputError) -> (server: MCPResourceServer, uri: String) {
        let server = try servers.server(in: input, for: Self.name)
        guard let uri = input["uri"]?.stringValue, !uri.isEmpty, uri.utf8.count <= servers.limits.addressBytes else {
            throw ToolInputError("\(Self.name) wants a \"uri\" of 1 to \(servers.limits.addressBytes) bytes.")
        }
        return (server, uri)
    }

    private func result(_ answer: JSONValue) throws(MCPFault) -> ToolResult {
        guard let contents = answer["contents"]?.arrayValue else { throw .malformed("what it gave for a resource has no \"contents\"") }
        var parts = MCPResultParts(maximumImages: servers.limits.images)
        for content in contents {
            // One address may stand for several files.
            if contents.count > 1 { parts.line("[\(MCPFault.shown(content["uri"]?.stringValue ?? "without an address"))]") }
            parts.resource(content)
        }
        let text = parts.text.rendered()
        return ToolResult(.succeeded, text.isEmpty && parts.media.isEmpty ? "The resource is empty." : text, media: parts.media)
    }
}
