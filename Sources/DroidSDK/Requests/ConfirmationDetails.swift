import DroidWire

/// What a permission request shows of a call (`droid.md` §4.1), one shape for each ``ToolConfirmationType``. All of them are open objects.
public enum ToolConfirmationDetails: Sendable, Hashable {
    case edit(EditConfirmation)
    case create(CreateConfirmation)
    case exec(ExecConfirmation)
    case applyPatch(PatchConfirmation)
    case mcpTool(McpToolConfirmation)
    case askUser(AskUserConfirmation)
    case exitSpecMode(SpecConfirmation)
    case proposeMission(MissionProposal)
    case startMissionRun(MissionRunConfirmation)
    case sandboxViolation(SandboxConfirmation)
    case droidShieldViolation(ShieldConfirmation)
    case unknown(ToolConfirmationType, JSONMembers)
}

extension ToolConfirmationDetails {
    init(_ wire: DroidWire.DroidConfirmationDetails) {
        switch wire {
        case .edit(let value): self = .edit(EditConfirmation(value))
        case .create(let value): self = .create(CreateConfirmation(value))
        case .exec(let value): self = .exec(ExecConfirmation(value))
        case .applyPatch(let value): self = .applyPatch(PatchConfirmation(value))
        case .mcpTool(let value): self = .mcpTool(McpToolConfirmation(value))
        case .askUser(let value): self = .askUser(AskUserConfirmation(value))
        case .exitSpecMode(let value): self = .exitSpecMode(SpecConfirmation(value))
        case .proposeMission(let value): self = .proposeMission(MissionProposal(value))
        case .startMissionRun(let value): self = .startMissionRun(MissionRunConfirmation(value))
        case .sandboxViolation(let value): self = .sandboxViolation(SandboxConfirmation(value))
        case .droidShieldViolation(let value): self = .droidShieldViolation(ShieldConfirmation(value))
        case .unknown(let value0, let value1): self = .unknown(ToolConfirmationType(value0), JSONMembers(value1))
        }
    }
}
