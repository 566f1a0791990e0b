import ApusBase
import ApusCore
import ApusProcess
import ApusWorkspace
import Synchronization

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// A private folder that git takes for the repository: its objects, references and logs are links to the repository's own, its
/// configuration is Apus's, and it has no hooks.
///
/// So nothing that a repository or a session configures reaches the git that Apus runs: neither hooks, filters and file monitors nor
/// fetches of missing objects, other folders or further files. Beside that every call runs behind the wall that commands have, without a
/// network and with only the named folders writable. Calls may not run beside each other.
struct GitView: Sendable {
    /// How Apus runs programs for worktrees.
    struct Runner: Sendable {
        var processes: ProcessTable
        /// The complete environment of git, without what names the repository.
        var environment: [String: String]
        /// The wall around one call: places that may be changed, places to be kept in sight, the folder for temporary files.
        var confinement: @Sendable (_ writable: [String], _ visible: [String], _ temporary: String) -> Confinement?
        /// Where the private folder is made; links resolved.
        var temporaryDirectory: String
    }

    struct Answer: Sendable {
        var code: Int32
        var output: [UInt8]
        /// What git complained of, at most a few lines.
        var errors: String

        /// The first line of the output.
        var line: String { String(decoding: output.prefix { $0 != 0x0A }, as: UTF8.self) }
    }

    /// Bytes of one answer that are kept. Whoever needs more reads along.
    static let answerBytes = 1 << 20

    let common: String
    let folder: String
    private(set) var configuration = RepositoryConfiguration()
    private let runner: Runner

    /// - Parameters:
    ///   - common: the repository's common folder, links resolved.
    ///   - configuration: what was found there earlier; `nil` reads it now.
    static func make(
        of common: String, _ configuration: RepositoryConfiguration? = nil, _ runner: Runner, until deadline: ContinuousClock.Instant
    ) async throws(WorktreeError) -> GitView {
        var view = GitView(common: common, runner: runner)
        do throws(WorktreeError) {
            if let configuration { view.configuration = configuration }
            try view.furnish()
            if configuration == nil { try await view.readConfiguration(until: deadline) }
        } catch {
            view.remove()
            throw error
        }
        return view
    }

    private init(common: String, runner: Runner) {
        self.common = common
        self.runner = runner
        folder = runner.temporaryDirectory + "/apus-git-" + randomToken(length: 16)
    }

    private static let links = ["objects", "refs", "logs", "packed-refs", "shallow"]

    /// A repository without a folder for logs gets none from here.
    private var keepsLogs: Bool {
        (try? SafePath.resolve(common + "/logs", against: "/"))?.kind == .directory
    }

    private func furnish() throws(WorktreeError) {
        for place in [folder, folder + "/tmp", folder + "/info"] where mkdir(place, 0o700) != 0 {
            throw .notWritable(path: place, reason: String(cString: strerror(errno)))
        }
        for name in Self.links where symlink(common + "/" + name, folder + "/" + name) != 0 {
            throw .notWritable(path: folder, reason: String(cString: strerror(errno)))
        }
        try write("ref: refs/heads/.none\n", to: "HEAD")
        try write(configuration.text(keepsLogs: keepsLogs), to: "config")
        if let patterns = Self.bytes(common + "/info/exclude") { try write(String(decoding: patterns, as: UTF8.self), to: "info/exclude") }
    }

    /// Git itself takes the file apart, as data: a copy of it, without what it includes.
    private mutating func readConfiguration(until deadline: ContinuousClock.Instant) async throws(WorktreeError) {
        guard (try? SafePath.resolve(common + "/config", against: "/"))?.kind != nil else { return }
        guard let bytes = Self.bytes(common + "/config") else { throw .unsupported(RepositoryConfiguration.Fault.malformed.sentence) }
        try write(String(decoding: bytes, as: UTF8.self), to: "found")
        let listing = Mutex<[UInt8]>([])
        let answer = try await git(
            ["config", "--file", folder + "/found", "--list", "-z", "--no-includes"], "reading the configuration", in: folder,
            until: deadline
        ) { bytes in listing.withLock { $0 += bytes } }
        guard answer.code == 0 else { throw .unsupported(RepositoryConfiguration.Fault.malformed.sentence) }
        do throws(RepositoryConfiguration.Fault) {
            configuration = try RepositoryConfiguration(listing: listing.withLock { $0 })
        } catch {
            throw .unsupported(error.sentence)
        }
        try write(configuration.text(keepsLogs: keepsLogs), to: "config")
    }

    /// What HEAD means in the calls that follow.
    func setHead(_ text: String) throws(WorktreeError) { try write(text + "\n", to: "HEAD") }

    /// The commit that a reference means; `nil` when there is none.
    func commit(_ reference: String, until deadline: ContinuousClock.Instant) async throws(WorktreeError) -> String? {
        let answer = try await git(
            ["rev-parse", "--verify", "--quiet", reference + "^{commit}"], "reading \(reference)", in: folder, until: deadline)
        return answer.code == 0 && GitFiles.isObjectName(answer.line) ? answer.line : nil
    }

