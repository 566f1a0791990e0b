package import ApusCore

/// What all layers together say. Every value remembers the file it came from.
package struct Settings: Hashable, Sendable {
    /// The default model, as written; whether it exists is the resolver's question.
    package var model: Sourced<String>?
    package var reasoningEffort: Sourced<ReasoningEffort>?
    /// Strongest layer first; the place in the list is the index of the id.
    package var customModels: [ModelSlot]
    /// Bound of one request to a model, in milliseconds.
    package var requestTimeoutMilliseconds: Sourced<Int>?
    /// The highest level a run may have; `high` restricts nothing.
    package var maximumAutonomy: Sourced<AutonomyLevel>?
    /// The last line of `stream-json`: `auto`, `completion`, `result` or `both`.
    package var streamJSONTerminal: Sourced<String>?
    /// The model of the plan phase, and its effort.
    package var planModel: Sourced<String>?
    package var planEffort: Sourced<ReasoningEffort>?
    /// Where approved plans are saved, as written.
    package var planFolder: Sourced<String>?
    /// Union of all layers, each text once.
    package var commandAllowlist: [Sourced<String>]
    package var commandDenylist: [Sourced<String>]
    package var commandBlocklist: [Sourced<String>]
    /// What commands may reach less than their level allows.
    package var sandbox = SandboxSetting()
    /// Whether sessions are written to files of the original's form too; `nil` lets the way we were called decide.
    package var writesSessionFiles: Sourced<Bool>?
    /// Bound of one MCP call between two signs of life, in milliseconds.
    package var serverCallMilliseconds: Sourced<Int>?
    /// Which MCP servers may be connected to; `nil` allows all.
    package var serverPolicy: ServerPolicy?
    /// Levels of MCP tools.
    package var serverAutonomy = ServerAutonomy()
    /// Whether commits name the agent as co-author; `nil` means the default, yes.
    package var includesCoAuthor: Sourced<Bool>?
    /// When conversations are shortened, in tokens of a request.
    package var compactionTokenLimit: Sourced<Int>?
    /// The same for single models, by id or display name.
    package var compactionTokenLimitPerModel: [String: Int] = [:]
    /// The model that writes summaries; `nil` means the session's own.
    package var compactionModel: Sourced<String>?
    /// Whether people see what hooks print; `nil` means no.
    package var showsHookOutput: Sourced<Bool>?
    /// Whether a daemon goes on with turns whose daemon was killed; `nil` means the default, yes.
    package var resumesTurns: Sourced<Bool>?
    /// Where worktrees are made, as written; `nil` means beside the repository.
    package var worktreeDirectory: Sourced<String>?
    /// `nil` when there is none: then there is no WebSearch.
    package var webSearch: WebSearchEntry?
    package var subagents = SubagentSettings()
    /// Files that were read, strongest first.
    package var sources: [SettingsSource]
    /// One sentence each, for stderr: files that were skipped, values that were ignored.
    package var warnings: [String]
    /// What only a person looking for it wants to hear: keys that another product's files have and we do not know.
    package var notes: [String]

    package init() {
        customModels = []
        commandAllowlist = []
        commandDenylist = []
        commandBlocklist = []
        sources = []
        warnings = []
        notes = []
    }

    /// The readable entries, in order.
    package var modelEntries: [ModelEntry] { customModels.compactMap(\.entry) }
}
