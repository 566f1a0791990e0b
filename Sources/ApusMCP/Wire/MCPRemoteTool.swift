import ApusBase
import ApusCore

/// A tool as its server lists it, within our bounds.
struct MCPRemoteTool: Hashable, Sendable {
    /// As the server calls it.
    var name: String
    var summary: String?
    /// As the server says it, for clients.
    var inputSchema: JSONValue
    /// What models are told of it.
    var schema: MCPSchema
    var claim: ServerClaim
    /// `readOnlyHint`, where the server gives one.
    var isReadOnly: Bool?

    /// `nil` for a tool that cannot be offered: one broken tool must not take the others with it.
    init?(_ value: JSONValue, _ limits: MCPLimits) {
        guard let name = value["name"]?.stringValue, !name.isEmpty, name.utf8.count <= limits.toolNameBytes else { return nil }
        guard let told = Self.schema(value["inputSchema"]) else { return nil }
        inputSchema = .object(Self.completed(told))
        guard inputSchema.serializedBytes().count <= limits.schemaBytes else { return nil }
        schema = MCPSchema(told)
        guard schema.offered.serializedBytes().count <= limits.schemaBytes else { return nil }
        self.name = name
        summary = (value["description"]?.stringValue ?? value["title"]?.stringValue).map { text in
            var bounded = BoundedText(limit: limits.descriptionCharacters)
            bounded.append(text)
            return bounded.rendered()
        }
        let hints = value["annotations"]
        isReadOnly = hints?["readOnlyHint"]?.boolValue
        claim = ServerClaim(readOnly: isReadOnly, destructive: hints?["destructiveHint"]?.boolValue)
    }

    /// `nil` for one that takes no object of named members. A tool without a schema takes anything.
    private static func schema(_ value: JSONValue?) -> JSONObject? {
        guard let value, !value.isNull else { return JSONObject() }
        guard let object = value.objectValue else { return nil }
        if let type = object["type"], type != "object", type.arrayValue?.contains("object") != true { return nil }
        return object
    }

    private static func completed(_ told: JSONObject) -> JSONObject {
        var object = told
        object["type"] = "object"
        if object["properties"]?.objectValue == nil { object["properties"] = [:] }
        return object
    }

    /// The tools of one page and the cursor of the next.
    static func page(_ result: JSONValue, _ limits: MCPLimits) throws(MCPFault) -> (tools: [MCPRemoteTool], next: String?) {
        guard let list = result["tools"]?.arrayValue else { throw .malformed("its list of tools has no \"tools\"") }
        var tools: [MCPRemoteTool] = []
        for value in list.prefix(limits.tools) {
            // Each takes a bounded time, all of them need not be waited for.
            if Task.isCancelled { throw .cancelled }
            if let tool = MCPRemoteTool(value, limits) { tools.append(tool) }
        }
        return (tools, result["nextCursor"]?.stringValue)
    }
}
