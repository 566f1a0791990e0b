package import ApusPolicy
package import ApusSettings

extension Daemon {
    /// The policy that the settings make, for the shell that Execute starts.
    package static func policy(_ settings: Settings, _ configuration: DaemonConfiguration) -> AutonomyPolicy {
        AutonomyPolicy(
            lists: CommandLists(
                allow: settings.commandAllowlist.map(\.value), deny: settings.commandDenylist.map(\.value),
                block: settings.commandBlocklist.map(\.value)),
            dialect: dialect(of: configuration.environment["SHELL"] ?? ""))
    }

    /// As Execute chooses: bash or zsh when the user has one of them, else `sh`.
    private static func dialect(of shell: String) -> ShellDialect {
        if shell.hasPrefix("/"), shell.hasSuffix("/bash") { return .bash }
        if shell.hasPrefix("/"), shell.hasSuffix("/zsh") { return .zsh }
        return .sh
    }
}
