/// Who submitted a turn, and which rules that brings. The rules of the submitting protocol govern the turn on every protocol.
package struct TurnOrigin: Hashable, Sendable {
    package enum Front: String, Hashable, Sendable, CaseIterable {
        case exec, droid, qwen, opta, host

        /// Whether writers of this front are connections, whose end the engine hears of. Others are names that clients choose: they count as
        /// present all the time, and are not remembered.
        package var hasConnections: Bool {
            switch self {
            case .exec, .droid, .qwen, .host: true
            case .opta: false
            }
        }
    }

    /// What happens to a call that needs an approval.
    package enum ApprovalRule: Hashable, Sendable {
        /// Nobody can be asked: the turn stops before any call of the response runs.
        case stop
        /// The call becomes a tool error and the turn goes on.
        case refuse
        /// The clients of the session are asked; the turn waits.
        case ask(ApprovalTerms)
    }

    /// What a protocol says about a question.
    package struct ApprovalTerms: Hashable, Sendable {
        package enum Consequence: String, Hashable, Sendable, CaseIterable {
            /// The model reads that the call was declined, and goes on.
            case goOn
            case endTurn
        }

        /// After it the question counts as cancelled; `nil` waits as long as the turn may.
        package var deadlineMilliseconds: Int?
        package var afterCancel: Consequence
        package var afterDeadline: Consequence

        package init(deadlineMilliseconds: Int? = nil, afterCancel: Consequence = .endTurn, afterDeadline: Consequence = .endTurn) {
            self.deadlineMilliseconds = deadlineMilliseconds
            self.afterCancel = afterCancel
            self.afterDeadline = afterDeadline
        }
    }

    /// What happens to a running turn when the connection that submitted it is closed. The death of the daemon is not that.
    package enum Absence: String, Hashable, Sendable, CaseIterable {
        /// It goes on, and its questions stay open.
        case goOn
        case interrupt
    }

    /// What becomes of a running turn when the process that runs it dies, and was one that keeps turns.
    package enum Succession: String, Hashable, Sendable, CaseIterable {
        /// It goes on in the next such process.
        case goOn
        /// It ends, found at the next start.
        case end
    }

    package var front: Front
    /// The connection or process that writes. Decides who may cancel without having looked: see `ApprovalVoter`.
    package var writer: String
    package var approvals: ApprovalRule
    package var onOriginGone: Absence
    /// A turn that only waits for people goes on in any case.
    package var onOwnerDeath: Succession
    /// More does not run unasked in this turn, whatever the session's level is; `nil` for who may raise that.
    package var maximumAutonomy: AutonomyLevel?
    /// Whether the tool AskUser has somebody to ask, where calls are asked about.
    package var answersQuestions: Bool
    /// A plan that the model hands in is carried out at the session's level without anybody having been asked. Where this is not so and
    /// nobody can be asked either, the plan is what the turn answers with.
    package var approvesPlans: Bool
    /// What the client calls itself, and the protocol's own word for how it wants the turn treated: both only to be told again.
    package var client: String?
    package var mode: String?

    package init(
        front: Front, writer: String, approvals: ApprovalRule, onOriginGone: Absence = .goOn,
        onOwnerDeath: Succession = .end, maximumAutonomy: AutonomyLevel? = nil,
        answersQuestions: Bool = true, approvesPlans: Bool = false, client: String? = nil, mode: String? = nil
    ) {
        self.front = front
        self.writer = writer
        self.approvals = approvals
        self.onOriginGone = onOriginGone
        self.onOwnerDeath = onOwnerDeath
        self.maximumAutonomy = maximumAutonomy
        self.answersQuestions = answersQuestions
        self.approvesPlans = approvesPlans
        self.client = client
        self.mode = mode
    }
}
