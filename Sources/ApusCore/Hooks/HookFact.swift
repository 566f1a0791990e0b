package import ApusBase

/// What the log keeps of hooks: that they run, and what came of it. Secrets are replaced in all texts.
package enum HookFact: Hashable, Sendable {
    case began(HookStart)
    case ended(HookEnd)
}

package struct HookStart: Hashable, Sendable {
    package var id: String
    package var event: HookEvent
    package var matcher: String?
    package var call: CallID?
    package var commands: [HookCommand]

    package init(id: String, event: HookEvent, matcher: String? = nil, call: CallID? = nil, commands: [HookCommand]) {
        self.id = id
        self.event = event
        self.matcher = matcher
        self.call = call
        self.commands = commands
    }
}

package struct HookEnd: Hashable, Sendable {
    /// One command as clients are shown it: streams are cut to ``ByteLimit/hookShownBytes``.
    package struct Result: Hashable, Sendable {
        package var command: HookCommand
        package var exitCode: Int?
        package var fault: String?
        package var stdout: String
        package var stderr: String
        package var message: String?
        package var suppressesOutput: Bool

        package init(
            _ command: HookCommand, exitCode: Int?, fault: String? = nil, stdout: String = "", stderr: String = "", message: String? = nil,
            suppressesOutput: Bool = false
        ) {
            self.command = command
            self.exitCode = exitCode
            self.fault = fault
            self.stdout = stdout
            self.stderr = stderr
            self.message = message
            self.suppressesOutput = suppressesOutput
        }

        /// Neither fine nor an objection: the hook itself is what went wrong.
        package var isFailure: Bool { exitCode != 0 && exitCode != 2 }
    }

    package var id: String
    package var event: HookEvent
    package var matcher: String?
    package var call: CallID?
    package var results: [Result]
    /// Something did not happen because of them.
    package var prevented: Bool
    /// What they decided about the call; only before it runs.
    package var judgement: HookJudgement?

    package init(
        id: String, event: HookEvent, matcher: String? = nil, call: CallID? = nil, results: [Result], prevented: Bool,
        judgement: HookJudgement? = nil
    ) {
        self.id = id
        self.event = event
        self.matcher = matcher
        self.call = call
        self.results = results
        self.prevented = prevented
        self.judgement = judgement
    }
}

/// What hooks decided about a call: kept until the call has its outcome, because a turn that waits for an answer meanwhile may go on in
/// another process, and hooks run once for a call.
package struct HookJudgement: Hashable, Sendable {
    package var call: CallID
    package var decision: HookAnswer.Decision?
    package var reason: String?
    package var updatedInput: JSONValue?
    /// Where a permission spared a question: what it was given for, and by whom.
    package var permission: HookPermission?

    package init(
        call: CallID, decision: HookAnswer.Decision? = nil, reason: String? = nil, updatedInput: JSONValue? = nil,
        permission: HookPermission? = nil
    ) {
        self.call = call
        self.decision = decision
        self.reason = reason
        self.updatedInput = updatedInput
        self.permission = permission
    }
}

/// The approval that a hook gave in place of a person. It holds for these bytes only, as a person's does.
package struct HookPermission: Hashable, Sendable {
    /// Hash of what was permitted: tool, input, what it touches, directory, level.
    package var actionHash: String
    /// The level at which this one call runs.
    package var level: AutonomyLevel
    /// The commands that said so. Secrets are replaced.
    package var hooks: [String]

    package init(actionHash: String, level: AutonomyLevel, hooks: [String]) {
        self.actionHash = actionHash
        self.level = level
        self.hooks = hooks
    }
}
