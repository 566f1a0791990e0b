import DroidWire

public struct CommandInfo: Sendable, Hashable {
    public var name: String
    public var description: String
    public var argumentHint: String?
    public var isExecutable: Bool?

    public init(name: String, description: String, argumentHint: String? = nil, isExecutable: Bool? = nil) {
        self.name = name
        self.description = description
        self.argumentHint = argumentHint
        self.isExecutable = isExecutable
    }
}

extension CommandInfo {
    init(_ wire: DroidWire.DroidCommandInfo) {
        self.init(name: wire.name, description: wire.description, argumentHint: wire.argumentHint, isExecutable: wire.isExecutable)
    }
}

public struct SkillInfo: Sendable, Hashable {
    public var name: String
    public var location: SkillLocation
    public var filePath: String
    public var description: String?
    public var enabled: Bool?
    public var userInvocable: Bool?
    public var version: String?
    public var content: String?
    public var resources: [SkillResource]?
    public var disabledBy: JSONMembers?

    public init(name: String, location: SkillLocation, filePath: String) {
        self.name = name
        self.location = location
        self.filePath = filePath
    }
}

extension SkillInfo {
    init(_ wire: DroidWire.DroidSkillInfo) {
        self.init(name: wire.name, location: SkillLocation(wire.location), filePath: wire.filePath)
        description = wire.description
        enabled = wire.enabled
        userInvocable = wire.userInvocable
        version = wire.version
        content = wire.content
        resources = wire.resources?.map(SkillResource.init)
        disabledBy = wire.disabledBy.map(JSONMembers.init)
    }
}

public struct SkillResource: Sendable, Hashable {
    public var name: String
    public var path: String
    public var type: SkillResourceType

    public init(name: String, path: String, type: SkillResourceType) {
        self.name = name
        self.path = path
        self.type = type
    }
}

extension SkillResource {
    init(_ wire: DroidWire.DroidSkillResource) {
        self.init(name: wire.name, path: wire.path, type: SkillResourceType(wire.type))
    }
}

public struct ListCommandsParams: Sendable, Hashable {

    public init() {}
}

extension ListCommandsParams {
    var wire: DroidWire.ListCommandsParams {
        DroidWire.ListCommandsParams()
    }
}

public struct ListCommandsResult: Sendable, Hashable {
    public var commands: [CommandInfo]

    public init(commands: [CommandInfo]) {
        self.commands = commands
    }
}

extension ListCommandsResult {
    init(_ wire: DroidWire.ListCommandsResult) {
        self.init(commands: wire.commands.map(CommandInfo.init))
    }
}

public struct ListSkillsParams: Sendable, Hashable {

    public init() {}
}

extension ListSkillsParams {
    var wire: DroidWire.ListSkillsParams {
        DroidWire.ListSkillsParams()
    }
}

public struct ListSkillsResult: Sendable, Hashable {
    public var skills: [SkillInfo]
    public var projectAvailable: Bool?

    public init(skills: [SkillInfo], projectAvailable: Bool? = nil) {
        self.skills = skills
        self.projectAvailable = projectAvailable
    }
}

extension ListSkillsResult {
    init(_ wire: DroidWire.ListSkillsResult) {
        self.init(skills: wire.skills.map(SkillInfo.init), projectAvailable: wire.projectAvailable)
    }
}

public struct SetSkillDisabledParams: Sendable, Hashable {
    public var skillName: String
    public var disabled: Bool
    public var settingsLevel: SkillSettingsLevel?

    public init(skillName: String, disabled: Bool, settingsLevel: SkillSettingsLevel? = nil) {
        self.skillName = skillName
        self.disabled = disabled
        self.settingsLevel = settingsLevel
    }
}

extension SetSkillDisabledParams {
    var wire: DroidWire.SetSkillDisabledParams {
        DroidWire.SetSkillDisabledParams(skillName: skillName, disabled: disabled, settingsLevel: settingsLevel.map(\.wire))
    }
}
