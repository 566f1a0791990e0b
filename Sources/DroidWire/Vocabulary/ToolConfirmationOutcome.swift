/// The answers to a permission request (§4.1).
package enum ToolConfirmationOutcome: DroidEnumeration {
    case proceedOnce, proceedAlways, proceedAutoRun, proceedAutoRunLow, proceedAutoRunMedium, proceedAutoRunHigh,
        proceedNewSession, proceedNewSessionLow, proceedNewSessionMedium, proceedNewSessionHigh, proceedEdit, cancel,
        proceedAlwaysFile, proceedAlwaysTools, proceedAlwaysServer
    case unknown(String)

    package static let known: [Self] = [
        .proceedOnce, .proceedAlways, .proceedAutoRun, .proceedAutoRunLow, .proceedAutoRunMedium, .proceedAutoRunHigh,
        .proceedNewSession, .proceedNewSessionLow, .proceedNewSessionMedium, .proceedNewSessionHigh, .proceedEdit, .cancel,
        .proceedAlwaysFile, .proceedAlwaysTools, .proceedAlwaysServer,
    ]

    package var rawValue: String {
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

    /// Whether it may be offered to a client of unknown age: one that does not know it refuses the whole request (§0, 15).
    package var isKnownToEveryClient: Bool {
        switch self {
        case .proceedAlwaysFile, .proceedAlwaysTools, .proceedAlwaysServer, .unknown: false
        default: true
        }
    }
}

/// What a permission request is about (§4.1); it says which ``DroidConfirmationDetails`` come with it.
package enum ToolConfirmationType: DroidEnumeration {
    case edit, create, exec, applyPatch, mcpTool, askUser, exitSpecMode, proposeMission, startMissionRun, sandboxViolation,
        droidShieldViolation
    case unknown(String)

    package static let known: [Self] = [
        .edit, .create, .exec, .applyPatch, .mcpTool, .askUser, .exitSpecMode, .proposeMission, .startMissionRun,
        .sandboxViolation, .droidShieldViolation,
    ]

    package var rawValue: String {
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

    /// Whether a client of unknown age can show it (§0, 16).
    package var isKnownToEveryClient: Bool {
        switch self {
        case .sandboxViolation, .droidShieldViolation, .unknown: false
        default: true
        }
    }
}

/// What a command tried that its sandbox forbids.
package enum DroidSandboxOperation: DroidEnumeration {
    case read, write, network, tool
    case unknown(String)

    package static let known: [Self] = [.read, .write, .network, .tool]

    package var rawValue: String {
        switch self {
        case .read: "read"
        case .write: "write"
        case .network: "network"
        case .tool: "tool"
        case .unknown(let value): value
        }
    }
}

/// Which wall a command hit.
package enum DroidSandboxViolation: DroidEnumeration {
    case filesystemRead, filesystemWrite, network, tool
    case unknown(String)

    package static let known: [Self] = [.filesystemRead, .filesystemWrite, .network, .tool]

    package var rawValue: String {
        switch self {
        case .filesystemRead: "filesystem-read"
        case .filesystemWrite: "filesystem-write"
        case .network: "network"
        case .tool: "tool"
        case .unknown(let value): value
        }
    }
}

/// Why the wall is there.
package enum DroidSandboxViolationReason: DroidEnumeration {
    case denyList, notAllowed
    case unknown(String)

    package static let known: [Self] = [.denyList, .notAllowed]

    package var rawValue: String {
        switch self {
        case .denyList: "deny-list"
        case .notAllowed: "not-allowed"
        case .unknown(let value): value
        }
    }
}

/// What a patch does to one file.
package enum DroidPatchOperation: DroidEnumeration {
    case create, update, delete
    case unknown(String)

    package static let known: [Self] = [.create, .update, .delete]

    package var rawValue: String {
        switch self {
        case .create: "create"
        case .update: "update"
        case .delete: "delete"
        case .unknown(let value): value
        }
    }
}
