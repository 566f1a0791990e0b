import ApusBase
import ApusCore

/// Where hooks stand in a turn (`droid-exec.md` §1.5, §3.3, §4.1).
extension TurnRunner {
    /// How often in a row hooks may keep a turn from its end.
    private static let maximumObjections = 5
    /// Calls whose hooks run side by side.
    private static let parallelPlans = 8

    var hooks: HookDesk { HookDesk(services: services, writer: writer, state: { log.folded }) }

    /// The step that a hook's wish to end the turn leads to.
    var hookEnd: TurnStateMachine.Step? {
        hookStop.value.map { .end(.hookStopped, HookVerdict.stopSentence($0)) }
    }

    // MARK: The beginning

    /// What hooks say about the session's start and the prompt. Where there are some they see a turn that has begun: `facts` is stored then
    /// and empty.
    func admission(_ facts: inout [EventKind]) async throws(EventLogError) -> HookVerdict {
        var plans: [HookPlan] = []
        if startsSession, let plan = await hooks.plan(for: .sessionStart(sessionStart)) { plans.append(plan) }
        if let plan = await hooks.plan(for: .userPromptSubmit(input.prompt)) { plans.append(plan) }
        if plans.isEmpty { return .none }
        _ = try await writer.commit(facts)
        facts = []
        var whole = HookVerdict.none
        for plan in plans where whole.stop == nil && !Task.isCancelled {
            // A mode or level of the turn's own holds by now.
            var plan = plan
            plan.context = HookContext(
                state: log.folded, level: log.folded.level, isPlanning: log.folded.settingsOfTurn.isPlanning)
            let verdict = try await hooks.run(plan)
            whole.stop = verdict.stop
            whole.notes += verdict.notes
            if plan.occasion.event == .userPromptSubmit { whole.denial = verdict.denial }
        }
        return whole
    }

    private var sessionStart: HookOccasion.Start {
        let state = log.folded
        if state.compaction != nil, state.compactedAt == state.transcript.count { return .compact }
        let hasPrompt = state.transcript.contains { if case .user = $0 { true } else { false } }
        return hasPrompt ? .resume : .startup
    }

    // MARK: Calls

    enum Hearing: Hashable {
        case goOn
        /// While they ran.
        case interrupted
        case stop(String)
    }

    /// Runs the hooks of all calls that could run, or could be asked about, and makes their verdicts what hooks leave of them. What the
    /// policy never permits stays so: such a call has no hooks.
    func hear(
        hooksBefore verdicts: inout [(ToolCall, AccessGate.Verdict)], _ tools: [String: any Tool], _ state: SessionState
    ) async throws(EventLogError) -> Hearing {
        if wereHeard(verdicts.map(\.0), state) {
            for index in verdicts.indices {
                guard let judgement = state.hookJudgement(of: verdicts[index].0.id) else { continue }
                apply(judgement, to: &verdicts[index], tools, state)
            }
            return .goOn
        }
        var plans: [(Int, HookPlan)] = []
        for index in verdicts.indices {
            if case .fail = verdicts[index].1 { continue }
            if let plan = await hooks.plan(for: .preToolUse(verdicts[index].0)) { plans.append((index, plan)) }
        }
        if plans.isEmpty { return .goOn }
        var stop: String?
        let entries = verdicts
        let gate = gate
        let heard = try await run(plans) { index, judgement, verdict in
            var (call, judged) = entries[index]
            // Whoever judges the same call again declares its paths again, and they may lead elsewhere by now.
            if judgement.updatedInput != nil {
                call = judgement.applied(to: call)
                judged = gate.judge(call, tools[call.name], state)
            }
            return sealed(judgement, verdict, judged, state)
        }
        for (index, verdict) in heard {
            if stop == nil { stop = verdict.stop }
            let facts = verdict.contextFacts(.preToolUse)
            if !facts.isEmpty { _ = try await writer.commit(facts) }
            guard let judgement = verdict.kept else { continue }
            apply(judgement, to: &verdicts[index], tools, state)
        }
        if Task.isCancelled { return .interrupted }
        return stop.map { .stop($0) } ?? .goOn
    }

    /// A process before this one has run them, and has begun with these calls or asked about them.
    private func wereHeard(_ calls: [ToolCall], _ state: SessionState) -> Bool {
        guard isResumed, let response = state.lastResponse else { return false }
        // No call has an outcome before the hooks of all were heard.
        if !response.outcomes.isEmpty { return true }
        let message = response.message
        let promised = Set(state.openIntents.map(\.call))
        return calls.contains { promised.contains($0.id) || state.approval(of: $0.id, in: message) != nil }
    }

    /// With what a permission was given for, where it spares a question.
    private func sealed(
        _ judgement: HookJudgement, _ verdict: HookVerdict, _ judged: AccessGate.Verdict, _ state: SessionState
    ) -> HookJudgement {
        guard judgement.decision == .allow, case .ask(let question) = judged, mayPermit(question, state) else { return judgement }
        var judgement = judgement
        judgement.permission = HookPermission(
            actionHash: ActionHash.of(question.call, question.request, in: state.directory, at: question.level), level: question.level,
            hooks: verdict.permitters)
        return judgement
    }

