import ApusCore

/// What the members `tools` and `mcpServers` of a custom droid come to (`droid-exec.md` §5.9). Pure.
struct DroidTools: Sendable {
    /// Every tool of ours, offered or not.
    let definitions: [ToolDefinition]

    /// In every droid's hands.
    private static let always = ["TodoWrite", "Skill"]
    /// Names of the original that may have no definition here: a droid's file that has them is right.
    private static let known = [
        "WebSearch", "Task", "TaskOutput", "TaskStop", "Skill", "ToolSearch", "ExitSpecMode", "AskUser", "GenerateDroid",
        ResourceTools.list, ResourceTools.read,
    ]
    private static let mostNames = 500

    /// - Parameters:
    ///   - tools: `nil` leaves all.
    ///   - servers: `nil` leaves those of the parent, `[]` none.
    func selection(tools: [String]?, servers: [String]?) throws(DroidHead.Fault) -> ToolSelection {
        for name in servers ?? [] where name.isEmpty || name.utf8.count > 128 {
            throw DroidHead.Fault("\"\(name.prefix(80))\" in \"mcpServers\" is no name of an MCP server")
        }
        guard let tools else { return ToolSelection(servers: servers) }
        if tools.count > Self.mostNames { throw DroidHead.Fault("\"tools\" has more than \(Self.mostNames) names") }
        var only: [String] = []
        var unknown: [String] = []
        for tool in tools {
            if let names = names(of: tool) { only += names } else { unknown.append(tool) }
        }
        if !unknown.isEmpty {
            let shown = unknown.prefix(10).map { "\"\($0.prefix(80))\"" }.joined(separator: ", ")
            throw DroidHead.Fault("\"tools\" has names that are no tools: \(shown)")
        }
        var additional: [String] = []
        if only.contains("Edit") {
            // Models of OpenAI have it in place of Edit.
            only.append("ApplyPatch")
        } else if only.contains("ApplyPatch") {
            additional = ["ApplyPatch"]
        }
        // A server that is named gives all its tools, unless some of them are, or what it offers to read is all that is wanted of it.
        let readsResources = only.contains(where: ResourceTools.contains)
        for server in servers ?? [] where !readsResources && !only.contains(where: { $0.hasPrefix(server + "___") }) {
            only.append("MCP:" + server)
        }
        only += Self.always
        var seen: Set<String> = []
        return ToolSelection(only: only.filter { seen.insert($0).inserted }, additional: additional, servers: servers)
    }

    /// `nil` for what is neither a category nor a tool.
    private func names(of tool: String) -> [String]? {
        switch tool {
        case "mcp": return [ToolSelection.everyServer]
        case "web": return names(in: .web) + ["WebSearch"]
        case "read-only", "edit", "execute": return ToolDefinition.Category(rawValue: tool).map(names(in:))
        default: break
        }
        if let definition = definitions.first(where: { $0.name == tool || $0.id == tool }) { return [definition.name] }
        if Self.known.contains(tool) { return [tool] }
        // Of a server, which need not be there now.
        if let mark = tool.firstRange(of: "___"), mark.lowerBound > tool.startIndex, mark.upperBound < tool.endIndex, tool.utf8.count <= 256
        {
            return [tool]
        }
        return tool.hasPrefix("MCP:") && tool.utf8.count > 4 && tool.utf8.count <= 256 ? [tool] : nil
    }

    private func names(in category: ToolDefinition.Category) -> [String] {
        definitions.filter { $0.category == category }.map(\.name)
    }
}
