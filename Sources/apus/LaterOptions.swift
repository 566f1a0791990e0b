import ArgumentParser

/// Options of the original that this version does not have. They are known, so that a script hears why it stops here instead of being
/// told that it misspelled something.
struct LaterOptions: ParsableArguments {
    @Flag(name: [.customShort("w"), .customLong("worktree")], help: LaterOptions.help)
    var worktree = false
    @Option(help: LaterOptions.help(of: "path")) var worktreeDir: String?
    @Flag(help: LaterOptions.help) var useSpec = false
    @Option(help: LaterOptions.help(of: "id")) var specModel: String?
    @Option(help: LaterOptions.help(of: "effort")) var specReasoningEffort: String?
    @Flag(help: LaterOptions.help) var mission = false
    @Option(help: LaterOptions.help(of: "id")) var workerModel: String?
    @Option(help: LaterOptions.help(of: "effort")) var workerReasoningEffort: String?
    @Option(help: LaterOptions.help(of: "id")) var validatorModel: String?
    @Option(help: LaterOptions.help(of: "effort")) var validatorReasoningEffort: String?
    @Option(help: LaterOptions.help(of: "path")) var mcpConfig: String?

    func validate() throws {
        if let name = given { throw ValidationError("\(name) is not available in this version of Apus.") }
    }

    private var given: String? {
        let flags = [
            ("--worktree", worktree), ("--use-spec", useSpec), ("--mission", mission),
        ]
        let options = [
            ("--worktree-dir", worktreeDir), ("--spec-model", specModel), ("--spec-reasoning-effort", specReasoningEffort),
            ("--worker-model", workerModel), ("--worker-reasoning-effort", workerReasoningEffort), ("--validator-model", validatorModel),
            ("--validator-reasoning-effort", validatorReasoningEffort), ("--mcp-config", mcpConfig),
        ]
        return flags.first { $0.1 }?.0 ?? options.first { $0.1 != nil }?.0
    }

    private static let help = ArgumentHelp("Not in this version.")
    private static func help(of value: String) -> ArgumentHelp { ArgumentHelp("Not in this version.", valueName: value) }
}
