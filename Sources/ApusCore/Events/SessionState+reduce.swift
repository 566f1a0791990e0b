extension SessionState {
    /// Folds one event. Total: an event that does not fit the state (a result without its response) changes nothing but the place.
    package mutating func reduce(_ event: Event) {
        lastEvent = event.number
        switch event.kind {
        case .delta(let delta):
            grow(delta)
            return
        case .sessionCreated(let header, let settings):
            self.header = header
            self.settings = settings
        case .sessionForked(let header):
            self.header = header
            usage = .zero
            queue = []
            receipts = [:]
            processes = []
            openProcesses = []
            children = []
            childUsage = .zero
            openApprovals = []
            decisions = []
            grants = []
            openQuestions = []
            settledQuestions = []
            archivedAt = nil
        case .settingsChanged(let settings): self.settings = settings
        case .titleChanged(let title): self.title = title
        case .todosChanged(let todos): self.todos = todos
        case .processStarted(let process): processes.append(process)
        case .turnQueued(let input): enqueue(input)
        case .turnStarted(let turn, let model): start(turn, model: model, at: event.time)
        case .turnFinished(let end): finish(end)
        case .contextAdded(let message, let note): transcript.append(.context(message, note))
        case .userMessage(let message, let turn, let text, let media): transcript.append(.user(message, turn, text, media: media))
        case .responseStarted(let message, let turn): transcript.append(.response(Response(message: message, turn: turn)))
        case .itemFinished(let item): close(item, isInterrupted: false)
        case .itemInterrupted(let item): close(item, isInterrupted: true)
        case .responseFinished(let end): finishResponse(end)
        case .toolIntended(let intent): openIntents.append(intent)
        case .toolFinished(let outcome): settle(outcome)
        case .approvalAsked(let request): openApprovals.append(request)
        case .approvalAnswered(let decision): decide(decision)
        case .accessGranted(let grant): if !grants.contains(grant) { grants.append(grant) }
        case .questionAsked(let question): openQuestions.append(question)
        case .questionAnswered(let answer): settle(answer)
        case .filesSaved(let files): snapshots += files
        case .contextCompacted(let compaction): compact(compaction)
        case .sessionArchived(let time): archivedAt = time
        case .noticed(let notice): hear(notice)
        case .retrying: break
        }
        updatedAt = event.time
    }

    package mutating func reduce(_ events: some Sequence<Event>) {
        for event in events { reduce(event) }
    }

    private mutating func hear(_ notice: SessionNotice) {
        switch notice {
        case .processChanged(let change):
            openProcesses.removeAll { $0.id == change.process.id }
            if change.reason == .started { openProcesses.append(change.process) }
        case .childChanged(let run): hear(run)
        case .modelChosen, .modelRefused, .answeredLate, .turnsCancelled, .created, .processWrote: break
        }
    }

    private mutating func hear(_ run: ChildRun) {
        if let end = run.end { childUsage = childUsage + end.usage }
        // A later turn of the same subagent stands in for the one before.
        if let index = children.firstIndex(where: { $0.session == run.session }) {
            children[index] = run
        } else {
            children.append(run)
        }
        guard children.count > ChildRun.keptRuns, let index = children.firstIndex(where: { $0.end != nil }) else { return }
        children.remove(at: index)
    }

    private mutating func grow(_ delta: Delta) {
        if delta.channel == .toolOutput { return }
        if let index = openItems.lastIndex(where: { $0.id == delta.item }) {
            openItems[index].text += delta.text
        } else {
            openItems.append(OpenItem(id: delta.item, message: delta.message, channel: delta.channel, text: delta.text))
        }
    }

    private mutating func enqueue(_ input: TurnInput) {
        queue.append(input)
        if let key = input.idempotencyKey { receipts[key] = Receipt(of: input) }
    }

    private mutating func start(_ turn: TurnID, model: String, at time: Timestamp) {
        guard let index = queue.firstIndex(where: { $0.turn == turn }) else { return }
        running = RunningTurn(input: queue.remove(at: index), model: model, startedAt: time)
    }

    private mutating func finish(_ end: TurnEnd) {
        queue.removeAll { $0.turn == end.turn }
        openApprovals.removeAll { $0.turn == end.turn }
        openQuestions.removeAll { $0.turn == end.turn }
        settledQuestions.removeAll { $0.question.turn == end.turn }
        if running?.input.turn == end.turn { running = nil }
        lastTurn = end
        usage = usage + end.usage
    }

    /// The first decision stays; one about nothing that is open changes nothing.
    private mutating func decide(_ decision: ApprovalDecision) {
        guard let index = openApprovals.firstIndex(where: { $0.id == decision.id }) else { return }
        openApprovals.remove(at: index)
        decisions.append(decision)
        if decisions.count > Self.keptDecisions { decisions.removeFirst() }
    }

    /// The first answer stays; one to nothing that is open changes nothing.
    private mutating func settle(_ answer: UserAnswer) {
        guard let index = openQuestions.firstIndex(where: { $0.id == answer.id }) else { return }
        settledQuestions.append(SettledQuestion(question: openQuestions.remove(at: index), answer: answer))
    }

    /// Notes right before the first kept prompt belong to it.
    private mutating func compact(_ compaction: Compaction) {
        self.compaction = compaction
        compactedAt = transcript.count
        visibleFrom = compaction.keptFrom.flatMap { kept in transcript.firstIndex { $0.message == kept } } ?? transcript.count
        while visibleFrom > 0, compaction.keptFrom != nil, case .context = transcript[visibleFrom - 1] { visibleFrom -= 1 }
    }

    private mutating func close(_ item: Item, isInterrupted: Bool) {
        openItems.removeAll { $0.id == item.id }
        withResponse(item.message) { response in
            response.blocks.append(Response.Block(item: item, isInterrupted: isInterrupted))
        }
    }

    private mutating func finishResponse(_ end: ResponseEnd) {
        withResponse(end.message) { $0.end = end }
    }

    private mutating func settle(_ outcome: ToolOutcome) {
        openIntents.removeAll { $0.call == outcome.call }
        settledQuestions.removeAll { $0.question.call == outcome.call }
        for mark in outcome.files { files[mark.path] = mark.hash.isEmpty ? nil : mark }
        for index in transcript.indices.reversed() {
            guard case .response(var response) = transcript[index] else { continue }
            guard response.calls.contains(where: { $0.id == outcome.call }) else { continue }
            response.outcomes.append(outcome)
            transcript[index] = .response(response)
            return
        }
    }

    /// Responses are changed near the end of the transcript only, so the search starts there.
    private mutating func withResponse(_ message: MessageID, _ change: (inout Response) -> Void) {
        for index in transcript.indices.reversed() {
            guard case .response(var response) = transcript[index], response.message == message else { continue }
            change(&response)
            transcript[index] = .response(response)
            return
        }
    }
}
