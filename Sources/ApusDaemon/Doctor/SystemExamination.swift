import ApusProcess

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What commands of the agent would run on: keeper, shell, git, and the kernel's walls.
struct SystemExamination {
    private let configuration: DaemonConfiguration

    init(_ configuration: DaemonConfiguration) {
        self.configuration = configuration
    }

    func findings() async -> [DoctorFinding] { [await keeper(), shell, git, await WallExamination(configuration).finding()] }

    private static let patience = Duration.seconds(10)

    /// Runs a command that does nothing, as a tool would.
    private func keeper() async -> DoctorFinding {
        let path: String
        do throws(SpawnError) { path = try configuration.keeper.find() } catch {
            return DoctorFinding("keeper", .wrong, error.description, remedy: "No command can be run without it; reading and editing work.")
        }
        let processes = ProcessTable(keeper: configuration.keeper)
        let request = ProcessRequest(
            executable: "/bin/sh", arguments: ["-c", "exit 0"],
            environment: ToolEnvironment.make(from: configuration.environment, workingDirectory: "/"), workingDirectory: "/")
        do throws(SpawnError) {
            let end = try await processes.run(request, timeout: Self.patience) { _ in }
            if end == .exited(0) { return DoctorFinding("keeper", .fine, "\(path) runs commands") }
            return DoctorFinding("keeper", .wrong, "\(path) did not run a trivial command to its end: \(end)")
        } catch {
            return DoctorFinding("keeper", .wrong, error.description, remedy: "Install apus and apus-keeper of one build side by side.")
        }
    }

    private var shell: DoctorFinding {
        let shell = CommandShell.find(for: configuration.environment)
        if shell.path.hasSuffix("/bash") { return DoctorFinding("shell", .fine, shell.path) }
        return DoctorFinding(
            "shell", .remark, "there is no bash; commands run in \(shell.path)", remedy: "Install bash: models write for it.")
    }

    private var git: DoctorFinding {
        let folders = (configuration.environment["PATH"] ?? "").split(separator: ":").filter { $0.hasPrefix("/") }
        if let folder = folders.first(where: { access("\($0)/git", X_OK) == 0 }) { return DoctorFinding("git", .fine, "\(folder)/git") }
        return DoctorFinding(
            "git", .remark, "not in PATH: the agent cannot use it in commands", remedy: "Install git if you want it to look at history.")
    }
}
