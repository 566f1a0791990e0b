/// What an event says, by its name (`opta-v3.md` §3.5).
public enum DaemonEventKind: Sendable, Hashable {
    /// A session was created, or asked for by its id.
    case sessionSnapshot(DaemonSessionSnapshot)
    /// A turn waits; one that can begin at once waits for a moment.
    case turnQueued(DaemonTurnQueued)
    /// A turn runs.
    case turnStart(DaemonTurnStart)
    /// The next piece of what the model thinks.
    case thinking(DaemonTurnDelta)
    /// The next piece of the answer.
    case token(DaemonTurnDelta)
    /// Somebody has to allow something: ``DaemonClient/resolvePermission(_:requestID:_:decidedBy:)``.
    case permissionRequest(DaemonPermissionRequest)
    /// Somebody did, or did not, or nobody answered in time.
    case permissionResolved(DaemonPermissionResolved)
    /// A tool runs.
    case toolCall(DaemonToolCall)
    /// A tool is done.
    case toolResult(DaemonToolResult)
    /// A turn goes on.
    case turnProgress(DaemonTurnProgress)
    /// An agent began something else; the payload has more.
    case agentPhase(DaemonAgentPhase)
    /// Another model steps in; the payload says which.
    case intervention(JSON)
    /// A turn ended well.
    case turnDone(DaemonTurnDone)
    /// A turn failed or was cancelled.
    case turnError(DaemonTurnError)
    /// The session has changed, after a turn.
    case sessionUpdated(DaemonSessionSnapshot)
    /// Turns were cancelled; ``DaemonEvent/endedTurnIDs`` says which of them are over.
    case sessionCancelled(DaemonSessionCancelled)
    /// A background process is in another state.
    case backgroundStatus(BackgroundStatus)
    /// A background process wrote something.
    case backgroundOutput(BackgroundPiece)
    /// Of this library: the reader was too slow.
    case fellBehind(DaemonFellBehind)
    /// Of this library: the text of a turn of which pieces were lost.
    case turnText(DaemonReconciledText)
    /// A name from above whose payload is not what it requires.
    case malformed
    /// A name that this library does not know.
    case unknown

    init(_ event: DaemonEvent) {
        let data = event.payload
        let kind: Self? =
            switch event.event {
            case .sessionSnapshot: DaemonSessionSnapshot(data).map(Self.sessionSnapshot)
            case .turnQueued: DaemonTurnQueued(data).map(Self.turnQueued)
            case .turnStart: DaemonTurnStart(data).map(Self.turnStart)
            case .turnThinking: DaemonTurnDelta(event).map(Self.thinking)
            case .turnToken: DaemonTurnDelta(event).map(Self.token)
            case .permissionRequest: DaemonPermissionRequest(data).map(Self.permissionRequest)
            case .permissionResolved: DaemonPermissionResolved(data).map(Self.permissionResolved)
            case .toolCall: DaemonToolCall(data).map(Self.toolCall)
            case .toolResult: DaemonToolResult(data).map(Self.toolResult)
            case .turnProgress: DaemonTurnProgress(data).map(Self.turnProgress)
            case .agentPhase: DaemonAgentPhase(data).map(Self.agentPhase)
            case .atpoIntervene: .intervention(data)
            case .turnDone: DaemonTurnDone(data).map(Self.turnDone)
            case .turnError: DaemonTurnError(data).map(Self.turnError)
            case .sessionUpdated: DaemonSessionSnapshot(data).map(Self.sessionUpdated)
            case .sessionCancelled: .sessionCancelled(DaemonSessionCancelled(data))
            case .backgroundStatus: BackgroundStatus(data).map(Self.backgroundStatus)
            case .backgroundOutput: BackgroundPiece(data).map(Self.backgroundOutput)
            case .clientFellBehind: .fellBehind(DaemonFellBehind(afterSeq: event.seq))
            case .clientTurnText: DaemonReconciledText(data).map(Self.turnText)
            default: .unknown
            }
        self = kind ?? .malformed
    }
}
