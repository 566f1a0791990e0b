import ApusBase
package import ApusCore

extension EventKind {
    /// One line without the ids that are different in every run, so that whole histories can be compared.
    package var brief: String {
        switch self {
        case .sessionCreated: "created"
        case .sessionForked: "forked"
        case .settingsChanged: "settings"
        case .titleChanged(let title): "title \(title)"
        case .turnQueued(let input): "queued \(input.turn)"
        case .turnStarted(let turn, let model): "started \(turn) \(model)"
        case .contextAdded(_, let note): "note \(note.source)"
        case .userMessage(_, _, let text, _): "user \(text)"
        case .responseStarted: "response"
        case .delta(let delta): "\(delta.channel.rawValue)+ \(delta.text)"
        case .itemFinished(let item): item.content.brief
        case .itemInterrupted(let item): "cut \(item.content.brief)"
        case .responseFinished(let end): "end \(end.stop.rawValue)"
        case .retrying(let note): "retry \(note.attempt) \(note.reason.rawValue) \(note.delayMilliseconds)"
        case .toolIntended(let intent): "intend \(intent.call) \(intent.effect.rawValue)"
        case .toolFinished(let outcome): "\(outcome.call) \(outcome.status.rawValue) \(outcome.text)"
        case .processStarted(let process): "process \(process.id)"
        case .approvalAsked(let request): "ask \(request.call) \(request.required?.rawValue ?? "always")"
        case .approvalAnswered(let decision): "answer \(decision.call) \(decision.choice.rawValue) by \(decision.decider.brief)"
        case .accessGranted(let grant): "grant \(grant.encoded().serialized())"
        case .questionAsked(let question): "question \(question.call) \(question.items.count)"
        case .questionAnswered(let answer): answer.isCancelled ? "question cancelled" : "question answered \(answer.items.count)"
        case .filesSaved(let files): "saved \(files.map(\.path).joined(separator: " "))"
        case .contextCompacted(let compaction): "compacted \(compaction.removed)"
        case .sessionArchived(let time): time == nil ? "unarchived" : "archived"
        case .noticed(let notice): "notice \(notice.encoded().serialized())"
        case .todosChanged(let todos): "todos \(todos.count)"
        case .turnFinished(let end):
            end.detail.isEmpty
                ? "finished \(end.turn) \(end.reason.rawValue)" : "finished \(end.turn) \(end.reason.rawValue): \(end.detail)"
        }
    }
}

extension ItemContent {
    fileprivate var brief: String {
        switch self {
        case .text(let text): "text \(text)"
        case .reasoning(let text, _): "reasoning \(text)"
        case .toolCall(let call): "call \(call.id) \(call.name) \(call.input.serialized())"
        }
    }
}

extension ApprovalDecision.Decider {
    fileprivate var brief: String {
        switch self {
        case .voter(let identity, _): identity
        case .deadline: "deadline"
        case .session: "session"
        case .turnEnd: "turn end"
        }
    }
}
