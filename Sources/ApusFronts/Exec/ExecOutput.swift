package import ApusBase
package import ApusCore

/// What a run knows about itself when its first line is due.
package struct ExecPreamble: Hashable, Sendable {
    package var session: SessionID
    package var workingDirectory: String
    package var tools: [String]
    package var model: String
    package var effort: String
}

/// How a run ended, in the words of `droid-exec.md` §2.2.
package struct ExecResult: Hashable, Sendable {
    package var session: SessionID?
    package var model: String?
    package var isError: Bool
    package var text: String
    package var stopReason: String
    package var durationMilliseconds: Int
    package var turns: Int
    /// Subagents of the run included.
    package var usage: Usage?
    /// What of it was used by subagents; `nil` where there were none.
    package var subagentUsage: Usage?
    package var firstDeltaMilliseconds: Double?
    package var denials: [AccessDenial]
    package var exitCode: Int32
    /// The answer as a value, when an output schema was given.
    package var structuredOutput: JSONValue?
    /// In US dollars; `nil` where the model's price or the tokens are not known.
    package var cost: Double?
    /// What became of the run's worktree.
    package var worktree: ExecWorktree?

    /// A run that failed before a turn could start.
    package static func failure(_ sentence: String, session: SessionID? = nil, stopReason: String = "provider_error") -> ExecResult {
        ExecResult(
            session: session, model: nil, isError: true, text: sentence, stopReason: stopReason, durationMilliseconds: 0, turns: 0,
            usage: nil, firstDeltaMilliseconds: nil, denials: [], exitCode: 1)
    }
}

/// One output format. Values in, lines out; a format never decides anything about the run.
package protocol ExecOutput: Sendable {
    mutating func begin(_ preamble: ExecPreamble) -> [UInt8]
    mutating func receive(_ event: Event) -> [UInt8]
    mutating func end(_ result: ExecResult, at time: Timestamp) -> [UInt8]
}

extension ExecRequest.Format {
    package func makeOutput(_ terminal: ExecDefaults.StreamTerminal = .automatic) -> any ExecOutput {
        switch self {
        case .text: TextOutput()
        case .json: JSONOutput()
        case .streamJSON: StreamJSONOutput(terminal)
        }
    }
}
