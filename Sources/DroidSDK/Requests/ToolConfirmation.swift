import DroidWire

/// One call that wants permission, and what it is about to do.
public struct ToolConfirmation: Sendable, Hashable {
    public var toolUse: ToolUseBlock
    public var details: ToolConfirmationDetails

    public init(toolUse: ToolUseBlock, details: ToolConfirmationDetails) {
        self.toolUse = toolUse
        self.details = details
    }

    public var confirmationType: ToolConfirmationType { details.type }

    init(_ wire: DroidToolConfirmation) {
        self.init(toolUse: ToolUseBlock(wire.toolUse.block), details: ToolConfirmationDetails(wire.details))
    }
}

extension ToolConfirmationDetails {
    public var type: ToolConfirmationType {
        switch self {
        case .edit: .edit
        case .create: .create
        case .exec: .exec
        case .applyPatch: .applyPatch
        case .mcpTool: .mcpTool
        case .askUser: .askUser
        case .exitSpecMode: .exitSpecMode
        case .proposeMission: .proposeMission
        case .startMissionRun: .startMissionRun
        case .sandboxViolation: .sandboxViolation
        case .droidShieldViolation: .droidShieldViolation
        case .unknown(let type, _): type
        }
    }
}
