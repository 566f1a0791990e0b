import ApusBase
import ApusCore

/// Shortening the conversation of the running turn, in place (`droid-exec.md` §6.2): same session, same log. Nothing here ends a turn: where no
/// model writes a summary a machine does, and where there is nothing to shorten the turn goes on as it is.
extension TurnRunner {
    /// Before each request: shortens what would be longer than the session's limit.
    func makeRoomIfDue(_ provider: any ModelProvider, _ progress: inout Progress) async throws(EventLogError) {
        let state = log.folded
        let wish = state.settings.compaction
        guard wish.checksThreshold ?? true else { return }
        guard let threshold = services.compaction.threshold(for: provider.description, wish) else { return }
        guard await nextRequest(of: state, provider.description) > threshold else { return }
        guard let plan = CompactionPlan(state, inTurn: .threshold, limit: threshold) else { return }
        try await shorten(by: plan, .threshold, provider, &progress)
    }

    /// After a provider has refused a request as too long. False when there is nothing to shorten.
    func makeRoomAfterOverflow(_ provider: any ModelProvider, _ progress: inout Progress) async throws(EventLogError) -> Bool {
        let state = log.folded
        // What was refused is too long, whatever is believed of the model.
        let refused = await nextRequest(of: state, provider.description)
        let limit = min(provider.description.contextTokens ?? ContextMeter.usualLimit, refused)
        guard let plan = CompactionPlan(state, inTurn: .overflow, limit: limit) else { return false }
        try await shorten(by: plan, .overflow, provider, &progress)
        // An answer that filled the context to the brim: a request must not end with it.
        if !Task.isCancelled, case .response(let response)? = log.folded.transcript.last, response.calls.isEmpty, response.end != nil {
            _ = try await writer.commit([.contextAdded(.unique(), ContextNote(source: "nudge", text: Self.again))])
        }
        return true
    }

    private func shorten(
        by plan: CompactionPlan, _ trigger: CompactionTrigger, _ provider: any ModelProvider, _ progress: inout Progress
    ) async throws(EventLogError) {
        guard try await hooksAgree(to: trigger) else { return }
        _ = try await writer.commit([.noticed(.compacting(trigger))])
        let summariser = await services.summariser(instead: provider)
        let written = await SummaryWriter(services: services, attempts: 2).summary(of: plan, by: summariser)
        progress.usage = progress.usage + written.usage
        if Task.isCancelled { return }
        let compaction = Compaction(
            summary: written.text ?? services.redaction.apply(to: plan.mechanicalSummary), removed: plan.removed, keptFrom: plan.keptFrom,
            prompt: plan.prompt, trigger: trigger, isTruncation: written.text == nil, carried: plan.carried)
        let fact = EventKind.contextCompacted(compaction)
        // What the model sees no more is told again with it.
        var next = log.folded
        next.reduce(Event(number: next.lastEvent, time: services.time.now, kind: fact))
        let notes = await freshNotes(next).map { EventKind.contextAdded(.unique(), $0) }
        _ = try await writer.commit([fact] + notes)
        try await beginAgain()
    }

    /// False when they refuse, or end the turn. What a provider has refused is shortened whatever they say: the turn could not go on.
    private func hooksAgree(to trigger: CompactionTrigger) async throws(EventLogError) -> Bool {
        let verdict = try await hooks.fire(.preCompact(.auto, instructions: ""))
        if let reason = verdict.stop {
            hookStop.give(reason)
            return false
        }
        return verdict.denial == nil || trigger == .overflow
    }

    /// The session starts again, as hooks see it.
    private func beginAgain() async throws(EventLogError) {
        let verdict = try await hooks.fire(.sessionStart(.compact))
        let facts = verdict.contextFacts(.sessionStart)
        if !facts.isEmpty { _ = try await writer.commit(facts) }
        if let reason = verdict.stop { hookStop.give(reason) }
    }

    private static let again =
        "Your last answer was cut off because the context was full. There is room now: give the whole answer again, as briefly as it can be."

    /// In tokens, counted as far as the provider did.
    private func nextRequest(of state: SessionState, _ model: ModelDescription) async -> Int {
        if let counted = ContextMeter.counted(state) { return counted }
        let tools = await services.tools.tools(for: scope(state, model)).map(\.definition)
        return ContextMeter(model: model, system: systemPrompt(state), tools: tools, notes: []).estimated(state)
    }
}

extension EngineServices {
    /// Who writes summaries: the one that the settings name, if there is such a model.
    func summariser(instead provider: any ModelProvider) async -> any ModelProvider {
        guard let name = compaction.model else { return provider }
        do throws(ModelLookupError) {
            return try await models.provider(for: name)
        } catch {
            // The settings were checked when they were read; the one that runs can do it too.
            return provider
        }
    }
}
