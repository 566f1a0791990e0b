import ApusCore
import ApusWorkspace

/// What a patch comes to, worked out in memory before anything is written.
struct PatchPlan {
    struct Change {
        enum Action: String {
            case add, update, delete, move
        }

        var path: String
        var movedFrom: String?
        var action: Action
        var diff: String
    }

    /// Bounds the memory that one patch takes.
    static let maximumBytes = 32 << 20

    private let files: [String: FileMark]
    private let flag: CancelFlag
    private var room = PatchPlan.maximumBytes
    private(set) var steps: [FileGroup.Step] = []
    private(set) var changes: [Change] = []
    private(set) var marks: [FileMark] = []

    /// `files` are those the session has seen.
    init(files: [String: FileMark], flag: CancelFlag) {
        self.files = files
        self.flag = flag
    }

    /// What each file is before and afterwards.
    var fileChanges: [FileChange] {
        let seen = Set(marks.map(\.path))
        return steps.map { step in
            switch step {
            case .create(let path, let bytes, _):
                FileChange(path: path.path, before: nil, after: FileHash.of(bytes), isSeen: seen.contains(path.path))
            case .replace(let path, let old, let bytes):
                FileChange(
                    path: path.path, before: FileHash.of(old.bytes), after: FileHash.of(bytes), isSeen: seen.contains(path.path))
            case .remove(let path, let old):
                FileChange(path: path.path, before: FileHash.of(old.bytes), after: nil, isSeen: seen.contains(path.path))
            }
        }
    }

    /// `paths` are the section's, resolved. Throws `PathFault` or `PatchFault`.
    mutating func add(_ section: Patch.Section, at paths: [SafePath]) throws {
        switch section.change {
        case .add(let content): try addFile(content, at: paths[0])
        case .delete: try addDeletion(of: paths[0])
        case .update(let hunks, _): try addUpdate(hunks, at: paths[0], destination: paths.dropFirst().first)
        }
    }

    private mutating func addFile(_ content: [UInt8], at path: SafePath) throws {
        if path.kind == .file { throw PatchFault("\(path.path) exists already; use *** Update File: to change it.") }
        if let kind = path.kind { throw PathFault.notAFile(path.path, kind) }
        steps.append(.create(path, content, like: nil))
        let diff = LineDiff.unified(old: [], new: content, path: path.path, oldPath: "/dev/null")
        changes.append(Change(path: path.path, action: .add, diff: diff))
        marks.append(FileMark(path: path.path, hash: FileHash.of(content)))
    }

    private mutating func addDeletion(of path: SafePath) throws {
        let old = try version(of: path)
        try refuseStale(old, path, toDo: "delete it")
        steps.append(.remove(path, old))
        let text = PatchPlan.text(old.bytes)
        let diff = text.map { LineDiff.unified(old: $0, new: [], path: "/dev/null", oldPath: path.path) } ?? ""
        changes.append(Change(path: path.path, action: .delete, diff: diff))
        marks.append(FileMark(path: path.path, hash: ""))
    }

    private mutating func addUpdate(_ hunks: [PatchHunk], at path: SafePath, destination: SafePath?) throws {
        let old = try version(of: path)
        if hunks.contains(where: \.isBlind), files[path.path]?.hash != FileHash.of(old.bytes) {
            throw PatchFault(
                "A hunk for \(path.path) quotes no line of it, and the file has not been read since it last changed. "
                    + "Read it first, or quote the lines around the change.")
        }
        var new = old.bytes
        var diff = ""
        if !hunks.isEmpty {
            guard let text = PatchPlan.text(old.bytes) else {
                let sentence = ReadTool.sentence(for: FileSignature(old.bytes[...]), path.path, size: old.bytes.count)
                throw PatchFault(sentence + " ApplyPatch changes text only.")
            }
            let changed = try PatchedText.applying(hunks, to: text, path: path.path)
            new = TextEncoding(old.bytes).encode(changed)
            diff = LineDiff.unified(old: text, new: changed, path: destination?.path ?? path.path, oldPath: path.path)
        }
        if new.count > PatchPlan.maximumBytes {
            throw PathFault.tooLarge(path.path, size: new.count, limit: PatchPlan.maximumBytes)
        }
        if let destination {
            try addMove(from: path, old, to: destination, new, diff)
        } else {
            steps.append(.replace(path, old, with: new))
            changes.append(Change(path: path.path, action: .update, diff: diff))
            if isSeen(old, path) { marks.append(FileMark(path: path.path, hash: FileHash.of(new))) }
        }
    }

    private mutating func addMove(
        from path: SafePath, _ old: FileGroup.FileVersion, to destination: SafePath, _ new: [UInt8], _ diff: String
    ) throws {
        if destination.kind != nil { throw PatchFault("\(path.path) cannot be moved to \(destination.path): something is there already.") }
        try refuseStale(old, path, toDo: "move it")
        steps.append(.create(destination, new, like: old.status))
        steps.append(.remove(path, old))
        changes.append(Change(path: destination.path, movedFrom: path.path, action: .move, diff: diff))
        if isSeen(old, path) { marks.append(FileMark(path: destination.path, hash: FileHash.of(new))) }
        marks.append(FileMark(path: path.path, hash: ""))
    }

    private mutating func version(of path: SafePath) throws(PathFault) -> FileGroup.FileVersion {
        let file = try path.openForReading()
        let status = file.status
        if status.size > room { throw .tooLarge(path.path, size: status.size, limit: room) }
        let bytes = try file.readAll(limit: room) { flag.isCancelled }
        room -= bytes.count
        return FileGroup.FileVersion(bytes: bytes, status: status)
    }

    private func isSeen(_ old: FileGroup.FileVersion, _ path: SafePath) -> Bool { files[path.path]?.hash == FileHash.of(old.bytes) }

    private func refuseStale(_ old: FileGroup.FileVersion, _ path: SafePath, toDo action: String) throws {
        if files[path.path] == nil || isSeen(old, path) { return }
        throw PatchFault("\(path.path) has changed since it was last read. Read it again, then \(action).")
    }

    /// `nil` for what is not text.
    private static func text(_ bytes: [UInt8]) -> [UInt8]? {
        let encoding = TextEncoding(bytes)
        guard bytes.isEmpty || FileSignature(bytes[...]) == .text || encoding != .utf8 else { return nil }
        return encoding.decode(bytes)
    }
}
