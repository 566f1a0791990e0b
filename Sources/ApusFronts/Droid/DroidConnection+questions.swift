import ApusBase
import ApusCore
import DroidWire
import Synchronization

/// What is asked of the people behind clients (`droid.md` §4). Every connection that views a session is asked; the first answer counts, and
/// no answer is ever waited for: who leaves has said nothing.
extension DroidConnection {
    func ask(_ request: ApprovalRequest, in session: SessionID) async {
        if let frame = await question(about: request, in: session) { await send(frame) }
    }

    func ask(_ question: UserQuestion, in session: SessionID) async {
        if let frame = await self.question(question, in: session) { await send(frame) }
    }

    /// `nil` for a client that may not answer.
    func question(about request: ApprovalRequest, in session: SessionID) async -> [UInt8]? {
        guard await mayAnswer() else { return nil }
        let isNew = state.withLock { state in
            state.asked[request.id.rawValue] = .permission(request, session)
            return state.isNew
        }
        let params = DroidPermission.params(for: request, session: session, isNew: isNew)
        return frames.bytes { $0.request(id: request.id.rawValue, DroidCall(params), into: &$1) }
    }

    func question(_ question: UserQuestion, in session: SessionID) async -> [UInt8]? {
        guard await mayAnswer() else { return nil }
        state.withLock { $0.asked[question.id.rawValue] = .question(question, session) }
        let params = AskUserParams(question, session: session)
        return frames.bytes { $0.request(id: question.id.rawValue, DroidCall(params), into: &$1) }
    }

    private func mayAnswer() async -> Bool {
        do throws(DroidFailure) {
            return try await client().mayApprove
        } catch {
            return false
        }
    }

    // MARK: Answers

    /// An answer to what was not asked, or is settled, changes nothing. Some libraries answer a question several times (§1.9): while one
    /// answer is judged one other waits, and more are dropped.
    func receive(_ response: DroidResponse) {
        guard let id = response.id else { return }
        let isFirst = state.withLock { state -> Bool in
            guard state.asked[id] != nil else { return false }
            guard let waiting = state.answers[id] else {
                state.answers[id] = []
                return true
            }
            if waiting.isEmpty { state.answers[id] = [response.outcome] }
            return false
        }
        if isFirst { start { await self.judge(response.outcome, id) } }
    }

    private func judge(_ first: DroidResponse.Outcome, _ id: String) async {
        var outcome: DroidResponse.Outcome? = first
        while let current = outcome {
            if let asked = state.withLock({ $0.asked[id] }) { await take(current, to: asked) }
            outcome = state.withLock { state in
                let next = state.answers[id]?.popLast()
                if next == nil { state.answers[id] = nil }
                return next
            }
        }
    }

    private func take(_ outcome: DroidResponse.Outcome, to asked: Asked) async {
        let client: ClientIdentity
        do throws(DroidFailure) { client = try await self.client() } catch { return }
        switch asked {
        case .permission(let request, let session): await decide(request, session, Self.reply(to: request, in: outcome), client)
        case .question(let question, let session): await decide(question, session, Self.answer(to: question, in: outcome), client)
        }
    }

    private func voter(_ client: ClientIdentity, isAutomatic: Bool) -> ApprovalVoter {
        ApprovalVoter(identity: client.name, front: .droid, connection: id, scopes: client.scopes, isAutomatic: isAutomatic)
    }

    /// What a client's answer comes to.
    private struct Reply {
        var answer: ApprovalAnswer
        /// A bare no is what a client library says whose program has no handler: with a word beside it somebody has looked.
        var isAutomatic: Bool

        init(_ answer: ApprovalAnswer) {
            self.answer = answer
            isAutomatic = answer.choice == .cancel && (answer.comment ?? "").isEmpty
        }

        /// An answer that cannot be taken is a no, with the reason for the model to read. Not where it plans: it would read that the plan
        /// is to be made better, again and again.
        init(refusing word: String, to request: ApprovalRequest) {
            let reason = "The answer \"\(word.prefix(60))\" was not among those that were offered, so nothing was run."
            answer = ApprovalAnswer(.cancel, comment: request.plan == nil ? reason : nil)
            isAutomatic = false
        }
    }

