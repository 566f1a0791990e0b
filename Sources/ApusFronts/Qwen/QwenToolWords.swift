import ApusBase
import ApusCore

/// Tool calls in the words of ACP (§6.3, §6.4).
enum QwenToolWords {
    /// The list of the agent's own plan comes as `plan`, not as a call.
    static let planner = "TodoWrite"
    private static let titleCharacters = 200

    static func kind(of tool: String) -> String {
        switch tool {
        case "Read", "ReadMcpResource": "read"
        case "LS", "Grep", "Glob", "ListMcpResources": "search"
        case "Create", "Edit", "ApplyPatch": "edit"
        case "Execute", "KillProcess": "execute"
        case "FetchUrl", "WebSearch": "fetch"
        default: "other"
        }
    }

    /// What a call is called and what it is about, without its state.
    static func members(of call: ToolCall) -> JSONObject {
        var members: JSONObject = [
            "toolCallId": .string(call.id.rawValue), "title": .string(title(of: call)), "kind": .string(kind(of: call.name)),
        ]
        let paths = paths(of: call)
        if !paths.isEmpty { members["locations"] = .array(paths.map { ["path": .string($0)] }) }
        members["rawInput"] = call.input
        members["_meta"] = ["toolName": .string(call.name)]
        return members
    }

    private static func title(of call: ToolCall) -> String {
        let keys = ["command", "file_path", "path", "directory_path", "folder", "pattern", "patterns", "url", "query", "summary"]
        let about = keys.lazy.compactMap { call.input[$0]?.stringValue }.first ?? paths(of: call).first
        guard let about, !about.isEmpty else { return line(call.name) }
        return line(call.name) + ": " + line(about)
    }

    /// One line, safe to show, bounded.
    static func line(_ text: String) -> String {
        let shown = escapedForDisplay(
            String(text.prefix(titleCharacters)).split(whereSeparator: \.isNewline).joined(separator: " "), keepingNewlines: false)
        return text.count > titleCharacters ? shown + "…" : shown
    }

    private static func paths(of call: ToolCall) -> [String] {
        if call.name == "ApplyPatch" { return patched(call.input["input"]?.stringValue ?? call.input["patch"]?.stringValue ?? "") }
        guard ["read", "edit"].contains(kind(of: call.name)) else { return [] }
        return ["file_path", "path"].lazy.compactMap { call.input[$0]?.stringValue }.first.map { [$0] } ?? []
    }

    private static func patched(_ patch: String) -> [String] {
        let marks = ["*** Add File: ", "*** Update File: ", "*** Delete File: "]
        return patch.split(separator: "\n").compactMap { line in
            marks.first(where: line.hasPrefix).map { String(line.dropFirst($0.count)) }
        }
    }

    /// What an edit would change, as far as its input tells.
    static func diffs(of call: ToolCall) -> [JSONValue] {
        func text(_ keys: String...) -> String? { keys.lazy.compactMap { call.input[$0]?.stringValue }.first }
        guard let path = text("file_path", "path") else { return [] }
        switch call.name {
        case "Create":
            return text("content").map { [["type": "diff", "path": .string(path), "newText": .string($0)]] } ?? []
        case "Edit":
            guard let new = text("new_str", "new_string") else { return [] }
            var diff: JSONObject = ["type": "diff", "path": .string(path)]
            if let old = text("old_str", "old_string") { diff["oldText"] = .string(old) }
            diff["newText"] = .string(new)
            return [.object(diff)]
        default: return []
        }
    }
}
