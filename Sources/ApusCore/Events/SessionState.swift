/// What a session is at one place of its log. Made only by folding events: live, on replay and on resume alike.
package struct SessionState: Hashable, Sendable {
    /// A turn that was started and not yet finished.
    package struct RunningTurn: Hashable, Sendable {
        package var input: TurnInput
        package var model: String
        package var startedAt: Timestamp
        /// How often a process went on with it when the one before had died.
        package var takeOvers: Int
        /// Clients were told that it is cancelled; its end comes next.
        package var isCancelled: Bool

        package init(input: TurnInput, model: String, startedAt: Timestamp, takeOvers: Int = 0, isCancelled: Bool = false) {
            self.input = input
            self.model = model
            self.startedAt = startedAt
            self.takeOvers = takeOvers
            self.isCancelled = isCancelled
        }
    }

    /// An item that still grows.
    package struct OpenItem: Hashable, Sendable {
        package var id: ItemID
        package var message: MessageID
        package var channel: Delta.Channel
        package var text: String

        package init(id: ItemID, message: MessageID, channel: Delta.Channel, text: String) {
            self.id = id
            self.message = message
            self.channel = channel
            self.text = text
        }
    }

    package var header: SessionHeader
    package var settings: SessionSettings
    package var title: String
    package var transcript: [TranscriptEntry]
    package var todos: [Todo]
    /// Skills whose text the model has been given, the newest last, at most `keptLoads`.
    package var loadedSkills: [String]
    /// Tools that the model has searched for and may call, the newest last, at most `keptLoads`.
    package var loadedTools: [String]
    /// Every background process the session started, oldest first; those of the session it was forked from are not its own.
    package var processes: [BackgroundProcess]
    /// Commands that clients run beside the turns and whose end was not told yet, oldest first.
    package var openProcesses: [SessionProcess]
    /// Turns of subagents that the session has asked for, oldest first; those of the session it was forked from are not its own.
    package var children: [ChildRun]
    /// Over all of them that have ended, from birth or from the fork; no part of `usage`.
    package var childUsage: Usage
    /// Files seen, by absolute path.
    package var files: [String: FileMark]
    /// Turns that wait, first in, first out.
    package var queue: [TurnInput]
    package var running: RunningTurn?
    /// One of the queue that somebody stopped while it was about to begin.
    package var stoppedEarly: TurnID?
    /// In the order they began.
    package var openItems: [OpenItem]
    /// Calls that were written ahead and have no outcome yet.
    package var openIntents: [ToolIntent]
    /// Questions without an answer, oldest first.
    package var openApprovals: [ApprovalRequest]
    /// The newest decisions, oldest first, at most `keptDecisions`: who answers late hears what was decided.
    package var decisions: [ApprovalDecision]
    /// What was permitted for the rest of the session, in the order it was given, each once.
    package var grants: [AccessGrant]
    /// Questions of the tool AskUser without an answer, oldest first.
    package var openQuestions: [UserQuestion]
    /// Answered questions whose calls have no outcome yet.
    package var settledQuestions: [SettledQuestion]
    /// What hooks decided about calls that have no outcome yet.
    package var hookJudgements: [HookJudgement]
    /// Files as they were before turns changed them, in the order of the turns; each path once for every prompt.
    package var snapshots: [FileSnapshot]
    /// The newest one counts.
    package var compaction: Compaction?
    /// The place in the transcript from which on the model sees entries as they were.
    package var visibleFrom: Int
    /// Before that place: the prompt of the turn that ran when it was compacted, and the notes right before it. Empty as a rule.
    package var visibleHead: Range<Int>
    /// How long the transcript was when it was compacted.
    package var compactedAt: Int
    /// The running turn shortens its conversation just now.
    package var isCompacting: Bool
    package var archivedAt: Timestamp?
    /// Idempotency keys of accepted turns with the turn each got.
    package var receipts: [String: Receipt]
    package var lastTurn: TurnEnd?
    /// Over all turns, from birth or from the fork.
    package var usage: Usage
    package var lastEvent: EventNumber
    package var updatedAt: Timestamp

    package static let keptDecisions = 512
    package static let keptLoads = 256

    package struct Receipt: Hashable, Sendable {
        package var turn: TurnID
        package var prompt: String
        package var media: [MediaReference]

        package init(turn: TurnID, prompt: String, media: [MediaReference] = []) {
            self.turn = turn
            self.prompt = prompt
            self.media = media
        }

        package init(of input: TurnInput) {
            self.init(turn: input.turn, prompt: input.prompt, media: input.media)
        }

        /// Whether the input is the one that got this receipt, told anew.
        package func isFor(_ input: TurnInput) -> Bool { prompt == input.prompt && media == input.media }
    }

    /// The state before the first event.
    package init(id: SessionID) {
        header = SessionHeader(id: id, createdAt: 0, workingDirectory: "/")
        settings = SessionSettings()
        title = ""
        transcript = []
        todos = []
        loadedSkills = []
        loadedTools = []
        processes = []
        openProcesses = []
        children = []
        childUsage = .zero
        files = [:]
        queue = []
        openItems = []
        openIntents = []
        openApprovals = []
        decisions = []
        grants = []
        openQuestions = []
        settledQuestions = []
        hookJudgements = []
        snapshots = []
        visibleFrom = 0
        visibleHead = 0..<0
        compactedAt = 0
        isCompacting = false
        receipts = [:]
        usage = .zero
        lastEvent = 0
        updatedAt = 0
    }

    /// Where turns run now.
    package var directory: String { settings.workingDirectory ?? header.workingDirectory }

    /// The places in the transcript of what the model sees as it was; the summary stands for the others.
    package var visiblePlaces: [Int] { Array(visibleHead) + Array(min(visibleFrom, transcript.count)..<transcript.count) }

    /// What the model sees as it was.
    package var visibleTranscript: [TranscriptEntry] { visiblePlaces.map { transcript[$0] } }

    package func openApproval(_ id: ApprovalID) -> ApprovalRequest? { openApprovals.first { $0.id == id } }
    package func openQuestion(_ id: QuestionID) -> UserQuestion? { openQuestions.first { $0.id == id } }
    package func settledQuestion(_ id: QuestionID) -> SettledQuestion? { settledQuestions.first { $0.question.id == id } }
    package func hookJudgement(of call: CallID) -> HookJudgement? { hookJudgements.last { $0.call == call } }
    package func decision(_ id: ApprovalID) -> ApprovalDecision? { decisions.last { $0.id == id } }

    /// The newest response, if the transcript ends with one or with its results.
    package var lastResponse: Response? {
        for entry in transcript.reversed() {
            if case .response(let response) = entry { return response }
        }
        return nil
    }
}
