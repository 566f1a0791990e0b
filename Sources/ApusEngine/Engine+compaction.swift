import ApusBase
package import ApusCore

extension Engine: SessionMaintenance {
    package func compact(
        _ session: SessionID, instructions: String?
    ) async throws(MaintenanceError) -> (copy: SessionID, compaction: Compaction) {
        let state = try await looked(session)
        if state.running != nil || !state.queue.isEmpty { throw .busy(session) }
        guard compacting.insert(session).inserted else { throw .compacting(session) }
        defer { compacting.remove(session) }
        let provider: any ModelProvider
        do throws(ModelLookupError) {
            provider = try await services.models.provider(for: state.settings.model)
        } catch {
            throw .model(error.description)
        }
        guard let plan = CompactionPlan(state, model: provider.description, instructions: instructions) else { throw .nothingToCompact }
        try await heed(.preCompact(.manual, instructions: instructions ?? ""), in: session, state)
        let summariser = await services.summariser(instead: provider)
        let written = await SummaryWriter(services: services).summary(of: plan, by: summariser)
        guard let summary = written.text else {
            throw .model(Task.isCancelled ? "The compaction was interrupted." : written.failure?.message ?? "There is no summary.")
        }
        let compaction = Compaction(
            summary: summary, removed: plan.removed, keptFrom: plan.keptFrom, carried: plan.carried, totals: state.usage + written.usage)
        if Task.isCancelled { throw .model("The compaction was interrupted.") }
        do throws(SessionError) {
            // As the summary knows it: a turn may have begun meanwhile.
            return (try await copy(session, upTo: state.lastEvent, with: [.contextCompacted(compaction)]), compaction)
        } catch {
            throw .session(error)
        }
    }

    /// Hooks may refuse.
    private func heed(_ occasion: HookOccasion, in session: SessionID, _ state: SessionState) async throws(MaintenanceError) {
        let verdict: HookVerdict
        do throws(SessionError) {
            if let actor = sessions[session] {
                verdict = try await actor.fire(occasion)
            } else {
                do throws(EventLogError) {
                    verdict = try await HookDesk(services: services, writer: nil, state: { state }).fire(occasion)
                    await services.hooks.forget(session)
                } catch {
                    throw .log(error)
                }
            }
        } catch {
            throw .session(error)
        }
        if let reason = verdict.stop ?? verdict.denial { throw .refused(reason) }
    }

    package func contextUsage(of session: SessionID) async throws(SessionError) -> ContextUsage {
        let state = try await peek(session)
        let model = await description(of: state.settings.modelOfTurn)
        let scope = ToolScope(
            session: session, dialect: model.dialect, selection: state.settings.tools, canAskUser: !state.settings.refusesApprovals,
            isPlanning: state.settings.isPlanning && !state.settings.refusesApprovals, skills: state.skillScope,
            deferralTokens: ContextMeter.deferralTokens(of: model), loadedTools: Set(state.loadedTools),
            caller: state.header.caller?.session)
        let system = SystemPrompt.text(
            autonomy: state.level, approvals: state.settings.refusesApprovals ? .refuse : .ask(.init()),
            replacement: state.settings.systemPrompt, addition: state.settings.systemPromptAddition)
        var notes = await services.instructions.notes(for: state.directory)
        if state.settings.tools.allows("Skill"), let note = await services.skills.listing(for: state.skillScope) {
            notes.append(ContextNote(source: note.source, text: services.redaction.apply(to: note.text)))
        }
        var droids = SubagentList([])
        if state.header.caller == nil, state.settings.tools.allows("Task") {
            droids = await services.subagents.subagents(for: state.directory)
            if let note = SubagentNote.note(for: droids, told: nil) { notes.append(note) }
        }
        return ContextMeter(
            model: model, system: system, tools: await services.tools.tools(for: scope).map(\.definition), notes: notes,
            skills: await services.skills.offers(for: state.skillScope), droids: SubagentNote.lines(for: droids)
        ).measure(state)
    }

    /// Of a model that is not known any more only the name is.
    private func description(of model: String?) async -> ModelDescription {
        do throws(ModelLookupError) {
            return try await services.models.provider(for: model).description
        } catch {
            return ModelDescription(id: error.model, displayName: error.model, dialect: "")
        }
    }
}
