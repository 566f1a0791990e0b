import ApusBase
package import ApusCore

/// `subagentAutonomyLevel`, `subagentModelSettings`, `subagentInactivityTimeout` and `exec.strictTaskGate` (`droid-exec.md` §5.3).
package struct SubagentSettings: Hashable, Sendable {
    package var setting = SubagentSetting()
    /// Whether a session at any level may begin subagents; otherwise only one at `high`.
    package var startsAtEveryLevel = false

    package init() {}

    /// - Parameter models: The objects of all layers, strongest first; members of one stand before those of the next.
    init(autonomy: String?, models: [JSONValue], isGateStrict: Bool?, inactivityMilliseconds: Int64?) {
        // "inherit" is no level.
        setting.autonomy = autonomy.flatMap { AutonomyLevel(rawValue: $0) }
        startsAtEveryLevel = isGateStrict == false
        if let inactivityMilliseconds { setting.inactivityLimit = .milliseconds(inactivityMilliseconds) }
        func word(_ name: String) -> String? {
            models.lazy.compactMap { $0[name]?.stringValue }.first.flatMap { $0 == "inherit" || $0.isEmpty ? nil : $0 }
        }
        for complexity in ChildRequest.Complexity.allCases {
            let tier = SubagentSetting.Tier(
                model: word(complexity.rawValue + "Model"),
                effort: word(complexity.rawValue + "ReasoningEffort").flatMap { ReasoningEffort(rawValue: $0) })
            if tier != SubagentSetting.Tier() { setting.tiers[complexity] = tier }
        }
    }
}
