import DroidWire

/// What a patch does to one file.
public enum PatchOperation: Sendable, Hashable, CustomStringConvertible {
    case create, update, delete
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.create, .update, .delete]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .create: "create"
        case .update: "update"
        case .delete: "delete"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidPatchOperation) { self.init(rawValue: wire.rawValue) }
}

/// What a command tried that its sandbox forbids.
public enum SandboxOperation: Sendable, Hashable, CustomStringConvertible {
    case read, write, network, tool
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.read, .write, .network, .tool]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .read: "read"
        case .write: "write"
        case .network: "network"
        case .tool: "tool"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidSandboxOperation) { self.init(rawValue: wire.rawValue) }
}

/// Which wall a command hit.
public enum SandboxViolation: Sendable, Hashable, CustomStringConvertible {
    case filesystemRead, filesystemWrite, network, tool
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.filesystemRead, .filesystemWrite, .network, .tool]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .filesystemRead: "filesystem-read"
        case .filesystemWrite: "filesystem-write"
        case .network: "network"
        case .tool: "tool"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidSandboxViolation) { self.init(rawValue: wire.rawValue) }
}

/// Why the wall is there.
public enum SandboxViolationReason: Sendable, Hashable, CustomStringConvertible {
    case denyList, notAllowed
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [.denyList, .notAllowed]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .denyList: "deny-list"
        case .notAllowed: "not-allowed"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.DroidSandboxViolationReason) { self.init(rawValue: wire.rawValue) }
}

/// The answers to a permission request (§4.1).
public enum ToolConfirmationOutcome: Sendable, Hashable, CustomStringConvertible {
    case proceedOnce, proceedAlways, proceedAutoRun, proceedAutoRunLow, proceedAutoRunMedium, proceedAutoRunHigh, proceedNewSession,
        proceedNewSessionLow, proceedNewSessionMedium, proceedNewSessionHigh, proceedEdit, cancel, proceedAlwaysFile, proceedAlwaysTools,
        proceedAlwaysServer
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [
        .proceedOnce, .proceedAlways, .proceedAutoRun, .proceedAutoRunLow, .proceedAutoRunMedium, .proceedAutoRunHigh, .proceedNewSession,
        .proceedNewSessionLow, .proceedNewSessionMedium, .proceedNewSessionHigh, .proceedEdit, .cancel, .proceedAlwaysFile,
        .proceedAlwaysTools, .proceedAlwaysServer,
    ]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .proceedOnce: "proceed_once"
        case .proceedAlways: "proceed_always"
        case .proceedAutoRun: "proceed_auto_run"
        case .proceedAutoRunLow: "proceed_auto_run_low"
        case .proceedAutoRunMedium: "proceed_auto_run_medium"
        case .proceedAutoRunHigh: "proceed_auto_run_high"
        case .proceedNewSession: "proceed_new_session"
        case .proceedNewSessionLow: "proceed_new_session_low"
        case .proceedNewSessionMedium: "proceed_new_session_medium"
        case .proceedNewSessionHigh: "proceed_new_session_high"
        case .proceedEdit: "proceed_edit"
        case .cancel: "cancel"
        case .proceedAlwaysFile: "proceed_always_file"
        case .proceedAlwaysTools: "proceed_always_tools"
        case .proceedAlwaysServer: "proceed_always_server"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.ToolConfirmationOutcome) { self.init(rawValue: wire.rawValue) }
    var wire: DroidWire.ToolConfirmationOutcome { DroidWire.ToolConfirmationOutcome(rawValue: rawValue) }
}

/// What a permission request is about (§4.1); it says which ``ToolConfirmationDetails`` come with it.
public enum ToolConfirmationType: Sendable, Hashable, CustomStringConvertible {
    case edit, create, exec, applyPatch, mcpTool, askUser, exitSpecMode, proposeMission, startMissionRun, sandboxViolation,
        droidShieldViolation
    /// A value that this version does not know, as it came.
    case unknown(String)

    /// Every value but `unknown`, in the order of the protocol.
    public static let known: [Self] = [
        .edit, .create, .exec, .applyPatch, .mcpTool, .askUser, .exitSpecMode, .proposeMission, .startMissionRun, .sandboxViolation,
        .droidShieldViolation,
    ]

    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? .unknown(rawValue)
    }

    /// As it stands on the wire.
    public var rawValue: String {
        switch self {
        case .edit: "edit"
        case .create: "create"
        case .exec: "exec"
        case .applyPatch: "apply_patch"
        case .mcpTool: "mcp_tool"
        case .askUser: "ask_user"
        case .exitSpecMode: "exit_spec_mode"
        case .proposeMission: "propose_mission"
        case .startMissionRun: "start_mission_run"
        case .sandboxViolation: "sandbox_violation"
        case .droidShieldViolation: "droid_shield_violation"
        case .unknown(let value): value
        }
    }

    public var description: String { rawValue }

    init(_ wire: DroidWire.ToolConfirmationType) { self.init(rawValue: wire.rawValue) }
}
