import ApusBase
package import ApusCore

/// Runs one turn: asks the model, gates and runs its calls, until there is nothing left to do. Every way out stores exactly one
/// `turnFinished`. Cancelling the task ends stream, tools and turn, in that order.
package struct TurnRunner {
    let input: TurnInput
    let session: SessionID
    let services: EngineServices
    let writer: any SessionWriter
    let log: SessionLog
    let approvals: SessionApprovals
    let questions: SessionQuestions
    let stop: OneShot<TurnEndReason>
    /// The turn was begun by a process that died, and goes on where the log ends.
    var isResumed = false
    var suspension = OneShot<Bool>()
    var seal = TurnSeal()
    /// The first turn of the session in this process.
    var startsSession = false
    /// The session works for a call of another one; the end of its turns is told to hooks as such.
    var isSubagent = false
    /// Given when a hook that ran behind a call wants the turn to end.
    var hookStop = OneShot<String>()
    var children: any ChildSessions = NoChildSessions()

    /// What one run gathers.
    struct Progress {
        var machine = TurnStateMachine()
        var usage = Usage.zero
        var startedAt: Timestamp
        var firstDeltaAt: Timestamp?
        var denials: [AccessDenial] = []
        /// A plan that the turn answers with.
        var plan: Plan?
        /// The provider's last failure, until it answers.
        var failure: ModelError.Kind?
        /// How often hooks have kept the turn from its end.
        var hookObjections = 0
        /// The tools of the next request, once they are listed.
        var offered: (scope: ToolScope, definitions: [ToolDefinition])?
    }

    /// Throws only when the log cannot be written: then nothing more can be said about the turn.
    package func run() async throws(EventLogError) {
        var limits = TurnStateMachine.Limits()
        if let responses = input.limits.responses { limits.responses = responses }
        var machine = TurnStateMachine(limits: limits, output: input.outputSchema.map { OutputCheck($0) })
        var progress = Progress(machine: machine, startedAt: services.time.now)
        if isResumed, let past = Recovery.past(of: log.folded) {
            machine = TurnStateMachine(limits: limits, output: machine.output, settledResponses: past.settledResponses)
            progress = Progress(machine: machine, usage: past.usage, startedAt: past.startedAt)
        }
        guard var end = try await work(&progress) else { return }
        if await seal.close() { end = End(reason: .interrupted, detail: "Interrupted.") }
        let duration = Int(services.time.now - progress.startedAt)
        _ = try await writer.commit([
            .turnFinished(
                TurnEnd(
                    turn: input.turn, reason: end.reason, detail: end.detail, usage: progress.usage, durationMilliseconds: duration,
                    settledResponses: progress.machine.settledResponses,
                    firstDeltaMilliseconds: progress.firstDeltaAt.map { Double($0 - progress.startedAt) }, denials: progress.denials,
                    failure: end.reason == .providerError ? progress.failure : nil, structuredOutput: progress.machine.structuredOutput))
        ])
    }

    private struct End {
        var reason: TurnEndReason
        var detail: String
    }

    /// `nil` when the turn goes on elsewhere.
    private func work(_ progress: inout Progress) async throws(EventLogError) -> End? {
        var isPlanning = settingsNow.isPlanning
        var provider: any ModelProvider
        do {
            provider = try await self.provider()
        } catch {
            if isResumed {
                _ = try await writer.commit(Recovery.loose(in: log.folded, at: services.time.now))
            } else {
                _ = try await begin(model: error.model, firesHooks: false)
            }
            if Task.isCancelled { return stopped() }
            progress.failure = .notFound
            return End(reason: .providerError, detail: error.description)
        }
        var step = TurnStateMachine.Step.request
        if isResumed {
            step = try await whereItStopped(&progress)
        } else {
            switch try await begin(model: provider.description.id) {
            case .end(let end): return Task.isCancelled ? stopped() : end
            case .run(let program):
                if let end = try await run(program) { return End(reason: end.reason, detail: end.detail) }
            case .goOn: break
            }
        }
        while true {
            if Task.isCancelled {
                if isSuspended, case .decide = step { return nil }
                if let end = try await endCancelled(at: step) { return end }
            }
            switch step {
            case .request:
                if settingsNow.isPlanning != isPlanning {
                    isPlanning.toggle()
                    do throws(ModelLookupError) {
                        provider = try await self.provider()
                    } catch {
                        progress.failure = .notFound
                        return End(reason: .providerError, detail: error.description)
                    }
                }
                try await makeRoomIfDue(provider, &progress)
                if Task.isCancelled { continue }
                if let hookEnd {
                    step = hookEnd
                } else {
                    step = try await request(provider, &progress)
                }
            case .makeRoom(let detail):
                let isDone = try await makeRoomAfterOverflow(provider, &progress)
                step = hookEnd ?? (isDone ? .request : .end(.providerError, detail))
            case .nudge(let text):
                _ = try await writer.commit([.contextAdded(.unique(), ContextNote(source: "nudge", text: text))])
                step = .request
            case .retry(let delay, _):
                // A cancelled sleep is seen at the top of the loop.
                try? await services.time.sleep(for: delay)
                step = .request
            case .decide(let calls): step = try await settle(calls, of: provider.description, &progress)
            case .suspend: return nil
            case .end(.interrupted, _): return stopped()
            case .end(.completed, let detail):
                guard let next = try await objectionToEnd(&progress) else { return End(reason: .completed, detail: detail) }
                step = next
            case .end(let reason, let detail): return End(reason: reason, detail: detail)
            }
        }
    }

    /// What the process before this one would have done next.
    private func whereItStopped(_ progress: inout Progress) async throws(EventLogError) -> TurnStateMachine.Step {
        let state = log.folded
        if let response = state.unsettledResponse {
            return progress.machine.responded(calls: response.calls, text: response.text, stop: response.end?.stop ?? .other)
        }
        if let note = await noteOnLostProgram(state) { _ = try await writer.commit([.contextAdded(.unique(), note)]) }
        return .request
    }

    /// `nil` when the turn has come to an end of its own already.
    private func endCancelled(at step: TurnStateMachine.Step) async throws(EventLogError) -> End? {
        switch step {
        case .end, .suspend: return nil
        case .decide(let calls):
            try await approvals.close(log.folded.openApprovals, by: .turnEnd, at: services.time.now)
            try await closeQuestions()
            try await skip(withoutOutcome(calls))
        case .request, .nudge, .retry, .makeRoom: break
        }
        return stopped()
    }

    private func stopped() -> End {
        switch stop.value {
        case .timeLimit: End(reason: .timeLimit, detail: "Stopped: the time limit for this run was reached.")
        case .some, nil: End(reason: .interrupted, detail: "Interrupted.")
        }
    }

    private enum Beginning {
        case goOn
        /// What the prompt names: it runs when the log says that the turn has begun.
        case run(CommandProgram)
        /// Hooks end the turn before the model has seen the prompt, which then is not in the transcript.
        case end(End)
    }

    private func begin(model: String, firesHooks: Bool = true) async throws(EventLogError) -> Beginning {
        let state = log.folded
        var facts: [EventKind] = [.turnStarted(input.turn, model: model)]
        let verdict = firesHooks ? try await admission(&facts) : .none
        if let reason = verdict.stop { return .end(End(reason: .hookStopped, detail: HookVerdict.stopSentence(reason))) }
        if let reason = verdict.denial { return .end(End(reason: .promptRefused, detail: HookVerdict.refusalSentence(reason))) }
        for note in await freshNotes(state) { facts.append(.contextAdded(.unique(), note)) }
        if let schema = input.outputSchema {
            facts.append(.contextAdded(.unique(), ContextNote(source: "output-schema", text: OutputCheck(schema).instruction)))
        }
        if let instruction = input.overrides.instruction {
            facts.append(.contextAdded(.unique(), ContextNote(source: "turn-instruction", text: instruction)))
        }
        let expansion = await services.commands.expansion(of: input.prompt, for: state.skillScope)
        if case .text(let note) = expansion { facts.append(.contextAdded(.unique(), redacted(note))) }
        facts += verdict.contextFacts(.userPromptSubmit)
        facts.append(.userMessage(input.message, input.turn, input.prompt, media: input.media))
        if state.title.isEmpty { facts.append(.titleChanged(Self.title(of: input.prompt))) }
        _ = try await writer.commit(facts)
        if case .program(let program) = expansion { return .run(program) }
        return .goOn
    }

    /// The first line of the prompt, at most 80 characters.
    package static func title(of prompt: String) -> String {
        let line = prompt.split(separator: "\n", omittingEmptySubsequences: true).first { !$0.allSatisfy(\.isWhitespace) } ?? "Untitled"
        return String(line.drop { $0.isWhitespace }.prefix(80))
    }

    /// Notes that the model does not see in this very form already.
    func freshNotes(_ state: SessionState) async -> [ContextNote] {
        var known: [String: String] = [:]
        for case .context(_, let note) in state.visibleTranscript { known[note.source] = note.text }
        for note in state.compaction?.carried ?? [] where known[note.source] == nil { known[note.source] = note.text }
        let directory = state.settings.workingDirectory ?? state.header.workingDirectory
        var notes = await services.instructions.notes(for: directory)
        let handsIn = handsInPlans(state) && state.settings.tools.allows(Plan.tool)
        if let note = PlanningMode.note(for: settingsNow, handsIn: handsIn, told: known[PlanningMode.source]) {
            notes.append(note)
        }
        notes += await extensionNotes(state, known: known, instructions: notes)
        if state.header.caller == nil, state.settings.tools.allows("Task") {
            let list = await services.subagents.subagents(for: directory)
            if let note = SubagentNote.note(for: list, told: known[SubagentNote.source]) { notes.append(note) }
        }
        if let note = await ProcessReminder.note(for: state, services.processes) { notes.append(note) }
        return notes.filter { known[$0.source] != $0.text }
    }
}
