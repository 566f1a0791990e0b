/// A word of the protocol out of a list that may grow: compared with the constants of its type, and kept when it is none of them.
public protocol WireName: RawRepresentable, Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible
where RawValue == String {
    init(rawValue: String)
}

extension WireName {
    /// As a literal.
    public init(stringLiteral value: String) { self.init(rawValue: value) }
    /// As it stands on the wire.
    public var description: String { rawValue }
}

/// Which session a workspace gives (`qwen-serve.md` §2.4).
public struct SessionScope: WireName {
    /// As it stands on the wire.
    public let rawValue: String
    /// Any word, also one that is not known here.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The one that all clients of the workspace share.
    public static let single: Self = "single"
    /// Always a new one, which nobody is attached to by chance.
    public static let thread: Self = "thread"
}

/// Why a turn ended (`qwen-serve.md` §6.3).
public struct StopReason: WireName {
    /// As it stands on the wire.
    public let rawValue: String
    /// Any word, also one that is not known here.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The agent has said all.
    public static let endTurn: Self = "end_turn"
    /// The limit of tokens was reached.
    public static let maxTokens: Self = "max_tokens"
    /// The agent called its model too often in one turn.
    public static let maxTurnRequests: Self = "max_turn_requests"
    /// The agent will not.
    public static let refusal: Self = "refusal"
    /// Somebody cancelled the turn.
    public static let cancelled: Self = "cancelled"
}

/// What a tool does (`qwen-serve.md` §6.3).
public struct ToolKind: WireName {
    /// As it stands on the wire.
    public let rawValue: String
    /// Any word, also one that is not known here.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Reads files or data.
    public static let read: Self = "read"
    /// Changes files.
    public static let edit: Self = "edit"
    /// Deletes files.
    public static let delete: Self = "delete"
    /// Moves or renames files.
    public static let move: Self = "move"
    /// Looks for something.
    public static let search: Self = "search"
    /// Runs a command.
    public static let execute: Self = "execute"
    /// Only thinks.
    public static let think: Self = "think"
    /// Gets something from the network.
    public static let fetch: Self = "fetch"
    /// Switches the mode of the session.
    public static let switchMode: Self = "switch_mode"
    /// Anything else.
    public static let other: Self = "other"
}

/// How far a tool call is.
public struct ToolCallStatus: WireName {
    /// As it stands on the wire.
    public let rawValue: String
    /// Any word, also one that is not known here.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Not begun: it may wait for a permission.
    public static let pending: Self = "pending"
    /// It runs.
    public static let inProgress: Self = "in_progress"
    /// It is done.
    public static let completed: Self = "completed"
    /// It went wrong, or was not permitted.
    public static let failed: Self = "failed"
}

/// What an option of a permission request means.
public struct PermissionOptionKind: WireName {
    /// As it stands on the wire.
    public let rawValue: String
    /// Any word, also one that is not known here.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// This time.
    public static let allowOnce: Self = "allow_once"
    /// This time and from now on.
    public static let allowAlways: Self = "allow_always"
    /// Not this time.
    public static let rejectOnce: Self = "reject_once"
    /// Never.
    public static let rejectAlways: Self = "reject_always"
}

/// What a daemon does, as it tells in ``DaemonCapabilities/features`` (`qwen-serve.md` §2.3).
public struct DaemonFeature: WireName {
    /// As it stands on the wire.
    public let rawValue: String
    /// Any word, also one that is not known here.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// `GET /health`.
    public static let health: Self = "health"
    /// `GET /capabilities`.
    public static let capabilities: Self = "capabilities"
    /// ``DaemonClient/createOrAttachSession(workspaceCwd:modelServiceId:sessionScope:clientId:)``.
    public static let sessionCreate: Self = "session_create"
    /// ``SessionScope`` is honoured.
    public static let sessionScopeOverride: Self = "session_scope_override"
    /// ``DaemonClient/loadSession(_:workspaceCwd:clientId:)``.
    public static let sessionLoad: Self = "session_load"
    /// ``DaemonClient/resumeSession(_:workspaceCwd:clientId:)``.
    public static let sessionResume: Self = "unstable_session_resume"
    /// ``DaemonClient/listWorkspaceSessions(_:)``.
    public static let sessionList: Self = "session_list"
    /// ``DaemonClient/prompt(_:prompt:meta:clientId:)``.
    public static let sessionPrompt: Self = "session_prompt"
    /// ``DaemonClient/cancel(_:clientId:)``.
    public static let sessionCancel: Self = "session_cancel"
    /// ``DaemonClient/subscribeEvents(_:lastEventID:maxQueued:resume:clientId:)``.
    public static let sessionEvents: Self = "session_events"
    /// ``DaemonEventKind/slowClientWarning(_:)``, and `maxQueued`.
    public static let slowClientWarning: Self = "slow_client_warning"
    /// The data of events is as ``DaemonEventKind`` expects.
    public static let typedEventSchema: Self = "typed_event_schema"
    /// ``DaemonClient/setSessionModel(_:modelId:clientId:)``.
    public static let sessionSetModel: Self = "session_set_model"
    /// Clients get an id.
    public static let clientIdentity: Self = "client_identity"
    /// ``DaemonClient/heartbeat(_:clientId:)``.
    public static let clientHeartbeat: Self = "client_heartbeat"
    /// ``DaemonClient/respondToSessionPermission(_:_:_:clientId:)``, and late voters are told.
    public static let sessionPermissionVote: Self = "session_permission_vote"
    /// ``DaemonClient/respondToPermission(_:_:clientId:)``.
    public static let permissionVote: Self = "permission_vote"
    /// ``DaemonClient/context(_:clientId:)``.
    public static let sessionContext: Self = "session_context"
    /// ``DaemonClient/supportedCommands(_:clientId:)``.
    public static let sessionSupportedCommands: Self = "session_supported_commands"
    /// ``DaemonClient/closeSession(_:clientId:)``.
    public static let sessionClose: Self = "session_close"
    /// ``DaemonClient/updateSessionMetadata(_:displayName:clientId:)``.
    public static let sessionMetadata: Self = "session_metadata"
    /// Every call needs a token.
    public static let requireAuth: Self = "require_auth"
    /// Prompts are answered with 202.
    public static let nonBlockingPrompt: Self = "non_blocking_prompt"
}
