import ApusBase
package import ApusCore
import ApusWorkspace
import Synchronization

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
        var compaction: MessageID?
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
        let failure: DaemonFileError? = await BlockingWork.files.run { _ in
            do throws(DaemonFileError) {
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
        if isFirst { announce("Session files cannot be written. \(failure.description)") }
    }

    private func write(_ session: SessionState) throws(DaemonFileError) {
        let lines = SessionFileLines(state: session)
        let folder = "\(root)/\(Self.slug(of: session.directory))"
        let stem = "\(folder)/\(session.header.id)"
        let path = stem + ".jsonl"
        let id = session.header.id
        let known = state.withLock { $0.written[id] }
        if let known, known.path == path, known.title == lines.title, known.entries <= session.transcript.count,
            known.entries == 0 || known.lastEntry == session.transcript[known.entries - 1]
        {
            let bytes = lines.lines(from: known.entries, afterCompaction: known.compaction).flatMap(Self.bytes)
            if !bytes.isEmpty { try OwnerFile.append(bytes, to: path) }
        } else {
            try OwnerFile.makeFolder(folder)
            let all = [lines.start] + lines.lines(from: 0, afterCompaction: nil)
            try OwnerFile.write(all.flatMap(Self.bytes), to: path)
        }
        try OwnerFile.write(Self.bytes(lines.settings), to: stem + ".settings.json")
        let written = Written(
            path: path, title: lines.title, entries: session.transcript.count, lastEntry: session.transcript.last,
            compaction: session.compaction?.message)
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
