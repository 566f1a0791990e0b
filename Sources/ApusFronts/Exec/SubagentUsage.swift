import ApusCore

/// What the subagents of a run have used: a run's totals tell what it took, whoever did the work.
struct SubagentUsage {
    private var ends: [ChildRun.End] = []

    /// - Parameters:
    ///   - heard: Of the turn's events. A subagent that was taken up again has more than one run.
    ///   - known: When everything has ended: those in the background end behind the turn.
    ///   - before: When the run began; those that had ended then are an earlier run's.
    init(heard: [ChildRun], known: [ChildRun], before: [ChildRun]) {
        var counted = Set(before.filter { $0.end != nil }.map(\.turn))
        for run in heard + known {
            guard let end = run.end, counted.insert(run.turn).inserted else { continue }
            ends.append(end)
        }
    }

    /// Tokens are added up. The cost of all is known only where each one's is: an unknown price makes it unknown.
    func add(to result: inout ExecResult, _ models: any ModelSource) async {
        let used = ends.filter { $0.usage != .zero }
        guard !used.isEmpty else { return }
        let own = result.usage ?? .zero
        let all = used.reduce(Usage.zero) { $0 + $1.usage }
        (result.usage, result.subagentUsage) = (own + all, all)
        var cost = own == .zero ? 0 : result.cost
        for end in used {
            let price = await Self.price(of: end.model, models)
            guard let known = cost, let price else {
                cost = nil
                break
            }
            cost = known + price.cost(of: end.usage)
        }
        result.cost = cost
    }

    private static func price(of model: String?, _ models: any ModelSource) async -> ModelPrice? {
        guard let model else { return nil }
        // One that is gone from the settings has no price any more.
        return try? await models.provider(for: model).description.price
    }
}