    /// Neither plans nor what the machine's settings allow at most are a hook's business.
    private func mayPermit(_ question: AccessGate.Question, _ state: SessionState) -> Bool {
        !state.settingsOfTurn.isPlanning && question.level <= services.maximumAutonomy
    }

    private func apply(
        _ judgement: HookJudgement, to entry: inout (ToolCall, AccessGate.Verdict), _ tools: [String: any Tool], _ state: SessionState
    ) {
        if judgement.decision == .deny {
            entry.1 = .fail(ToolOutcome(call: entry.0.id, status: .refused, text: "Error: \(judgement.reason ?? "a hook objected")"))
            return
        }
        if judgement.updatedInput != nil {
            entry.0 = judgement.applied(to: entry.0)
            entry.1 = gate.judge(entry.0, tools[entry.0.name], state)
        }
        switch (judgement.decision, entry.1) {
        case (.ask, .run(let permitted)):
            entry.1 = gate.question(permitted, because: judgement.reason ?? "a hook asks for it", state)
        case (.ask, .ask(var question)):
            question.required = nil
            question.isHooks = true
            question.reason = judgement.reason ?? question.reason
            entry.1 = .ask(question)
        case (.allow, .ask(let question)):
            // One that is held to nothing permits nothing: nobody had to be asked when the hook looked.
            guard mayPermit(question, state), let permission = judgement.permission else { break }
            var permitted = question.permitted(by: nil)
            permitted.hookPermission = permission
            entry.1 = .run(permitted)
        case (.allow, .run), (.allow, .fail), (.ask, .fail), (.deny, _), (nil, _): break
        }
    }

    /// In the order of the plans.
    private func run(
        _ plans: [(Int, HookPlan)],
        seal: @escaping @Sendable (Int, HookJudgement, HookVerdict) -> HookJudgement? = { _, judgement, _ in judgement }
    ) async throws(EventLogError) -> [(Int, HookVerdict)] {
        let desk = hooks
        var verdicts: [(Int, HookVerdict)] = []
        var rest = plans[...]
        while !rest.isEmpty {
            let batch = rest.prefix(Self.parallelPlans)
            rest = rest.dropFirst(Self.parallelPlans)
            let results = await withTaskGroup(of: (Int, Result<HookVerdict, EventLogError>).self) { group in
                for (index, plan) in batch {
                    group.addTask {
                        do throws(EventLogError) {
                            return (index, .success(try await desk.run(plan) { seal(index, $0, $1) }))
                        } catch {
                            return (index, .failure(error))
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            for (index, result) in results.sorted(by: { $0.0 < $1.0 }) { verdicts.append((index, try result.get())) }
        }
        return verdicts
    }

    /// For calls that have run. What hooks say stands behind the results.
    func hear(hooksAfter ran: [(ToolCall, ToolOutcome)]) async throws(EventLogError) {
        var plans: [(Int, HookPlan)] = []
        for (index, (call, outcome)) in ran.enumerated() where outcome.status == .succeeded || outcome.status == .failed {
            if let plan = await hooks.plan(for: .postToolUse(call, response: outcome.text)) { plans.append((index, plan)) }
        }
        for (index, verdict) in try await run(plans) {
            var verdict = verdict
            let call = ran[index].0
            if let reason = verdict.denial { verdict.notes.insert("A hook objects to what \(call.name) did: \(reason)", at: 0) }
            let facts = verdict.contextFacts(.postToolUse)
            if !facts.isEmpty { _ = try await writer.commit(facts) }
            if let reason = verdict.stop { hookStop.give(reason) }
        }
    }

    /// For people who are not looking. What such hooks say changes nothing.
    func tellHooks(ofQuestionsAbout tools: [String]) async {
        if tools.isEmpty { return }
        var names: [String] = []
        for tool in tools where !names.contains(tool) { names.append(tool) }
        // A log that cannot be written ends the turn by its next fact.
        _ = try? await hooks.fire(.notification("Apus needs your permission to use \(names.joined(separator: ", "))"))
    }

    // MARK: The end

    /// What to do in place of completing the turn; `nil` to complete it.
    func objectionToEnd(_ progress: inout Progress) async throws(EventLogError) -> TurnStateMachine.Step? {
        let isAgain = progress.hookObjections > 0
        let verdict = try await hooks.fire(isSubagent ? .subagentStop(isAgain: isAgain) : .stop(isAgain: isAgain))
        if let reason = verdict.stop { return .end(.hookStopped, HookVerdict.stopSentence(reason)) }
        guard let reason = verdict.denial, progress.hookObjections < Self.maximumObjections, progress.machine.reopened() else { return nil }
        progress.hookObjections += 1
        let note = ContextNote(source: "hook Stop", text: "A hook does not want you to end here: \(HookVerdict.bounded(reason))")
        _ = try await writer.commit([.contextAdded(.unique(), note)])
        return .request
    }
}
