import ApusBase

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Starts a daemon that outlives the terminal, and waits until it serves.
package struct DetachedDaemon: Sendable {
    package enum Outcome: Sendable {
        case started(DaemonStatus)
        case ranAlready(DaemonStatus)
    }

    private let folder: DaemonFolder

    package init(_ folder: DaemonFolder) { self.folder = folder }

    /// A daemon that speaks less than is wanted, as `apus serve` does, is asked to open the rest.
    ///
    /// - Parameters:
    ///   - words: of `apus daemon run`.
    ///   - protocols: that the words ask for.
    package func start(
        _ words: [String], speaking protocols: Set<String>, within limit: Duration = .seconds(30)
    ) async throws(DaemonFileError) -> Outcome {
        let client = DaemonClient(folder)
        if case .running(let json) = await client.status(within: limit) {
            let status = DaemonStatus(json)
            if status.protocols.isSuperset(of: protocols) { return .ranAlready(status) }
        }
        try folder.make()
        let process = try spawn(try OwnExecutable.path(), ["daemon", "run"] + words)
        let deadline = ContinuousClock.now + limit
        while ContinuousClock.now < deadline {
            if case .running(let json) = await client.status(within: .milliseconds(50)) {
                let status = DaemonStatus(json)
                // One that was there before, or was quicker: ours attaches to it.
                if status.phase == "ready", status.protocols.isSuperset(of: protocols) {
                    return status.process == Int64(process) ? .started(status) : .ranAlready(status)
                }
            }
            var code: Int32 = 0
            if waitpid(process, &code, WNOHANG) == process { throw DaemonFileError("The daemon did not start. \(lastWords)") }
            // Cancelled: the caller does not wait any more.
            guard (try? await Task.sleep(for: .milliseconds(10))) != nil else { break }
        }
        kill(process, SIGTERM)
        throw DaemonFileError("The daemon was not ready within \(limit.components.seconds) seconds. \(lastWords)")
    }

    private var lastWords: String {
        // What cannot be read cannot be shown.
        let bytes = (try? OwnerFile.read(folder.errors)) ?? []
        let text = String(decoding: bytes.suffix(2_000), as: UTF8.self)
        let words = text.split(separator: "\n").map { escapedForDisplay(String($0), keepingNewlines: false) }.joined(separator: " ")
        return words.isEmpty ? "Its log is \(folder.log)." : words
    }

    /// A session of its own, nothing of this terminal.
    private func spawn(_ program: String, _ words: [String]) throws(DaemonFileError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 2, folder.errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var signals = sigset_t()
        sigfillset(&signals)
        posix_spawnattr_setsigdefault(&attributes, &signals)
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        #if canImport(Darwin)
            let newSession = Int32(POSIX_SPAWN_SETSID) | POSIX_SPAWN_CLOEXEC_DEFAULT
        #else
            // POSIX_SPAWN_SETSID, which the module does not have.
            let newSession: Int32 = 0x80
        #endif
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK | Int32(newSession)))
        let arguments = ([program] + words).map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process: pid_t = 0
        let failure = posix_spawn(&process, program, &actions, &attributes, arguments, environ)
        guard failure == 0 else { throw DaemonFileError("Cannot start \(program): \(String(cString: strerror(failure))).") }
        return process
    }
}
