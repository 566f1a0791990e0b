import ApusBase
import ApusCore

extension TurnRunner {
    /// One attempt at one response.
    func request(_ provider: any ModelProvider, _ progress: inout Progress) async throws(EventLogError) -> TurnStateMachine.Step {
        try await restoreSkills()
        let request = await modelRequest(provider, &progress)
        var stream = ResponseStream(
            assembler: ResponseAssembler(message: .unique()), turn: input.turn, writer: writer, firstDeltaAt: progress.firstDeltaAt)
        let failure: ModelError?
        do throws(ModelError) {
            try await provider.respond(to: request) { event in
                await stream.receive(event, at: services.time)
            }
            failure = nil
        } catch {
            failure = error
        }
        progress.firstDeltaAt = stream.firstDeltaAt
        progress.usage = progress.usage + stream.assembler.usage
        if let broken = stream.failure { throw broken }
        if let failure {
            return try await cutShort(&stream, by: failure, &progress)
        }
        return try await finish(&stream, &progress)
    }

    private func modelRequest(_ provider: any ModelProvider, _ progress: inout Progress) async -> ModelRequest {
        let state = log.folded
        let media = await LoadedMedia.load(for: state.visibleTranscript, model: provider.description, from: services.blobs)
        let tools = await offeredTools(state, provider.description, &progress)
        progress.offered = nil
        return ModelRequest(
            system: systemPrompt(state), messages: ContextBuilder.messages(from: state, media: media), tools: tools,
            effort: state.settingsOfTurn.effortOfTurn)
    }

    /// Those of the next request. Listed once for it, also when it was measured before.
    func offeredTools(_ state: SessionState, _ model: ModelDescription, _ progress: inout Progress) async -> [ToolDefinition] {
        let scope = scope(state, model)
        if progress.offered?.scope != scope {
            progress.offered = (scope, await services.tools.tools(for: scope).map(\.definition))
        }
        return (progress.offered?.definitions ?? []).filter { state.settingsOfTurn.offers($0) }
    }

    func systemPrompt(_ state: SessionState) -> String {
        SystemPrompt.text(
            autonomy: state.level, approvals: approvalRule(state), replacement: state.settings.systemPrompt,
            addition: state.settings.systemPromptAddition)
    }

    private func finish(_ stream: inout ResponseStream, _ progress: inout Progress) async throws(EventLogError) -> TurnStateMachine.Step {
        let assembler = stream.assembler
        let stop = assembler.stop ?? .other
        var facts = stream.assembler.cut()
        if stream.hasStarted {
            facts.append(.responseFinished(ResponseEnd(message: assembler.message, stop: stop, usage: assembler.usage)))
        }
        if !facts.isEmpty { _ = try await writer.commit(facts) }
        return progress.machine.responded(calls: assembler.calls, text: assembler.text, stop: stop)
    }

    /// For a call whose response has no end.
    static func cutOff(_ call: CallID) -> ToolOutcome {
        ToolOutcome(call: call, status: .notRun, text: "Error: not run, because the response that asked for it was cut off")
    }

    /// What was shown stays, every finished call gets its result, and the retry will be new items.
    private func cutShort(
        _ stream: inout ResponseStream, by error: ModelError, _ progress: inout Progress
    ) async throws(EventLogError) -> TurnStateMachine.Step {
        var facts = stream.assembler.cut()
        for call in stream.assembler.calls {
            facts.append(.toolFinished(Self.cutOff(call.id)))
        }
        progress.failure = error.kind
        let step = Task.isCancelled ? .end(.interrupted, "") : progress.machine.failed(error, chance: services.chance())
        if case .retry(let delay, let attempt) = step {
            let milliseconds = Int(delay / .milliseconds(1))
            facts.append(
                .retrying(
                    RetryNote(
                        turn: input.turn, attempt: attempt, reason: error.kind, detail: error.message, delayMilliseconds: milliseconds)))
        }
        if !facts.isEmpty { _ = try await writer.commit(facts) }
        return step
    }
}

/// The receiving end of one attempt.
struct ResponseStream {
    var assembler: ResponseAssembler
    let turn: TurnID
    let writer: any SessionWriter
    var firstDeltaAt: Timestamp?
    /// The response exists in the log from its first item on: an attempt that failed before leaves no empty one.
    var hasStarted = false
    var failure: EventLogError?

    mutating func receive(_ event: ModelEvent, at time: any TimeSource) async {
        guard failure == nil else { return }
        let output = assembler.receive(event)
        if case .nothing = output { return }
        do throws(EventLogError) {
            if !hasStarted {
                hasStarted = true
                _ = try await writer.commit([.responseStarted(assembler.message, turn)])
            }
            if firstDeltaAt == nil { firstDeltaAt = time.now }
            switch output {
            case .nothing: break
            case .delta(let delta): await writer.show(delta)
            case .fact(let fact): _ = try await writer.commit([fact])
            }
        } catch {
            failure = error
        }
    }
}
