import ApusWorkspace

/// Changes to several files that are made all or not at all, as far as a file system can promise that.
///
/// First everything is written, then names are removed. When a step fails, the steps before it are taken back in reverse, each only if
/// its file still holds what was put there; folders that were made stay. A removed file that is put back has its bytes, mode and owner, but not
/// its other names or extended attributes.
///
/// A crash of the process in between leaves each file either old or new and no file half written: the files before the point of the
/// crash are new, the others old, and of a moved file there may be both. Nothing is lost; whoever looks at the files can tell.
struct FileGroup {
    enum Step {
        case create(SafePath, [UInt8], like: FileStatus?)
        case replace(SafePath, FileVersion, with: [UInt8])
        case remove(SafePath, FileVersion)
    }

    /// What a file was when the change was planned.
    struct FileVersion {
        var bytes: [UInt8]
        var status: FileStatus
    }

    struct Failure: Error {
        let sentence: String
    }

    private let steps: [Step]

    init(_ steps: [Step]) {
        func isRemoval(_ step: Step) -> Bool { if case .remove = step { true } else { false } }
        self.steps = steps.filter { !isRemoval($0) } + steps.filter(isRemoval)
    }

    /// Gives back which files had how many other names, which keep the old bytes.
    func run() throws(Failure) -> [String: Int] {
        var detached: [String: Int] = [:]
        for (index, step) in steps.enumerated() {
            do throws(PathFault) {
                let (path, count) = try FileGroup.perform(step)
                if count > 0 { detached[path] = count }
            } catch {
                throw Failure(sentence: error.description + " " + takeBack(failed: step, error, done: steps[..<index]))
            }
        }
        return detached
    }

    private static func perform(_ step: Step) throws(PathFault) -> (path: String, detachedNames: Int) {
        switch step {
        case .create(let path, let bytes, let model):
            return (path.path, try path.write(bytes, expecting: .nothing, like: model).detachedNames)
        case .replace(let path, let old, let bytes):
            return (path.path, try path.write(bytes, expecting: .object(old.status)).detachedNames)
        case .remove(let path, let old):
            try path.remove(expecting: old.status)
            return (path.path, old.status.links - 1)
        }
    }

    /// A sentence about what the files are now.
    private func takeBack(failed: Step, _ error: PathFault, done: ArraySlice<Step>) -> String {
        var stuck: [String] = []
        func attempt(_ path: SafePath, _ body: () throws(PathFault) -> Void) {
            do { try body() } catch { stuck.append("\(path.path) (\(error.description))") }
        }
        if case .replace(let path, let old, _) = failed, case .system = error {
            attempt(path) { () throws(PathFault) in try FileGroup.mend(path, old) }
        }
        for step in done.reversed() {
            switch step {
            case .create(let path, let bytes, _):
                attempt(path) { () throws(PathFault) in try path.remove(expecting: try FileGroup.status(of: path, holding: bytes)) }
            case .replace(let path, let old, let bytes):
                attempt(path) { () throws(PathFault) in
                    try path.write(old.bytes, expecting: .object(try FileGroup.status(of: path, holding: bytes)))
                }
            case .remove(let path, let old):
                attempt(path) { () throws(PathFault) in try path.write(old.bytes, expecting: .nothing, like: old.status) }
            }
        }
        if !stuck.isEmpty { return "Changes made before that could not be taken back in \(stuck.joined(separator: ", "))." }
        return done.isEmpty ? "No file was changed." : "The changes made before that were taken back; no file is changed."
    }

    private static func status(of path: SafePath, holding bytes: [UInt8]) throws(PathFault) -> FileStatus {
        let file = try path.openForReading()
        let status = file.status
        guard status.size == bytes.count, try file.readAll(limit: bytes.count) == bytes else {
            throw .changed(path.path, reason: "another program wrote it")
        }
        return status
    }

    /// Where a file had to be written in place (its folder is not writable), a write that failed half way left a part: the same file
    /// with other bytes. Anything else is somebody else's work.
    private static func mend(_ path: SafePath, _ old: FileVersion) throws(PathFault) {
        guard let now = try path.currentStatus(), now.kind == .file, now.isSameObject(as: old.status) else { return }
        if now.size == old.status.size, now.modified == old.status.modified { return }
        if try path.openForReading().readAll(limit: OutputLimit.markedFileBytes) == old.bytes { return }
        try path.write(old.bytes, expecting: .object(now))
    }
}
