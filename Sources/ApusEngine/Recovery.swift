import ApusBase
package import ApusCore

/// What a session needs before it can go on, when the process that ran its turn died or gave it up.
package enum Recovery {
    /// The facts that close everything that was left open, in order; empty when nothing was.
    ///
    /// - Parameters:
    ///   - keepsQueue: Turns that wait are left waiting, for they run here, but for one that somebody has stopped.
    ///   - detail: Why the turn that ran ends.
    package static func mend(
        _ state: SessionState, at now: Timestamp, keepsQueue: Bool = false, because detail: String = ownerDied
    ) -> [EventKind] {
        var facts = loose(in: state, at: now)
        if let running = state.running {
            facts.append(
                .turnFinished(
                    TurnEnd(
                        turn: running.input.turn, reason: .ownerDied, detail: detail,
                        durationMilliseconds: Int(max(0, state.updatedAt - running.startedAt)))))
        }
        for waiting in state.queue {
            if waiting.turn == state.stoppedEarly {
                facts.append(.turnFinished(TurnEnd(turn: waiting.turn, reason: .interrupted, detail: "Interrupted.")))
            } else if !keepsQueue {
                let detail = "The process that would have run this turn ended before it began."
                facts.append(.turnFinished(TurnEnd(turn: waiting.turn, reason: .ownerDied, detail: detail)))
            }
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

    package static let ownerDied = "The process that ran this turn ended before the turn did."
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
        guard let running = state.running, !running.isCancelled, case .ask = running.input.origin.approvals else { return false }
        guard state.openItems.isEmpty, let response = state.lastResponse else { return false }
        guard response.turn == running.input.turn, response.end != nil else { return false }
        if wasAboutToEnd(state) { return false }
        if state.openIntents.isEmpty {
            return response.outcomes.isEmpty && response.calls.contains { state.approval(of: $0.id, in: response.message) != nil }
        }
        return state.openIntents.allSatisfy { state.question(of: $0.call, in: response.turn) != nil }
    }

    /// A question that was closed with its turn means that the turn was about to end.
    static func wasAboutToEnd(_ state: SessionState) -> Bool {
        guard let response = state.lastResponse, response.turn == state.running?.input.turn else { return false }
        return response.calls.contains { call in
            // What is over says nothing of the turn's end, whoever closed its question.
            if response.outcome(of: call.id) != nil { return false }
            if let asked = state.approval(of: call.id, in: response.message), state.decision(asked.id)?.decider == .turnEnd { return true }
            guard let question = state.question(of: call.id, in: response.turn) else { return false }
            return state.settledQuestion(question.id)?.answer.isCancelled == true
        }
    }

    /// Whether people are asked something, and nothing happens before they have answered.
    static func waitsForPeople(_ state: SessionState) -> Bool {
        canGoOn(state) && !(state.openApprovals.isEmpty && state.openQuestions.isEmpty)
    }

    /// Whether a process that goes on with nothing leaves a session to one that does: what a client that stays has submitted is run there.
    static func isForOthers(_ state: SessionState, _ rules: TakeOverRules?, at now: Timestamp) -> Bool {
        // What a subagent was to do is done for a call that is over.
        if state.header.caller != nil { return false }
        if let rules, TakeOver.chance(of: state, by: rules, at: now) == .goOn { return true }
        return canGoOn(state) || state.queue.contains { $0.origin.front != .exec }
    }

    /// What a turn that goes on has behind it.
    static func past(of state: SessionState) -> (startedAt: Timestamp, usage: Usage, settledResponses: Int)? {
        guard let running = state.running else { return nil }
        let responses = state.transcript.compactMap { entry -> Response? in
            if case .response(let response) = entry, response.turn == running.input.turn { response } else { nil }
        }
        // That one is counted when it is settled.
        let unsettled = state.unsettledResponse?.message
        let settled = responses.filter { response in
            response.end != nil && response.message != unsettled && response.calls.allSatisfy { response.outcome(of: $0.id) != nil }
        }
        return (running.startedAt, responses.reduce(.zero) { $0 + ($1.end?.usage ?? .zero) }, settled.count)
    }

    /// Questions, items and calls without an end.
    static func loose(in state: SessionState, at now: Timestamp) -> [EventKind] {
        state.openApprovals.map { .approvalAnswered(ApprovalDecision(of: $0, .cancel, by: .turnEnd, at: now)) }
            + state.openQuestions.map { .questionAnswered(.cancelled($0.id)) } + state.openItems.map { .itemInterrupted(interrupted($0)) }
            + outcomes(for: state).map { .toolFinished($0) }
    }

    static func interrupted(_ open: SessionState.OpenItem) -> Item {
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
            return outcome(of: intent, in: state)
        }
    }

    /// For the program that a prompt names, when nothing is known of its end.
    static func note(onLost program: CommandProgram) -> ContextNote {
        ContextNote(
            source: "command:" + program.name,
            text: """
                The user's message above begins with the command /\(program.name), a program: \(program.commandLine)
                The process ended before it could tell what came of it. It may have run, in part or whole; look before running it again.
                """)
    }

    /// For a prompt that begins like a command of which there is nothing any more.
    static func note(onUnknown name: String) -> ContextNote {
        ContextNote(
            source: "command:" + name,
            text: """
                The user's message above begins with /\(name), for which no command is found now. If it was a program when the message came:
                the process ended before it could tell what came of it. It may have run, in part or whole; look before doing it again.
                """)
    }

    /// For a call that had begun, and of which nothing more is known.
    static func outcome(of intent: ToolIntent, in state: SessionState) -> ToolOutcome {
        let child = state.children.last { $0.call == intent.call }
        return ToolOutcome(
            call: intent.call, status: .interrupted, text: child.map(sentence(about:)) ?? sentence(for: intent.effect))
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
