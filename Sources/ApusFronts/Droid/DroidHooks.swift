import ApusBase
import ApusCore
import DroidWire

/// How hooks are told (`droid.md` §5.3).
extension SessionNotification {
    init(_ fact: HookFact) {
        switch fact {
        case .began(let start): self = .hookExecutionStarted(HookExecutionStarted(start))
        case .ended(let end): self = .hookExecutionCompleted(HookExecutionCompleted(end))
        }
    }
}

extension HookExecutionStarted {
    fileprivate init(_ start: HookStart) {
        self.init(
            hookId: start.id, hookEventName: DroidWire.HookEventName(start.event),
            hookCommands: start.commands.map { DroidHookCommand(command: $0.line, timeout: Double($0.timeout)) })
        hookMatcher = start.matcher
        hookToolCallId = start.call?.rawValue
        isParallelExecution = start.commands.count > 1
    }
}

extension HookExecutionCompleted {
    fileprivate init(_ end: HookEnd) {
        self.init(hookId: end.id, hookStatus: end.results.contains(where: \.isFailure) ? .error : .completed)
        hookEventName = DroidWire.HookEventName(end.event)
        hookMatcher = end.matcher
        hookToolCallId = end.call?.rawValue
        hookPreventedAction = end.prevented
        hookResults = end.results.map(DroidHookResult.init)
    }
}

extension DroidHookResult {
    /// One that did not end by itself has the code that shells use for that, and says why on its stderr.
    fileprivate init(_ result: HookEnd.Result) {
        let stderr = [result.stderr, result.fault.map { "The hook \($0)." } ?? ""].filter { !$0.isEmpty }.joined(separator: "\n")
        self.init(
            exitCode: result.exitCode ?? 124, stdout: result.stdout, stderr: stderr, command: result.command.line,
            timeout: Double(result.command.timeout), suppressOutput: result.suppressesOutput ? true : nil)
    }
}

extension DroidWire.HookEventName {
    fileprivate init(_ event: HookEvent) {
        switch event {
        case .preToolUse: self = .preToolUse
        case .postToolUse: self = .postToolUse
        case .userPromptSubmit: self = .userPromptSubmit
        case .sessionStart: self = .sessionStart
        case .sessionEnd: self = .sessionEnd
        case .stop: self = .stop
        case .subagentStop: self = .subagentStop
        case .preCompact: self = .preCompact
        case .notification: self = .notification
        }
    }
}
