/// What spec mode changes about a session's turns.
extension SessionSettings {
    package var isPlanning: Bool { interaction == .spec }

    /// Tools that only change things, and those of MCP servers, are not shown to a model that plans; it would be told no anyway. Looking
    /// something up on the network changes nothing here, so the session's own level decides about that (`droid-exec.md` §6.1).
    package func offers(_ tool: ToolDefinition) -> Bool {
        if !isPlanning { return true }
        let isOfServer = tool.name.contains("___") || ResourceTools.contains(tool.name)
        return !isOfServer && tool.category.leastLevel <= (tool.category == .web ? autonomy : .off)
    }

    /// `nil` means the default.
    package var modelOfTurn: String? { isPlanning ? specModel ?? model : model }

    /// A model of its own thinks as hard as it does by itself unless somebody said otherwise (`droid-exec.md` §1.2).
    package var effortOfTurn: ReasoningEffort? { isPlanning ? specEffort ?? (specModel == nil ? effort : nil) : effort }
}
