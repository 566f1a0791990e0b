/// What can happen in a session. Everything but `delta` is a fact.
///
/// A delta is copied for every reader: what takes more room than one is behind a reference.
package enum EventKind: Hashable, Sendable {
    indirect case sessionCreated(SessionHeader, SessionSettings)
    /// The log up to here was copied from `header.parent`.
    indirect case sessionForked(SessionHeader)
    indirect case settingsChanged(SessionSettings)
    case titleChanged(String)
    indirect case turnQueued(TurnInput)
    case turnStarted(TurnID, model: String)
    case contextAdded(MessageID, ContextNote)
    /// The prompt of a turn, as the transcript keeps it.
    indirect case userMessage(MessageID, TurnID, String, media: [MediaReference] = [])
    case responseStarted(MessageID, TurnID)
    case delta(Delta)
    indirect case itemFinished(Item)
    /// An item that was shown in part and will not grow: the text so far stays.
    indirect case itemInterrupted(Item)
    indirect case responseFinished(ResponseEnd)
    indirect case retrying(RetryNote)
    indirect case toolIntended(ToolIntent)
    indirect case toolFinished(ToolOutcome)
    /// A question that is open until its answer is stored, over restarts.
    indirect case approvalAsked(ApprovalRequest)
    /// The one decision about it.
    indirect case approvalAnswered(ApprovalDecision)
    /// Stored with the decision that gave it.
    indirect case accessGranted(AccessGrant)
    /// The tool AskUser waits for an answer.
    indirect case questionAsked(UserQuestion)
    indirect case questionAnswered(UserAnswer)
    /// Files as they were before the running turn first changed them; stored before the change.
    case filesSaved([FileSnapshot])
    /// From here on the model sees a summary of what came before.
    indirect case contextCompacted(Compaction)
    /// Hidden from lists since then; `nil` when it is not any more.
    case sessionArchived(at: Timestamp?)
    case todosChanged([Todo])
    /// A process that will outlive the run. Committed before it is let go, so that none survives without a record.
    indirect case processStarted(BackgroundProcess)
    indirect case turnFinished(TurnEnd)
    /// Changes nothing of the session.
    indirect case noticed(SessionNotice)

    package var isFact: Bool {
        if case .delta = self { return false }
        return true
    }
}
