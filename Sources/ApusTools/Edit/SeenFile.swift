import ApusCore
import ApusWorkspace

/// A file that exists and whose bytes are those the session has seen: the condition for changing it.
struct SeenFile {
    let bytes: [UInt8]
    let status: FileStatus

    enum Refusal: Error {
        case path(PathFault)
        case sentence(String)
    }

    init(_ path: SafePath, in files: [String: FileMark], toDo action: String, _ flag: CancelFlag) throws(Refusal) {
        do {
            let file = try path.openForReading()
            status = file.status
            bytes = try file.readAll(limit: OutputLimit.markedFileBytes) { flag.isCancelled }
        } catch {
            throw .path(error)
        }
        guard let mark = files[path.path] else {
            throw .sentence("\(path.path) has not been read in this session. Read it first, then \(action).")
        }
        guard mark.hash == FileHash.of(bytes) else {
            throw .sentence("\(path.path) has changed since it was last read. Read it again, then \(action).")
        }
    }
}
