/// Where questions are answered. The engine conforms; the clients of every protocol come here.
package protocol ApprovalDesk: Sendable {
    /// The open questions of a session that this process owns, oldest first; empty when it owns none of that name.
    func openApprovals(in session: SessionID) async -> [ApprovalRequest]

    /// Decides a question. The first answer is committed before this returns, and everyone who follows the session hears of it;
    /// who comes later gets it as `.decided`. An answer that is refused leaves the question open.
    ///
    /// A bare cancel that nobody gave by hand counts as an abstention while the connection that submitted the turn is open.
    /// - Parameter session: Where the question must be; `nil` looks through all sessions of this process.
    func answer(
        _ id: ApprovalID, in session: SessionID?, with answer: ApprovalAnswer, by voter: ApprovalVoter
    ) async throws(ApprovalError) -> ApprovalReceipt

    /// The connection is closed: what its turns do now is what their origin says.
    func originGone(_ writer: String) async
}

package enum ApprovalReceipt: Hashable, Sendable {
    case recorded(ApprovalDecision)
    /// Not counted; the question is still open.
    case abstained
}

package enum ApprovalError: Error, Hashable, Sendable, CustomStringConvertible {
    /// No such question, open or remembered, in the session.
    case unknown(ApprovalID)
    /// Somebody, or a deadline, was first.
    case decided(ApprovalDecision)
    case notOffered(ApprovalChoice, offered: [ApprovalChoice])
    /// The credential lacks the scope.
    case notPermitted(identity: String)
    /// The edited input cannot run; a sentence.
    case badInput(String)
    case log(EventLogError)

    package var description: String {
        switch self {
        case .unknown(let id): "No pending permission request \(id)"
        case .decided(let decision): "Permission request \(decision.id) was answered already: \(decision.choice.rawValue)"
        case .notOffered(let choice, let offered):
            "\"\(choice.rawValue)\" is not among the answers that were offered: \(offered.map(\.rawValue).joined(separator: ", "))"
        case .notPermitted(let identity): "\"\(identity)\" may not answer permission requests: it needs the scope approver"
        case .badInput(let sentence): sentence
        case .log(let error): error.description
        }
    }
}
