import ApusCore
import ApusDaemon
import ApusFronts
import ArgumentParser

/// Which tools a run has (`droid-exec.md` §1.2.1, §2.7).
struct ToolOptions: ParsableArguments {
    @Option(
        name: [.customLong("restrict-tools"), .customLong("only-tools")],
        help: ArgumentHelp("Use only these tools; never more than the level permits. Repeatable.", valueName: "ids"))
    var only: [String] = []

    @Option(
        name: [.customLong("additional-tools"), .customLong("add-tools")],
        help: ArgumentHelp("Add tools beyond the usual ones. Repeatable.", valueName: "ids"))
    var additional: [String] = []

    @Option(name: .customLong("enabled-tools"), help: ArgumentHelp("Old name of --additional-tools.", valueName: "ids"))
    var enabled: [String] = []

    @Option(
        name: [.customLong("disabled-tools"), .customLong("remove-tools")],
        help: ArgumentHelp("Never use these tools; beats everything else. Repeatable.", valueName: "ids"))
    var disabled: [String] = []

    @Flag(name: .customLong("list-tools"), help: "Print the tools that this run would have, and exit. Asks no model, key or network.")
    var list = false

    /// Unknown names end the run before anything else happens.
    func validate() throws {
        let unknown = lists.flatMap(\.unknown)
        if !unknown.isEmpty { throw ValidationError("Unknown tool identifier(s): \(unknown.joined(separator: ", "))") }
    }

    var selection: ToolSelection {
        let only = Self.resolve(self.only).names
        return ToolSelection(
            only: only.isEmpty ? nil : only, additional: Self.resolve(additional + enabled).names, disabled: Self.resolve(disabled).names)
    }

    /// What a person should know; the run goes on.
    var warnings: [String] {
        var warnings: [String] = []
        if !enabled.isEmpty { warnings.append("--enabled-tools is deprecated; use --additional-tools.") }
        for name in Self.resolve(additional + enabled).unavailable {
            warnings.append("The tool \(name) is not available in this version; going on without it.")
        }
        for name in Self.resolve(only).unavailable {
            warnings.append("The tool \(name) of --restrict-tools is not available in this version.")
        }
        return warnings
    }

    private var lists: [ToolIdentifiers.Named] { [only, additional + enabled, disabled].map(Self.resolve) }

    private static func resolve(_ lists: [String]) -> ToolIdentifiers.Named {
        ToolIdentifiers(lists.isEmpty ? [] : Daemon.toolDefinitions).resolve(lists)
    }
}
