import DroidWire

public struct MissionProposal: Sendable, Hashable {
    public var proposal: String
    public var title: String?

    public init(proposal: String, title: String? = nil) {
        self.proposal = proposal
        self.title = title
    }
}

extension MissionProposal {
    init(_ wire: DroidWire.DroidMissionProposal) {
        self.init(proposal: wire.proposal, title: wire.title)
    }
}

public struct MissionRunConfirmation: Sendable, Hashable {
    public var runningMissionCount: Int
    public var runningMissionSessionIds: [String]

    public init(runningMissionCount: Int, runningMissionSessionIds: [String]) {
        self.runningMissionCount = runningMissionCount
        self.runningMissionSessionIds = runningMissionSessionIds
    }
}

extension MissionRunConfirmation {
    init(_ wire: DroidWire.DroidMissionRunConfirmation) {
        self.init(runningMissionCount: wire.runningMissionCount, runningMissionSessionIds: wire.runningMissionSessionIds)
    }
}

public struct SandboxConfirmation: Sendable, Hashable {
    public var violatingToolName: String
    public var target: String
    public var operationType: SandboxOperation
    public var violationType: SandboxViolation
    public var reason: String
    public var isOrgDeny: Bool
    public var violationReason: SandboxViolationReason?

    public init(
        violatingToolName: String, target: String, operationType: SandboxOperation, violationType: SandboxViolation, reason: String,
        isOrgDeny: Bool
    ) {
        self.violatingToolName = violatingToolName
        self.target = target
        self.operationType = operationType
        self.violationType = violationType
        self.reason = reason
        self.isOrgDeny = isOrgDeny
    }
}

extension SandboxConfirmation {
    init(_ wire: DroidWire.DroidSandboxConfirmation) {
        self.init(
            violatingToolName: wire.violatingToolName, target: wire.target, operationType: SandboxOperation(wire.operationType),
            violationType: SandboxViolation(wire.violationType), reason: wire.reason, isOrgDeny: wire.isOrgDeny)
        violationReason = wire.violationReason.map(SandboxViolationReason.init)
    }
}

public struct ShieldConfirmation: Sendable, Hashable {
    public var command: String
    public var reason: String

    public init(command: String, reason: String) {
        self.command = command
        self.reason = reason
    }
}

extension ShieldConfirmation {
    init(_ wire: DroidWire.DroidShieldConfirmation) {
        self.init(command: wire.command, reason: wire.reason)
    }
}

/// The plan with which specification mode is left.
public struct SpecConfirmation: Sendable, Hashable {
    public var plan: String
    public var title: String?
    public var optionNames: [String]?

    public init(plan: String, title: String? = nil, optionNames: [String]? = nil) {
        self.plan = plan
        self.title = title
        self.optionNames = optionNames
    }
}

extension SpecConfirmation {
    init(_ wire: DroidWire.DroidSpecConfirmation) {
        self.init(plan: wire.plan, title: wire.title, optionNames: wire.optionNames)
    }
}
