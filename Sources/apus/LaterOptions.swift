import ArgumentParser

/// Options of the original that this version does not have. They are known, so that a script hears why it stops here instead of being
/// told that it misspelled something.
struct LaterOptions: ParsableArguments {
    @Flag(help: LaterOptions.help) var mission = false
    @Option(help: LaterOptions.help(of: "id")) var workerModel: String?
    @Option(help: LaterOptions.help(of: "effort")) var workerReasoningEffort: String?
    @Option(help: LaterOptions.help(of: "id")) var validatorModel: String?
    @Option(help: LaterOptions.help(of: "effort")) var validatorReasoningEffort: String?

    func validate() throws {
        if let name = given { throw ValidationError("\(name) is not available in this version of Apus.") }
    }

    private var given: String? {
        let flags = [
            ("--mission", mission)
        ]
        let options = [
            ("--worker-model", workerModel), ("--worker-reasoning-effort", workerReasoningEffort), ("--validator-model", validatorModel),
            ("--validator-reasoning-effort", validatorReasoningEffort),
        ]
        return flags.first { $0.1 }?.0 ?? options.first { $0.1 != nil }?.0
    }

    private static let help = ArgumentHelp("Not in this version.")
    private static func help(of value: String) -> ArgumentHelp { ArgumentHelp("Not in this version.", valueName: value) }
}
