package import ApusProcess
package import ApusSettings

/// What a process of ours starts from.
package struct DaemonConfiguration: Sendable {
    package var paths: CompatibilityPaths
    package var environment: [String: String]
    package var keeper: KeeperLocation
    /// Told what a person should know: broken settings, the model that was found. One sentence a call.
    package var announce: @Sendable (String) -> Void

    package init(
        environment: [String: String], keeper: KeeperLocation = .besideExecutable, announce: @escaping @Sendable (String) -> Void
    ) {
        paths = CompatibilityPaths(environment: environment)
        self.environment = environment
        self.keeper = keeper
        self.announce = announce
    }
}
