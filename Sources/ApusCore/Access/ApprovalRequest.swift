package import ApusBase

package enum ApprovalTag {}
/// `perm_` and ten letters or digits, the same on every protocol.
package typealias ApprovalID = Identifier<ApprovalTag>

extension Identifier where Tag == ApprovalTag {
    package static func newApproval() -> Self { Self("perm_" + randomToken(length: 10)) }
}

/// A question that waits for an answer: one call that needs more than its session may do.
package struct ApprovalRequest: Hashable, Sendable {
    package var id: ApprovalID
    package var turn: TurnID
    /// The response that made the call; providers may use the name of a call again.
    package var message: MessageID
    package var call: CallID
    package var tool: String
    /// As the model wrote it: what clients are shown beside the question.
    package var input: JSONValue
    /// Hash of what will run: tool, input, what it touches, directory, level. An answer holds for these bytes only.
    package var actionHash: String
    /// Rendered by us from the bytes that will run; safe for terminals, bounded.
    package var question: String
    /// `low`, `medium` or `high`.
    package var risk: String
    /// The level that would do without asking; `nil` when every level asks.
    package var required: AutonomyLevel?
    /// The level at which this one call runs when it is permitted.
    package var level: AutonomyLevel
    package var reason: String
    /// What may be answered.
    package var options: [ApprovalChoice]
    /// When the origin's rule answers instead.
    package var expiresAt: Timestamp?

    package init(
        id: ApprovalID, turn: TurnID, message: MessageID, call: CallID, tool: String, input: JSONValue, actionHash: String,
        question: String, risk: String, required: AutonomyLevel?, level: AutonomyLevel, reason: String, options: [ApprovalChoice],
        expiresAt: Timestamp? = nil
    ) {
        self.id = id
        self.turn = turn
        self.message = message
        self.call = call
        self.tool = tool
        self.input = input
        self.actionHash = actionHash
        self.question = question
        self.risk = risk
        self.required = required
        self.level = level
        self.reason = reason
        self.options = options
        self.expiresAt = expiresAt
    }
}

/// The one decision about a question.
package struct ApprovalDecision: Hashable, Sendable {
    package enum Decider: Hashable, Sendable {
        case voter(identity: String, front: TurnOrigin.Front)
        /// Nobody answered in time.
        case deadline
        /// The session allows it by now: a grant or a level that came with another answer.
        case session
        /// The turn ended or was interrupted first.
        case turnEnd
    }

    package var id: ApprovalID
    package var message: MessageID
    package var call: CallID
    package var choice: ApprovalChoice
    package var comment: String?
    package var editedInput: JSONValue?
    /// Hash of what was permitted: the question's own, or that of the edited input.
    package var actionHash: String
    /// The level at which this one call runs; `nil` when it does not.
    package var level: AutonomyLevel?
    package var decider: Decider
    package var decidedAt: Timestamp
    /// Which program of the voter it was, as that said: attribution, no authentication.
    package var client: String?

    package init(
        of request: ApprovalRequest, _ choice: ApprovalChoice, by decider: Decider, at time: Timestamp, level: AutonomyLevel? = nil,
        comment: String? = nil
    ) {
        id = request.id
        message = request.message
        call = request.call
        self.choice = choice
        self.comment = comment
        actionHash = request.actionHash
        self.level = level
        self.decider = decider
        decidedAt = time
    }

    package init(
        id: ApprovalID, message: MessageID, call: CallID, choice: ApprovalChoice, comment: String?, editedInput: JSONValue?,
        actionHash: String, level: AutonomyLevel?, decider: Decider, decidedAt: Timestamp
    ) {
        self.id = id
        self.message = message
        self.call = call
        self.choice = choice
        self.comment = comment
        self.editedInput = editedInput
        self.actionHash = actionHash
        self.level = level
        self.decider = decider
        self.decidedAt = decidedAt
    }
}
