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
    /// Known once a command has run at this level.
    package var wall: SessionWall?

    package init(
        model: String? = nil, effort: ReasoningEffort? = nil, autonomy: AutonomyLevel = .off, labels: [SessionLabel] = [],
        systemPromptAddition: String? = nil, workingDirectory: String? = nil, tools: ToolSelection = .usual,
        wall: SessionWall? = nil
    ) {
        self.model = model
        self.effort = effort
        self.autonomy = autonomy
        self.labels = labels
        self.systemPromptAddition = systemPromptAddition
        self.workingDirectory = workingDirectory
        self.tools = tools
        self.wall = wall
    }
}
