import ApusBase
import ApusCore

/// What all commands of one event come to. An end of the turn outweighs an objection, that a question, and that a permission; of several
/// new inputs that of the strongest settings counts.
struct HookVerdict: Hashable, Sendable {
    var stop: String?
    var denial: String?
    var question: String?
    var isPermitted = false
    /// The commands that permit it.
    var permitters: [String] = []
    var updatedInput: JSONValue?
    /// For the model.
    var notes: [String] = []
    /// What the log keeps of a decision about a call.
    var kept: HookJudgement?

    static let none = HookVerdict()

    private init() {}

    init(_ results: [HookResult]) {
        // Whoever permits has seen the input that was there before: of a new one only the hook that made it knows what it permits.
        let author = results.map(\.answer).first { $0.updatedInput != nil }
        for result in results {
            let answer = result.answer
            if stop == nil { stop = answer.stop }
            switch answer.decision {
            case .deny: denial = denial.map { $0 + "\n" + (answer.reason ?? "") } ?? answer.reason ?? "A hook objected."
            case .ask: question = question ?? answer.reason ?? "A hook wants it to be asked about."
            case .allow:
                isPermitted = author.map { $0.decision == .allow } ?? true
                if author == nil || answer == author { permitters.append(result.command.line) }
            case nil: break
            }
            if updatedInput == nil { updatedInput = answer.updatedInput }
            if let note = answer.note, !note.isEmpty { notes.append(note) }
        }
    }

    /// `nil` when the call may go on as it is.
    func judgement(on call: CallID) -> HookJudgement? {
        let decision: HookAnswer.Decision? = denial != nil ? .deny : question != nil ? .ask : isPermitted ? .allow : nil
        if decision == nil, updatedInput == nil { return nil }
        return HookJudgement(call: call, decision: decision, reason: denial ?? question, updatedInput: updatedInput)
    }

    /// Whether something does not happen because of it.
    func prevents(_ event: HookEvent) -> Bool {
        if stop != nil { return true }
        switch event {
        case .preToolUse, .userPromptSubmit, .stop, .subagentStop, .preCompact: return denial != nil
        // It has happened, or cannot be kept from happening.
        case .postToolUse, .sessionStart, .sessionEnd, .notification: return false
        }
    }

    func contextFacts(_ event: HookEvent) -> [EventKind] {
        notes.map { .contextAdded(.unique(), ContextNote(source: "hook \(event.rawValue)", text: Self.bounded($0))) }
    }

    /// Bounded as a tool's result is.
    static func bounded(_ text: String) -> String {
        var bounded = BoundedText()
        bounded.append(text)
        return bounded.rendered()
    }

    static func stopSentence(_ reason: String) -> String { reason.isEmpty ? "Stopped by a hook." : "Stopped by a hook: \(reason)" }
    static func refusalSentence(_ reason: String) -> String { "The prompt was refused by a hook: \(reason)" }
}

extension HookJudgement {
    /// The call with the input that hooks gave it.
    func applied(to call: ToolCall) -> ToolCall {
        var call = call
        if let updatedInput { call.input = updatedInput }
        return call
    }

    /// What the model is told beside the result; empty when there is nothing to tell.
    var remark: String { updatedInput.map { "\n\n[A hook changed the input of this call to \($0.serialized())]" } ?? "" }
}
