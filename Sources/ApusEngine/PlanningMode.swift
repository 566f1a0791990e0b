import ApusCore

/// Spec mode: the agent looks and plans, and changes nothing, whatever the session's level is.
enum PlanningMode {
    static let source = "interaction mode"

    /// What the model is told, and told again when it is over; `nil` when it has never planned.
    static func note(for settings: SessionSettings, told: String?) -> ContextNote? {
        if settings.isPlanning { return ContextNote(source: source, text: planning) }
        return told == nil ? nil : ContextNote(source: source, text: over)
    }

    /// In place of running a call that does more than read.
    static func refusal(_ reason: String) -> String {
        "Error: not permitted while you are planning: \(reason). Only read now, and put this into the plan."
    }

    private static let planning = """
        You are planning. Look at whatever you need, but change nothing: calls that do more than read are refused. End with a \
        plan: what is to be done, in which files, in which order, and how it is checked.
        """
    private static let over = "Planning is over: you may change things again, as far as the session's autonomy level permits."
}

extension SessionSettings {
    var isPlanning: Bool { interaction == .spec }
    var modelOfTurn: String? { isPlanning ? specModel ?? model : model }
    var effortOfTurn: ReasoningEffort? { isPlanning ? specEffort ?? effort : effort }
}

extension SessionState {
    /// What calls may do without being asked about.
    var level: AutonomyLevel {
        let settings = settingsOfTurn
        return settings.isPlanning ? .off : min(settings.autonomy, running?.input.origin.maximumAutonomy ?? .unrestricted)
    }

    /// Those of the session, but for what the running turn has of its own.
    var settingsOfTurn: SessionSettings { running?.input.overrides.applied(to: settings) ?? settings }
}
