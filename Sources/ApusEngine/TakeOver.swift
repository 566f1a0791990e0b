import ApusBase
import ApusCore
import Crypto

/// Going on with a turn that ran when its process died, under the same id: what was being said is closed as it was shown, each call that had
/// begun gets what its effect allows, and the model is asked again. Nothing is lost silently, and nothing is repeated blindly.
struct TakeOver {
    let state: SessionState
    /// Where files can be looked at; without it nobody can tell whether they were changed.
    let files: (any FileKeeping)?

    enum Chance: Hashable {
        /// Not such a turn: it waits, or ends, as any other.
        case never
        case goOn
        /// It was one, and is none any more; a sentence.
        case over(String)
    }

    static func chance(of state: SessionState, by rules: TakeOverRules, at now: Timestamp) -> Chance {
        guard let running = state.running, running.input.origin.onOwnerDeath == .goOn, !running.isCancelled else { return .never }
        // What a subagent was to do is done for a call that is over.
        if state.header.caller != nil || Recovery.wasAboutToEnd(state) { return .never }
        // Hooks had not admitted its prompt yet.
        guard state.hasPrompt(of: running.input) else { return .never }
        if running.takeOvers >= rules.limit {
            return .over("\(Recovery.ownerDied) So did each of the \(running.takeOvers) that went on with it.")
        }
        if now - state.updatedAt > rules.silence {
            return .over("\(Recovery.ownerDied) That was more than \(rules.silence / 3_600_000) hours ago.")
        }
        return .goOn
    }

    /// What closes all that cannot go on. Calls that may run again, or wait for an answer, keep their promise and have no outcome yet.
    func facts() async -> [EventKind] {
        guard let running = state.running else { return [] }
        var facts = state.openItems.map { EventKind.itemInterrupted(Recovery.interrupted($0)) }
        if let response = state.lastResponse, response.turn == running.input.turn, response.end == nil {
            for call in response.calls where response.outcome(of: call.id) == nil {
                facts.append(.toolFinished(TurnRunner.cutOff(call.id)))
            }
        }
        for intent in state.openIntents where state.question(of: intent.call, in: running.input.turn) == nil {
            if let outcome = await outcome(of: intent) { facts.append(.toolFinished(outcome)) }
        }
        return facts + [.noticed(.turnTakenOver(running.input.turn))]
    }

    /// `nil` for what may run again.
    private func outcome(of intent: ToolIntent) async -> ToolOutcome? {
        let unknown = Recovery.outcome(of: intent, in: state)
        switch intent.effect {
        case .pure, .idempotent: return nil
        case .opaque: return unknown
        case .verifiable:
            guard let changes = intent.changes else { return unknown }
            return await outcome(of: changes, unknown)
        }
    }

    private enum Finding {
        case done, undone, other
    }

    private func outcome(of changes: [FileChange], _ unknown: ToolOutcome) async -> ToolOutcome? {
        var findings: [(change: FileChange, finding: Finding)] = []
        for change in changes { findings.append((change, await finding(change))) }
        if findings.allSatisfy({ $0.finding == .undone }) { return nil }
        var outcome = unknown
        if findings.allSatisfy({ $0.finding == .done }) {
            let names = changes.map(\.path).joined(separator: ", ")
            outcome.status = .succeeded
            outcome.text = "Done: \(names). (The process ended right behind it, so there is no diff here.)"
            outcome.files = changes.filter(\.isSeen).map { FileMark(path: $0.path, hash: $0.after ?? "") }
            return outcome
        }
        for (change, finding) in findings {
            let words =
                switch finding {
                case .done: "is as this call was to leave it"
                case .undone: "is as it was before this call"
                case .other: "is neither as before this call nor as it was to leave it"
                }
            outcome.text += "\n\(change.path) \(words)"
        }
        return outcome
    }

    /// What is the same before and afterwards counts as done.
    private func finding(_ change: FileChange) async -> Finding {
        guard let files else { return .other }
        let hash: String?
        switch await files.content(of: change.path, limit: ByteLimit.blobBytes) {
        case .bytes(let bytes, _): hash = ActionHash.hex(SHA256.hash(data: bytes))
        case .missing: hash = nil
        case .obstacle: return .other
        }
        if hash == change.after { return .done }
        return hash == change.before ? .undone : .other
    }
}

extension SessionState {
    /// Whether the turn's prompt is in the transcript.
    fileprivate func hasPrompt(of input: TurnInput) -> Bool {
        transcript.contains { entry in
            if case .user(_, let turn, _, _) = entry { turn == input.turn } else { false }
        }
    }

    /// The response that the running turn has not come to terms with: its calls may lack outcomes, or nothing was made of it yet. `nil` when
    /// the model is to be asked.
    var unsettledResponse: Response? {
        guard let running, let response = lastResponse, response.turn == running.input.turn, response.end != nil else { return nil }
        if !response.calls.isEmpty { return response }
        // A note behind an answer is what was made of it.
        return transcript.last?.message == response.message ? response : nil
    }
}
