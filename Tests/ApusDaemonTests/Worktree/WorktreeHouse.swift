import ApusBase
import ApusCore
import ApusProcess
import ApusSettings
import ApusWorkspace
import Foundation
import Synchronization
import Testing

@testable import ApusDaemon

/// The build folder's keeper: the test runner lies beside it.
private let keeper: KeeperLocation = {
    var folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    while folder.path != "/" {
        folder.deleteLastPathComponent()
        let path = folder.appendingPathComponent("apus-keeper").path
        if FileManager.default.isExecutableFile(atPath: path) { return .path(path) }
    }
    return .besideExecutable
}()

/// A folder with a repository named `app`, and everything that makes worktrees of it.
final class WorktreeHouse: Sendable {
    let root: String
    let hasWall: Bool
    let announced = Mutex<[String]>([])
    private let folder: TemporaryHome

    /// - Parameter hasWall: without one, only the view of the repository keeps git from what is configured.
    init(hasWall: Bool = true) throws {
        folder = try TemporaryHome()
        root = URL(fileURLWithPath: folder.path).resolvingSymlinksInPath().path
        self.hasWall = hasWall
        for name in ["user", "apus", "tmp", "app"] {
            try FileManager.default.createDirectory(atPath: self(name), withIntermediateDirectories: true)
        }
        try git("init", "-q", "-b", "main")
        try write("one\n", to: "app/a.txt")
        try write("ignored/\n*.log\n", to: "app/.gitignore")
        try commit()
    }

    func callAsFunction(_ name: String) -> String { root + "/" + name }

    func has(_ name: String) -> Bool { access(self(name), F_OK) == 0 }

    func write(_ text: String, to name: String, mode: Int = 0o644) throws {
        let path = self(name)
        try FileManager.default.createDirectory(
            atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path, withIntermediateDirectories: true)
        try text.write(toFile: path, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    func read(_ name: String) throws -> String { try String(contentsOfFile: self(name), encoding: .utf8) }

    func commit(in name: String = "app") throws {
        try git("add", "-A", in: name)
        try git("commit", "-q", "-m", "a change", in: name)
    }

    /// The user's or the agent's own git, without any of our care.
    @discardableResult
    func git(_ words: String..., in name: String = "app", mayFail: Bool = false) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments =
            ["git", "-c", "user.name=T", "-c", "user.email=t@example.invalid", "-c", "protocol.file.allow=always"] + words
        process.environment = ["PATH": path, "HOME": self("user"), "GIT_CONFIG_NOSYSTEM": "1"]
        process.currentDirectoryURL = URL(fileURLWithPath: self(name))
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: try output.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
        process.waitUntilExit()
        if !mayFail { #expect(process.terminationStatus == 0, "git \(words)") }
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }

    private var path: String { ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin" }

    var configuration: DaemonConfiguration {
        var configuration = DaemonConfiguration(
            environment: ["HOME": self("user"), "APUS_HOME": self("apus"), "PATH": path, "TMPDIR": self("tmp")], keeper: keeper
        ) { [self] sentence in announced.withLock { $0.append(sentence) } }
        configuration.workingDirectory = self("app")
        return configuration
    }

    var runner: GitView.Runner {
        var runner = Daemon.gitRunner(configuration, SandboxSetting(), in: self("app"))
        if !hasWall { runner.confinement = { _, _, _ in nil } }
        return runner
    }

    func make(
        _ branch: String? = nil, in name: String = "app", parent: String? = nil, within limit: Duration = .seconds(300)
    ) async throws -> RunWorktree {
        let maker = WorktreeMaker(runner: runner) { [self] sentence in announced.withLock { $0.append(sentence) } }
        return try await maker.make(
            WorktreeRequest(
                directory: self(name), branch: try branch.map { try #require(BranchName($0)) }, parent: parent,
                deadline: ContinuousClock.now + limit))
    }

    /// Names in the root, those that begin with a dot included, but for the house's own.
    var names: [String] {
        get throws {
            try FileManager.default.contentsOfDirectory(atPath: root).filter { !["user", "apus", "tmp", "app"].contains($0) }.sorted()
        }
    }

    var branches: [String] {
        get throws { try git("for-each-ref", "--format=%(refname:short)", "refs/heads").split(separator: "\n").map(String.init) }
    }

    /// What git knows of worktrees beside the main checkout.
    var registered: [String] {
        get throws {
            try git("worktree", "list", "--porcelain").split(separator: "\n").filter { $0.hasPrefix("worktree ") }.dropFirst()
                .map { String($0.dropFirst(9)) }
        }
    }

    /// Nothing of a worktree is left: no folder, no entry, no private folder of ours.
    func expectNothingLeft(sourceLocation: SourceLocation = #_sourceLocation) throws {
        #expect(try names == [], sourceLocation: sourceLocation)
        #expect(try registered == [], sourceLocation: sourceLocation)
        #expect(!has("app/.git/worktrees"), sourceLocation: sourceLocation)
        #expect(try FileManager.default.contentsOfDirectory(atPath: self("tmp")) == [], sourceLocation: sourceLocation)
        let git = try FileManager.default.contentsOfDirectory(atPath: self("app/.git"))
        #expect(!git.contains { $0.hasPrefix("apus-removed") }, sourceLocation: sourceLocation)
    }
}
