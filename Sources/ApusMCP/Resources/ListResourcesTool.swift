import ApusBase
import ApusCore

/// Lists the resources of a server, and the kinds of them whose addresses the reader makes.
struct ListResourcesTool: Tool {
    static let name = ResourceTools.list

    let definition: ToolDefinition
    private let servers: MCPResourceServers

    init(_ servers: MCPResourceServers) {
        self.servers = servers
        definition = ToolDefinition(
            id: "list-mcp-resources-cli", name: Self.name,
            summary: """
                List what an MCP server offers to read beside its tools (its resources), one JSON object a line, with the "uri" that \
                \(ReadResourceTool.name) takes. A "uriTemplate" (RFC 6570) is an address with places to fill in. Servers with resources: \
                \(servers.names)
                """,
            category: .other,
            inputSchema: [
                "type": "object", "required": ["server"],
                "properties": [
                    "server": ["type": "string", "description": "Name of the MCP server"],
                    "cursor": ["type": "string", "description": "Where to go on, from the end of an earlier list"],
                ],
            ])
    }

    func access(for input: JSONValue, in context: ToolContext) throws(ToolInputError) -> AccessRequest {
        let server = try servers.server(in: input, for: Self.name)
        if let cursor = input["cursor"], !cursor.isNull, cursor.stringValue == nil {
            throw ToolInputError("\(Self.name) wants a \"cursor\" that is a text.")
        }
        let cursor = input["cursor"]?.stringValue
        let claim = server.claim(isOwnWord: cursor.map { server.connection.listed.contains(cursor: $0) } ?? true)
        return AccessRequest(
            action: .serverCall(tool: Self.name, claim: claim), summary: "List the resources of \(server.name)", server: server.name)
    }

    func effect(of input: JSONValue) -> Effect { .pure }

    func run(_ input: JSONValue, in context: ToolContext) async -> ToolResult {
        let server: MCPResourceServer
        do throws(ToolInputError) { server = try servers.server(in: input, for: Self.name) } catch {
            return ToolResult(.failed, error.sentence)
        }
        let start = input["cursor"]?.stringValue
        let deadline = ContinuousClock.now + server.callLimit
        do throws(MCPFault) {
            var list = ResourceList(limits: servers.limits)
            try await fill(&list, "resources/list", from: start, of: server, until: deadline, context)
            // Few, and after the last of the others.
            if list.next == nil { try await addTemplates(&list, of: server, until: deadline, context) }
            return ToolResult(.succeeded, list.rendered(server: server.name))
        } catch {
            return servers.failure(error, of: server)
        }
    }

    /// Asks for pages until there are enough, one brings nothing, or it took too long: the model may go on.
    private func fill(
        _ list: inout ResourceList, _ method: String, from start: String?, of server: MCPResourceServer,
        until deadline: ContinuousClock.Instant, _ context: ToolContext
    ) async throws(MCPFault) {
        var cursor = start
        for _ in 0..<servers.limits.pages {
            let page = try await servers.ask(
                server, method, cursor.map { ["cursor": .string($0)] } ?? JSONObject(), context, atMost: deadline - .now)
            let members = page["resources"] ?? page["resourceTemplates"]
            guard let members = members?.arrayValue else { throw .malformed("its list of resources has none") }
            if method == "resources/list" { server.connection.listed.add(page) }
            let isFruitful = list.add(members)
            let next = page["nextCursor"]?.stringValue
            // A cursor that repeats ends the list.
            guard let next, next != cursor else {
                list.next = nil
                return
            }
            (cursor, list.next) = (next, next)
            if list.isFull || !isFruitful || .now >= deadline { return }
        }
    }

    private func addTemplates(
        _ list: inout ResourceList, of server: MCPResourceServer, until deadline: ContinuousClock.Instant, _ context: ToolContext
    ) async throws(MCPFault) {
        do throws(MCPFault) {
            try await fill(&list, "resources/templates/list", from: nil, of: server, until: deadline, context)
        } catch {
            switch error {
            // A server that knows no templates says so in its own way; the resources are there all the same.
            case .answeredError, .malformed, .status: break
            default: throw error
            }
        }
        // Its cursors are those of another list.
        list.next = nil
    }
}

/// Lines for a model, bounded in number and length.
private struct ResourceList {
    let limits: MCPLimits
    /// Where the server goes on.
    var next: String?
    private var lines: [String] = []
    private var characters = 0
    private var leftOut = 0
    private var unusable = 0

    private static let noticeRoom = 6_000
    private static let texts = ["name", "title", "mimeType", "description"]
    private static let textCharacters = 300

    init(limits: MCPLimits) { self.limits = limits }

    var isFull: Bool { lines.count >= limits.resources || leftOut > 0 }

    /// Says whether any of them became a line.
    mutating func add(_ members: [JSONValue]) -> Bool {
        let before = lines.count
        for member in members {
            guard let line = line(member) else {
                unusable += 1
                continue
            }
            let room = ByteLimit.maximumToolOutputCharacters - Self.noticeRoom
            if lines.count >= limits.resources || characters + line.unicodeScalars.count > room {
                leftOut += 1
            } else {
                lines.append(line)
                characters += line.unicodeScalars.count + 1
            }
        }
        return lines.count > before
    }

    /// `nil` for one that could not be read.
    private func line(_ member: JSONValue) -> String? {
        var object = JSONObject()
        for key in ["uri", "uriTemplate"] {
            guard let address = member[key]?.stringValue, !address.isEmpty else { continue }
            guard address.utf8.count <= limits.addressBytes else { return nil }
            object[key] = .string(address)
        }
        guard !object.isEmpty else { return nil }
        for key in Self.texts {
            guard let text = member[key]?.stringValue, !text.isEmpty else { continue }
            object[key] = .string(MCPFault.shown(text, limit: Self.textCharacters))
        }
        if let size = member["size"]?.integerValue { object["size"] = .integer(size) }
        return JSONValue.object(object).serialized()
    }

    func rendered(server: String) -> String {
        var text = lines
        if lines.isEmpty { text.append("The MCP server \"\(server)\" has no resources here.") }
        if leftOut > 0 { text.append("[\(leftOut) more on the same page, left out]") }
        if unusable > 0 { text.append("[\(unusable) without an address that can be used, left out]") }
        if let next {
            text.append(
                next.utf8.count <= limits.addressBytes
                    ? "[There is more: go on with the cursor \(JSONValue.string(next).serialized())]"
                    : "[There is more, which cannot be asked for]")
        }
        return text.joined(separator: "\n")
    }
}
