package import ApusCore

/// A command to run: everything its process gets, and nothing that it does not.
///
/// Neither arguments nor environment are ever shown on a command line of ours: they reach the keeper over a socket.
package struct ProcessRequest: Hashable, Sendable {
    /// A path, or a bare name that is looked up in the `PATH` of `environment`. A relative path counts from `workingDirectory`.
    package var executable: String
    /// The arguments after argument 0, which is `executable` itself.
    package var arguments: [String]
    /// The complete environment; nothing is inherited. See `ToolEnvironment`.
    package var environment: [String: String]
    /// An absolute path.
    package var workingDirectory: String
    /// How long the command may take to end after SIGTERM before its whole tree is killed; at most an hour.
    package var terminationGrace: Duration
    /// What the command may reach; `nil` for no wall at all.
    package var confinement: Confinement?

    /// Layers of the wall to do without, as on a kernel that lacks them: for tests of what the others hold.
    package var leftOut: WallLayers = []

    package init(
        executable: String,
        arguments: [String] = [],
        environment: [String: String],
        workingDirectory: String,
        terminationGrace: Duration = .seconds(5),
        confinement: Confinement? = nil
    ) {
        self.executable = executable
        self.arguments = arguments
        self.environment = environment
        self.workingDirectory = workingDirectory
        self.terminationGrace = terminationGrace
        self.confinement = confinement
    }
}
