package import ApusBase
package import ApusProcess
package import ApusSettings

/// What a process of ours starts from.
package struct DaemonConfiguration: Sendable {
    package var paths: CompatibilityPaths
    package var environment: [String: String]
    package var keeper: KeeperLocation
    /// Whose folder and project settings count, absolute and without links; `nil` for none.
    package var workingDirectory: String?
    /// Whether that project's settings are trusted for this run without a look at the trust file.
    package var trustsProject: Bool
    /// Whether remarks that only a search for a fault needs are announced too.
    package var isVerbose: Bool
    /// Whether hooks run that are not the machine's own.
    package var runsHooks = true
    /// Whether turns that wait for an answer outlive the process, and those that a dead one left go on here.
    package var keepsTurns = false
    /// Values that are shown nowhere. Those that the environment and the settings call so join them when the process begins, and the tokens of
    /// ports when these are opened. All copies of a configuration share them.
    package let secrets = SecretValues()
    /// Folders with secrets of this daemon, beside its home: no command of a session sees into them, except at the level without a wall.
    package var ownFolders: [String] = []
    /// A file with MCP servers of this run, absolute.
    package var serverFile: String?
    /// Told what a person should know: broken settings, the model that was found. One sentence a call.
    package var announce: @Sendable (String) -> Void

    package init(
        environment: [String: String], keeper: KeeperLocation = .besideExecutable, announce: @escaping @Sendable (String) -> Void
    ) {
        paths = CompatibilityPaths(environment: environment)
        self.environment = environment
        self.keeper = keeper
        trustsProject = SettingsTrust.isGiven(by: environment)
        isVerbose = false
        self.announce = announce
    }

    /// Nothing that is started from here gets to see that variable. Its value becomes one that is shown nowhere.
    package mutating func keepFromChildren(_ variable: String) {
        guard let value = environment.removeValue(forKey: variable) else { return }
        secrets.add([value])
    }
}
