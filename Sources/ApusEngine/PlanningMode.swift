import ApusCore

/// Spec mode: the agent looks and plans, and changes nothing, whatever the session's level is.
enum PlanningMode {
    static let source = "interaction mode"

    /// What the model is told, and told again when it is over; `nil` when it has never planned.
    /// - Parameter handsIn: The model may end the planning, with the tool that hands a plan in.
    static func note(for settings: SessionSettings, handsIn: Bool, told: String?) -> ContextNote? {
        if settings.isPlanning { return ContextNote(source: source, text: planning + (handsIn ? " " + handingIn : "")) }
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
    private static let handingIn = """
        Hand the plan in with \(Plan.tool), alone in its response; when it is approved you will be told to carry it out.
        """
    private static let over = "Planning is over: you may change things again, as far as the session's autonomy level permits."
}

extension SessionState {
    /// What calls may do without being asked about.
    var level: AutonomyLevel { settingsOfTurn.isPlanning ? .off : ownLevel }

    /// Looking something up changes nothing here, so the session's own level decides about that also while it plans (`droid-exec.md` §6.1).
    var fetchLevel: AutonomyLevel { settingsOfTurn.isPlanning ? min(ownLevel, .low) : ownLevel }

    func level(for request: AccessRequest) -> AutonomyLevel {
        if case .fetch = request.action { fetchLevel } else { level }
    }

    private var ownLevel: AutonomyLevel { min(settingsOfTurn.autonomy, running?.input.origin.maximumAutonomy ?? .unrestricted) }

    /// Those of the session, but for what the running turn has of its own.
    var settingsOfTurn: SessionSettings { running?.input.overrides.applied(to: settings) ?? settings }

    /// As it was when the calls of the last response were judged: the approval of a plan among them has ended the planning, and the others
    /// were made before that.
    var asJudged: SessionState {
        guard let running, running.input.overrides.interaction == nil, let response = lastResponse, response.turn == running.input.turn,
            let call = response.calls.first(where: { $0.name == Plan.tool && response.outcome(of: $0.id) == nil }),
            let name = approval(of: call.id, in: response.message), decision(name.id)?.choice.permits == true
        else { return self }
        var state = self
        state.settings.interaction = .spec
        return state
    }
}
