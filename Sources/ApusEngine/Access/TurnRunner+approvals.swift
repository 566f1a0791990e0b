import ApusBase
import ApusCore

extension TurnRunner {
    /// Asks about what may not run by itself, and waits until everything is answered. Afterwards no verdict asks any more.
    ///
    /// Returns how the turn ends when the answers, or their absence, end it: then every call has its outcome, and no question is
    /// open. An interrupt ends the wait at once.
    func ask(
        about verdicts: inout [(ToolCall, AccessGate.Verdict)], _ terms: TurnOrigin.ApprovalTerms, _ progress: inout Progress
    ) async throws(EventLogError) -> TurnStateMachine.Step? {
        guard let message = log.folded.lastResponse?.message else { return nil }
        refuseTwins(&verdicts)
        admitGranted(&verdicts)
        try await closeStale(verdicts)
        let questions = Dictionary(
            verdicts.compactMap { call, verdict in if case .ask(let question) = verdict { (call.id, question) } else { nil } },
            uniquingKeysWith: { first, _ in first })
        if questions.isEmpty { return nil }
        let asked = try await pose(verdicts, of: message, terms)
        let answers = try await answersWithNotice(asked, questions, terms)
        if Task.isCancelled, suspension.value == true { return .suspend }
        if Task.isCancelled || answers.isCutShort {
            try await approvals.close(open(asked), by: .turnEnd, at: services.time.now)
            if Task.isCancelled {
                try await skip(verdicts.map(\.0))
                return .end(.interrupted, "")
            }
        }
        let decisions = decisions(about: asked)
        progress.denials += verdicts.compactMap { call, verdict in
            if case .ask(let question) = verdict, !question.isPlan, decisions[call.id]?.choice.permits != true {
                question.denial
            } else {
                nil
            }
        }
        if let end = try await end(verdicts, decisions, terms) { return end }
        for index in verdicts.indices {
            guard case .ask(let question) = verdicts[index].1 else { continue }
            verdicts[index].1 = verdict(on: question, decisions[question.call.id])
        }
        return nil
    }

    /// Answers go by the names of calls, so a name that a response uses again gets none.
    private func refuseTwins(_ verdicts: inout [(ToolCall, AccessGate.Verdict)]) {
        var names: Set<CallID> = []
        for index in verdicts.indices where !names.insert(verdicts[index].0.id).inserted {
            guard case .ask(let question) = verdicts[index].1 else { continue }
            verdicts[index].1 = .fail(
                gate.failure(question.call, "Error: another call of this response has the same id. Make this call again."))
        }
    }

    /// What was permitted for good is not asked about again.
    private func admitGranted(_ verdicts: inout [(ToolCall, AccessGate.Verdict)]) {
        let state = log.folded
        for index in verdicts.indices {
            guard case .ask(let question) = verdicts[index].1, isGranted(question, state) else { continue }
            verdicts[index].1 = .run(question.permitted(by: nil))
        }
    }

    /// A question of a process that died may have become none: the call may run by now, or may never run.
    private func closeStale(_ verdicts: [(ToolCall, AccessGate.Verdict)]) async throws(EventLogError) {
        let verdicts = Dictionary(verdicts.map { ($0.0.id, $0.1) }) { first, _ in first }
        for request in log.folded.openApprovals where request.turn == input.turn {
            switch verdicts[request.call] {
            case .ask: continue
            case .run(let permitted):
                _ = try await approvals.settle(
                    ApprovalDecision(of: request, .proceedOnce, by: .session, at: services.time.now, level: permitted.level))
            case .fail, nil: try await approvals.close([request], by: .turnEnd, at: services.time.now)
            }
        }
    }

    private func isGranted(_ question: AccessGate.Question, _ state: SessionState) -> Bool {
        guard let required = question.required else { return false }
        return required <= state.level
            || state.grants.cover(tool: question.call.name, question.request, required: required, in: state.directory)
    }

