import ApusBase
import ApusCore
import DroidWire

/// Tells the events of one session in the order that every client can follow (`droid.md` §0, §5, §6).
///
/// A turn is told as: the prompt, a state that is not idle, what the model and the tools do, the tokens, idle, and then the end by the id
/// of the prompt. Made from the state at the event from which on it tells.
struct DroidMapper {
    /// What is to be done, in order.
    enum Step {
        case tell([UInt8])
        case ask(ApprovalRequest)
        case question(UserQuestion)
        /// A question is over, whoever answered it.
        case settled(String)
    }

    private struct Call {
        var id: CallID
        var name: String
        var message: MessageID
        /// Of its output, how many more bytes are told while it runs.
        var outputLeft = DroidMapper.maximumProgressBytes
    }

    /// What grows or was finished of the response in progress.
    private struct Open {
        var message: MessageID
        var order: [ItemID] = []
        var finished: [ItemID: Item] = [:]

        mutating func index(of item: ItemID) -> Int {
            if let index = order.firstIndex(of: item) { return index }
            order.append(item)
            return order.count - 1
        }
    }

    /// The result has the output in full, or what is shown of it.
    static let maximumProgressBytes = 64 << 10

    private let session: String
    private var frames: DroidFrameWriter
    private var counting: DroidCounting
    /// The event that is told, and how many notifications it became so far.
    private var current: (event: EventNumber, notifications: Int)
    private let defaultModel: String
    private var told: DroidSessionSettings
    private var working: DroidWorkingState
    private var open: Open?
    private var calls: [ItemID: Call] = [:]
    private var unsettled: Set<CallID> = []
    private var usage: Usage
    /// Of subagents: since the session began, and within the running turn.
    private var childUsage: (all: Usage, turn: Usage)
    private var running: TurnID?
    private var shaped: Set<TurnID>
    /// The prompts of turns that have not begun.
    private var waiting: [TurnID: String]
    private var retried: ModelError.Kind?
    private var answer: (message: MessageID, text: String)?
    private var steps: [Step] = []

    init(_ state: SessionState, frames: DroidFrameWriter, defaultModel: String, counting: DroidCounting = .none) {
        session = state.header.id.rawValue
        self.frames = frames
        self.counting = counting
        current = (state.lastEvent, 0)
        self.defaultModel = defaultModel
        told = DroidSessionSettings(state.settings, model: defaultModel)
        working = state.wireWorkingState
        usage = state.usage
        childUsage = (state.childUsage, .zero)
        running = state.running?.input.turn
        waiting = Dictionary(state.queue.map { ($0.turn, $0.prompt) }) { first, _ in first }
        let inputs = state.queue + (state.running.map { [$0.input] } ?? [])
        shaped = Set(inputs.filter { $0.outputSchema != nil }.map(\.turn))
        if state.running != nil, let response = state.lastResponse { resume(response, state) }
    }

    private mutating func resume(_ response: Response, _ state: SessionState) {
        answer = (response.message, response.text)
        for block in response.blocks {
            guard case .toolCall(let call) = block.item.content else { continue }
            calls[block.item.id] = Call(id: call.id, name: call.name, message: response.message)
            if response.outcome(of: call.id) == nil { unsettled.insert(call.id) }
        }
        if response.end != nil { return }
        var open = Open(message: response.message)
        for block in response.blocks {
            _ = open.index(of: block.item.id)
            open.finished[block.item.id] = block.item
        }
        for item in state.openItems where item.message == response.message { _ = open.index(of: item.id) }
        self.open = open
    }

    /// What to do about the next events.
    mutating func steps(for events: [Event]) -> [Step] {
        for event in events { tell(event) }
        defer { steps = [] }
        return steps
    }

