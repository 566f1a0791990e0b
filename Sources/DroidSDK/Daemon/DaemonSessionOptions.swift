/// How a session begins. What is `nil` or empty is not sent, and the daemon's own settings hold.
public struct DaemonSessionOptions: Sendable {
    /// The working directory, on the daemon's machine; `nil` is sent as `.`, the directory that the daemon itself is in.
    public var cwd: String?
    public var modelId: String?
    public var autonomyLevel: AutonomyLevel?
    public var interactionMode: DroidInteractionMode?
    public var reasoningEffort: ReasoningEffort?
    public var specModeModelId: String?
    public var specModeReasoningEffort: ReasoningEffort?
    /// Servers that the daemon connects to, and servers of this process.
    public var mcpServers: [SessionMcpServer]
    /// On top of the default set, not instead of it; ids as the CLI has them (`read-cli`).
    public var enabledToolIds: [String]?
    /// Ids as the CLI has them (`execute-cli`).
    public var disabledToolIds: [String]?
    public var tags: [SessionTag]
    public var permissionHandler: PermissionHandler?
    public var askUserHandler: AskUserHandler?
    /// For attribution.
    public var sessionSource: SessionSource?

    public init(
        cwd: String? = nil, modelId: String? = nil, autonomyLevel: AutonomyLevel? = nil, interactionMode: DroidInteractionMode? = nil,
        reasoningEffort: ReasoningEffort? = nil, specModeModelId: String? = nil, specModeReasoningEffort: ReasoningEffort? = nil,
        mcpServers: [SessionMcpServer] = [], enabledToolIds: [String]? = nil, disabledToolIds: [String]? = nil, tags: [SessionTag] = [],
        permissionHandler: PermissionHandler? = nil, askUserHandler: AskUserHandler? = nil, sessionSource: SessionSource? = nil
    ) {
        self.cwd = cwd
        self.modelId = modelId
        self.autonomyLevel = autonomyLevel
        self.interactionMode = interactionMode
        self.reasoningEffort = reasoningEffort
        self.specModeModelId = specModeModelId
        self.specModeReasoningEffort = specModeReasoningEffort
        self.mcpServers = mcpServers
        self.enabledToolIds = enabledToolIds
        self.disabledToolIds = disabledToolIds
        self.tags = tags
        self.permissionHandler = permissionHandler
        self.askUserHandler = askUserHandler
        self.sessionSource = sessionSource
    }
}

/// How a session that exists is taken up again.
public struct DaemonResumeOptions: Sendable {
    public var permissionHandler: PermissionHandler?
    public var askUserHandler: AskUserHandler?
    public var mcpServers: [SessionMcpServer]

    public init(
        permissionHandler: PermissionHandler? = nil, askUserHandler: AskUserHandler? = nil, mcpServers: [SessionMcpServer] = []
    ) {
        self.permissionHandler = permissionHandler
        self.askUserHandler = askUserHandler
        self.mcpServers = mcpServers
    }
}

/// An MCP server for a session.
public enum SessionMcpServer: Sendable {
    case config(McpServerConfig)
    /// One that lives in this process: started before the session opens, stopped when it closes. A daemon on another machine cannot reach it.
    case hosted(any HostedMcpServer)
}

extension SessionTag {
    /// The one that every session of this library has (`droid.md` §2.5).
    static let sdk = SessionTag(name: "sdk", metadata: ["language": "swift", "version": DroidSDKVersion.current])
}

/// The version of this library, as sessions are tagged with it.
public enum DroidSDKVersion {
    public static let current = "0.1.0"
}
