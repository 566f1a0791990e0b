/// The custom droids of a place, and the built-in ones. `ApusExtensions` conforms.
package protocol SubagentCatalogue: Sendable {
    /// What there is for a working directory; of droids of one name the strongest: project, then user, then built-in. Read anew with each
    /// call; files that cannot be used are told, and are not there.
    func subagents(for workingDirectory: String) async -> SubagentList
}

package struct SubagentList: Hashable, Sendable {
    /// By name.
    package var profiles: [SubagentProfile]
    /// One sentence for each file that was not loaded.
    package var problems: [String]

    package init(_ profiles: [SubagentProfile], problems: [String] = []) {
        self.profiles = profiles
        self.problems = problems
    }

    package subscript(_ name: String) -> SubagentProfile? { profiles.first { $0.name == name } }
}

/// A kind of agent (`droid-exec.md` §5.9): a system prompt with a choice of model and tools.
package struct SubagentProfile: Hashable, Sendable {
    package enum Location: String, Hashable, Sendable, CaseIterable {
        case project, personal, builtin
    }

    /// The name of the one that only looks around: all that spec mode allows.
    package static let explorer = "explorer"

    package var name: String
    package var summary: String
    /// The system prompt.
    package var prompt: String
    /// As written; `nil` takes the parent's.
    package var model: String?
    /// Counts only with a model of its own.
    package var effort: ReasoningEffort?
    /// Narrows what the parent has; never adds a tool that the parent may not use.
    package var tools: ToolSelection
    /// Where the request names none.
    package var complexity: ChildRequest.Complexity?
    package var location: Location
    /// Of its file; `nil` for built-in ones.
    package var path: String?

    package init(
        name: String, summary: String, prompt: String, model: String? = nil, effort: ReasoningEffort? = nil,
        tools: ToolSelection = .usual, complexity: ChildRequest.Complexity? = nil, location: Location, path: String? = nil
    ) {
        self.name = name
        self.summary = summary
        self.prompt = prompt
        self.model = model
        self.effort = effort
        self.tools = tools
        self.complexity = complexity
        self.location = location
        self.path = path
    }

    /// For a list that a model reads.
    package var line: String { "- \(name): \(summary.isEmpty ? "(no description)" : summary)" }
}

package struct NoSubagents: SubagentCatalogue {
    package init() {}
    package func subagents(for workingDirectory: String) async -> SubagentList { SubagentList([]) }
}

/// What the settings say about subagents.
package struct SubagentSetting: Hashable, Sendable {
    package struct Tier: Hashable, Sendable {
        /// `nil` takes the parent's.
        package var model: String?
        package var effort: ReasoningEffort?

        package init(model: String? = nil, effort: ReasoningEffort? = nil) {
            self.model = model
            self.effort = effort
        }
    }

    /// `nil` gives a subagent its parent's level; any other is lowered to that.
    package var autonomy: AutonomyLevel?
    package var tiers: [ChildRequest.Complexity: Tier]
    /// A subagent from which nothing is heard for so long is ended.
    package var inactivityLimit: Duration
    /// How many run for one session at a time.
    package var parallelLimit: Int

    package init(
        autonomy: AutonomyLevel? = nil, tiers: [ChildRequest.Complexity: Tier] = [:], inactivityLimit: Duration = .seconds(600),
        parallelLimit: Int = 16
    ) {
        self.autonomy = autonomy
        self.tiers = tiers
        self.inactivityLimit = inactivityLimit
        self.parallelLimit = parallelLimit
    }
}