    /// What to do when nothing more will come of a session: a client that waits for the end of a turn hears of one (§0, 20).
    ///
    /// - Parameter goesOnLater: The turn waits for an answer and is kept for the next process: no end of it is told.
    mutating func abandoned(at time: Timestamp, goesOnLater: Bool) -> [Step] {
        guard let running else { return [] }
        // Whoever resumes at events hears of the end when there is one.
        if goesOnLater, counting.isOn { return [] }
        // This is in no log.
        counting = .none
        frames.cursor = nil
        if goesOnLater {
            fail("The daemon is stopping. The turn waits for an answer, and goes on when a daemon runs again.", at: time)
            enter(.idle)
        } else {
            finish(TurnEnd(turn: running, reason: .ownerDied, detail: "The session was given up by this daemon."), at: time)
        }
        defer { steps = [] }
        return steps
    }

    /// The end of a turn that has ended before, for a client that submits it again.
    mutating func again(_ end: TurnEnd, at time: Timestamp) -> [Step] {
        if end.structuredOutput != nil { shaped.insert(end.turn) }
        conclude(end, at: time)
        defer { steps = [] }
        return steps
    }

    // MARK: One event

    private mutating func tell(_ event: Event) {
        current = (event.number, 0)
        switch event.kind {
        case .delta(let delta): grow(delta, at: event.time)
        case .settingsChanged(let settings): settingsChanged(settings)
        case .titleChanged(let title): notify(.sessionTitleUpdated(SessionTitleUpdated(title: title)))
        case .turnQueued(let input):
            waiting[input.turn] = input.prompt
            if input.outputSchema != nil { shaped.insert(input.turn) }
        case .turnStarted(let turn, _):
            waiting[turn] = nil
            running = turn
            retried = nil
            answer = nil
            childUsage.turn = .zero
        case .userMessage(let message, _, let text, let media):
            notify(.createMessage(CreateMessage(message: DroidMessages.user(message, text, media, at: event.time))))
            enter(.streamingAssistantMessage)
        case .responseStarted(let message, _):
            open = Open(message: message)
            enter(.streamingAssistantMessage)
        case .itemFinished(let item): finished(item)
        case .itemInterrupted(let item): complete(item)
        case .responseFinished(let end): responseFinished(end, at: event.time)
        case .retrying(let note):
            retried = note.reason
            notify(.llmRetry(DroidModelRetry(attempt: note.attempt, reason: DroidRetryReason(note.reason))))
        case .toolIntended(let intent): began(intent)
        case .toolFinished(let outcome): settled(outcome)
        case .approvalAsked(let request):
            enter(.waitingForToolConfirmation)
            if !counting.isSettled(request.id.rawValue, askedAt: event.number) { steps.append(.ask(request)) }
        case .approvalAnswered(let decision): answered(decision)
        case .questionAsked(let question):
            enter(.waitingForToolConfirmation)
            if !counting.isSettled(question.id.rawValue, askedAt: event.number) { steps.append(.question(question)) }
        case .questionAnswered(let answer):
            steps.append(.settled(answer.id.rawValue))
            if working == .waitingForToolConfirmation { enter(.executingTool) }
        case .contextCompacted(let compaction):
            notify(
                .sessionCompacted(
                    SessionCompacted(
                        summaryId: compaction.message.rawValue, removedCount: compaction.removed,
                        visibleBoundaryMessageId: compaction.keptFrom?.rawValue)))
            if working == .compactingConversation { enter(.streamingAssistantMessage) }
        case .turnFinished(let end): finish(end, at: event.time)
        // Nothing of the protocol says these: the client made the session, notes are for the model, grants follow from answers, and the
        // rest is for other views of a session.
        case .sessionCreated, .sessionForked, .contextAdded, .accessGranted, .filesSaved, .sessionArchived, .todosChanged,
            .processStarted:
            break
        case .noticed(let notice): tell(notice)
        }
    }

    private mutating func tell(_ notice: SessionNotice) {
        switch notice {
        case .childChanged(let run):
            if let end = run.end {
                childUsage = (childUsage.all + end.usage, childUsage.turn + end.usage)
            } else {
                began(run)
            }
        case .compacting: if running != nil { enter(.compactingConversation) }
        case .hook(let fact): notify(SessionNotification(fact))
        case .modelChosen, .modelRefused, .answeredLate, .turnsCancelled, .created, .processChanged, .processWrote, .turnTakenOver: break
        }
    }

