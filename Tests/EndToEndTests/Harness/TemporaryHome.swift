import Foundation

/// A user's home, Apus's home and a working directory, all new and removed afterwards. Nothing of the real user is ever seen.
struct TemporaryHome: Sendable {
    let root: String

    var user: String { "\(root)/user" }
    var factory: String { "\(user)/.factory" }
    var apus: String { "\(root)/apus" }
    var work: String { "\(root)/work" }
    var scratch: String { "\(root)/scratch" }

    var environment: [String: String] {
        ["HOME": user, "APUS_HOME": apus, "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"]
    }

    /// A folder that needs no escaping anywhere, links resolved.
    init() throws {
        let base = FileManager.default.temporaryDirectory.resolvingSymlinksInPath().path
        root = "\(base)/apus-e2e-\(UUID().uuidString.lowercased())"
        for folder in [user, apus, work, scratch] {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        }
    }

    func remove() {
        // A folder left behind in the temporary directory fails no test.
        try? FileManager.default.removeItem(atPath: root)
    }

    /// `path` is relative to the working directory.
    func write(_ text: String, to path: String) throws {
        let whole = "\(work)/\(path)"
        let folder = URL(fileURLWithPath: whole).deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try text.write(toFile: whole, atomically: false, encoding: .utf8)
    }

    func read(_ path: String) throws -> String { try String(contentsOfFile: "\(work)/\(path)", encoding: .utf8) }

    func has(_ path: String) -> Bool { FileManager.default.fileExists(atPath: "\(work)/\(path)") }

    /// The session store's file.
    var database: String { "\(apus)/apus.db" }

    /// Makes the working directory a git repository with everything in it committed.
    func commitEverything() async throws {
        for arguments in [["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-q", "-m", "first"]] { _ = try await git(arguments) }
    }

    /// What git says about the working directory.
    func git(_ arguments: [String]) async throws -> String {
        let identity = ["-c", "user.name=Test", "-c", "user.email=test@example.invalid", "-c", "core.pager=cat"]
        let child = try ChildProcess(
            "git", identity + arguments, environment: environment, directory: work, scratch: scratch)
        let outcome = try await child.finish()
        guard outcome.status == .exited(0) else { throw ChildError(description: "git \(arguments): \(outcome.everything)") }
        return outcome.text
    }
}
