import Crypto

/// How a working tree differs from git's index, found without running git: nothing that a repository configures (hooks, filters,
/// a file system monitor) gets to run.
///
/// Compares sizes and times and, where those leave a doubt, contents of small files; a file whose checkout goes through a filter may
/// show as changed. What is staged but not committed is not told. Bounded: gives up on indexes of more than ``maximumEntries``.
package struct GitStatus: Hashable, Sendable {
    package struct Line: Hashable, Sendable {
        package enum Change: String, Hashable, Sendable {
            case modified = "M"
            case deleted = "D"
            case untracked = "??"
        }

        package let change: Change
        /// Below the project root; a folder ends with a slash.
        package let path: String
    }

    static let maximumEntries = 100_000
    private static let maximumHashes = 200
    private static let maximumHashedBytes = 1 << 20

    /// Changed files first, then untracked ones, each in the order of their paths.
    package let lines: [Line]

    /// `nil` when there is no index to compare with, or it is too large.
    package init?(of project: Project, flag: CancelFlag = CancelFlag()) {
        guard let index = GitIndex(of: project), index.entries.count <= GitStatus.maximumEntries else { return nil }
        let root = SafePath(path: project.root, kind: .directory)
        var hashes = 0
        var lines: [Line] = []
        for entry in index.entries where entry.isCompared {
            if flag.isCancelled { return nil }
            guard let change = GitStatus.change(of: entry, below: root, &hashes) else { continue }
            lines.append(Line(change: change, path: String(decoding: entry.path, as: UTF8.self)))
        }
        self.lines = lines + GitStatus.untracked(root, index, flag)
    }

    private static func change(of entry: GitIndex.Entry, below root: SafePath, _ hashes: inout Int) -> Line.Change? {
        guard let name = String(validating: entry.path, as: UTF8.self) else { return nil }
        let path = SafePath(path: root.appending(name), kind: nil)
        // What cannot be looked at is not reported.
        guard let found = try? path.currentStatus() else { return .deleted }
        guard found.kind == .file || found.kind == .link else { return .deleted }
        let isSameTime = found.modified == Int64(entry.seconds) * 1_000_000_000 + Int64(entry.nanoseconds)
        let isSameSize = UInt32(truncatingIfNeeded: found.size) == entry.size
        if isSameTime, isSameSize { return nil }
        // Git writes size 0 for files that changed in the same tick as the index.
        if !isSameSize, entry.size != 0 { return .modified }
        if found.kind == .link { return nil }
        guard hashes < maximumHashes, found.size <= maximumHashedBytes else { return .modified }
        hashes += 1
        guard let bytes = try? path.openForReading().readAll(limit: maximumHashedBytes) else { return nil }
        return blobHash(bytes) == entry.hash ? nil : .modified
    }

    private static func blobHash(_ bytes: [UInt8]) -> [UInt8] {
        Array(Insecure.SHA1.hash(data: Array("blob \(bytes.count)\0".utf8) + bytes))
    }

    private static func untracked(_ root: SafePath, _ index: GitIndex, _ flag: CancelFlag) -> [Line] {
        var tracked: Set<[UInt8]> = []
        for entry in index.entries {
            tracked.insert(entry.path)
            var path = entry.path[...]
            while let slash = path.lastIndex(of: UInt8(ascii: "/")) {
                path = path[..<slash]
                if !tracked.insert(Array(path)).inserted { break }
            }
        }
        // A root that cannot be listed has nothing to report.
        guard let tree = try? FileTree(root: root, rules: Project.ignoreRules(walking: root), flag: flag) else { return [] }
        var lines: [Line] = []
        var newFolder: [UInt8]?
        var visited = 0
        while visited < maximumEntries, let entry = tree.next() {
            visited += 1
            if tracked.contains(entry.path) { continue }
            if let folder = newFolder, entry.path.starts(with: folder) {
                // The first file in a new folder speaks for all of it.
                if entry.kind == .directory { continue }
                if lines.last?.path != String(decoding: folder, as: UTF8.self) {
                    lines.append(Line(change: .untracked, path: String(decoding: folder, as: UTF8.self)))
                }
                continue
            }
            newFolder = nil
            if entry.kind == .directory {
                newFolder = entry.path + [UInt8(ascii: "/")]
            } else if entry.kind == .file || entry.kind == .link {
                lines.append(Line(change: .untracked, path: entry.text))
            }
        }
        return lines
    }
}
