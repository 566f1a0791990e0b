/// Where the questions of the tool AskUser are answered. The engine conforms.
package protocol QuestionDesk: Sendable {
    /// The open questions of a session that this process owns, oldest first.
    func openQuestions(in session: SessionID) async -> [UserQuestion]

    /// The first answer is committed before this returns, and everyone who follows the session hears of it. An automatic cancel from a
    /// connection that did not submit the turn counts as an abstention while the one that did is open: it returns `false`.
    func answer(_ answer: UserAnswer, in session: SessionID, by voter: ApprovalVoter) async throws(QuestionError) -> Bool
}

package enum QuestionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No such question is open in the session.
    case unknown(QuestionID)
    /// The credential lacks the scope.
    case notPermitted(identity: String)
    /// Answers to what was not asked, or one question answered twice; a sentence.
    case doesNotFit(String)
    case log(EventLogError)

    package var description: String {
        switch self {
        case .unknown(let id): "No pending question \(id)"
        case .notPermitted(let identity): "\"\(identity)\" may not answer questions: it needs the scope approver"
        case .doesNotFit(let sentence): sentence
        case .log(let error): error.description
        }
    }
}