    /// Its own events are told to who loads its session.
    private mutating func began(_ run: ChildRun) {
        notify(
            .childSessionAvailable(
                ChildSessionAvailable(
                    childSessionId: run.session.rawValue, timestamp: Double(run.startedAt), toolUseId: run.call.rawValue,
                    subagentType: run.kind, description: run.summary)))
        var update = DroidToolProgress(type: .status)
        update.status = "running"
        update.subagentSessionId = run.session.rawValue
        notify(.toolProgressUpdate(ToolProgressUpdate(toolUseId: run.call.rawValue, toolName: "Task", update: update)))
    }

    private mutating func grow(_ delta: Delta, at time: Timestamp) {
        switch delta.channel {
        case .text:
            enter(.streamingAssistantMessage)
            let (session, index) = (session, index(of: delta.item, in: delta.message))
            write {
                $0.assistantTextDelta(session: session, messageId: delta.message.rawValue, blockIndex: index, text: delta.text, into: &$1)
            }
        case .reasoning:
            enter(.thinking)
            let (session, index) = (session, index(of: delta.item, in: delta.message))
            write {
                $0.thinkingTextDelta(session: session, messageId: delta.message.rawValue, blockIndex: index, text: delta.text, into: &$1)
            }
        // The call is told when it is whole.
        case .toolInput: _ = index(of: delta.item, in: delta.message)
        case .toolOutput: progress(delta)
        }
    }

    private mutating func progress(_ delta: Delta) {
        guard var call = calls[delta.item], call.outputLeft > 0 else { return }
        let text = String(decoding: delta.text.utf8.prefix(call.outputLeft), as: UTF8.self)
        call.outputLeft -= text.utf8.count
        calls[delta.item] = call
        var update = DroidToolProgress(type: .message)
        update.text = text
        notify(.toolProgressUpdate(ToolProgressUpdate(toolUseId: call.id.rawValue, toolName: call.name, update: update)))
    }

    private mutating func index(of item: ItemID, in message: MessageID) -> Int {
        if open?.message != message { open = Open(message: message) }
        return open?.index(of: item) ?? 0
    }

    private mutating func finished(_ item: Item) {
        complete(item)
        guard case .toolCall(let call) = item.content else { return }
        calls[item.id] = Call(id: call.id, name: call.name, message: item.message)
        unsettled.insert(call.id)
        notify(.toolCall(DroidToolCall(toolUse: DroidToolUse(DroidToolUseBlock(call)))))
    }

    private mutating func complete(_ item: Item) {
        let index = index(of: item.id, in: item.message)
        open?.finished[item.id] = item
        switch item.content {
        case .text(let text):
            answer = (item.message, answer?.message == item.message ? (answer?.text ?? "") + text : text)
            notify(.assistantTextComplete(DroidTextComplete(messageId: item.message.rawValue, blockIndex: index)))
        case .reasoning: notify(.thinkingTextComplete(DroidTextComplete(messageId: item.message.rawValue, blockIndex: index)))
        case .toolCall: break
        }
    }

    private mutating func responseFinished(_ end: ResponseEnd, at time: Timestamp) {
        guard let open, open.message == end.message else { return }
        self.open = nil
        let content = DroidMessages.blocks(open.order.compactMap { open.finished[$0] })
        if content.isEmpty { return }
        notify(.createMessage(CreateMessage(message: DroidMessages.assistant(end.message, content, at: time))))
    }

    private mutating func began(_ intent: ToolIntent) {
        enter(.executingTool)
        var update = DroidToolProgress(type: .status)
        update.status = "running"
        notify(.toolProgressUpdate(ToolProgressUpdate(toolUseId: intent.call.rawValue, toolName: intent.tool, update: update)))
    }

