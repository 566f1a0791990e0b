package import ApusBase

package struct ListSkillsParams: DroidOpenRecord, DroidParams {
    package typealias Result = ListSkillsResult
    package static let method = DroidMethod.listSkills

    package init() {}

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {}
}

package struct ListSkillsResult: DroidRecord {
    package var skills: [DroidSkillInfo]
    package var projectAvailable: Bool?

    package init(skills: [DroidSkillInfo], projectAvailable: Bool? = nil) {
        self.skills = skills
        self.projectAvailable = projectAvailable
    }

    package init(blank: DroidBlank) { self.init(skills: []) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("skills", &skills)
        try members.optional("projectAvailable", &projectAvailable)
    }
}

package struct DroidSkillInfo: DroidRecord {
    package var name: String
    package var location: DroidSkillLocation
    package var filePath: String
    package var description: String?
    package var enabled: Bool?
    package var userInvocable: Bool?
    package var version: String?
    package var content: String?
    package var resources: [DroidSkillResource]?
    package var disabledBy: JSONObject?

    package init(name: String, location: DroidSkillLocation, filePath: String) {
        self.name = name
        self.location = location
        self.filePath = filePath
    }

    package init(blank: DroidBlank) { self.init(name: "", location: DroidSkillLocation(blank: blank), filePath: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("name", &name)
        try members.required("location", &location)
        try members.required("filePath", &filePath)
        try members.optional("description", &description)
        try members.optional("enabled", &enabled)
        try members.optional("userInvocable", &userInvocable)
        try members.optional("version", &version)
        try members.optional("content", &content)
        try members.optional("resources", &resources)
        try members.optional("disabledBy", &disabledBy)
    }
}

package struct DroidSkillResource: DroidRecord {
    package var name: String
    package var path: String
    package var type: DroidSkillResourceType

    package init(name: String, path: String, type: DroidSkillResourceType) {
        self.name = name
        self.path = path
        self.type = type
    }

    package init(blank: DroidBlank) { self.init(name: "", path: "", type: DroidSkillResourceType(blank: blank)) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("name", &name)
        try members.required("path", &path)
        try members.required("type", &type)
    }
}

package struct SetSkillDisabledParams: DroidRecord, DroidParams {
    package typealias Result = DroidSuccess
    package static let method = DroidMethod.setSkillDisabled

    package var skillName: String
    package var disabled: Bool
    package var settingsLevel: DroidSkillSettingsLevel?

    package init(skillName: String, disabled: Bool, settingsLevel: DroidSkillSettingsLevel? = nil) {
        self.skillName = skillName
        self.disabled = disabled
        self.settingsLevel = settingsLevel
    }

    package init(blank: DroidBlank) { self.init(skillName: "", disabled: false) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("skillName", &skillName)
        try members.required("disabled", &disabled)
        try members.optional("settingsLevel", &settingsLevel)
    }
}

package struct ListCommandsParams: DroidOpenRecord, DroidParams {
    package typealias Result = ListCommandsResult
    package static let method = DroidMethod.listCommands

    package init() {}

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {}
}

package struct ListCommandsResult: DroidRecord {
    package var commands: [DroidCommandInfo]

    package init(commands: [DroidCommandInfo]) {
        self.commands = commands
    }

    package init(blank: DroidBlank) { self.init(commands: []) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("commands", &commands)
    }
}

package struct DroidCommandInfo: DroidRecord {
    package var name: String
    package var description: String
    package var argumentHint: String?
    package var isExecutable: Bool?

    package init(name: String, description: String, argumentHint: String? = nil, isExecutable: Bool? = nil) {
        self.name = name
        self.description = description
        self.argumentHint = argumentHint
        self.isExecutable = isExecutable
    }

    package init(blank: DroidBlank) { self.init(name: "", description: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("name", &name)
        try members.required("description", &description)
        try members.optional("argumentHint", &argumentHint)
        try members.optional("isExecutable", &isExecutable)
    }
}
