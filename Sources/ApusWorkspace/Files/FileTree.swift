/// Walks the files below a folder, depth first, names in the order of their bytes.
///
/// Iterative; holds the listings of the folders between the root and the current one, and two open descriptors, whatever the size
/// or depth of the tree. Links are given out as links and never followed; `.git` is skipped. Folders that cannot be read are
/// counted in ``unreadable`` and skipped. Looks at its flag between entries: a cancelled walk just ends.
///
/// Not `Sendable`: belongs to the piece of blocking work that uses it.
package final class FileTree {
    package struct Entry {
        /// Below the root, without a slash in front.
        package let path: [UInt8]
        /// Where the last name begins in `path`.
        package let nameStart: Int
        package let kind: FileKind

        package var name: ArraySlice<UInt8> { path[nameStart...] }
        package var text: String { String(decoding: path, as: UTF8.self) }
    }

    private struct Frame {
        var listing: DirectoryListing
        /// Length of the folder's path, its closing slash included.
        var prefix: Int
    }

    package static let maximumDepth = 400

    private let root: Descriptor
    private let rootPath: String
    private var rules: IgnoreRules?
    private let flag: CancelFlag
    /// Below the root, by their bytes.
    private let hidden: Set<[UInt8]>
    private var frames: [Frame] = []
    private var prefix: [UInt8] = []
    /// Entered by the next call, so that a caller may decide against it.
    private var pendingFolder: Entry?
    private var current: CurrentFolder?
    package private(set) var unreadable = 0
    package private(set) var firstUnreadable: String?

    /// The folder whose entries are being given out.
    private struct CurrentFolder: ~Copyable {
        let prefix: Int
        let descriptor: Descriptor
    }

    /// `rules` of `nil` honours nothing. `hidden` places, absolute and resolved, are not there.
    package init(
        root path: SafePath, rules: IgnoreRules? = nil, hiding hidden: [String] = [], flag: CancelFlag = CancelFlag()
    ) throws(PathFault) {
        root = try SafePath.openDirectory(path.components)
        rootPath = path.path
        self.rules = rules
        self.flag = flag
        let start = path.path == "/" ? "/" : path.path + "/"
        self.hidden = Set(hidden.filter { $0.hasPrefix(start) }.map { Array($0.utf8.dropFirst(start.utf8.count)) })
        do {
            let listing = try DirectoryListing(of: root) { flag.isCancelled }
            frames = [Frame(listing: listing, prefix: 0)]
        } catch {
            throw PathFault(error, "list", path.path)
        }
        self.rules?.enterRoot(root)
    }

    /// The next entry that is not ignored; folders come before what is in them.
    package func next() -> Entry? {
        if let folder = pendingFolder {
            pendingFolder = nil
            enter(folder)
        }
        while !flag.isCancelled, let last = frames.indices.last {
            guard let (name, kind) = frames[last].listing.popNext() else {
                leave()
                continue
            }
            prefix.removeSubrange(frames[last].prefix...)
            prefix.append(contentsOf: name)
            if let rules, rules.isIgnored(prefix, isDirectory: kind == .directory) { continue }
            if !hidden.isEmpty, hidden.contains(prefix) { continue }
            let entry = Entry(path: prefix, nameStart: frames[last].prefix, kind: kind)
            if kind == .directory { pendingFolder = entry }
            return entry
        }
        return nil
    }

    /// Leaves out what is in the folder that was just given out.
    package func skipContents() { pendingFolder = nil }

    /// Opens an entry that was just given out; `nil` when it is not a regular file any more or may not be read.
    package func open(_ entry: Entry) -> OpenFile? {
        let name = entry.name.map { CChar(bitPattern: $0) } + [0]
        let path = absolutePath(of: entry)
        return withFolder(of: entry) { folder in
            // Unreadable and vanished files alike are counted by the caller.
            guard let status = try? FileStatus(of: name, in: folder), status.kind == .file,
                let file = try? SystemCall.fileForReading(name, in: folder)
            else { return nil }
            return try? OpenFile(path: path, descriptor: file)
        }
    }

    /// What the entry is now; `nil` when it is gone.
    package func status(of entry: Entry) -> FileStatus? {
        let name = entry.name.map { CChar(bitPattern: $0) } + [0]
        // Gone means that it is not reported.
        return withFolder(of: entry) { folder in try? FileStatus(of: name, in: folder) }
    }

    package func absolutePath(of entry: Entry) -> String { rootPath == "/" ? "/" + entry.text : rootPath + "/" + entry.text }

    private func withFolder<Value: ~Copyable>(of entry: Entry, _ body: (borrowing Descriptor) -> Value?) -> Value? {
        if entry.nameStart == 0 { return body(root) }
        if current == nil || current?.prefix != entry.nameStart || frames.last?.prefix != entry.nameStart {
            guard let folder = try? reopen(entry.path[..<(entry.nameStart - 1)]) else { return nil }
            return body(folder)
        }
        switch current {
        case .some(let folder): return body(folder.descriptor)
        case .none: return nil
        }
    }

    private func enter(_ folder: Entry) {
        guard frames.count < FileTree.maximumDepth else { return countUnreadable(folder) }
        do {
            let descriptor = try reopen(folder.path[...])
            let listing = try DirectoryListing(of: descriptor) { flag.isCancelled }
            prefix = folder.path + [UInt8(ascii: "/")]
            frames.append(Frame(listing: listing, prefix: prefix.count))
            rules?.enter(descriptor, prefix: prefix.count)
            current = CurrentFolder(prefix: prefix.count, descriptor: descriptor)
        } catch {
            countUnreadable(folder)
        }
    }

    private func leave() {
        frames.removeLast()
        rules?.leave()
        current = nil
        guard let last = frames.last, last.prefix > 0 else { return }
        prefix.removeSubrange(last.prefix...)
        // When the folder went away meanwhile, opening its remaining entries fails one by one.
        if let folder = try? reopen(prefix[..<(last.prefix - 1)]) { current = CurrentFolder(prefix: last.prefix, descriptor: folder) }
    }

    /// Walks down from the root again, so that a folder replaced by a link is not followed.
    private func reopen(_ path: ArraySlice<UInt8>) throws(SystemError) -> Descriptor {
        var folder = try SystemCall.duplicate(root)
        for name in path.split(separator: UInt8(ascii: "/")) {
            folder = try SystemCall.directory(name.map { CChar(bitPattern: $0) } + [0], in: folder)
        }
        return folder
    }

    private func countUnreadable(_ folder: Entry) {
        unreadable += 1
        if firstUnreadable == nil { firstUnreadable = absolutePath(of: folder) }
    }
}
