import ApusCore
package import ApusPolicy
import ApusProcess
package import ApusSettings

extension Daemon {
    /// The policy that the settings make, for the shell that Execute starts.
    package static func policy(_ settings: Settings, _ configuration: DaemonConfiguration) -> AutonomyPolicy {
        AutonomyPolicy(
            lists: CommandLists(
                allow: settings.commandAllowlist.map(\.value), deny: settings.commandDenylist.map(\.value),
                block: settings.commandBlocklist.map(\.value)),
            dialect: ShellDialect(program: CommandShell.find(for: configuration.environment).path) ?? .sh,
            delegationLevel: settings.subagents.startsAtEveryLevel ? .off : .high)
    }
}
