import ApusBase
import ApusCore

/// What a person is told of hooks on stderr.
enum HookRemarks {
    /// - Parameter showsOutput: `showHookOutput` of the settings: what they print, too.
    static func lines(about fact: HookFact, showsOutput: Bool) -> [String] {
        guard case .ended(let end) = fact else { return [] }
        return end.results.flatMap { lines(about: $0, of: end.event, showsOutput: showsOutput) }
    }

    private static func lines(about result: HookEnd.Result, of event: HookEvent, showsOutput: Bool) -> [String] {
        var lines: [String] = []
        let name = "The \(event.rawValue) hook \"\(shown(result.command.line))\""
        let errors = result.stderr.isEmpty ? "" : ": \(shown(result.stderr))"
        if let fault = result.fault {
            lines.append("\(name) \(shown(fault, limit: 600))")
        } else if result.isFailure {
            lines.append("\(name) ended with code \(result.exitCode ?? 0)\(errors)")
        } else if result.exitCode == 2, isForPeople(event), !errors.isEmpty {
            lines.append("\(name) says\(errors)")
        }
        if let message = result.message, !message.isEmpty { lines.append(escapedForDisplay(message)) }
        if showsOutput, !result.suppressesOutput, !result.stdout.isEmpty {
            lines.append("\(name) printed:\n\(escapedForDisplay(result.stdout))")
        }
        return lines
    }

    /// Whose objections no model reads.
    private static func isForPeople(_ event: HookEvent) -> Bool {
        switch event {
        case .sessionStart, .sessionEnd, .preCompact, .notification: true
        case .preToolUse, .postToolUse, .userPromptSubmit, .stop, .subagentStop: false
        }
    }

    /// One line.
    private static func shown(_ text: String, limit: Int = 200) -> String {
        let line = text.split(whereSeparator: \.isNewline).first { !$0.allSatisfy(\.isWhitespace) } ?? ""
        return escapedForDisplay(String(line.prefix(limit)), keepingNewlines: false)
    }
}
