import ApusBase
package import ApusCore

/// What a session needs before it can go on, when the process that ran its turn died or gave it up.
package enum Recovery {
    /// The facts that close everything that was left open, in order; empty when nothing was.
    ///
    /// - Parameter keepsQueue: Turns that wait are left waiting: they run here.
    package static func mend(_ state: SessionState, at now: Timestamp, keepsQueue: Bool = false) -> [EventKind] {
        var facts = loose(in: state, at: now)
        if let running = state.running {
            facts.append(
                .turnFinished(
                    TurnEnd(
                        turn: running.input.turn, reason: .ownerDied,
                        detail: "The process that ran this turn ended before the turn did.",
                        durationMilliseconds: Int(max(0, state.updatedAt - running.startedAt)))))
        }
        for waiting in keepsQueue ? [] : state.queue {
            facts.append(
                .turnFinished(
                    TurnEnd(
                        turn: waiting.turn, reason: .ownerDied,
                        detail: "The process that would have run this turn ended before it began.")))
        }
        return facts
    }

    /// The ends of processes that clients ran in the session (``ProcessDesk``) and that went with the one which ran them. When that was nobody
    /// knows: not before the last that was heard of the session.
    package static func lostProcesses(in state: SessionState) -> [EventKind] {
        state.openProcesses.map { open in
            var process = open
            process.state = .killed
            process.endedAt = max(open.startedAt, state.updatedAt)
            return .noticed(.processChanged(ProcessChange(process, .killed, previous: .running)))
        }
    }

    /// The ends of subagents that ran for the session and went with the process that had it.
    package static func lostChildren(in state: SessionState) -> [EventKind] {
        state.children.filter { $0.end == nil }.map { open in
            var run = open
            run.end = ChildRun.End(reason: .ownerDied, at: max(open.startedAt, state.updatedAt))
            return .noticed(.childChanged(run))
        }
    }

    static let lostChild = "The process that ran it ended before it did."

    /// What ends a turn whose runner failed, so that its followers hear of an end.
    package static func end(
        _ turn: TurnID, in state: SessionState, because error: EventLogError, at now: Timestamp
    ) -> [EventKind] {
        loose(in: state, at: now) + [.turnFinished(TurnEnd(turn: turn, reason: .internalError, detail: error.description))]
    }

    /// Whether the turn that runs can go on in another process: it waits for answers, or has them, and none of the calls that they are
    /// about has begun, but for those of AskUser, which wait themselves. What was answered counts; what is open is offered again under
    /// the same id.
    package static func canGoOn(_ state: SessionState) -> Bool {
        guard let running = state.running, case .ask = running.input.origin.approvals else { return false }
        guard state.openItems.isEmpty, let response = state.lastResponse else { return false }
        guard response.turn == running.input.turn, response.end != nil else { return false }
        let known = response.calls.compactMap { state.approval(of: $0.id, in: response.message) }
        // A question that was closed with its turn means that the turn was about to end.
        if known.contains(where: { state.decision($0.id)?.decider == .turnEnd }) { return false }
        if state.openIntents.isEmpty { return !known.isEmpty && response.outcomes.isEmpty }
        return state.openIntents.allSatisfy { intent in
            guard let question = state.question(of: intent.call, in: response.turn) else { return false }
            return state.settledQuestion(question.id)?.answer.isCancelled != true
        }
    }

    /// Whether a process that goes on with nothing leaves a session to one that does: what a client that stays has submitted is run there.
    static func isForOthers(_ state: SessionState) -> Bool {
        // What a subagent was to do is done for a call that is over.
        if state.header.caller != nil { return false }
        return canGoOn(state) || state.queue.contains { $0.origin.front != .exec }
    }

    /// What a turn that goes on has behind it.
    static func past(of state: SessionState) -> (startedAt: Timestamp, usage: Usage, settledResponses: Int)? {
        guard let running = state.running else { return nil }
        let responses = state.transcript.compactMap { entry -> Response? in
            if case .response(let response) = entry, response.turn == running.input.turn { response } else { nil }
        }
        let settled = responses.filter { response in
            response.end != nil && response.calls.allSatisfy { response.outcome(of: $0.id) != nil }
        }
        return (running.startedAt, responses.reduce(.zero) { $0 + ($1.end?.usage ?? .zero) }, settled.count)
    }

    /// Questions, items and calls without an end.
    static func loose(in state: SessionState, at now: Timestamp) -> [EventKind] {
        state.openApprovals.map { .approvalAnswered(ApprovalDecision(of: $0, .cancel, by: .turnEnd, at: now)) }
            + state.openQuestions.map { .questionAnswered(.cancelled($0.id)) } + state.openItems.map { .itemInterrupted(interrupted($0)) }
            + outcomes(for: state).map { .toolFinished($0) }
    }

    private static func interrupted(_ open: SessionState.OpenItem) -> Item {
        let content: ItemContent =
            switch open.channel {
            case .text, .toolOutput: .text(open.text)
            case .reasoning: .reasoning(open.text, nil)
            case .toolInput: .toolCall(ToolCall(id: CallID(open.id.rawValue), name: "", input: .string(open.text)))
            }
        return Item(id: open.id, message: open.message, content: content)
    }

    /// Calls of the running turn that have no outcome. What was written ahead may have happened; the rest did not.
    private static func outcomes(for state: SessionState) -> [ToolOutcome] {
        guard case .response(let response)? = state.transcript.last(where: { if case .response = $0 { true } else { false } })
        else { return [] }
        let intents = Dictionary(state.openIntents.map { ($0.call, $0) }) { first, _ in first }
        return response.calls.compactMap { call in
            guard response.outcome(of: call.id) == nil else { return nil }
            guard let intent = intents[call.id] else {
                return ToolOutcome(call: call.id, status: .notRun, text: "Error: not run, because the process ended before this call began")
            }
            let child = state.children.last { $0.call == call.id }
            return ToolOutcome(
                call: call.id, status: .interrupted, text: child.map(sentence(about:)) ?? sentence(for: intent.effect))
        }
    }

    /// What it did is in its own session; nothing of it is done again by itself.
    private static func sentence(about child: ChildRun) -> String {
        "Error: the process ended while the subagent \(child.session) ran for this call. What it did until then stands: look, and go on "
            + "with resume \"\(child.session)\" if it should finish"
    }

    private static func sentence(for effect: Effect) -> String {
        switch effect {
        case .pure: "Error: the process ended while this call ran; it only read, so it can simply be made again"
        case .idempotent, .verifiable:
            "Error: the process ended while this call ran; it may or may not have been done: read the file before going on"
        case .opaque: "Error: the process ended while this call ran; its outcome is unknown: look before running it again"
        }
    }
}
