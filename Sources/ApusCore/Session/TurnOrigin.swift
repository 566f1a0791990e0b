/// Who submitted a turn, and which rules that brings. The rules of the submitting protocol govern the turn on every protocol.
package struct TurnOrigin: Hashable, Sendable {
    package enum Front: String, Hashable, Sendable, CaseIterable {
        case exec, droid, qwen, opta, host
    }

    /// What happens to a call that needs an approval.
    package enum ApprovalRule: String, Hashable, Sendable {
        /// Nobody can be asked: the turn stops before any call of the response runs.
        case stop
        /// The call becomes a tool error and the turn goes on.
        case refuse
    }

    package var front: Front
    /// The connection or process that writes; for people, not for decisions.
    package var writer: String
    package var approvals: ApprovalRule

    package init(front: Front, writer: String, approvals: ApprovalRule) {
        self.front = front
        self.writer = writer
        self.approvals = approvals
    }
}
