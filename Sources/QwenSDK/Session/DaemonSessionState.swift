/// What the events of a session come to: the fold over them (`qwen-serve.md` §5.6). A value: give it every event, and show it.
public struct DaemonSessionState: Sendable, Hashable {
    /// What ended the session, or the stream.
    public enum End: Sendable, Hashable {
        /// The agent is gone.
        case sessionDied(SessionDied)
        /// Somebody closed the session.
        case sessionClosed(SessionClosed)
        /// This reader was too slow.
        case clientEvicted(ClientEvicted)
        /// The daemon could not go on.
        case streamError(StreamError)

        /// Whether the session is over, and not only the stream.
        public var isOfSession: Bool {
            switch self {
            case .sessionDied, .sessionClosed: true
            case .clientEvicted, .streamError: false
            }
        }
    }

    /// The most requests that are kept; a daemon has no more open. The oldest makes room.
    public static let maximumPendingPermissions = 64

    /// The largest id so far. Never goes back, unless the daemon says that it counts anew (`state_resync_required`, `epoch_reset`).
    public private(set) var lastEventID: Int64?
    /// What is asked and not answered, in the order in which it was asked.
    public private(set) var pendingPermissions: [PermissionRequest] = []
    /// The model, once it was switched.
    public private(set) var currentModelId: String?
    /// The last switch that failed, until one succeeds.
    public private(set) var modelSwitchFailure: ModelSwitchFailed?
    /// The name of the session; `nil` when it has none.
    public private(set) var displayName: String?
    /// The last warning that this reader is slow.
    public private(set) var slowClientWarning: SlowClientWarning?
    /// Why there will be no more. The end of the session outranks that of the stream.
    public private(set) var end: End?
    /// Events of known types whose data was not as it should be.
    public private(set) var unrecognizedKnownEventCount = 0

    /// Before the first event.
    public init() {}

    /// Whether neither the session nor the stream has ended.
    public var isAlive: Bool { end == nil }

    /// Takes the next event. One that was applied before changes nothing, if it has an id.
    public mutating func apply(_ event: DaemonEvent) {
        if let id = event.id {
            if let lastEventID, id <= lastEventID { return }
            lastEventID = id
        }
        switch event.kind {
        case .permissionRequest(let request): add(request)
        case .permissionResolved(let resolved): remove(resolved.requestId)
        case .permissionAlreadyResolved(let resolved): remove(resolved.requestId)
        case .modelSwitched(let switched):
            currentModelId = switched.modelId
            modelSwitchFailure = nil
        case .modelSwitchFailed(let failed): modelSwitchFailure = failed
        case .sessionMetadataUpdated(let metadata): displayName = metadata.displayName
        case .sessionDied(let died): finish(.sessionDied(died))
        case .sessionClosed(let closed): finish(.sessionClosed(closed))
        case .slowClientWarning(let warning): slowClientWarning = warning
        case .clientEvicted(let evicted): finish(.clientEvicted(evicted))
        case .streamError(let error): finish(.streamError(error))
        case .malformed: unrecognizedKnownEventCount += 1
        case .stateResyncRequired(let resync): if resync.reason == "epoch_reset" { lastEventID = nil }
        case .sessionUpdate, .turnComplete, .turnError, .replayComplete, .unknown: break
        }
    }

    private mutating func add(_ request: PermissionRequest) {
        if !isAlive { return }
        if let index = pendingPermissions.firstIndex(where: { $0.requestId == request.requestId }) {
            pendingPermissions[index] = request
            return
        }
        if pendingPermissions.count == Self.maximumPendingPermissions { pendingPermissions.removeFirst() }
        pendingPermissions.append(request)
    }

    private mutating func remove(_ requestId: String) { pendingPermissions.removeAll { $0.requestId == requestId } }

    private mutating func finish(_ new: End) {
        pendingPermissions = []
        if let end, end.isOfSession || !new.isOfSession { return }
        end = new
    }
}
