import ApusBase
import ApusCore

/// Hooks around the program of a slash command. It runs a command like Execute, so hooks see it as a call of that tool.
extension TurnRunner {
    enum ProgramHearing: Hashable {
        case goOn
        /// Half a sentence.
        case refused(String)
        case stop(String)
    }

    /// Its name stands in no response: what hooks decide about it is used up at once.
    func hookCall(for program: CommandProgram) -> ToolCall {
        ToolCall(
            id: .unique(), name: "Execute",
            input: [
                "command": .string(program.commandLine), "riskLevel": "high",
                "riskLevelReason": .string("The user called for it with /\(program.name)."),
            ])
    }

    /// A permission changes nothing, because nothing is asked here. What a hook wants in place of the program, or a person to decide, cannot be
    /// had, so the program does not run.
    func hear(hooksBefore program: CommandProgram, as call: ToolCall) async throws(EventLogError) -> ProgramHearing {
        guard let plan = await hooks.plan(for: .preToolUse(call)) else { return .goOn }
        let verdict = try await hooks.run(plan) { _, _ in nil }
        let facts = verdict.contextFacts(.preToolUse)
        if !facts.isEmpty { _ = try await writer.commit(facts) }
        if let reason = verdict.stop { return .stop(reason) }
        if let reason = verdict.denial { return .refused(reason) }
        if let reason = verdict.question {
            return .refused("a hook wants a person to be asked (\(reason)), and nobody is asked about programs")
        }
        if verdict.updatedInput != nil { return .refused("a hook changed what is to run, and a program cannot be changed") }
        return .goOn
    }
}
