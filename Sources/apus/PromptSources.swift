#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Puts the prompt together from words, a file and stdin (`droid-exec.md` §1.4).
struct PromptSources {
    enum Failure: Error, Equatable {
        case none
        case unreadable(path: String, why: String)
        case notText(String)
        case tooLarge
        /// `--timeout` passed before the prompt was whole.
        case late(String)

        var sentence: String {
            switch self {
            case .none: "No prompt provided. Pass a prompt, use --file, or pipe text on stdin."
            case .unreadable(let path, let why): "Cannot read the file \(path): \(why)"
            case .notText(let source): "The prompt from \(source) is not UTF-8 text."
            case .late(let source): "The prompt from \(source) did not end within the time limit."
            case .tooLarge: "The prompt is larger than \(PromptSources.limit / 1_048_576) MiB."
            }
        }
    }

    static let limit = 10 * 1_048_576
    /// How long an idle stdin is waited for when there is a prompt already.
    private static let patience: Int32 = 3_000

    var words: [String]
    var file: String?
    /// When reading must have ended; `nil` waits as long as it takes.
    var deadline: ContinuousClock.Instant?
    var warn: (String) -> Void

    /// - Parameter allowsNone: no source at all is not an error; then the answer is `nil`.
    func resolve(allowsNone: Bool = false) throws(Failure) -> String? {
        var parts: [String] = []
        let spoken = words.joined(separator: " ")
        if !spoken.isEmpty { parts.append(spoken) }
        if let text = try fileText() { parts.append(text) }
        if let piped = try readStandardInput(isOptional: !parts.isEmpty || allowsNone) {
            let text = try text(piped, from: "stdin")
            if !text.isEmpty { parts.append(text) }
        }
        var prompt = parts.joined(separator: "\n\n")
        if prompt.utf8.count > Self.limit { throw .tooLarge }
        if prompt.hasSuffix("\n") { prompt.removeLast() }
        if prompt.allSatisfy(\.isWhitespace) {
            if allowsNone { return nil }
            throw .none
        }
        return prompt
    }

    /// The file alone.
    func fileText() throws(Failure) -> String? {
        guard let file else { return nil }
        return try text(try readFile(file), from: "the file \(file)")
    }

    private func text(_ bytes: [UInt8], from source: String) throws(Failure) -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else { throw .notText(source) }
        return text
    }

    private func readFile(_ path: String) throws(Failure) -> [UInt8] {
        // Without O_NONBLOCK a pipe that nobody writes to would hold the open itself.
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw .unreadable(path: path, why: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var status = stat()
        if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFDIR {
            throw .unreadable(path: path, why: "it is a directory")
        }
        if status.st_mode & S_IFMT == S_IFIFO {
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            if poll(&entry, 1, Self.patience) == 0 { throw .unreadable(path: path, why: "it is a pipe that nobody writes to") }
        }
        return try readAll(descriptor, from: path)
    }

    /// Only a pipe, a socket or a file counts: never a terminal, never `/dev/null`.
    private func readStandardInput(isOptional: Bool) throws(Failure) -> [UInt8]? {
        var status = stat()
        guard fstat(STDIN_FILENO, &status) == 0 else { return nil }
        guard [S_IFIFO, S_IFSOCK, S_IFREG].contains(status.st_mode & S_IFMT) else { return nil }
        if isOptional && status.st_mode & S_IFMT != S_IFREG {
            var entry = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            if poll(&entry, 1, Self.patience) == 0 {
                warn("stdin is open but idle; continuing without it")
                return nil
            }
        }
        return try readAll(STDIN_FILENO, from: "stdin")
    }

    private func readAll(_ descriptor: Int32, from source: String) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            try waitForMore(descriptor, from: source)
            let count = read(descriptor, &buffer, buffer.count)
            if count == 0 { return bytes }
            if count < 0 {
                if errno == EINTR || errno == EAGAIN { continue }
                throw .unreadable(path: source, why: String(cString: strerror(errno)))
            }
            bytes += buffer[..<count]
            if bytes.count > Self.limit { throw .tooLarge }
        }
    }

    /// Returns when there is something to read, or the end; a slow writer may take as long as the whole run may.
    private func waitForMore(_ descriptor: Int32, from source: String) throws(Failure) {
        while true {
            var patience: Int32 = -1
            if let deadline {
                let left = deadline - ContinuousClock.now
                if left <= .zero { throw .late(source) }
                patience = Int32(min(left / .milliseconds(1) + 1, 3_600_000))
            }
            var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            if poll(&entry, 1, patience) > 0 { return }
        }
    }
}
