package import ApusCore

/// Decides from the autonomy level alone what may run.
///
/// For commands this is the strict stand-in that comes before a shell parser: below `high` only commands that `PlainCommand` proves
/// to read run, and nothing is believed of what the model says about them.
package struct AutonomyPolicy: AccessPolicy {
    package init() {}

    package func decide(_ request: AccessRequest, at level: AutonomyLevel, in workspace: WorkspaceScope) -> AccessDecision {
        if level == .unrestricted { return .allow(rule: "unrestricted") }
        switch request.action {
        case .session: return .allow(rule: "session")
        case .read: return .allow(rule: "read")
        case .write(let paths): return decideWrite(paths, level, workspace)
        case .fetch:
            if level >= .low { return .allow(rule: "fetch") }
            return .ask(required: .low, rule: "fetch", reason: "getting something from the network")
        case .command(let command, let declaredRisk):
            let decision = decideCommand(command, declaredRisk, level, workspace)
            // Whatever it does, it goes on doing it when nobody looks (`droid-exec.md` §3.5, rule 8).
            if request.outlivesRun, level < .medium, case .allow = decision {
                return .ask(required: .medium, rule: "command.background", reason: "a command that outlives the run")
            }
            return decision
        }
    }

    private func decideWrite(_ paths: [String], _ level: AutonomyLevel, _ workspace: WorkspaceScope) -> AccessDecision {
        let requirements = paths.map { (path: $0, requirement: PathScope.requirement(forWriting: $0, in: workspace)) }
        guard let hardest = requirements.max(by: { $0.requirement.level < $1.requirement.level }) else { return .allow(rule: "write") }
        if hardest.requirement.level <= level { return .allow(rule: "write.\(hardest.requirement.place.rawValue)") }
        return .ask(
            required: hardest.requirement.level, rule: "write.\(hardest.requirement.place.rawValue)",
            reason: "writing \(hardest.path) (\(hardest.requirement.place.words))")
    }

    private func decideCommand(
        _ command: String, _ declaredRisk: String, _ level: AutonomyLevel, _ workspace: WorkspaceScope
    ) -> AccessDecision {
        switch PlainCommand.judge(command, repositoryRunsPrograms: workspace.repositoryRunsPrograms) {
        case .reads where declaredRisk != "high" || level >= .high: return .allow(rule: "command.reads")
        case .reads:
            return .ask(required: .high, rule: "command.declared", reason: "the model itself calls this command high risk")
        case .unknown(let why):
            if level >= .high { return .allow(rule: "command.high") }
            return .ask(required: .high, rule: "command.unknown", reason: why)
        }
    }
}
