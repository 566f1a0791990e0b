import ApusBase
import ApusCore
import ApusWorkspace
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Transcripts for hooks: `<APUS_HOME>/transcripts/<session>.jsonl`, in the form of session files (`droid-exec.md` §5.5), readable by their
/// owner only. Written when a hook is about to run, so that there are none without hooks.
///
/// A file only grows while a session runs here: what was read of it stays as it was. A response stands in it when it is whole, and the
/// results of its calls when all are there.
final class HookTranscripts: Sendable {
    /// How far a file has come.
    struct Place: Hashable, Sendable {
        var entry = 0
        /// Of that entry the response is written, and the results of its calls are not.
        var hasResponse = false
    }

    /// Files that nothing was added to for so long are removed when another is begun.
    static let keptDays = 14
    /// More sessions than this begin anew: their files are then rewritten once.
    private static let remembered = 1_024

    private let folder: String
    private let announce: @Sendable (String) -> Void
    private let state = Mutex<(places: [SessionID: Place], hasComplained: Bool)>(([:], false))

    init(apusHome: String, announce: @escaping @Sendable (String) -> Void) {
        folder = apusHome + "/transcripts"
        self.announce = announce
    }

    /// Brings the file up to date. `nil` when that is not possible, which is announced once.
    func file(of session: SessionState) async -> String? {
        let result = await BlockingWork.files.run { _ -> Result<String, DaemonFileError> in
            do throws(DaemonFileError) { return .success(try self.write(session)) } catch { return .failure(error) }
        }
        switch result {
        case .success(let path): return path
        case .failure(let error):
            let isFirst = state.withLock { state in
                defer { state.hasComplained = true }
                return !state.hasComplained
            }
            if isFirst { announce("Transcripts for hooks cannot be written. \(error.description)") }
            return nil
        }
    }

    private func write(_ session: SessionState) throws(DaemonFileError) -> String {
        let path = "\(folder)/\(session.header.id).jsonl"
        let id = session.header.id
        // One at a time: two hooks of a session may begin at once.
        return try state.withLock { state throws(DaemonFileError) in
            let known = state.places[id]
            let (lines, place) = Self.lines(of: session, from: known ?? Place())
            if known == nil {
                try OwnerFile.makeFolder(folder)
                removeOld()
                let start = SessionFileLines(state: session).start
                try OwnerFile.write(([start] + lines).flatMap(Self.bytes), to: path)
            } else if !lines.isEmpty {
                try OwnerFile.append(lines.flatMap(Self.bytes), to: path)
            }
            if state.places.count >= Self.remembered { state.places = [:] }
            state.places[id] = place
            return path
        }
    }

    /// What is final behind a place, and the place behind that.
    static func lines(of session: SessionState, from place: Place) -> (lines: [JSONValue], place: Place) {
        let form = SessionFileLines(state: session)
        var (lines, place): ([JSONValue], Place) = ([], place)
        while place.entry < session.transcript.count {
            let entry = session.transcript[place.entry]
            guard case .response(let response) = entry else {
                lines += form.lines(of: entry)
                place = Place(entry: place.entry + 1)
                continue
            }
            let isLast = !session.transcript.dropFirst(place.entry + 1).contains { if case .response = $0 { true } else { false } }
            let mayGrow = isLast && session.running?.input.turn == response.turn
            if mayGrow, response.end == nil { break }
            let all = form.lines(of: entry)
            if !place.hasResponse { lines += all.prefix(1) }
            if mayGrow, !response.calls.allSatisfy({ response.outcome(of: $0.id) != nil }) {
                place.hasResponse = true
                break
            }
            lines += all.dropFirst()
            place = Place(entry: place.entry + 1)
        }
        return (lines, place)
    }

    private func removeOld() {
        guard let stream = opendir(folder) else { return }
        defer { closedir(stream) }
        let oldest = time(nil) - Self.keptDays * 86_400
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            guard name.hasSuffix(".jsonl") else { continue }
            var status = stat()
            guard lstat("\(folder)/\(name)", &status) == 0, status.st_mode & S_IFMT == S_IFREG else { continue }
            #if canImport(Darwin)
                let modified = status.st_mtimespec.tv_sec
            #else
                let modified = status.st_mtim.tv_sec
            #endif
            if modified < oldest { unlink("\(folder)/\(name)") }
        }
    }

    private static func bytes(_ line: JSONValue) -> [UInt8] { line.serializedBytes() + [UInt8(ascii: "\n")] }
}
