/// Where the worktrees of a repository are (`droid-exec.md` §6.5, C10): `<parent>/<repository>-wt-<branch>`.
package struct WorktreePlace: Hashable, Sendable {
    /// The repository's name in folder names: that of its main checkout.
    package let repository: String
    /// Where they are made when nobody says where: beside the main checkout, and beside what that is a part of.
    package let sibling: String

    package init(of project: Project) {
        let common = project.commonDirectory
        let name: String
        var parent: String
        if let last = common.lastName, last == ".git" {
            let main = common.parentPath
            name = main.lastName ?? "root"
            parent = main.parentPath
        } else if let modules = common.range(of: "/.git/modules/") {
            // A submodule: beside the project around it, which would show the folder as untracked.
            name = (project.gitDirectory == common ? project.root.lastName : nil) ?? common.lastName ?? "submodule"
            parent = String(common[..<modules.lowerBound]).parentPath
        } else {
            let last = common.lastName ?? "repository"
            name = last.hasSuffix(".git") && last != ".git" ? String(last.dropLast(4)) : last
            parent = common.parentPath
        }
        // Not inside of another checkout, either.
        while parent != "/", let around = Project.boundary(of: parent), around != "/" { parent = around.parentPath }
        repository = name
        sibling = parent
    }

    package init(repository: String, sibling: String) {
        self.repository = repository
        self.sibling = sibling
    }

    /// `nil` when the folder's name would be too long for a file system.
    package func path(of branch: BranchName, below parent: String?) -> String? {
        let name = "\(repository)-wt-\(branch.folderName)"
        guard name.utf8.count <= 255 else { return nil }
        let parent = parent ?? sibling
        return parent == "/" ? "/" + name : parent + "/" + name
    }
}

extension String {
    /// Of an absolute path without doubled slashes.
    var parentPath: String {
        guard let slash = lastIndex(of: "/"), slash != startIndex else { return "/" }
        return String(self[..<slash])
    }

    var lastName: String? {
        guard let slash = lastIndex(of: "/") else { return isEmpty ? nil : self }
        let name = self[index(after: slash)...]
        return name.isEmpty ? nil : String(name)
    }

    func range(of part: String) -> Range<String.Index>? { firstRange(of: part) }
}
