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
            (queue, stoppedEarly) = ([], nil)
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
            hookJudgements = []
            archivedAt = nil
            isCompacting = false
        case .settingsChanged(let settings): self.settings = settings
        case .titleChanged(let title): self.title = title
        case .todosChanged(let todos): self.todos = todos
        case .processStarted(let process): processes.append(process)
        case .turnQueued(let input): enqueue(input)
        case .turnStarted(let turn, let model): start(turn, model: model, at: event.time)
        case .turnFinished(let end): finish(end)
        case .contextAdded(let message, let note):
            transcript.append(.context(message, note))
            if let skill = note.skill { load(ToolLoad(skill: skill)) }
        case .userMessage(let message, let turn, let text, let media): transcript.append(.user(message, turn, text, media: media))
        case .responseStarted(let message, let turn): begin(Response(message: message, turn: turn))
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
        case .compacting: isCompacting = running != nil
        case .hook(.ended(let end)): judge(end)
        case .hook(.began): break
        case .childChanged(let run): hear(run)
        case .turnsCancelled(let cancelled, _, _):
            if let turn = cancelled.active { stop(turn) }
        case .turnTakenOver(let turn): if running?.input.turn == turn { running?.takeOvers += 1 }
        case .modelChosen, .modelRefused, .answeredLate, .created, .processWrote: break
        }
    }

    /// Hooks that were heard about a call once more, in another process, have the last word: also when they say nothing.
    private mutating func judge(_ end: HookEnd) {
        if end.event == .preToolUse { hookJudgements.removeAll { $0.call == end.call } }
        if let judgement = end.judgement { hookJudgements.append(judgement) }
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
        running = RunningTurn(input: queue.remove(at: index), model: model, startedAt: time, isCancelled: turn == stoppedEarly)
        stoppedEarly = nil
    }

    private mutating func stop(_ turn: TurnID) {
        if running?.input.turn == turn {
            running?.isCancelled = true
        } else if queue.contains(where: { $0.turn == turn }) {
            stoppedEarly = turn
        }
    }

    private mutating func finish(_ end: TurnEnd) {
        queue.removeAll { $0.turn == end.turn }
        if stoppedEarly == end.turn { stoppedEarly = nil }
        openApprovals.removeAll { $0.turn == end.turn }
        openQuestions.removeAll { $0.turn == end.turn }
        settledQuestions.removeAll { $0.question.turn == end.turn }
        hookJudgements = []
        if running?.input.turn == end.turn { (running, isCompacting) = (nil, false) }
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

    /// Notes right before a kept prompt belong to it.
    private mutating func compact(_ compaction: Compaction) {
        self.compaction = compaction
        isCompacting = false
        if let totals = compaction.totals { usage = totals }
        compactedAt = transcript.count
        visibleFrom = place(of: compaction.keptFrom) ?? transcript.count
        if visibleFrom < transcript.count { visibleFrom = beginOfNotes(before: visibleFrom) }
        visibleHead = 0..<0
        if let prompt = place(of: compaction.prompt), prompt < visibleFrom { visibleHead = beginOfNotes(before: prompt)..<prompt + 1 }
    }

    private func place(of message: MessageID?) -> Int? {
        message.flatMap { message in transcript.firstIndex { $0.message == message } }
    }

    private func beginOfNotes(before place: Int) -> Int {
        guard case .user = transcript[place] else { return place }
        var begin = place
        while begin > 0, case .context = transcript[begin - 1] { begin -= 1 }
        return begin
    }

    private mutating func begin(_ response: Response) {
        transcript.append(.response(response))
        isCompacting = false
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

    private mutating func load(_ load: ToolLoad) {
        Self.add(load.skill.map { [$0] } ?? [], to: &loadedSkills)
        Self.add(load.tools, to: &loadedTools)
    }

    private static func add(_ names: [String], to loaded: inout [String]) {
        if names.isEmpty { return }
        loaded.removeAll { names.contains($0) }
        loaded += names
        if loaded.count > keptLoads { loaded.removeFirst(loaded.count - keptLoads) }
    }

    private mutating func settle(_ given: ToolOutcome) {
        var outcome = given
        outcome.permission = hookJudgement(of: outcome.call)?.permission
        load(outcome.load)
        openIntents.removeAll { $0.call == outcome.call }
        settledQuestions.removeAll { $0.question.call == outcome.call }
        hookJudgements.removeAll { $0.call == outcome.call }
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