    /// The questions of this response, those included that were open, or answered, when a process before this one died.
    private func pose(
        _ verdicts: [(ToolCall, AccessGate.Verdict)], of message: MessageID, _ terms: TurnOrigin.ApprovalTerms
    ) async throws(EventLogError) -> [ApprovalRequest.Name] {
        let state = log.folded
        let expiry = terms.deadlineMilliseconds.map { services.time.now + Timestamp($0) }
        var room = ByteLimit.maximumOpenApprovals - state.openApprovals.count
        var facts: [EventKind] = []
        var names: [ApprovalRequest.Name] = []
        for case (let call, .ask(let question)) in verdicts {
            if let known = state.approval(of: call.id, in: message) {
                names.append(known)
            } else if room > 0 {
                room -= 1
                let request = request(for: question, of: message, state, expiresAt: expiry)
                names.append(ApprovalRequest.Name(id: request.id, call: call.id))
                facts.append(.approvalAsked(request))
            }
        }
        if !facts.isEmpty { _ = try await writer.commit(facts) }
        return names
    }

    private func request(
        for question: AccessGate.Question, of message: MessageID, _ state: SessionState, expiresAt: Timestamp?
    ) -> ApprovalRequest {
        ApprovalRequest(
            id: .newApproval(), turn: input.turn, message: message, call: question.call.id, tool: question.call.name,
            input: question.call.input,
            actionHash: ActionHash.of(question.call, question.request, in: state.directory, at: question.level),
            question: services.redaction.apply(
                to: ApprovalQuestion.text(
                    for: question.call, question.request, in: state.directory, required: question.required,
                    session: state.settingsOfTurn.autonomy, reason: question.reason)),
            risk: question.risk, required: question.required, level: question.level, reason: question.reason,
            options: ApprovalOptions.offered(for: question.request, required: question.required, upTo: services.maximumAutonomy),
            expiresAt: expiresAt)
    }

    private func open(_ asked: [ApprovalRequest.Name]) -> [ApprovalRequest] {
        let state = log.folded
        return asked.compactMap { state.openApproval($0.id) }
    }

    private func decisions(about asked: [ApprovalRequest.Name]) -> [CallID: ApprovalDecision] {
        let state = log.folded
        return Dictionary(asked.compactMap { name in state.decision(name.id).map { (name.call, $0) } }) { first, _ in first }
    }

    /// Hooks that tell people of a question end with it.
    private func answersWithNotice(
        _ asked: [ApprovalRequest.Name], _ questions: [CallID: AccessGate.Question], _ terms: TurnOrigin.ApprovalTerms
    ) async throws(EventLogError) -> Answers {
        let open = asked.filter { log.folded.openApproval($0.id) != nil }.compactMap { questions[$0.call]?.call.name }
        async let _ = tellHooks(ofQuestionsAbout: open)
        return try await answers(to: asked, questions, terms)
    }

    private struct Answers {
        /// Somebody said no where that ends the turn, or nobody can answer any more.
        var isCutShort = false
    }

    private func answers(
        to asked: [ApprovalRequest.Name], _ questions: [CallID: AccessGate.Question], _ terms: TurnOrigin.ApprovalTerms
    ) async throws(EventLogError) -> Answers {
        while true {
            let state = log.folded
            let open = asked.compactMap { state.openApproval($0.id) }
            if open.isEmpty { return Answers() }
            if Task.isCancelled || log.isClosed { return Answers(isCutShort: true) }
            let ends = asked.contains { name in
                state.decision(name.id).map { Self.endsTurn($0, terms, isPlan: questions[name.call]?.isPlan ?? false) } ?? false
            }
            if ends { return Answers(isCutShort: true) }
            let now = services.time.now
            let late = open.filter { $0.expiresAt.map { $0 <= now } ?? false }
            if !late.isEmpty {
                try await approvals.close(late, by: .deadline, at: now)
                continue
            }
            if try await admitGranted(open, questions, state) { continue }
            await wait(after: state.lastEvent, until: open.compactMap(\.expiresAt).min())
        }
    }