    /// Runs git and returns what it says; an exit code is the caller's business.
    ///
    /// - Parameters:
    ///   - step: names the call in errors.
    ///   - checkout: the folder of the files, when the call needs one, with the index that belongs to it.
    ///   - writable: existing folders that may be changed; without any, git can only read.
    ///   - reader: gets the output in pieces instead of the answer.
    func git(
        _ arguments: [String], _ step: String, in directory: String, checkout: (files: String, index: String)? = nil,
        writable: [String] = [], until deadline: ContinuousClock.Instant, reader: (@Sendable ([UInt8]) -> Void)? = nil
    ) async throws(WorktreeError) -> Answer {
        var environment = runner.environment
        environment["GIT_DIR"] = folder
        if let checkout {
            environment["GIT_WORK_TREE"] = checkout.files
            environment["GIT_INDEX_FILE"] = checkout.index
        }
        return try await run(
            "git", ["--no-pager", "--literal-pathspecs"] + arguments, environment, step, in: directory, writable: writable,
            sees: [common, checkout?.files, checkout?.index].compactMap { $0 }, until: deadline, reader)
    }

    /// Empties a folder that nobody else uses, and removes it. Follows no link; what cannot be removed stays, and is told.
    ///
    /// - Returns: false when something of it is still there.
    func removeTree(_ path: String, until deadline: ContinuousClock.Instant) async -> Bool {
        for attempt in 0..<2 {
            if rmdir(path) == 0 || errno == ENOENT { return true }
            if errno == ENOTDIR { return false }
            if attempt > 0 {
                // Caches of packages are made read-only by their programs.
                _ = try? await run(
                    "chmod", ["-R", "u+rwx", "--", path], runner.environment, "removing", in: folder, writable: [path], sees: [],
                    until: deadline, nil)
            }
            // The folder itself is a mount behind the wall: what `rm` says about that one does not count.
            _ = try? await run(
                "rm", ["-rf", "--one-file-system", "--", path], runner.environment, "removing", in: folder, writable: [path], sees: [],
                until: deadline, nil)
        }
        return rmdir(path) == 0 || errno == ENOENT
    }

    private func run(
        _ program: String, _ arguments: [String], _ environment: [String: String], _ step: String, in directory: String,
        writable: [String], sees: [String], until deadline: ContinuousClock.Instant, _ reader: (@Sendable ([UInt8]) -> Void)?
    ) async throws(WorktreeError) -> Answer {
        let left = deadline - ContinuousClock.now
        if left <= .zero { throw .outOfTime }
        let confinement = runner.confinement(writable + [folder], sees + [directory], folder + "/tmp")
        let request = ProcessRequest(
            executable: program, arguments: arguments, environment: environment.merging(["PWD": directory]) { $1 },
            workingDirectory: directory, terminationGrace: .milliseconds(500), confinement: confinement)
        let kept = Mutex((output: [UInt8](), errors: [UInt8]()))
        let end: ProcessEnd
        do throws(SpawnError) {
            end = try await runner.processes.runApart(request, as: runner.processes.makeID(), timeout: left, started: { _ in }) {
                stream, bytes in
                if stream == .stdout, let reader { return reader(bytes) }
                kept.withLock { kept in
                    switch stream {
                    case .stdout: kept.output += bytes.prefix(max(0, Self.answerBytes - kept.output.count))
                    case .stderr: kept.errors += bytes.prefix(max(0, 2_000 - kept.errors.count))
                    }
                }
            }
        } catch {
            throw .git(step: step, reason: error.description)
        }
        let (output, errors) = kept.withLock { ($0.output, $0.errors) }
        let text = String(decoding: errors, as: UTF8.self)
        switch end {
        case .exited(let code): return Answer(code: code, output: output, errors: Self.shown(text))
        case .interrupted: throw .interrupted
        case .timedOut: throw .outOfTime
        case .signaled(let number): throw .git(step: step, reason: "\(program) was ended by signal \(number). \(Self.shown(text))")
        case .exceeded(let limit, _): throw .git(step: step, reason: "\(program) passed its bound of \(limit.rawValue).")
        case .lost(let sentence): throw .git(step: step, reason: sentence)
        }
    }

    private static func shown(_ text: String) -> String {
        escapedForDisplay(text.split(separator: "\n").prefix(6).joined(separator: " "), keepingNewlines: false)
    }

    private static func bytes(_ path: String) -> [UInt8]? {
        guard let file = try? SafePath.resolve(path, against: "/"), file.kind == .file, let open = try? file.openForReading() else {
            return nil
        }
        // Too large is unreadable.
        return try? open.readAll(limit: RepositoryConfiguration.maximumBytes)
    }

    private func write(_ text: String, to name: String) throws(WorktreeError) { try Self.write(text, to: folder + "/" + name) }

    /// Puts the text into a file, which is made when there is none; never through a link.
    static func write(_ text: String, to path: String) throws(WorktreeError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .notWritable(path: path, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { writeBytes(descriptor, $0.baseAddress, $0.count) }
            if count < 0 {
                if errno == EINTR { continue }
                throw .notWritable(path: path, reason: String(cString: strerror(errno)))
            }
            rest = rest.dropFirst(count)
        }
    }

    private static func writeBytes(_ descriptor: Int32, _ start: UnsafeRawPointer?, _ count: Int) -> Int {
        #if canImport(Glibc)
            Glibc.write(descriptor, start, count)
        #elseif canImport(Musl)
            Musl.write(descriptor, start, count)
        #else
            Darwin.write(descriptor, start, count)
        #endif
    }

    /// Removes the private folder and what the wall and git left in it. Follows no link.
    func remove() {
        // What cannot be removed is left to the care of the temporary directory.
        try? FileManager.default.removeItem(atPath: folder)
    }
}
