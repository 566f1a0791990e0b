/// What an event says (`qwen-serve.md` §3.5), its data checked as the protocol requires.
public enum DaemonEventKind: Sendable, Hashable {
    /// The agent said or did something.
    case sessionUpdate(SessionUpdate)
    /// The agent asks whether it may.
    case permissionRequest(PermissionRequest)
    /// A request was answered.
    case permissionResolved(PermissionResolved)
    /// Somebody voted who was late.
    case permissionAlreadyResolved(PermissionAlreadyResolved)
    /// Another model answers from now on.
    case modelSwitched(ModelSwitched)
    /// The model stays; this says why.
    case modelSwitchFailed(ModelSwitchFailed)
    /// The session has another name.
    case sessionMetadataUpdated(SessionMetadataUpdated)
    /// The agent is gone, and the session with it; the stream ends.
    case sessionDied(SessionDied)
    /// Somebody closed the session; the stream ends.
    case sessionClosed(SessionClosed)
    /// This reader is slow, and will be put out if it goes on like that.
    case slowClientWarning(SlowClientWarning)
    /// This reader was too slow: the stream ends. Nothing is lost: read on from the last id.
    case clientEvicted(ClientEvicted)
    /// The daemon cannot go on with this stream, which ends.
    case streamError(StreamError)
    /// The turn of a prompt that was taken with 202 is over.
    case turnComplete(TurnComplete)
    /// The turn of such a prompt failed.
    case turnError(TurnError)
    /// Events between the cursor and what follows are not there any more.
    case stateResyncRequired(StateResyncRequired)
    /// What follows happens now.
    case replayComplete
    /// A type from above whose data is not what it requires.
    case malformed
    /// A type that this library does not know.
    case unknown

    init(_ event: DaemonEvent) {
        let data = event.data
        let kind: Self? =
            switch event.type {
            case "session_update": data.objectValue.map { _ in .sessionUpdate(SessionUpdate(event.update ?? data)) }
            case "permission_request": PermissionRequest(data).map(Self.permissionRequest)
            case "permission_resolved": PermissionResolved(data).map(Self.permissionResolved)
            case "permission_already_resolved": PermissionAlreadyResolved(data).map(Self.permissionAlreadyResolved)
            case "model_switched": ModelSwitched(data).map(Self.modelSwitched)
            case "model_switch_failed": ModelSwitchFailed(data).map(Self.modelSwitchFailed)
            case "session_metadata_updated": SessionMetadataUpdated(data).map(Self.sessionMetadataUpdated)
            case "session_died": SessionDied(data).map(Self.sessionDied)
            case "session_closed": SessionClosed(data).map(Self.sessionClosed)
            case "slow_client_warning": SlowClientWarning(data).map(Self.slowClientWarning)
            case "client_evicted": ClientEvicted(data).map(Self.clientEvicted)
            case "stream_error": StreamError(data).map(Self.streamError)
            case "turn_complete": TurnComplete(data).map(Self.turnComplete)
            case "turn_error": TurnError(data).map(Self.turnError)
            case "state_resync_required": StateResyncRequired(data).map(Self.stateResyncRequired)
            case "replay_complete": .replayComplete
            default: .unknown
            }
        self = kind ?? .malformed
    }

    /// Whether the session is over.
    public var isEndOfSession: Bool {
        switch self {
        case .sessionDied, .sessionClosed: true
        default: false
        }
    }
}
