import ApusBase
import ApusCore

/// The open questions of one session. Whoever decides one comes through here, so that there is one decision: a client, a deadline, the
/// end of the turn.
final class SessionApprovals: Sendable {
    /// What holds after somebody tried to decide.
    enum Standing {
        case recorded(ApprovalDecision)
        case earlier(ApprovalDecision)
        case unknown
    }

    private let log: SessionLog
    private let writer: any SessionWriter
    /// Questions whose decision is being stored.
    private let claims = OneAtATime<ApprovalID>()

    init(log: SessionLog, writer: any SessionWriter) {
        self.log = log
        self.writer = writer
    }

    /// Stores the decision, with the facts that it follows and those that follow from it, unless there is one already. A decision that is just being stored is
    /// waited for.
    func settle(
        _ decision: ApprovalDecision, after causes: (SessionState) -> [EventKind] = { _ in [] },
        with facts: (SessionState) -> [EventKind] = { _ in [] }
    ) async throws(EventLogError) -> Standing {
        try await claims.run(decision.id) { () async throws(EventLogError) -> Standing in
            let state = log.folded
            if let earlier = state.decision(decision.id) { return .earlier(earlier) }
            guard state.openApproval(decision.id) != nil else { return .unknown }
            _ = try await writer.commit(causes(state) + [.approvalAnswered(decision)] + facts(state))
            return .recorded(decision)
        }
    }

    /// Closes questions that nobody needs to answer any more.
    func close(
        _ requests: [ApprovalRequest], by decider: ApprovalDecision.Decider, at time: Timestamp
    ) async throws(EventLogError) {
        for request in requests { _ = try await settle(ApprovalDecision(of: request, .cancel, by: decider, at: time)) }
    }
}
