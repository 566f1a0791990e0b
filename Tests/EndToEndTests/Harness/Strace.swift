import Foundation

/// Watches the system calls of a program, or slows them.
enum Strace {
    static let path = "/usr/bin/strace"
    static let isInstalled = FileManager.default.isExecutableFile(atPath: path)

    /// False where processes may not be traced: there is nothing to see.
    static func works(on stage: Stage) async throws -> Bool {
        let probe = try await ChildProcess(
            path, ["-o", "\(stage.home.scratch)/probe", "/bin/true"], environment: stage.home.environment, directory: stage.home.work,
            scratch: stage.home.scratch
        ).finish()
        return probe.status == .exited(0)
    }
}
