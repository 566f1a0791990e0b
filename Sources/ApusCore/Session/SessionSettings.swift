package import ApusBase

/// How hard a reasoning model may think. The wire words of the droid protocol.
package enum ReasoningEffort: String, Hashable, Sendable, CaseIterable {
    case off, none, minimal, low, medium, high, xhigh, max, dynamic
}

/// A label on a session, with optional string facts.
package struct SessionLabel: Hashable, Sendable {
    package var name: String
    package var metadata: [String: String]

    package init(name: String, metadata: [String: String] = [:]) {
        self.name = name
        self.metadata = metadata
    }
}

/// Which layers of the wall stood around the last command, by their names.
package struct SessionWall: Hashable, Sendable {
    package var layers: [String]
    /// Asked for, and not to be had on this kernel.
    package var missing: [String]

    package init(layers: [String], missing: [String] = []) {
        self.layers = layers
        self.missing = missing
    }
}

/// How a session treats a prompt. The wire words of the droid protocol.
package enum InteractionMode: String, Hashable, Sendable, CaseIterable {
    /// The agent does what it was asked.
    case auto
    /// The agent plans and changes nothing.
    case spec
    /// Accepted, kept and echoed; works as `auto`.
    case agi
}

/// The four lists of tool ids as a client sent them, to be told again; what they come to is in ``SessionSettings/tools``.
package struct RequestedTools: Hashable, Sendable {
    package var enabled: [String]?
    package var disabled: [String]?
    package var additional: [String]?
    package var restricted: [String]?

    package init(enabled: [String]? = nil, disabled: [String]? = nil, additional: [String]? = nil, restricted: [String]? = nil) {
        self.enabled = enabled
        self.disabled = disabled
        self.additional = additional
        self.restricted = restricted
    }

    package static let none = RequestedTools()
}

/// What a client may change about a session while it lives.
package struct SessionSettings: Hashable, Sendable {
    /// The canonical model id; `nil` means the default at the time of the turn.
    package var model: String?
    package var effort: ReasoningEffort?
    package var autonomy: AutonomyLevel {
        didSet { if autonomy != oldValue { wall = nil } }
    }
    package var labels: [SessionLabel]
    /// Text put at the end of the system prompt.
    package var systemPromptAddition: String?
    /// Where turns run, when that is not the header's working directory: a session resumed elsewhere.
    package var workingDirectory: String?
    package var tools: ToolSelection
    package var requestedTools: RequestedTools
    package var interaction: InteractionMode
    /// The model that plans in spec mode; `nil` means the session's own.
    package var specModel: String?
    package var specEffort: ReasoningEffort?
    /// Stands in place of our own system prompt; `systemPromptAddition` still comes behind it.
    package var systemPrompt: String?
    /// Calls that need an approval are refused, and the model is told: nobody is to be asked in this session.
    package var refusesApprovals: Bool
    /// The skills that come with Apus are not there.
    package var disablesBuiltinSkills: Bool
    /// Where the session comes from, as its client said it; for lists and reports only.
    package var attribution: JSONValue?
    /// Known once a command has run at this level.
    package var wall: SessionWall?
    package var compaction = CompactionWish.none

    package init(
        model: String? = nil, effort: ReasoningEffort? = nil, autonomy: AutonomyLevel = .off, labels: [SessionLabel] = [],
        systemPromptAddition: String? = nil, workingDirectory: String? = nil, tools: ToolSelection = .usual,
        requestedTools: RequestedTools = .none, interaction: InteractionMode = .auto, specModel: String? = nil,
        specEffort: ReasoningEffort? = nil, systemPrompt: String? = nil, refusesApprovals: Bool = false,
        disablesBuiltinSkills: Bool = false, attribution: JSONValue? = nil, wall: SessionWall? = nil
    ) {
        self.model = model
        self.effort = effort
        self.autonomy = autonomy
        self.labels = labels
        self.systemPromptAddition = systemPromptAddition
        self.workingDirectory = workingDirectory
        self.tools = tools
        self.requestedTools = requestedTools
        self.interaction = interaction
        self.specModel = specModel
        self.specEffort = specEffort
        self.systemPrompt = systemPrompt
        self.refusesApprovals = refusesApprovals
        self.disablesBuiltinSkills = disablesBuiltinSkills
        self.attribution = attribution
        self.wall = wall
    }
}
