import ApusBase
import ApusCore

/// A session for people. Control characters of the model and of files never reach the terminal.
enum SessionText {
    static func render(_ state: SessionState, _ processes: [ListedProcess] = []) -> String {
        var lines = [
            "session \(state.header.id)", "title   \(shown(state.title))", "cwd     \(state.header.workingDirectory)",
        ]
        if let parent = state.header.parent { lines.append("parent  \(parent)") }
        if let wall = state.settings.wall {
            let missing = wall.missing.isEmpty ? "" : "; missing: \(shown(wall.missing.joined(separator: ", ")))"
            lines.append("wall    \(shown(wall.layers.joined(separator: ", ")))\(missing)")
        }
        for entry in state.transcript { lines += self.lines(for: entry) }
        if let end = state.lastTurn, end.reason != .completed, end.reason != .handedOver {
            lines += ["", "ended: \(end.reason.rawValue): \(shown(end.detail))"]
        }
        if !processes.isEmpty {
            lines += ["", "background processes:"]
            for one in processes { lines += ["  \(one.line)", "    \(one.process.log)"] }
        }
        return lines.joined(separator: "\n")
    }

    private static func lines(for entry: TranscriptEntry) -> [String] {
        switch entry {
        case .context: []
        case .user(_, _, let text, let media): ["", "> \(shown(text))"] + media.map { "  + \($0.details.type.phrase)" }
        case .response(let response):
            response.blocks.flatMap { block -> [String] in
                switch block.item.content {
                case .text(let text): ["", shown(text) + (block.isInterrupted ? " [cut off]" : "")]
                case .reasoning: []
                case .toolCall(let call): line(for: call, response.outcome(of: call.id), isCut: block.isInterrupted)
                }
            }
        }
    }

    private static func line(for call: ToolCall, _ outcome: ToolOutcome?, isCut: Bool) -> [String] {
        if isCut { return [] }
        let input = shown(String(call.input.serialized().prefix(120)))
        return ["", "[\(shown(call.name)) \(input)] \(outcome?.status.rawValue ?? "no result")"]
    }

    private static func shown(_ text: String) -> String { escapedForDisplay(text) }
}
