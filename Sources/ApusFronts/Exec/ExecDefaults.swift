package import ApusCore

/// What settings say about every headless run.
package struct ExecDefaults: Hashable, Sendable {
    /// The last line of `stream-json` (`droid-exec.md` §2.4).
    package enum StreamTerminal: String, Hashable, Sendable, CaseIterable {
        /// `completion` after success, `result` after failure.
        case automatic = "auto"
        case completion, result
        /// `completion`, then `result`.
        case both
    }

    package var streamTerminal: StreamTerminal
    /// No run gets more, whatever its flags say.
    package var maximumAutonomy: AutonomyLevel
    /// Whether people see what hooks print.
    package var showsHookOutput: Bool
    package var planner: PlannerDefaults

    package init(
        streamTerminal: StreamTerminal = .automatic, maximumAutonomy: AutonomyLevel = .unrestricted, showsHookOutput: Bool = false,
        planner: PlannerDefaults = .none
    ) {
        self.streamTerminal = streamTerminal
        self.maximumAutonomy = maximumAutonomy
        self.showsHookOutput = showsHookOutput
        self.planner = planner
    }
}
