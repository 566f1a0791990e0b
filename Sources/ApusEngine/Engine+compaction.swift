import ApusBase
package import ApusCore

extension Engine: SessionMaintenance {
    /// Requests for one summary, the first included.
    private static let summaryAttempts = 3

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
        let summary = services.redaction.apply(to: try await summary(plan.request, by: provider))
        let compaction = Compaction(summary: summary, removed: plan.removed, keptFrom: plan.keptFrom)
        if Task.isCancelled { throw .model("The compaction was interrupted.") }
        do throws(SessionError) {
            // As the summary knows it: a turn may have begun meanwhile.
            return (try await copy(session, upTo: state.lastEvent, with: [.contextCompacted(compaction)]), compaction)
        } catch {
            throw .session(error)
        }
    }

    private func summary(_ request: ModelRequest, by provider: any ModelProvider) async throws(MaintenanceError) -> String {
        var attempt = 1
        while true {
            var text = ""
            var failure: ModelError?
            do throws(ModelError) {
                try await provider.respond(to: request) { event in
                    if case .itemFinished(_, .text(let piece)) = event { text += piece }
                }
                if text.allSatisfy(\.isWhitespace) {
                    failure = ModelError(.emptyResponse, "\(provider.description.id) wrote no summary. Try again, or with another model.")
                }
            } catch {
                failure = error
            }
            if Task.isCancelled { throw .model("The compaction was interrupted.") }
            guard let failure else { return text }
            guard failure.isWorthRetrying, attempt < Self.summaryAttempts else { throw .model(failure.message) }
            // A cancelled sleep shows at the next attempt.
            try? await services.time.sleep(for: min(failure.retryAfter ?? .seconds(attempt), .seconds(30)))
            attempt += 1
        }
    }

    package func contextUsage(of session: SessionID) async throws(SessionError) -> ContextUsage {
        let state = try await peek(session)
        let model = await description(of: state.settings.modelOfTurn)
        let scope = ToolScope(
            session: session, dialect: model.dialect, selection: state.settings.tools, canAskUser: !state.settings.refusesApprovals,
            caller: state.header.caller?.session)
        let system = SystemPrompt.text(
            autonomy: state.level, approvals: state.settings.refusesApprovals ? .refuse : .ask(.init()),
            replacement: state.settings.systemPrompt, addition: state.settings.systemPromptAddition)
        let notes = await services.instructions.notes(for: state.directory)
        return ContextMeter(
            model: model, system: system, tools: await services.tools.tools(for: scope).map(\.definition), notes: notes
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
