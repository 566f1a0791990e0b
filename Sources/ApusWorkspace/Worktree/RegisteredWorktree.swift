/// A checkout that a repository knows of, read from git's own files without running git.
package struct RegisteredWorktree: Hashable, Sendable {
    package static let maximum = 10_000

    /// The folder with HEAD and index: `<common>/worktrees/<id>`, or the common folder for the main checkout.
    package let administration: String
    package let path: String
    /// Checked out, or held by a rebase or a bisection that is under way.
    package let branches: Set<String>
    package let isMain: Bool

    /// All of a repository, the main checkout first unless it is bare.
    ///
    /// - Parameter main: the main checkout's folder, `nil` when the repository has none.
    package static func all(in common: String, main: String?) throws(WorktreeError) -> [RegisteredWorktree] {
        var found: [RegisteredWorktree] = []
        if let main {
            found.append(
                RegisteredWorktree(administration: common, path: main, branches: GitFiles(common).heldBranches, isMain: true))
        }
        let place = common + "/worktrees"
        // Most repositories have none.
        guard let folder = try? SafePath.resolve(place, against: "/"), folder.kind == .directory, folder.path == place,
            let opened = try? SafePath.openDirectory(folder.components),
            var listing = try? DirectoryListing(of: opened, isCancelled: { false })
        else { return found }
        while let (name, kind) = listing.popNext() {
            guard kind == .directory, let name = String(validating: name, as: UTF8.self) else { continue }
            if found.count > maximum { throw .tooManyWorktrees(place) }
            let administration = place + "/" + name
            let files = GitFiles(administration)
            guard let pointer = files.line("gitdir") else { continue }
            let absolute = pointer.hasPrefix("/") ? pointer : administration + "/" + pointer
            // Links resolved as far as the path exists; the folder itself may be gone.
            let git = (try? SafePath.resolve(absolute, against: "/"))?.path ?? absolute
            found.append(
                RegisteredWorktree(administration: administration, path: git.parentPath, branches: files.heldBranches, isMain: false))
        }
        return found
    }
}

/// Single lines of files in one folder of git's own. Follows no link out of it.
package struct GitFiles: Sendable {
    private let folder: String

    package init(_ folder: String) { self.folder = folder }

    /// The first line of a small regular file; `nil` when there is none.
    package func line(_ name: String) -> String? {
        guard let path = try? SafePath.resolve(name, against: folder), path.isInside(folder), path.kind == .file,
            let file = try? path.openForReading(), let bytes = try? file.readAll(limit: 65_536)
        else { return nil }
        return String(decoding: bytes.prefix { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self)
    }

    package func has(_ name: String) -> Bool { (try? SafePath.resolve(name, against: folder))?.kind != nil }

    /// The branch that HEAD names, and those that a rebase or a bisection will come back to.
    package var heldBranches: Set<String> {
        var names: Set<String> = []
        let places = [
            ("HEAD", "ref: refs/heads/"), ("rebase-merge/head-name", "refs/heads/"), ("rebase-apply/head-name", "refs/heads/"),
        ]
        for (file, prefix) in places {
            if let line = line(file), line.hasPrefix(prefix) { names.insert(String(line.dropFirst(prefix.count))) }
        }
        if let start = line("BISECT_START"), has("BISECT_LOG") { names.insert(start) }
        return names
    }

    /// Something that spans several commands is under way here, and would be lost with the folder.
    package var operationUnderWay: String? {
        let signs = [
            ("rebase-merge", "a rebase"), ("rebase-apply", "a rebase"), ("MERGE_HEAD", "a merge"), ("CHERRY_PICK_HEAD", "a cherry-pick"),
            ("REVERT_HEAD", "a revert"), ("sequencer", "a cherry-pick or revert"), ("BISECT_LOG", "a bisection"),
        ]
        return signs.first { has($0.0) }?.1
    }

    package enum HeadWord: Hashable, Sendable {
        case branch(String)
        case commit(String)
    }

    package var head: HeadWord? {
        guard let line = line("HEAD") else { return nil }
        if line.hasPrefix("ref: refs/heads/") { return .branch(String(line.dropFirst(16))) }
        return GitFiles.isObjectName(line) ? .commit(line) : nil
    }

    /// 40 or 64 hexadecimal digits in lower case.
    package static func isObjectName(_ text: some StringProtocol) -> Bool {
        [40, 64].contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }

    /// Every commit that a reference has named here, by its log, each once; `nil` when the log is too long or cannot be understood.
    package func commits(loggedFor reference: String, limit: Int) -> [String]? {
        let log = "logs/" + reference
        guard has(log) else { return [] }
        guard let path = try? SafePath.resolve(log, against: folder), path.isInside(folder), path.kind == .file,
            let file = try? path.openForReading(), let bytes = try? file.readAll(limit: 8 << 20)
        else { return nil }
        var names: [String] = []
        var seen: Set<String> = []
        for line in bytes.split(separator: 0x0A) {
            let words = line.split(separator: 0x20, maxSplits: 2)
            guard words.count == 3 else { return nil }
            let name = String(decoding: words[1], as: UTF8.self)
            guard GitFiles.isObjectName(name) else { return nil }
            if name.allSatisfy({ $0 == "0" }) || !seen.insert(name).inserted { continue }
            names.append(name)
            if names.count > limit { return nil }
        }
        return names
    }
}
