import ApusBase
package import ApusCore

/// Tools of MCP servers that would take too much of every request: their schemas are left out, and the model searches for what it needs
/// (`droid-exec.md` §4.2, ToolSearch). What it has found is offered from then on, by the session's log.
package enum DeferredTools {
    /// More tools than this are searched for, however little they take.
    package static let maximumOffered = 64

    /// What of `tools` is offered, in their order, with ToolSearch behind them when some are left out.
    ///
    /// Nothing is left out where the session's selection has no ToolSearch: a tool that cannot be found would be lost.
    package static func offered(_ tools: [any Tool], for scope: ToolScope) -> [any Tool] {
        guard let limit = scope.deferralTokens, scope.selection.allows(ToolSearchTool.name) else { return tools }
        let size = tools.reduce(0) { $0 + tokens(of: $1.definition) }
        guard size > limit || tools.count > maximumOffered else { return tools }
        let loaded = tools.filter { scope.loadedTools.contains($0.definition.name) }
        return loaded + [ToolSearchTool(tools: tools.map(\.definition), loaded: scope.loadedTools)]
    }

    /// About, at four bytes a token.
    private static func tokens(of tool: ToolDefinition) -> Int {
        (tool.name.utf8.count + tool.summary.utf8.count + tool.inputSchema.serializedBytes().count) / 4
    }
}
