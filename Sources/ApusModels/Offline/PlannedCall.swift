import ApusBase

/// A tool call that the planner wants to make. Two calls with the same tool and input are the same call.
struct PlannedCall: Hashable, Sendable {
    enum Tool: String, Hashable, Sendable {
        case list = "LS"
        case glob = "Glob"
        case grep = "Grep"
        case read = "Read"
        case create = "Create"
        case edit = "Edit"
        case execute = "Execute"
    }

    var tool: Tool
    var input: JSONObject

    private init(_ tool: Tool, _ input: JSONObject) {
        self.tool = tool
        self.input = input
    }

    /// A path that begins with the shell's word for the home folder, which only a shell understands.
    var homePath: String? {
        for name in ["file_path", "directory_path", "folder", "path"] {
            if let path = input[name]?.stringValue, path == "~" || path.hasPrefix("~/") { return path }
        }
        return nil
    }

    static func list(_ folder: String?) -> PlannedCall {
        var input = JSONObject()
        if let folder { input["directory_path"] = .string(folder) }
        return PlannedCall(.list, input)
    }

    static func glob(_ query: FileQuery, excluding: [String] = []) -> PlannedCall {
        var input: JSONObject = ["patterns": .array(query.patterns.map { .string($0) })]
        if !excluding.isEmpty { input["excludePatterns"] = .array(excluding.map { .string($0) }) }
        if let folder = query.folder { input["folder"] = .string(folder) }
        return PlannedCall(.glob, input)
    }

    static func read(_ path: String, offset: Int? = nil, limit: Int? = nil) -> PlannedCall {
        var input: JSONObject = ["file_path": .string(path)]
        if let offset { input["offset"] = .integer(Int64(offset)) }
        if let limit { input["limit"] = .integer(Int64(limit)) }
        return PlannedCall(.read, input)
    }

    static func grep(_ input: JSONObject) -> PlannedCall { PlannedCall(.grep, input) }

    static func create(_ path: String, content: String) -> PlannedCall {
        PlannedCall(.create, ["file_path": .string(path), "content": .string(content)])
    }

    static func edit(_ path: String, old: String, new: String, isEverywhere: Bool) -> PlannedCall {
        PlannedCall(
            .edit, ["file_path": .string(path), "old_str": .string(old), "new_str": .string(new), "change_all": .bool(isEverywhere)])
    }

    /// A command of the planner's own, which only reads.
    static func reading(_ command: String, reason: String, summary: String) -> PlannedCall {
        execute(command, risk: "low", reason: reason, summary: summary)
    }

    /// A command of the user's. What it does is not known, so it is not called harmless.
    static func asked(_ command: String) -> PlannedCall {
        execute(command, risk: "medium", reason: "The user asked for exactly this command", summary: "Run the user's command")
    }

    private static func execute(_ command: String, risk: String, reason: String, summary: String) -> PlannedCall {
        PlannedCall(
            .execute,
            ["command": .string(command), "riskLevel": .string(risk), "riskLevelReason": .string(reason), "summary": .string(summary)])
    }
}
