import ApusBase
package import ApusCore
import ApusWorkspace
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Writes sessions below `~/.factory/sessions` in the form of the original (`droid-exec.md` §5.5), for programs that list them from files.
///
/// A file grows by what is new and is synced when a turn has ended; a changed title, and a session that this process has not written
/// before, rewrite it in one step. Readable by their owner only. What cannot be written is announced once.
package final class SessionFiles: SessionExport {
    private struct Written: Sendable {
        var path: String
        var title: String
        var entries: Int
        /// Calls get their results after the response was written.
        var lastEntry: TranscriptEntry?
    }

    private struct State {
        var written: [SessionID: Written] = [:]
        var hasComplained = false
    }

    /// More sessions than this begin anew: their files are then rewritten once.
    private static let remembered = 1_024

    private let root: String
    private let announce: @Sendable (String) -> Void
    private let state = Mutex(State())

    /// - Parameter root: `~/.factory/sessions`; made when there is something to write.
    package init(root: String, announce: @escaping @Sendable (String) -> Void) {
        self.root = root
        self.announce = announce
    }

    package func export(_ session: SessionState) async {
        let failure: SystemCallFailure? = await BlockingWork.files.run { _ in
            do throws(SystemCallFailure) {
                try self.write(session)
                return nil
            } catch {
                return error
            }
        }
        guard let failure else { return }
        let isFirst = state.withLock { state in
            defer { state.hasComplained = true }
            return !state.hasComplained
        }
        if isFirst { announce("The session file \(failure.path) cannot be written: \(failure.reason).") }
    }

    private func write(_ session: SessionState) throws(SystemCallFailure) {
        let lines = SessionFileLines(state: session)
        let folder = "\(root)/\(Self.slug(of: session.directory))"
        let stem = "\(folder)/\(session.header.id)"
        let path = stem + ".jsonl"
        let id = session.header.id
        let known = state.withLock { $0.written[id] }
        if let known, known.path == path, known.title == lines.title, known.entries <= session.transcript.count,
            known.entries == 0 || known.lastEntry == session.transcript[known.entries - 1]
        {
            let bytes = session.transcript[known.entries...].flatMap { lines.lines(of: $0) }.flatMap(Self.bytes)
            if !bytes.isEmpty { try PlainFile.append(bytes, to: path) }
        } else {
            try PlainFile.makeFolders(folder, below: root)
            let all = [lines.start] + session.transcript.flatMap { lines.lines(of: $0) }
            try PlainFile.replace(path, with: all.flatMap(Self.bytes))
        }
        try PlainFile.replace(stem + ".settings.json", with: Self.bytes(lines.settings))
        let written = Written(
            path: path, title: lines.title, entries: session.transcript.count, lastEntry: session.transcript.last)
        state.withLock { state in
            if state.written.count >= Self.remembered { state.written = [:] }
            state.written[id] = written
        }
    }

    /// `-` and the path without its first slash, `/` and `\` as `-`.
    static func slug(of directory: String) -> String {
        "-" + directory.drop { $0 == "/" }.map { $0 == "/" || $0 == "\\" ? "-" : String($0) }.joined()
    }

    private static func bytes(_ line: JSONValue) -> [UInt8] { line.serializedBytes() + [UInt8(ascii: "\n")] }
}

struct SystemCallFailure: Error, Hashable, Sendable {
    var path: String
    var reason: String
}

/// Files of our own, 0600, in folders of 0700.
private enum PlainFile {
    static func makeFolders(_ folder: String, below root: String) throws(SystemCallFailure) {
        // The root and what is above it in the user's home, one by one.
        var path = ""
        for part in folder.split(separator: "/") {
            path += "/\(part)"
            if mkdir(path, 0o700) != 0, errno != EEXIST, path.utf8.count >= root.utf8.count { throw failure(path) }
        }
    }

    static func append(_ bytes: [UInt8], to path: String) throws(SystemCallFailure) {
        try write(bytes, to: path, O_APPEND)
    }

    static func replace(_ path: String, with bytes: [UInt8]) throws(SystemCallFailure) {
        let draft = "\(path).\(getpid())"
        try write(bytes, to: draft, O_TRUNC)
        if rename(draft, path) == 0 { return }
        let reason = failure(path)
        unlink(draft)
        throw reason
    }

    private static func write(_ bytes: [UInt8], to path: String, _ flag: Int32) throws(SystemCallFailure) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | flag, 0o600)
        guard descriptor >= 0 else { throw failure(path) }
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            if count <= 0 { break }
            rest = rest.dropFirst(count)
        }
        let fault = rest.isEmpty && fsync(descriptor) == 0 ? nil : failure(path)
        close(descriptor)
        if let fault { throw fault }
    }

    private static func failure(_ path: String) -> SystemCallFailure {
        SystemCallFailure(path: path, reason: String(cString: strerror(errno)))
    }
}

private func systemWrite(_ descriptor: Int32, _ start: UnsafeRawPointer?, _ count: Int) -> Int { write(descriptor, start, count) }
