/// Whose skills and commands are asked for.
package struct SkillScope: Hashable, Sendable {
    /// Absolute, links resolved.
    package var workingDirectory: String
    /// Whether the skills that come with Apus count.
    package var includesBuiltin: Bool

    package init(workingDirectory: String, includesBuiltin: Bool = true) {
        self.workingDirectory = workingDirectory
        self.includesBuiltin = includesBuiltin
    }
}

/// Who wants a skill: some are for people only.
package enum SkillCaller: Hashable, Sendable {
    case model, user
}

extension SessionState {
    /// Whose skills and commands this session has.
    package var skillScope: SkillScope { SkillScope(workingDirectory: directory, includesBuiltin: !settings.disablesBuiltinSkills) }
}

/// Skills as sessions use them (`droid-exec.md` §5.7): only what is enabled, trusted and can be read. Reading runs nothing.
package protocol SkillSource: Sendable {
    /// Names and descriptions of those that a model may load, read anew and bounded by the source; `nil` when there is none.
    func listing(for scope: SkillScope) async -> ContextNote?

    /// Those that can be loaded, with what `listing` says of each, read anew.
    func offers(for scope: SkillScope) async -> [SkillOffer]

    /// Whether there is one that a model may load, by what was read last for the same folder.
    func hasSkills(for scope: SkillScope) async -> Bool

    /// The text of one, with where its files are. Throws a sentence for the model.
    func text(
        ofSkill name: String, arguments: String?, wantedBy caller: SkillCaller, for scope: SkillScope
    ) async throws(ExtensionError) -> String
}

/// One skill that can be loaded.
package struct SkillOffer: Hashable, Sendable {
    package var name: String
    package var location: ListedSkill.Location
    /// What a list for the model says of it; empty when it is for people only, or the list had no room.
    package var line: String

    package init(name: String, location: ListedSkill.Location, line: String) {
        self.name = name
        self.location = location
        self.line = line
    }
}

/// What prompts that begin with `/name` stand for (`droid-exec.md` §5.8).
package protocol PromptCommands: Sendable {
    /// Reads files, runs nothing.
    func expansion(of prompt: String, for scope: SkillScope) async -> PromptExpansion

    /// Runs a program behind `confinement`. Cancelling ends it with everything it started.
    func run(_ program: CommandProgram, in workingDirectory: String, confinement: Confinement?) async -> CommandRun
}

/// What came of a command that is a program.
package struct CommandRun: Hashable, Sendable {
    /// As of a call of Execute: ``ToolOutcome/Status/notRun`` says that nothing was started.
    package var status: ToolOutcome.Status
    /// What it wrote, for the model.
    package var note: ContextNote

    package init(_ status: ToolOutcome.Status, _ note: ContextNote) {
        self.status = status
        self.note = note
    }
}

package enum PromptExpansion: Hashable, Sendable {
    /// A prompt like any other, also when it begins with a slash.
    case none
    /// Told to the model right before the prompt.
    case text(ContextNote)
    case program(CommandProgram)
}

/// A command that is a program, as it was when it was looked at.
package struct CommandProgram: Hashable, Sendable {
    package var name: String
    /// Absolute.
    package var path: String
    package var arguments: [String]
    /// All of it as a shell would have to be told, for the policy.
    package var commandLine: String
    /// Its bytes as text, cut.
    package var script: String
    /// The user's own, and not a project's.
    package var isPersonal: Bool
    /// The bytes that somebody has trusted: they run, whatever is at the path by then. `nil` for the user's own, which nobody checks.
    package var checked: [UInt8]?

    package init(
        name: String, path: String, arguments: [String], commandLine: String, script: String, isPersonal: Bool, checked: [UInt8]? = nil
    ) {
        self.name = name
        self.path = path
        self.arguments = arguments
        self.commandLine = commandLine
        self.script = script
        self.isPersonal = isPersonal
        self.checked = checked
    }
}

/// For houses without skills and commands.
package struct NoSkills: SkillSource, PromptCommands {
    package init() {}
    package func listing(for scope: SkillScope) async -> ContextNote? { nil }
    package func offers(for scope: SkillScope) async -> [SkillOffer] { [] }
    package func hasSkills(for scope: SkillScope) async -> Bool { false }
    package func text(
        ofSkill name: String, arguments: String?, wantedBy caller: SkillCaller, for scope: SkillScope
    ) async throws(ExtensionError) -> String {
        throw ExtensionError("There are no skills here.")
    }
    package func expansion(of prompt: String, for scope: SkillScope) async -> PromptExpansion { .none }
    package func run(_ program: CommandProgram, in workingDirectory: String, confinement: Confinement?) async -> CommandRun {
        CommandRun(.notRun, ContextNote(source: "command:" + program.name, text: "There are no commands here."))
    }
}
