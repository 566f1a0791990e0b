package import ApusCore

/// What a command line says about spec mode (`droid-exec.md` §1.2, §1.3, §6.1).
package struct ExecSpec: Hashable, Sendable {
    /// `--use-spec`.
    package var isWanted: Bool
    /// Without `--use-spec` they are kept for a later time.
    package var model: String?
    package var effort: ReasoningEffort?

    package init(isWanted: Bool = false, model: String? = nil, effort: ReasoningEffort? = nil) {
        self.isWanted = isWanted
        self.model = model
        self.effort = effort
    }

    /// - Parameter leavesPlanning: The run was given a level: it is to act, also in a session that was left planning.
    package func apply(to settings: inout SessionSettings, leavesPlanning: Bool, _ planner: PlannerDefaults) {
        if let model { (settings.specModel, settings.specEffort) = (model, nil) }
        if let effort { settings.specEffort = effort }
        if isWanted {
            settings.interaction = .spec
        } else if leavesPlanning, settings.isPlanning {
            settings.interaction = .auto
        }
        if settings.isPlanning { planner.fill(&settings) }
    }

    /// Why `planner` may not plan what `doer` carries out; `nil` when it may (`droid-exec.md` §5.4).
    package static func objection(
        to planner: ModelDescription, _ planning: ReasoningEffort?, beside doer: ModelDescription, _ doing: ReasoningEffort?
    ) -> String? {
        func isOpenAI(_ model: ModelDescription) -> Bool { model.dialect == "openai" }
        func isReasoningAnthropic(_ model: ModelDescription, _ effort: ReasoningEffort?) -> Bool {
            model.dialect == "anthropic" && ![nil, .off, ReasoningEffort.none].contains(effort)
        }
        let rule: String
        if isOpenAI(planner) != isOpenAI(doer) {
            rule = "models of OpenAI go together with their own kind only"
        } else if planner.dialect != doer.dialect, isReasoningAnthropic(planner, planning) || isReasoningAnthropic(doer, doing) {
            rule = "models of Anthropic that reason go together with their own kind only"
        } else {
            return nil
        }
        return "The spec model \(planner.id) is ignored beside \(doer.id): \(rule)."
    }
}

/// What a run that began by planning has used, by phase, so that each is counted at the price of its own model.
struct PhaseUsage {
    private var isPlanning: Bool
    private(set) var hasChanged = false
    private var planned = Usage.zero
    private var done = Usage.zero
    /// Runs of subagents that ended meanwhile.
    private(set) var children: [ChildRun] = []

    init(_ settings: SessionSettings) { isPlanning = settings.isPlanning }

    mutating func receive(_ event: Event) {
        switch event.kind {
        case .settingsChanged(let settings) where settings.isPlanning != isPlanning:
            isPlanning = settings.isPlanning
            hasChanged = true
        case .responseFinished(let end):
            if isPlanning { planned = planned + end.usage } else { done = done + end.usage }
        case .noticed(.childChanged(let run)) where run.end != nil: children.append(run)
        default: break
        }
    }

    /// `nil` where a price that is needed is not known.
    func cost(_ planner: ModelDescription, _ doer: ModelDescription) -> Double? {
        var sum = 0.0
        for (usage, model) in [(planned, planner), (done, doer)] where usage != .zero {
            guard let price = model.price else { return nil }
            sum += price.cost(of: usage)
        }
        return sum
    }
}
