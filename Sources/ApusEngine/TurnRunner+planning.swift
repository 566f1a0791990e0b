import ApusBase
import ApusCore

/// Plans that the model hands in (`droid-exec.md` §6.1).
extension TurnRunner {
    private enum PlanRule {
        /// The clients of the session.
        case ask(TurnOrigin.ApprovalTerms)
        /// Nobody: whoever started the turn has approved every plan.
        case approve
        /// Nobody, and nothing is carried out: the turn ends with the plan as its text.
        case answer
    }

    /// `nil` where a plan can only be the last text of the model: nobody is to be asked, the turn needs an answer of another shape, or only
    /// this turn plans, whose client says anew with each what it wants.
    private func planRule(_ state: SessionState) -> PlanRule? {
        if input.overrides.interaction != nil { return nil }
        if input.origin.approvesPlans { return .approve }
        return switch input.origin.approvals {
        case .ask(let terms): state.settings.refusesApprovals ? nil : .ask(terms)
        case .stop, .refuse: input.outputSchema == nil ? .answer : nil
        }
    }

    /// Whether the model has the tool that hands a plan in.
    func handsInPlans(_ state: SessionState) -> Bool { state.settings.isPlanning && planRule(state) != nil }

    /// Decides the calls of a response that was made while planning. What needs an approval is refused, and the turn goes on, except for one
    /// plan. Afterwards no verdict asks any more.
    func decideWhilePlanning(
        _ verdicts: inout [(ToolCall, AccessGate.Verdict)], _ state: SessionState, _ progress: inout Progress
    ) async throws(EventLogError) -> TurnStateMachine.Step? {
        progress.denials += refuseAllButOnePlan(&verdicts)
        guard let rule = planRule(state) else { return nil }
        // Also to close what a process before this one has asked, and nobody needs to answer any more.
        if case .ask(let terms) = rule { return try await ask(about: &verdicts, terms, &progress) }
        for index in verdicts.indices {
            guard case .ask(let question) = verdicts[index].1 else { continue }
            switch rule {
            case .ask: break
            case .approve:
                if let settings = ApprovalChoice.proceedOnce.settings(afterPlanning: log.folded.settings) {
                    _ = try await writer.commit([.settingsChanged(settings)])
                }
                verdicts[index].1 = .run(question.permitted(by: nil))
            case .answer:
                progress.plan = Plan(input: question.call.input)
                verdicts[index].1 = .fail(
                    ToolOutcome(call: question.call.id, status: .succeeded, text: "The plan is the answer of this run, which ends here."))
            }
        }
        return nil
    }

    private func refuseAllButOnePlan(_ verdicts: inout [(ToolCall, AccessGate.Verdict)]) -> [AccessDenial] {
        var denials: [AccessDenial] = []
        var hasPlan = false
        for index in verdicts.indices {
            guard case .ask(let question) = verdicts[index].1 else { continue }
            if !question.isPlan {
                var denial = question.denial
                // No level helps as long as it plans.
                (denial.required, denial.reason) = (nil, AccessDenial.whilePlanning + question.reason)
                denials.append(denial)
                verdicts[index].1 = .fail(
                    ToolOutcome(call: question.call.id, status: .refused, text: PlanningMode.refusal(question.reason)))
            } else if hasPlan {
                verdicts[index].1 = .fail(
                    ToolOutcome(
                        call: question.call.id, status: .refused,
                        text: "Error: a response may hand in one plan, and this one has another before it."))
            } else {
                hasPlan = true
            }
        }
        return denials
    }

    /// How the turn ends when its plan is carried out elsewhere, or is what it answers with; its calls have their outcomes.
    func endOfPlanning(_ calls: [ToolCall], _ progress: Progress) async throws(EventLogError) -> TurnStateMachine.Step? {
        if let plan = progress.plan {
            let message = MessageID.unique()
            _ = try await writer.commit([
                .responseStarted(message, input.turn),
                .itemFinished(Item(id: .unique(), message: message, content: .text(plan.text))),
                .responseFinished(ResponseEnd(message: message, stop: .other, usage: .zero)),
            ])
            return .end(.completed, "")
        }
        let state = log.folded
        guard let message = state.lastResponse?.message else { return nil }
        let isHandedOver = calls.contains { call in
            guard call.name == Plan.tool, let name = state.approval(of: call.id, in: message) else { return false }
            return state.decision(name.id)?.choice.isForAnotherSession ?? false
        }
        return isHandedOver ? .end(.handedOver, "") : nil
    }

    /// What the model is told beside the result of a permitted call.
    func remark(on permitted: AccessGate.Permitted) -> String {
        guard permitted.call.name == Plan.tool, let plan = Plan(input: permitted.call.input) else {
            return permitted.approval?.remark ?? ""
        }
        let approval = permitted.approval
        var text: String
        if approval?.choice.isForAnotherSession ?? false {
            text = " The user carries it out in another session."
        } else {
            let level = log.folded.level
            text = " Planning is over: carry the plan out now. Autonomy level: \(level == .off ? "read-only" : level.rawValue)."
        }
        if approval?.editedInput != nil { text += "\n\nThe user has changed the plan. This is the approved one:\n\n\(plan.text)" }
        if approval == nil, plan.options.count > 1, let first = plan.options.first {
            text += "\n\nOf its \(plan.options.count) options the first was taken: \(first)"
        }
        if let comment = approval?.comment { text += "\n\n[The user's comment: \(comment)]" }
        return text
    }

    // MARK: The model of each phase

    /// The settings that the turn has now, also before it has begun.
    var settingsNow: SessionSettings { input.overrides.applied(to: log.folded.settings) }

    /// Who answers in the phase that the session is in.
    func provider() async throws(ModelLookupError) -> any ModelProvider {
        try await services.models.provider(for: settingsNow.modelOfTurn)
    }
}
