/// Decides whether a call may run. Pure: the same arguments give the same decision.
package protocol AccessPolicy: Sendable {
    func decide(_ request: AccessRequest, at level: AutonomyLevel, in workspace: WorkspaceScope) -> AccessDecision
}

/// The places a policy may tell apart.
package struct WorkspaceScope: Hashable, Sendable {
    package var workingDirectory: String
    /// Git top level of the working directory, or the working directory itself.
    package var projectRoot: String
    package var home: String
    package var temporaryDirectories: [String]
    /// The checkout's own configuration makes git start programs: filters, external diffs, a file monitor.
    package var repositoryRunsPrograms: Bool

    package init(
        workingDirectory: String, projectRoot: String, home: String, temporaryDirectories: [String], repositoryRunsPrograms: Bool = false
    ) {
        self.workingDirectory = workingDirectory
        self.projectRoot = projectRoot
        self.home = home
        self.temporaryDirectories = temporaryDirectories
        self.repositoryRunsPrograms = repositoryRunsPrograms
    }
}
