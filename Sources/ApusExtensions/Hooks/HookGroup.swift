import ApusBase
import ApusCore
import ApusWorkspace

/// Commands of one event that are for the same things.
struct HookGroup: Sendable {
    /// As written; `nil` when it is for everything.
    var matcher: String?
    var commands: [HookCommand]
    private let name: TextPattern?
    private let command: TextPattern?

    /// - Parameters:
    ///   - matcher: a name, or a regular expression for the whole of it; `*` and nothing are for all.
    ///   - commandRegex: somewhere in the command of a call; for nothing that has none.
    init(matcher: String? = nil, commandRegex: String? = nil, commands: [HookCommand]) throws(RegexFault) {
        let isForAll = matcher == nil || matcher == "" || matcher == "*"
        self.matcher = isForAll ? nil : matcher
        self.commands = commands
        name = isForAll ? nil : try TextPattern("^(?:\(matcher ?? ""))$")
        command = try commandRegex.map { pattern throws(RegexFault) in try TextPattern(pattern, multiline: true) }
    }

    func isFor(_ occasion: HookOccasion) -> Bool {
        switch occasion {
        case .preToolUse(let call), .postToolUse(let call, _):
            guard isFor(Self.spellings(of: call.name, input: call.input)) else { return false }
            guard let command else { return true }
            return call.input["command"]?.stringValue.map { Self.finds(command, in: $0) } ?? false
        case .sessionStart(let start): return isFor([start.rawValue])
        case .preCompact(let trigger, _): return isFor([trigger.rawValue])
        // There is nothing to tell apart.
        case .userPromptSubmit, .sessionEnd, .stop, .subagentStop, .notification: return true
        }
    }

    private func isFor(_ names: [String]) -> Bool {
        guard let name, let matcher else { return true }
        return names.contains { $0 == matcher || Self.finds(name, in: $0) }
    }

    private static func finds(_ pattern: TextPattern, in text: String) -> Bool {
        var isFound = false
        pattern.spans(in: Array(text.utf8)) { _ in
            isFound = true
            return false
        }
        return isFound
    }

    /// The tool of a server is written in three ways (`droid-exec.md` §0.3, C9).
    ///
    /// A call that reads what a server offers is also one of that server: whoever guards a server guards that too.
    static func spellings(of tool: String, input: JSONValue) -> [String] {
        if let server = ResourceTools.server(of: tool, input: input) {
            return [tool, "\(server)___\(tool)", "mcp__\(server)__\(tool)", "MCP:\(server)/\(tool)"]
        }
        guard let gap = tool.firstRange(of: "___") else { return [tool] }
        let (server, name) = (tool[..<gap.lowerBound], tool[gap.upperBound...])
        return [tool, "mcp__\(server)__\(name)", "MCP:\(server)/\(name)"]
    }
}
