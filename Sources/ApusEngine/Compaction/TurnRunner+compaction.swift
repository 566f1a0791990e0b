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
        let counted = ContextMeter.counted(ResultCut.shown(state))
        if let counted, counted <= threshold { return }
        let size = await size(of: state, counted: counted, provider.description, &progress)
        guard size.tokens > threshold, let shortening = TurnShortening(state, above: threshold, size) else { return }
        try await shorten(by: shortening, .threshold, provider, &progress)
    }

    /// After a provider has refused a request as too long. False when there is nothing to shorten.
    func makeRoomAfterOverflow(_ provider: any ModelProvider, _ progress: inout Progress) async throws(EventLogError) -> Bool {
        let state = log.folded
        let counted = ContextMeter.counted(ResultCut.shown(state))
        let size = await size(of: state, counted: counted, provider.description, &progress)
        // What was refused is too long, whatever is believed of the model.
        let limit = min(size.context ?? ContextMeter.usualLimit, size.tokens)
        guard let shortening = TurnShortening(state, refusedAt: limit, size) else { return false }
        try await shorten(by: shortening, .overflow, provider, &progress)
        // An answer that filled the context to the brim: a request must not end with it.
        if !Task.isCancelled, case .response(let response)? = log.folded.transcript.last, response.calls.isEmpty, response.end != nil {
            _ = try await writer.commit([.contextAdded(.unique(), ContextNote(source: "nudge", text: Self.again))])
        }
        return true
    }

    private func shorten(
        by shortening: TurnShortening, _ trigger: CompactionTrigger, _ provider: any ModelProvider, _ progress: inout Progress
    ) async throws(EventLogError) {
        var facts: [EventKind] = []
        if let plan = shortening.summary {
            guard try await hooksAgree(to: trigger) else { return }
            _ = try await writer.commit([.noticed(.compacting(trigger))])
            let summariser = await services.summariser(instead: provider)
            let written = await SummaryWriter(services: services, attempts: 2).summary(of: plan, by: summariser)
            progress.usage = progress.usage + written.usage
            if Task.isCancelled { return }
            let compaction = Compaction(
                summary: written.text ?? services.redaction.apply(to: plan.mechanicalSummary), removed: plan.removed,
                keptFrom: plan.keptFrom, prompt: plan.prompt, trigger: trigger, isTruncation: written.text == nil, carried: plan.carried)
            let fact = EventKind.contextCompacted(compaction)
            // What the model sees no more is told again with it.
            var next = log.folded
            next.reduce(Event(number: next.lastEvent, time: services.time.now, kind: fact))
            facts = [fact] + (await freshNotes(next).map { EventKind.contextAdded(.unique(), $0) })
        }
        if let tokens = shortening.cutTokens { facts.append(.contextAdded(.unique(), ResultCut.note(tokens: tokens))) }
        _ = try await writer.commit(facts)
        if shortening.summary != nil { try await beginAgain() }
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

    /// - Parameter counted: What the provider's counts say of it, if they do.
    private func size(
        of state: SessionState, counted: Int?, _ model: ModelDescription, _ progress: inout Progress
    ) async -> RequestSize {
        let shown = ResultCut.shown(state)
        let tools = await offeredTools(state, model, &progress)
        let estimate = ContextMeter(model: model, system: systemPrompt(state), tools: tools, notes: []).estimated(shown)
        let tokens = counted ?? estimate
        let spared = ContextMeter.tokens(state.compaction?.summary ?? "") + ContextMeter.tokens(of: shown.visibleTranscript)
        // Where the provider counts less than the estimate it is right of the rest too.
        return RequestSize(tokens: tokens, base: max(0, min(estimate, tokens) - spared), context: model.contextTokens)
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