    /// An answer to one question may answer others.
    private func admitGranted(
        _ open: [ApprovalRequest], _ questions: [CallID: AccessGate.Question], _ state: SessionState
    ) async throws(EventLogError) -> Bool {
        var any = false
        for request in open {
            guard let question = questions[request.call], isGranted(question, state) else { continue }
            any = true
            _ = try await approvals.settle(
                ApprovalDecision(of: request, .proceedOnce, by: .session, at: services.time.now, level: request.level))
        }
        return any
    }

    func wait(after event: EventNumber, until expiry: Timestamp?) async {
        guard let expiry else { return await log.waitForMore(after: event) }
        let rest = Duration.milliseconds(max(0, expiry - services.time.now))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await log.waitForMore(after: event) }
            group.addTask {
                // Cancelled as soon as something has come.
                try? await services.time.sleep(for: rest)
            }
            await group.next()
            group.cancelAll()
        }
    }

    /// A plan that was declined with a word is made better.
    private static func endsTurn(_ decision: ApprovalDecision, _ terms: TurnOrigin.ApprovalTerms, isPlan: Bool) -> Bool {
        if decision.choice.permits { return false }
        if isPlan, case .voter = decision.decider, decision.comment != nil { return false }
        return switch decision.decider {
        case .deadline: terms.afterDeadline == .endTurn
        case .voter, .session, .turnEnd: terms.afterCancel == .endTurn
        }
    }

    /// The end of the turn, with an outcome for every call, when a decision is one that ends it.
    private func end(
        _ verdicts: [(ToolCall, AccessGate.Verdict)], _ decisions: [CallID: ApprovalDecision], _ terms: TurnOrigin.ApprovalTerms
    ) async throws(EventLogError) -> TurnStateMachine.Step? {
        let ending = verdicts.first { call, verdict in
            decisions[call.id].map { Self.endsTurn($0, terms, isPlan: verdict.isPlan) && $0.decider != .turnEnd } ?? false
        }
        guard let (call, _) = ending, let decision = decisions[call.id] else { return nil }
        let outcomes = verdicts.map { call, verdict -> ToolOutcome in
            switch verdict {
            case .fail(let outcome): return outcome
            case .run: return Self.notPermittedWith(call.id)
            case .ask:
                guard let decision = decisions[call.id], !decision.choice.permits, decision.decider != .turnEnd else {
                    return Self.notPermittedWith(call.id)
                }
                return Self.refusal(of: call, decision)
            }
        }
        _ = try await writer.commit(outcomes.map { .toolFinished($0) })
        let sentence =
            decision.decider == .deadline
            ? "Nobody answered the permission request for \(call.name) in time." : "The user declined \(call.name)."
        return .end(.permissionRejected, sentence)
    }

    private func verdict(on question: AccessGate.Question, _ decision: ApprovalDecision?) -> AccessGate.Verdict {
        guard let decision else {
            return .fail(
                ToolOutcome(
                    call: question.call.id, status: .refused,
                    text: "Error: not permitted: \(ByteLimit.maximumOpenApprovals) permission requests are open already"))
        }
        if decision.choice.permits { return .run(question.permitted(by: decision)) }
        return .fail(Self.refusal(of: question.call, decision))
    }

    private static func refusal(of call: ToolCall, _ decision: ApprovalDecision) -> ToolOutcome {
        let declined = call.name == Plan.tool ? "the user did not approve the plan; go on planning." : "the user declined this action."
        let text =
            decision.decider == .deadline
            ? "Error: nobody answered the permission request in time." : "Error: \(declined)" + decision.remark
        return ToolOutcome(call: call.id, status: .refused, text: text)
    }
}
