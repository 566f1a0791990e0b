import ApusBase
import ApusCore

extension TurnRunner {
    /// What becomes of a call that needs an approval, as the session stands now.
    func approvalRule(_ state: SessionState) -> TurnOrigin.ApprovalRule {
        if state.settingsOfTurn.isPlanning { return .refuse }
        if case .ask = input.origin.approvals, state.settings.refusesApprovals { return .refuse }
        return input.origin.approvals
    }

    /// Whether the tool AskUser has somebody to ask.
    func canAskUser(_ state: SessionState) -> Bool {
        if case .ask = input.origin.approvals { input.origin.answersQuestions && !state.settings.refusesApprovals } else { false }
    }

    /// Commits the question, and waits for its answer: as long as the origin's terms say, or until the turn is interrupted. The
    /// question of a process that died is offered again under the same id. `nil` when nobody can be asked.
    func askUser(_ items: [UserQuestion.Item], for call: CallID) async -> UserAnswer? {
        guard case .ask(let terms) = input.origin.approvals, input.origin.answersQuestions else { return nil }
        do throws(EventLogError) {
            return try await answer(to: try await pose(items, for: call, terms))
        } catch {
            // The outcome of the call cannot be stored either, which ends the turn with this error.
            return nil
        }
    }

    private func pose(
        _ items: [UserQuestion.Item], for call: CallID, _ terms: TurnOrigin.ApprovalTerms
    ) async throws(EventLogError) -> UserQuestion {
        if let known = log.folded.question(of: call, in: input.turn) { return known }
        let question = UserQuestion(
            turn: input.turn, call: call, items: items.map(redacted),
            expiresAt: terms.deadlineMilliseconds.map { services.time.now + Timestamp($0) })
        _ = try await writer.commit([.questionAsked(question)])
        return question
    }

    private func redacted(_ item: UserQuestion.Item) -> UserQuestion.Item {
        var item = item
        item.topic = services.redaction.apply(to: item.topic)
        item.question = services.redaction.apply(to: item.question)
        item.options = item.options.map { services.redaction.apply(to: $0) }
        return item
    }

    private func answer(to question: UserQuestion) async throws(EventLogError) -> UserAnswer {
        while true {
            let state = log.folded
            if let settled = state.settledQuestion(question.id) { return settled.answer }
            if state.openQuestion(question.id) == nil || log.isClosed { return .cancelled(question.id) }
            if Task.isCancelled {
                // A turn that goes on elsewhere keeps its question.
                if !isSuspended { _ = try await questions.settle(.cancelled(question.id)) }
                return .cancelled(question.id)
            }
            if let expiry = question.expiresAt, expiry <= services.time.now {
                _ = try await questions.settle(.cancelled(question.id))
                continue
            }
            await wait(after: state.lastEvent, until: question.expiresAt)
        }
    }

    /// The turn is left as it is, for another process to go on with.
    var isSuspended: Bool { suspension.value == true }

    /// For a turn that ends while something is asked.
    func closeQuestions() async throws(EventLogError) {
        for question in log.folded.openQuestions where question.turn == input.turn {
            _ = try await questions.settle(.cancelled(question.id))
        }
    }
}

extension SessionState {
    /// The question of a call, open or answered.
    func question(of call: CallID, in turn: TurnID) -> UserQuestion? {
        openQuestions.last { $0.call == call && $0.turn == turn }
            ?? settledQuestions.last { $0.question.call == call && $0.question.turn == turn }?.question
    }
}
