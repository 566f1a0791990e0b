/// What can happen in a session. Everything but `delta` is a fact.
package enum EventKind: Hashable, Sendable {
    case sessionCreated(SessionHeader, SessionSettings)
    /// The log up to here was copied from `header.parent`.
    case sessionForked(SessionHeader)
    case settingsChanged(SessionSettings)
    case titleChanged(String)
    case turnQueued(TurnInput)
    case turnStarted(TurnID, model: String)
    case contextAdded(MessageID, ContextNote)
    /// The prompt of a turn, as the transcript keeps it.
    case userMessage(MessageID, TurnID, String, media: [MediaReference] = [])
    case responseStarted(MessageID, TurnID)
    case delta(Delta)
    case itemFinished(Item)
    /// An item that was shown in part and will not grow: the text so far stays.
    case itemInterrupted(Item)
    case responseFinished(ResponseEnd)
    case retrying(RetryNote)
    case toolIntended(ToolIntent)
    case toolFinished(ToolOutcome)
    /// A question that is open until its answer is stored, over restarts.
    case approvalAsked(ApprovalRequest)
    /// The one decision about it.
    case approvalAnswered(ApprovalDecision)
    /// Stored with the decision that gave it.
    case accessGranted(AccessGrant)
    /// The tool AskUser waits for an answer.
    case questionAsked(UserQuestion)
    case questionAnswered(UserAnswer)
    /// Files as they were before the running turn first changed them; stored before the change.
    case filesSaved([FileSnapshot])
    /// From here on the model sees a summary of what came before.
    case contextCompacted(Compaction)
    /// Hidden from lists since then; `nil` when it is not any more.
    case sessionArchived(at: Timestamp?)
    case todosChanged([Todo])
    /// A process that will outlive the run. Committed before it is let go, so that none survives without a record.
    case processStarted(BackgroundProcess)
    case turnFinished(TurnEnd)
    /// Changes nothing of the session.
    case noticed(SessionNotice)

    package var isFact: Bool {
        if case .delta = self { return false }
        return true
    }
}
