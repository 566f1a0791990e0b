import ApusCore
import ApusFronts
import ArgumentParser

/// Spec mode (`droid-exec.md` §1.2, §6.1).
struct SpecOptions: ParsableArguments {
    @Flag(help: "Plan first, reading only. With --auto the plan is then carried out at that level; without, it is the answer.")
    var useSpec = false

    @Option(help: ArgumentHelp("The model that plans; the run's own without it.", valueName: "id"))
    var specModel: String?

    @Option(
        help: ArgumentHelp("Its reasoning effort; the model's own without it.", valueName: "effort"),
        completion: .list(ReasoningEffort.allCases.map(\.rawValue)))
    var specReasoningEffort: String?

    func validate() throws {
        guard let specReasoningEffort, ReasoningEffort(rawValue: specReasoningEffort) == nil else { return }
        let known = ReasoningEffort.allCases.map(\.rawValue).joined(separator: ", ")
        throw ValidationError("\"\(specReasoningEffort)\" is not a reasoning effort. Use one of \(known).")
    }

    var wish: ExecSpec {
        ExecSpec(isWanted: useSpec, model: specModel, effort: specReasoningEffort.flatMap { ReasoningEffort(rawValue: $0) })
    }
}
