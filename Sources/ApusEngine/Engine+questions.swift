package import ApusCore

extension Engine: QuestionDesk {
    package func openQuestions(in session: SessionID) async -> [UserQuestion] { sessions[session]?.log.folded.openQuestions ?? [] }

    package func answer(
        _ answer: UserAnswer, in session: SessionID, by voter: ApprovalVoter
    ) async throws(QuestionError) -> Bool {
        guard let actor = sessions[session] else {
            if voter.scopes.isDisjoint(with: [.approver, .admin]) { throw .notPermitted(identity: voter.identity) }
            throw .unknown(answer.id)
        }
        return try await actor.questions.cast(
            answer, by: voter, isSubmitterPresent: isPresent(actor.log.folded.running?.input.origin), services.redaction)
    }
}
