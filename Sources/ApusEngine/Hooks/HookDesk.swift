import ApusBase
import ApusCore

/// Runs the hooks of one session, and keeps in its log that they ran and what they said.
struct HookDesk: Sendable {
    let services: EngineServices
    /// `nil` where nobody owns the session: then nothing is kept.
    let writer: (any SessionWriter)?
    let state: @Sendable () -> SessionState

    func plan(for occasion: HookOccasion) async -> HookPlan? {
        let state = state()
        return await services.hooks.plan(
            for: occasion, in: HookContext(state: state, level: state.level, isPlanning: state.settingsOfTurn.isPlanning))
    }

    /// Nothing at all happens when there is no hook for it.
    func fire(_ occasion: HookOccasion, within limit: Duration? = nil) async throws(EventLogError) -> HookVerdict {
        guard let plan = await plan(for: occasion) else { return .none }
        return try await run(plan, within: limit)
    }

    /// - Parameter seal: completes what is kept of a decision about a call; `nil` keeps nothing, where no call is waiting for it.
    func run(
        _ plan: HookPlan, within limit: Duration? = nil,
        seal: @Sendable (HookJudgement, HookVerdict) -> HookJudgement? = { first, _ in first }
    ) async throws(EventLogError) -> HookVerdict {
        let (event, call) = (plan.occasion.event, plan.occasion.call?.id)
        let commands = plan.commands.map { HookCommand(services.redaction.apply(to: $0.line), timeout: $0.timeout) }
        let start = HookStart(id: plan.id, event: event, matcher: plan.matcher, call: call, commands: commands)
        _ = try await writer?.commit([.noticed(.hook(.began(start)))])
        let results = await services.hooks.run(plan, within: limit).map(redacted)
        var verdict = HookVerdict(results)
        var end = HookEnd(
            id: plan.id, event: event, matcher: plan.matcher, call: call, results: results.map(Self.shown),
            prevented: verdict.prevents(event))
        if case .preToolUse(let call) = plan.occasion {
            verdict.kept = verdict.judgement(on: call.id).flatMap { seal($0, verdict) }
            end.judgement = verdict.kept
        }
        _ = try await writer?.commit([.noticed(.hook(.ended(end)))])
        return verdict
    }

    /// But for a new input, which is what will run.
    private func redacted(_ result: HookResult) -> HookResult {
        var result = result
        let redaction = services.redaction
        result.command.line = redaction.apply(to: result.command.line)
        result.fault = result.fault.map(redaction.apply(to:))
        result.stdout = redaction.apply(to: result.stdout)
        result.stderr = redaction.apply(to: result.stderr)
        result.answer.reason = result.answer.reason.map { HookVerdict.bounded(redaction.apply(to: $0)) }
        result.answer.stop = result.answer.stop.map { HookVerdict.bounded(redaction.apply(to: $0)) }
        result.answer.note = result.answer.note.map(redaction.apply(to:))
        result.answer.message = result.answer.message.map { HookVerdict.bounded(redaction.apply(to: $0)) }
        return result
    }

    private static func shown(_ result: HookResult) -> HookEnd.Result {
        HookEnd.Result(
            result.command, exitCode: result.exitCode, fault: result.fault, stdout: cut(result.stdout), stderr: cut(result.stderr),
            message: result.answer.message, suppressesOutput: result.answer.suppressesOutput)
    }

    private static func cut(_ text: String) -> String {
        guard text.utf8.count > ByteLimit.hookShownBytes else { return text }
        // A scalar has four bytes at most.
        var bounded = BoundedText(limit: ByteLimit.hookShownBytes / 4)
        bounded.append(text)
        return bounded.rendered()
    }
}