    private func decide(_ request: ApprovalRequest, _ session: SessionID, _ reply: Reply, _ client: ClientIdentity) async {
        do throws(ApprovalError) {
            _ = try await services.approvals.answer(
                request.id, in: session, with: reply.answer, by: voter(client, isAutomatic: reply.isAutomatic))
        } catch {
            switch error {
            case .notOffered(let choice, _):
                await decide(request, session, Reply(refusing: DroidPermission.outcome(for: choice).rawValue, to: request), client)
            case .unknown, .decided: state.withLock { _ = $0.asked.removeValue(forKey: request.id.rawValue) }
            case .notPermitted, .badInput, .log:
                front.log("An answer to the permission request \(request.id) was not taken: \(error)")
                // A plan that came with the answer cannot be taken, and nobody will answer again.
                if case .badInput = error, reply.answer.choice.permits {
                    await decide(request, session, Reply(refusing: reply.answer.choice.rawValue, to: request), client)
                }
            }
        }
    }

    /// An error, and what is no answer by its form, is a no that nobody gave by hand.
    private static func reply(to request: ApprovalRequest, in outcome: DroidResponse.Outcome) -> Reply {
        guard case .success(let json) = outcome else { return Reply(ApprovalAnswer(.cancel)) }
        let result: RequestPermissionResult
        do throws(DroidDecodingError) {
            result = try RequestPermissionResult(from: json, .lenient)
        } catch {
            return Reply(ApprovalAnswer(.cancel))
        }
        // Only a plan can be edited, and only with the word for that.
        guard let choice = DroidPermission.choice(for: result.selectedOption),
            (choice == .proceedEdited) == (result.editedSpecContent != nil),
            choice != .proceedEdited || request.plan != nil
        else { return Reply(refusing: result.selectedOption.rawValue, to: request) }
        let comment = result.comment.map { String(decoding: $0.utf8.prefix(ByteLimit.approvalCommentBytes), as: UTF8.self) }
        let edited = result.editedSpecContent.map { Plan.input(request.input, withPlan: $0) }
        return Reply(ApprovalAnswer(choice, comment: comment, editedInput: edited))
    }

    private func decide(_ question: UserQuestion, _ session: SessionID, _ answer: UserAnswer, _ client: ClientIdentity) async {
        do throws(QuestionError) {
            let counts = try await services.questions.answer(answer, in: session, by: voter(client, isAutomatic: answer.isCancelled))
            if counts { state.withLock { _ = $0.asked.removeValue(forKey: question.id.rawValue) } }
        } catch {
            switch error {
            case .unknown: state.withLock { _ = $0.asked.removeValue(forKey: question.id.rawValue) }
            case .doesNotFit:
                front.log("An answer to the question \(question.id) does not fit and counts as cancelled: \(error)")
                if !answer.isCancelled { await decide(question, session, .cancelled(question.id), client) }
            case .notPermitted, .log: front.log("An answer to the question \(question.id) was not taken: \(error)")
            }
        }
    }

    private static func answer(to question: UserQuestion, in outcome: DroidResponse.Outcome) -> UserAnswer {
        guard case .success(let json) = outcome else { return .cancelled(question.id) }
        let result: AskUserResult
        do throws(DroidDecodingError) {
            result = try AskUserResult(from: json, .lenient)
        } catch {
            return .cancelled(question.id)
        }
        if result.cancelled == true { return .cancelled(question.id) }
        return UserAnswer(
            id: question.id, isCancelled: false,
            items: result.answers.map { UserAnswer.Item(index: $0.index, question: $0.question, answer: $0.answer) })
    }
}

extension AskUserParams {
    init(_ question: UserQuestion, session: SessionID) {
        self.init(
            sessionId: session.rawValue, toolCallId: question.call.rawValue,
            questions: question.items.map { item in
                DroidQuestion(
                    index: item.index, topic: item.topic, question: item.question, options: item.options,
                    multiSelect: item.allowsSeveral ? true : nil)
            })
    }
}
