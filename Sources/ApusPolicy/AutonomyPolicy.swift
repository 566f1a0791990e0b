package import ApusCore

/// Decides from the autonomy level what may run: by the place of a write, and by what a parsed command could do
/// (`droid-exec.md` §3.3). The block list holds at every level, also when permissions are skipped; the deny list asks at every other.
package struct AutonomyPolicy: AccessPolicy {
    private let lists: CommandLists
    private let dialect: ShellDialect
    private let delegationLevel: AutonomyLevel

    /// - Parameters:
    ///   - lists: of the settings.
    ///   - dialect: the shell that commands are given to.
    ///   - delegationLevel: below it no subagent is begun (`droid-exec.md` §3.2).
    package init(lists: CommandLists = CommandLists(), dialect: ShellDialect = .bash, delegationLevel: AutonomyLevel = .high) {
        self.lists = lists
        self.dialect = dialect
        self.delegationLevel = delegationLevel
    }

    package func decide(_ request: AccessRequest, at level: AutonomyLevel, in workspace: WorkspaceScope) -> AccessDecision {
        switch request.action {
        case .command(let command, let declaredRisk):
            return decideCommand(command, declaredRisk, request.outlivesRun, level, workspace)
        // No matter of levels: whoever is asked decides, or the rule of the turn.
        case .plan: return .ask(required: nil, rule: "plan", reason: "carrying out a plan")
        case _ where level == .unrestricted: return .allow(rule: "unrestricted")
        case .session: return .allow(rule: "session")
        case .read: return .allow(rule: "read")
        case .write(let paths): return decideWrite(paths, level, workspace)
        case .serverCall(_, let claim): return decideServerCall(claim, level)
        case .delegate:
            if level >= delegationLevel { return .allow(rule: "delegate") }
            return .ask(required: delegationLevel, rule: "delegate", reason: "having a subagent work")
        case .fetch:
            if level >= .low { return .allow(rule: "fetch") }
            return .ask(required: .low, rule: "fetch", reason: "getting something from the network")
        }
    }

    private func decideServerCall(_ claim: ServerClaim, _ level: AutonomyLevel) -> AccessDecision {
        let rule = "server.\(claim.rawValue)"
        if claim.required <= level { return .allow(rule: rule) }
        let reason =
            switch claim {
            case .reads: "calling a server that says it only reads"
            case .adds: "calling a server that says it changes things and destroys nothing"
            case .destroys: "calling a server that does not say it destroys nothing"
            }
        return .ask(required: claim.required, rule: rule, reason: reason)
    }

    private func decideWrite(_ paths: [String], _ level: AutonomyLevel, _ workspace: WorkspaceScope) -> AccessDecision {
        let requirements = paths.map { (path: $0, requirement: PathScope.requirement(forWriting: $0, in: workspace)) }
        guard let hardest = requirements.max(by: { $0.requirement.level < $1.requirement.level }) else { return .allow(rule: "write") }
        if hardest.requirement.level <= level { return .allow(rule: "write.\(hardest.requirement.place.rawValue)") }
        return .ask(
            required: hardest.requirement.level, rule: "write.\(hardest.requirement.place.rawValue)",
            reason: "writing \(hardest.path) (\(hardest.requirement.place.words))")
    }

    // MARK: Commands

    private func decideCommand(
        _ command: String, _ declaredRisk: String, _ outlivesRun: Bool, _ level: AutonomyLevel, _ workspace: WorkspaceScope
    ) -> AccessDecision {
        decision(on: assess(command, in: workspace), declared: declaredRisk, outlivesRun: outlivesRun, at: level)
    }

    /// What the decision about a command rests on.
    package func assess(_ command: String, in workspace: WorkspaceScope) -> CommandAssessment {
        CommandJudge.assess(command, in: workspace, lists: lists, dialect: dialect)
    }

    /// - Parameter outlivesRun: whatever it does, it goes on doing it when nobody looks (`droid-exec.md` §3.5, rule 8).
    package func decision(
        on assessment: CommandAssessment, declared: String, outlivesRun: Bool = false, at level: AutonomyLevel
    ) -> AccessDecision {
        if let pattern = assessment.blocked { return .deny(rule: "list.block", reason: "Command blocked by policy: \(pattern)") }
        if level == .unrestricted { return .allow(rule: "unrestricted") }
        if let pattern = assessment.denied {
            return .ask(required: nil, rule: "list.deny", reason: "static: on the denylist by \"\(pattern)\", asked about at every level")
        }
        if assessment.allowed != nil, !outlivesRun { return .allow(rule: "list.allow") }
        let (tier, rule, reason) = assessment.effective(declared: declared)
        if outlivesRun, tier < .medium {
            return level >= .medium
                ? .allow(rule: "background.outlives")
                : .ask(required: .medium, rule: "background.outlives", reason: "static: a command that outlives the run")
        }
        return tier.level <= level ? .allow(rule: rule) : .ask(required: tier.level, rule: rule, reason: reason)
    }
}