    private mutating func settled(_ outcome: ToolOutcome) {
        unsettled.remove(outcome.call)
        let message = calls.values.first { $0.id == outcome.call }?.message.rawValue ?? open?.message.rawValue ?? ""
        notify(
            .toolResult(
                DroidToolResult(
                    messageId: message, toolUseId: outcome.call.rawValue, content: .string(outcome.text), isError: outcome.isError)))
        guard unsettled.isEmpty else { return }
        switch outcome.status {
        // The model is asked again.
        case .succeeded, .failed: enter(.streamingAssistantMessage)
        // As a rule the turn ends; if not, the next response says so.
        case .refused, .interrupted, .notRun: break
        }
    }

    private mutating func answered(_ decision: ApprovalDecision) {
        steps.append(.settled(decision.id.rawValue))
        notify(
            .permissionResolved(
                PermissionResolved(
                    requestId: decision.id.rawValue, toolUseIds: [decision.call.rawValue],
                    selectedOption: DroidPermission.outcome(for: decision.choice))))
    }

    private mutating func settingsChanged(_ settings: SessionSettings) {
        let settings = DroidSessionSettings(settings, model: defaultModel)
        if settings == told { return }
        told = settings
        notify(.settingsUpdated(SettingsUpdated(settings: DroidSettingsChange(settings))))
    }

    // MARK: The end of a turn

    private mutating func finish(_ end: TurnEnd, at time: Timestamp) {
        if let text = waiting.removeValue(forKey: end.turn) {
            notify(.queuedMessagesDiscarded(QueuedMessagesDiscarded(text: text, requestId: end.turn.rawValue)))
        }
        usage = usage + end.usage
        conclude(end, at: time)
        if let running, running != end.turn { return }
        running = nil
        open = nil
        calls = [:]
        unsettled = []
    }

    private mutating func conclude(_ end: TurnEnd, at time: Timestamp) {
        let ending = DroidEnding(end, retried: retried, hasAnswer: !(answer?.text ?? "").isEmpty)
        if let error = ending.error { fail(error, at: time) }
        if shaped.remove(end.turn) != nil, end.reason == .completed || end.reason == .outputInvalid {
            let message = answer?.message.rawValue ?? end.turn.rawValue
            notify(.structuredOutput(DroidStructuredOutput(end, message: message, answer: answer?.text ?? "")))
        }
        let inclusive = childUsage.all == .zero ? nil : DroidTokenUsage(usage + childUsage.all)
        notify(
            .sessionTokenUsageChanged(
                SessionTokenUsageChanged(sessionId: session, tokenUsage: DroidTokenUsage(usage), inclusiveTokenUsage: inclusive)))
        // Beside another turn that runs, nothing is idle.
        if running == nil || running == end.turn {
            // Whoever waits for idle must have seen something else before.
            if working == .idle { enter(.streamingAssistantMessage) }
            enter(.idle)
        }
        var completed = AgentTurnCompleted(
            reason: ending.reason, turnId: end.turn.rawValue, tokenUsage: DroidTokenUsage(end.usage),
            durationMs: Double(end.durationMilliseconds))
        completed.cumulativeTokenUsage = DroidTokenUsage(usage)
        if childUsage.all != .zero {
            completed.childTokenUsage = DroidTokenUsage(childUsage.turn)
            completed.cumulativeChildTokenUsage = DroidTokenUsage(childUsage.all)
        }
        notify(.agentTurnCompleted(completed))
    }

    // MARK: Telling

    private mutating func enter(_ state: DroidWorkingState) {
        if state == working { return }
        working = state
        notify(.droidWorkingStateChanged(WorkingStateChanged(newState: state)))
    }

    private mutating func fail(_ message: String, at time: Timestamp) {
        notify(
            .error(DroidErrorNotification(message: message, errorType: .error, timestamp: DroidTimestamp(millisecondsSince1970: time))))
    }

    private mutating func notify(_ notification: SessionNotification) {
        let session = session
        write { $0.notification(session: session, notification, into: &$1) }
    }

    private mutating func write(_ body: (DroidFrameWriter, inout JSONWriter) -> Void) {
        if counting.isOn {
            let cursor = DroidCursor(event: current.event, notification: current.notifications)
            current.notifications += 1
            if counting.wasTold(cursor) { return }
            frames.cursor = cursor
        }
        steps.append(.tell(frames.bytes(body)))
    }
}
