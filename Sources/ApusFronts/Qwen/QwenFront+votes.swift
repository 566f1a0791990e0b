import ApusBase
import ApusCore

/// Answers to permission requests, and to the questions of the agent, which come as such (§2.9, §4.4).
extension QwenFront {
    private enum Vote {
        case cancelled
        case selected(String)

        init?(_ body: JSONObject) {
            guard let outcome = body["outcome"]?.objectValue else { return nil }
            switch outcome["outcome"]?.stringValue {
            case "cancelled": self = .cancelled
            case "selected":
                guard let option = outcome["optionId"]?.stringValue, !option.isEmpty else { return nil }
                self = .selected(option)
            default: return nil
            }
        }
    }

    /// Where a request was found: open, or answered already.
    fileprivate enum Found {
        case approval(ApprovalRequest, SessionID)
        case question(UserQuestion, SessionID)
        case decided(ApprovalChoice?, SessionID)
    }

    func vote(_ request: QwenRequest) async throws(QwenFailure) -> HTTPAnswer {
        guard let vote = Vote(request.body) else {
            throw QwenFailure(
                400, "`outcome` must be `{ outcome: \"cancelled\" }` or `{ outcome: \"selected\", optionId: string }`")
        }
        let id = request.parameters.last ?? ""
        var session: SessionID?
        var client: String?
        if request.route.endpoint == .sessionVote {
            let room = try await known(request.session).room
            client = try self.client(of: request, in: room)
            session = room.session
        }
        let found = try await find(id, in: session)
        if session == nil, isBound, let place = found?.session { client = try self.client(of: request, in: try await known(place).room) }
        switch found {
        case nil: throw noneSuch(id, session)
        case .decided(let choice, let place):
            await tellLate(id, choice, place, client)
            throw noneSuch(id, session)
        case .approval(let approval, let place): try await decide(approval, place, vote, request, session, client)
        case .question(let question, let place): try await answer(question, place, vote, request, session, client)
        }
        return .json(200, [:])
    }

    private func served(_ sessions: [SessionID]) async -> [SessionID] {
        guard isBound else { return sessions }
        var served: [SessionID] = []
        for session in sessions {
            // One that is given up meanwhile has nothing open.
            if let state = try? await services.maintenance.peek(session), serves(state) { served.append(session) }
        }
        return served
    }

    private func find(_ id: String, in session: SessionID?) async throws(QwenFailure) -> Found? {
        let places: [SessionID]
        if let session { places = [session] } else { places = await served(services.maintenance.opened()) }
        for place in places {
            if let open = await services.approvals.openApprovals(in: place).first(where: { $0.id.rawValue == id }) {
                return .approval(open, place)
            }
            if let open = await services.questions.openQuestions(in: place).first(where: { $0.id.rawValue == id }) {
                return .question(open, place)
            }
        }
        for place in places {
            do throws(SessionError) {
                if let decision = try await services.maintenance.peek(place).decision(ApprovalID(id)) {
                    return .decided(QwenPermission.chosen(in: decision), place)
                }
            } catch {
                // Given up meanwhile: nothing is open in it.
                continue
            }
        }
        return nil
    }

    private func noneSuch(_ id: String, _ session: SessionID?) -> QwenFailure {
        guard let session else { return QwenFailure(404, "No pending permission request", ["requestId": .string(id)]) }
        return QwenFailure(
            404, "No pending permission request for session", ["sessionId": .string(session.rawValue), "requestId": .string(id)])
    }

    private func notOffered(_ option: String, _ id: String) -> QwenFailure {
        QwenFailure(
            400, "Permission \(id): optionId \"\(option)\" is not in the set of options the agent offered.",
            ["code": "invalid_option_id", "requestId": .string(id), "optionId": .string(option)])
    }

    private func voter(_ client: ClientIdentity, _ program: String?) -> ApprovalVoter {
        ApprovalVoter(identity: client.name, front: .qwen, connection: "", scopes: client.scopes, client: program)
    }

    private func decide(
        _ approval: ApprovalRequest, _ place: SessionID, _ vote: Vote, _ request: QwenRequest, _ session: SessionID?, _ client: String?
    ) async throws(QwenFailure) {
        let id = approval.id.rawValue
        let answer: ApprovalAnswer
        switch vote {
        case .cancelled: answer = ApprovalAnswer(.cancel, comment: QwenPermission.dismissal)
        case .selected(let option):
            guard let choice = QwenPermission.choice(option, offeredBy: approval) else { throw notOffered(option, id) }
            answer = ApprovalAnswer(choice)
        }
        do throws(ApprovalError) {
            _ = try await services.approvals.answer(approval.id, in: place, with: answer, by: voter(request.client, client))
        } catch {
            switch error {
            case .unknown: throw noneSuch(id, session)
            case .decided(let decision):
                await tellLate(id, QwenPermission.chosen(in: decision), place, client)
                throw noneSuch(id, session)
            case .notOffered: throw notOffered(answer.choice.rawValue, id)
            case .notPermitted: throw .lacksScope(request.client, .approver, request.route)
            case .badInput(let sentence): throw QwenFailure(400, sentence)
            case .log(let fault): throw failure(.log(fault), of: place)
            }
        }
    }

    private func answer(
        _ question: UserQuestion, _ place: SessionID, _ vote: Vote, _ request: QwenRequest, _ session: SessionID?, _ client: String?
    ) async throws(QwenFailure) {
        let id = question.id.rawValue
        var answer = UserAnswer.cancelled(question.id)
        switch vote {
        case .cancelled, .selected("cancel"): break
        case .selected("proceed_once"):
            let answers = request.body["answers"]?.objectValue ?? [:]
            answer = UserAnswer(id: question.id, isCancelled: false, items: QwenPermission.items(answers, to: question))
        case .selected(let option): throw notOffered(option, id)
        }
        do throws(QuestionError) {
            _ = try await services.questions.answer(answer, in: place, by: voter(request.client, client))
        } catch {
            switch error {
            case .unknown: throw noneSuch(id, session)
            case .notPermitted: throw .lacksScope(request.client, .approver, request.route)
            case .doesNotFit(let sentence): throw QwenFailure(400, sentence)
            case .log(let fault): throw failure(.log(fault), of: place)
            }
        }
    }

    /// All who follow the session hear that somebody was late, a bounded number of times.
    private func tellLate(_ id: String, _ choice: ApprovalChoice?, _ session: SessionID, _ client: String?) async {
        do {
            guard try await known(session).room.notesLateVote(on: id) else { return }
            try await services.maintenance.note(.answeredLate(id: id, choice: choice, by: client), in: session)
        } catch {
            log(.failed("That an answer to \(id) came late could not be told: \(error)"))
        }
    }
}

extension QwenFront.Found {
    fileprivate var session: SessionID {
        switch self {
        case .approval(_, let session), .question(_, let session), .decided(_, let session): session
        }
    }
}
