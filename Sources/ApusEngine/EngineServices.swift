package import ApusBase
package import ApusCore

/// Everything the engine is handed.
package struct EngineServices: Sendable {
    package var log: any EventLog
    package var index: any SessionIndex
    /// Where the bytes are that facts refer to.
    package var blobs: any BlobStore
    package var models: any ModelSource
    package var tools: any ToolSource
    package var policy: any AccessPolicy
    package var instructions: any InstructionSource
    package var time: any TimeSource
    /// What a policy needs to know about a working directory.
    package var workspace: @Sendable (String) -> WorkspaceScope
    /// What the calls of a session may reach at a level, in a working directory; `nil` for no bound.
    package var confinement: @Sendable (SessionID, String, AutonomyLevel) -> Confinement?
    /// Says that a turn works in a directory, so that nobody takes it away meanwhile. What it returns is called when the turn has ended.
    package var occupy: @Sendable (String) async -> @Sendable () -> Void
    /// A number in 0..<1 that spreads retries.
    package var chance: @Sendable () -> Double
    /// Replaces known secret values before a result becomes an event.
    package var redaction: Redaction
    /// Looks after processes that outlive runs.
    package var processes: any BackgroundProcesses
    package var skills: any SkillSource
    /// What prompts that begin with `/name` stand for.
    package var commands: any PromptCommands
    /// Hears of every session that came to rest.
    package var exports: (any SessionExport)?
    /// Keeps files before they are changed; `nil` keeps none, and a rewind brings none back.
    package var files: (any FileKeeping)?
    /// Kinds of subagents, and what the settings say about them.
    package var subagents: any SubagentCatalogue
    package var subagentSetting: SubagentSetting
    /// No answer to a permission request raises a session above it.
    package var maximumAutonomy: AutonomyLevel
    /// Whether turns that a dead process left waiting for an answer go on here. Not where nobody could be asked: a headless run leaves
    /// them to the process that can.
    package var resumesTurns: Bool
    /// How such a process goes on with turns that ran when theirs died; `nil` ends them. Where turns do not go on it says which are left to
    /// others.
    package var takeOver: TakeOverRules?
    package var compaction: CompactionRules
    /// What people want run around turns and calls.
    package var hooks: any HookRunner

    package init(
        log: any EventLog, index: any SessionIndex, blobs: any BlobStore, models: any ModelSource, tools: any ToolSource,
        policy: any AccessPolicy, instructions: any InstructionSource, time: any TimeSource,
        workspace: @escaping @Sendable (String) -> WorkspaceScope,
        confinement: @escaping @Sendable (SessionID, String, AutonomyLevel) -> Confinement? = { _, _, _ in nil },
        chance: @escaping @Sendable () -> Double = { .random(in: 0..<1) }, redaction: Redaction = .none,
        skills: any SkillSource = NoSkills(), commands: any PromptCommands = NoSkills(),
        processes: any BackgroundProcesses = NoBackgroundProcesses(), exports: (any SessionExport)? = nil, files: (any FileKeeping)? = nil,
        subagents: any SubagentCatalogue = NoSubagents(), subagentSetting: SubagentSetting = SubagentSetting(),
        maximumAutonomy: AutonomyLevel = .unrestricted,
        resumesTurns: Bool = false, takeOver: TakeOverRules? = nil, compaction: CompactionRules = CompactionRules(),
        hooks: any HookRunner = NoHooks(),
        occupy: @escaping @Sendable (String) async -> @Sendable () -> Void = { _ in {} }
    ) {
        self.log = log
        self.index = index
        self.blobs = blobs
        self.models = models
        self.tools = tools
        self.policy = policy
        self.instructions = instructions
        self.time = time
        self.workspace = workspace
        self.confinement = confinement
        self.chance = chance
        self.redaction = redaction
        self.processes = processes
        self.skills = skills
        self.commands = commands
        self.exports = exports
        self.files = files
        self.subagents = subagents
        self.subagentSetting = subagentSetting
        self.maximumAutonomy = maximumAutonomy
        self.resumesTurns = resumesTurns
        self.takeOver = takeOver
        self.compaction = compaction
        self.hooks = hooks
        self.occupy = occupy
    }
}
