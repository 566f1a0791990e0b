import ApusBase
import ApusCore

@testable import ApusModels

/// A folder in memory with the tools that the planner knows, answering in the forms of the real ones.
struct PretendTools {
    static let directory = "/project"

    /// Contents by absolute path.
    var files: [String: String]
    /// Results of commands that are not `wc`, without the line about the exit code.
    var commands: [String: (output: String, exitCode: Int)] = [:]
    /// Results that a tool gives whatever it is asked.
    var forced: [String: (text: String, isError: Bool)] = [:]
    private var seen: Set<String> = []

    init(_ files: [String: String] = [:]) {
        self.files = Dictionary(uniqueKeysWithValues: files.map { ("\(PretendTools.directory)/\($0.key)", $0.value) })
    }

    static func definitions(_ names: [String] = ["Read", "LS", "Grep", "Glob", "Create", "Edit", "Execute"]) -> [ToolDefinition] {
        names.map { ToolDefinition(id: "\($0.lowercased())-cli", name: $0, summary: "", category: .other, inputSchema: [:]) }
    }

    mutating func run(_ call: ToolCall) -> ModelToolResult {
        if let (text, isError) = forced[call.name] { return ModelToolResult(call: call.id, tool: call.name, text: text, isError: isError) }
        let (text, isError) = outcome(call)
        return ModelToolResult(call: call.id, tool: call.name, text: text, isError: isError)
    }

    private mutating func outcome(_ call: ToolCall) -> (String, Bool) {
        switch call.name {
        case "LS": (list(call.input), false)
        case "Glob": (glob(call.input), false)
        case "Read": read(call.input)
        case "Grep": (grep(call.input), false)
        case "Create": create(call.input)
        case "Edit": edit(call.input)
        case "Execute": (execute(call.input["command"]?.stringValue ?? ""), false)
        default: ("Tool \(call.name) is not available in this session", true)
        }
    }

    private func absolute(_ path: String?) -> String {
        guard let path, path != "." else { return PretendTools.directory }
        return path.hasPrefix("/") ? path : "\(PretendTools.directory)/\(path)"
    }

    private func list(_ input: JSONValue) -> String {
        let folder = absolute(input["directory_path"]?.stringValue) + "/"
        var entries: Set<String> = []
        for path in files.keys where path.hasPrefix(folder) {
            let rest = path.dropFirst(folder.count)
            entries.insert(rest.firstIndex(of: "/").map { String(rest[...$0]) } ?? String(rest))
        }
        return entries.sorted().joined(separator: "\n")
    }

    private func glob(_ input: JSONValue) -> String {
        let folder = absolute(input["folder"]?.stringValue) + "/"
        let patterns = (input["patterns"]?.arrayValue ?? []).compactMap(\.stringValue)
        let excluded = (input["excludePatterns"]?.arrayValue ?? []).compactMap { $0.stringValue?.dropFirst(3).dropLast(3) }
        let found = files.keys.sorted().filter { path in
            path.hasPrefix(folder) && patterns.contains { PretendTools.matches(path, $0) }
                && !excluded.contains { path.contains("/\($0)/") }
        }
        if found.isEmpty { return "No files found" }
        let notice = found.count > 1_000 ? "\n\n[The newest 1000 of \(found.count) files are shown. Use a narrower pattern or folder.]" : ""
        return found.prefix(1_000).joined(separator: "\n") + notice
    }

    private static func matches(_ path: String, _ pattern: String) -> Bool {
        if pattern == "**/*" { return true }
        let name = String(path.split(separator: "/").last ?? "")
        let end = String(pattern.dropFirst(3))
        return end.hasPrefix("*") ? name.hasSuffix(end.dropFirst()) : name == end
    }

    private mutating func read(_ input: JSONValue) -> (String, Bool) {
        let path = absolute(input["file_path"]?.stringValue)
        guard let content = files[path] else { return ("File not found: \(path)", true) }
        seen.insert(path)
        let limit = input["limit"]?.integerValue ?? 2_400
        let offset = Int(input["offset"]?.integerValue ?? 0)
        let lines = content.utf8Lines
        let part = lines.dropFirst(offset).prefix(Int(limit))
        let text = part.map { $0 + "\n" }.joined()
        if offset + part.count == lines.count { return (text, false) }
        let end = offset + part.count
        return (text + "\n[Lines \(offset + 1)-\(end) of \(lines.count) are shown. Read on with offset \(end).]", false)
    }

    private func grep(_ input: JSONValue) -> String {
        let text = (input["pattern"]?.stringValue ?? "").replacing("\\", with: "")
        let place = absolute(input["path"]?.stringValue)
        var rows: [String] = []
        for (path, content) in files.sorted(by: { $0.key < $1.key }) where path == place || path.hasPrefix(place + "/") {
            for (number, line) in content.split(separator: "\n", omittingEmptySubsequences: false).enumerated() where line.contains(text) {
                rows.append("\(path):\(number + 1):\(line)")
            }
        }
        if input["output_mode"]?.stringValue == "file_paths" { rows = Set(rows.map { String($0.prefix { $0 != ":" }) }).sorted() }
        return rows.isEmpty ? "No matches found" : rows.joined(separator: "\n")
    }

    private mutating func create(_ input: JSONValue) -> (String, Bool) {
        let path = absolute(input["file_path"]?.stringValue)
        if files[path] != nil, !seen.contains(path) { return ("\(path) exists already; read it first", true) }
        files[path] = input["content"]?.stringValue
        return ("{\"success\":true,\"file_path\":\"\(path)\"}", false)
    }

    private mutating func edit(_ input: JSONValue) -> (String, Bool) {
        let path = absolute(input["file_path"]?.stringValue)
        guard seen.contains(path), let content = files[path], let old = input["old_str"]?.stringValue,
            let new = input["new_str"]?.stringValue
        else {
            return ("Read \(path) first", true)
        }
        files[path] = content.replacing(old, with: new, maxReplacements: input["change_all"]?.boolValue ?? false ? .max : 1)
        return ("-\(old)\n+\(new)", false)
    }

    private func execute(_ command: String) -> String {
        let (output, code) = commands[command] ?? wordCount(command) ?? ("sh: not found", 127)
        if code != 0 { return "Error: Command failed (exit code: \(code))\n\(output)\n\n[Process exited with code \(code)]" }
        return "\(output.isEmpty ? "Command completed successfully" : output)\n\n[Process exited with code 0]"
    }

    private func wordCount(_ command: String) -> (String, Int)? {
        guard command.hasPrefix("wc -l -- '") || command.hasPrefix("wc -c -- '") else { return nil }
        var rows: [String] = []
        var total = 0
        for quoted in command.dropFirst(9).split(separator: "' '") {
            let path = quoted.drop { $0 == " " || $0 == "'" }.prefix { $0 != "'" }
            guard let content = files[absolute(String(path))] else { return ("wc: \(path): No such file or directory", 1) }
            let count = command.hasPrefix("wc -l") ? content.utf8.count { $0 == 10 } : content.utf8.count
            total += count
            rows.append("  \(count) \(path)")
        }
        if rows.count > 1 { rows.append("  \(total) total") }
        return (rows.joined(separator: "\n"), 0)
    }
}
