package import ApusBase

/// The events that hooks are for. The words of the droid protocol (`droid-exec.md` §5.10).
package enum HookEvent: String, Hashable, Sendable, CaseIterable {
    case preToolUse = "PreToolUse"
    case postToolUse = "PostToolUse"
    case userPromptSubmit = "UserPromptSubmit"
    case sessionStart = "SessionStart"
    case sessionEnd = "SessionEnd"
    case stop = "Stop"
    case subagentStop = "SubagentStop"
    case preCompact = "PreCompact"
    case notification = "Notification"
}

/// One such event with what is to be known about it.
package enum HookOccasion: Hashable, Sendable {
    /// What begins when a session gets its first turn in a process.
    package enum Start: String, Hashable, Sendable, CaseIterable {
        case startup, resume, clear, compact
    }

    package enum Compaction: String, Hashable, Sendable, CaseIterable {
        case manual, auto
    }

    /// With the input that would run.
    case preToolUse(ToolCall)
    /// With the input that ran, and what the model reads of the result.
    case postToolUse(ToolCall, response: String)
    case userPromptSubmit(String)
    case sessionStart(Start)
    case sessionEnd
    /// `isAgain` when the turn goes on already because a hook of this kind wanted it to.
    case stop(isAgain: Bool)
    case subagentStop(isAgain: Bool)
    case preCompact(Compaction, instructions: String)
    case notification(String)

    package var event: HookEvent {
        switch self {
        case .preToolUse: .preToolUse
        case .postToolUse: .postToolUse
        case .userPromptSubmit: .userPromptSubmit
        case .sessionStart: .sessionStart
        case .sessionEnd: .sessionEnd
        case .stop: .stop
        case .subagentStop: .subagentStop
        case .preCompact: .preCompact
        case .notification: .notification
        }
    }

    package var call: ToolCall? {
        switch self {
        case .preToolUse(let call), .postToolUse(let call, _): call
        case .userPromptSubmit, .sessionStart, .sessionEnd, .stop, .subagentStop, .preCompact, .notification: nil
        }
    }
}

/// The session that something happens in, as it is then.
package struct HookContext: Hashable, Sendable {
    package var state: SessionState
    /// What calls may do now without being asked about; a command of a hook may reach no more than one of the session's.
    package var level: AutonomyLevel
    package var isPlanning: Bool

    package init(state: SessionState, level: AutonomyLevel, isPlanning: Bool) {
        self.state = state
        self.level = level
        self.isPlanning = isPlanning
    }
}

/// One command of a hook.
package struct HookCommand: Hashable, Sendable {
    /// What people may give one; the default is a minute.
    package static let longestTimeout = 3_600
    package static let usualTimeout = 60

    package var line: String
    /// In seconds; after it the command and all it started is ended.
    package var timeout: Int

    package init(_ line: String, timeout: Int = HookCommand.usualTimeout) {
        self.line = line
        self.timeout = timeout
    }
}

/// The hooks that one event brings about.
package struct HookPlan: Hashable, Sendable {
    package var id: String
    package var occasion: HookOccasion
    package var context: HookContext
    /// As written, when all commands come from hooks with the same one.
    package var matcher: String?
    /// Never empty, each once, the strongest settings' first.
    package var commands: [HookCommand]

    package init(
        id: String = randomUUIDText(), occasion: HookOccasion, context: HookContext, matcher: String? = nil, commands: [HookCommand]
    ) {
        self.id = id
        self.occasion = occasion
        self.context = context
        self.matcher = matcher
        self.commands = commands
    }
}

/// What one command came to.
package struct HookResult: Hashable, Sendable {
    package var command: HookCommand
    /// `nil` when it did not end by itself.
    package var exitCode: Int?
    /// Why there is no code: it took too long, was interrupted, or was never started. A sentence's end, such as `took longer than 60 s`.
    package var fault: String?
    /// Both bounded by ``ByteLimit/hookOutputBytes``.
    package var stdout: String
    package var stderr: String
    package var answer: HookAnswer

    package init(
        _ command: HookCommand, exitCode: Int?, fault: String? = nil, stdout: String = "", stderr: String = "",
        answer: HookAnswer = HookAnswer()
    ) {
        self.command = command
        self.exitCode = exitCode
        self.fault = fault
        self.stdout = stdout
        self.stderr = stderr
        self.answer = answer
    }
}

/// What a command said, by its exit code and by JSON on its stdout.
package struct HookAnswer: Hashable, Sendable {
    package enum Decision: String, Hashable, Sendable, CaseIterable {
        case allow, ask, deny
    }

    package var decision: Decision?
    /// For the decision: read by the model when it is a `deny`, by people when it is an `ask`.
    package var reason: String?
    /// The turn is to end, with this as the reason.
    package var stop: String?
    /// Of the call, in place of the model's.
    package var updatedInput: JSONValue?
    /// For the model.
    package var note: String?
    /// For people.
    package var message: String?
    package var suppressesOutput: Bool

    package init(
        decision: Decision? = nil, reason: String? = nil, stop: String? = nil, updatedInput: JSONValue? = nil, note: String? = nil,
        message: String? = nil, suppressesOutput: Bool = false
    ) {
        self.decision = decision
        self.reason = reason
        self.stop = stop
        self.updatedInput = updatedInput
        self.note = note
        self.message = message
        self.suppressesOutput = suppressesOutput
    }
}
