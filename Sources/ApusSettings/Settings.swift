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
    /// Union of all layers, each text once.
    package var commandAllowlist: [Sourced<String>]
    package var commandDenylist: [Sourced<String>]
    package var commandBlocklist: [Sourced<String>]
    /// What commands may reach less than their level allows.
    package var sandbox = SandboxSetting()
    /// Whether sessions are written to files of the original's form too; `nil` lets the way we were called decide.
    package var writesSessionFiles: Sourced<Bool>?
    /// Whether commits name the agent as co-author; `nil` means the default, yes.
    package var includesCoAuthor: Sourced<Bool>?
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
