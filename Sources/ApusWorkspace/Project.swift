/// The git checkout that a folder belongs to, read from files without running git: neither hooks nor filters nor settings of the
/// repository run.
package struct Project: Hashable, Sendable {
    /// The nearest folder at or above that has a `.git`.
    package let root: String
    /// Where HEAD and the index are; differs from `root/.git` in worktrees and submodules.
    package let gitDirectory: String
    /// Where objects, branches and `info/exclude` are; the main checkout's `.git` for a worktree.
    package let commonDirectory: String

    package enum Head: Hashable, Sendable {
        case branch(String)
        case detached(String)
    }

    /// `folder` must be resolved. `nil` outside of any checkout. A `.git` that cannot be understood counts as no checkout.
    package static func containing(_ folder: String) -> Project? {
        nearest(to: folder) { Project(root: $0) }
    }

    /// The nearest folder at or above `folder` with anything named `.git`, understood or not: who may change a checkout may not make
    /// another one of what is around it by breaking its own.
    package static func boundary(of folder: String) -> String? {
        nearest(to: folder) { (try? SafePath.resolve(".git", against: $0))?.kind == nil ? nil : $0 }
    }

    /// What `look` finds first, at `folder` or a folder above it.
    private static func nearest<Found>(to folder: String, _ look: (String) -> Found?) -> Found? {
        var names = SafePath.components(of: folder)
        while true {
            if let found = look("/" + names.joined(separator: "/")) { return found }
            if names.popLast() == nil { return nil }
        }
    }

    private init?(root: String) {
        // Most folders have none.
        guard let git = try? SafePath.resolve(".git", against: root) else { return nil }
        let directory: String
        switch git.kind {
        case .directory: directory = git.path
        case .file:
            guard let text = Project.line(of: git), text.hasPrefix("gitdir: "),
                let target = try? SafePath.resolve(String(text.dropFirst(8)), against: root), target.kind == .directory
            else { return nil }
            directory = target.path
        default: return nil
        }
        guard let head = try? SafePath.resolve("HEAD", against: directory), head.kind == .file else { return nil }
        self.root = root
        gitDirectory = directory
        guard let pointer = try? SafePath.resolve("commondir", against: directory), pointer.kind == .file,
            let text = Project.line(of: pointer), let common = try? SafePath.resolve(text, against: directory)
        else {
            commonDirectory = directory
            return
        }
        commonDirectory = common.path
    }

    /// Whether git's own folders are where the checkout itself says they are *and* know of it. A file named `.git` in a repository can
    /// point anywhere; who may write to the project may not therefore write there.
    package var ownsGitFolders: Bool {
        if gitDirectory == root + "/.git" { return commonDirectory == gitDirectory }
        // A submodule's folder is inside the `.git` of a project around it.
        let names = SafePath.components(of: gitDirectory)
        for index in names.indices.dropLast() where names[index] == ".git" && names[index + 1] == "modules" {
            let outer = names[..<index].map { "/" + $0 }.joined()
            if root.hasPrefix(outer + "/") { return commonDirectory == gitDirectory }
        }
        // A worktree's knows the worktree, and is inside the main checkout's.
        guard gitDirectory.hasPrefix(commonDirectory + "/worktrees/"),
            let pointer = try? SafePath.resolve("gitdir", against: gitDirectory), pointer.kind == .file,
            let text = Project.line(of: pointer), let back = try? SafePath.resolve(text, against: gitDirectory)
        else { return false }
        return back.path == root + "/.git"
    }

    /// Folders of git's own with hooks and settings: the project's and those of its submodules, at most ``maximumGitFolders``.
    package var gitFolders: [String] {
        var folders = gitDirectory == commonDirectory ? [gitDirectory] : [commonDirectory, gitDirectory]
        var queue = [commonDirectory + "/modules"]
        if gitDirectory != commonDirectory { queue.append(gitDirectory + "/modules") }
        while let place = queue.popLast(), folders.count < Project.maximumGitFolders {
            guard let path = try? SafePath.resolve(place, against: "/"), path.kind == .directory, path.path == place,
                let folder = try? SafePath.openDirectory(path.components),
                var listing = try? DirectoryListing(of: folder, isCancelled: { false })
            else { continue }
            while let (name, kind) = listing.popNext(), folders.count < Project.maximumGitFolders {
                guard kind == .directory, let text = String(validating: name, as: UTF8.self) else { continue }
                let inner = place + "/" + text
                if let head = try? SafePath.resolve("HEAD", against: inner), head.kind == .file {
                    folders.append(inner)
                    queue.append(inner + "/modules")
                } else if queue.count < Project.maximumGitFolders {
                    queue.append(inner)
                }
            }
        }
        return folders
    }

    /// Git's folders of the other worktrees of the same repository, their submodules' in them: at most ``maximumWorktrees``, in the order of
    /// their names.
    package var otherWorktrees: [String] {
        let place = commonDirectory + "/worktrees"
        guard let path = try? SafePath.resolve(place, against: "/"), path.kind == .directory, path.path == place,
            let folder = try? SafePath.openDirectory(path.components),
            var listing = try? DirectoryListing(of: folder, isCancelled: { false })
        else { return [] }
        var found: [String] = []
        while let (name, kind) = listing.popNext() {
            guard kind == .directory, let text = String(validating: name, as: UTF8.self) else { continue }
            let inner = place + "/" + text
            if inner != gitDirectory { found.append(inner) }
        }
        return Array(found.sorted().prefix(Project.maximumWorktrees))
    }

    private static let maximumGitFolders = 64
    private static let maximumWorktrees = 256

    package var head: Head? {
        // A HEAD that is a link to somewhere else would show the first line of any file.
        guard let path = try? SafePath.resolve("HEAD", against: gitDirectory), path.isInside(gitDirectory),
            let text = Project.line(of: path)
        else { return nil }
        if text.hasPrefix("ref: refs/heads/") { return .branch(String(text.dropFirst(16))) }
        if text.hasPrefix("ref: ") { return .branch(String(text.dropFirst(5))) }
        // A `.git` file may name any folder, and a HEAD in there that is none of git's must not be shown.
        return [40, 64].contains(text.utf8.count) && text.utf8.allSatisfy(Project.isHexadecimal) ? .detached(text) : nil
    }

    /// Rules for walking `folder`, which may lie outside of any checkout.
    package static func ignoreRules(walking folder: SafePath) -> IgnoreRules {
        guard let project = containing(folder.path) else { return IgnoreRules() }
        return IgnoreRules(project: project.root, excludeFile: project.commonDirectory + "/info/exclude", walking: folder)
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    private static func line(of file: SafePath) -> String? {
        guard let open = try? file.openForReading(), let bytes = try? open.readAll(limit: 65_536) else { return nil }
        return String(decoding: bytes.prefix { $0 != 0x0A && $0 != 0x0D }, as: UTF8.self)
    }

    /// The checkout's own configuration names something that even reading git commands start: a filter, an external diff, a text
    /// converter, a file monitor, a pager, or another file that could. Found by words, so a harmless mention counts too; a
    /// configuration that cannot be read whole counts as well.
    package var runsPrograms: Bool {
        [commonDirectory + "/config", gitDirectory + "/config.worktree"].contains { path in
            guard let file = try? SafePath.resolve(path, against: "/"), file.kind != nil else { return false }
            guard let open = try? file.openForReading(), let bytes = try? open.readAll(limit: 1 << 20), bytes.count < 1 << 20 else {
                return true
            }
            let text = String(decoding: bytes, as: UTF8.self).lowercased()
            return Project.startingWords.contains { text.contains($0) }
        }
    }

    private static let startingWords = [
        "[filter", "[include", "fsmonitor", "textconv", "external", "command", "pager", "hookspath", "alternaterefs",
    ]
}
