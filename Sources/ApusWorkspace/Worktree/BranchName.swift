/// The name of a branch as git accepts it: the rules of `git check-ref-format --branch`, without running git.
package struct BranchName: Hashable, Sendable, CustomStringConvertible {
    /// Bytes of one part between slashes: room for `.lock` in a file name of 255.
    package static let maximumPartBytes = 200
    package static let maximumBytes = 1_000

    package let text: String

    /// `nil` when git would not take it.
    package init?(_ text: String) {
        guard BranchName.isLegal(text) else { return nil }
        self.text = text
    }

    /// What the next word of a command line must be to be taken for a name and not for a prompt (`droid-exec.md` §6.5).
    package init?(word: String) {
        if word.contains(where: \.isWhitespace) { return nil }
        self.init(word)
    }

    package var reference: String { "refs/heads/" + text }

    /// The name as one part of a path.
    package var folderName: String { String(text.map { $0 == "/" ? "-" : $0 }) }

    package var description: String { text }

    /// The branch for a worktree that was asked for without a name.
    package static func standard(for head: Project.Head) -> BranchName? {
        switch head {
        case .branch(let name): BranchName(name + "-wt")
        case .detached(let commit): BranchName("detached-\(commit.prefix(7))-wt")
        }
    }

    /// The `number`th name of that kind, from 2 on: for runs beside each other that named none.
    package func numbered(_ number: Int) -> BranchName? { BranchName("\(text)-\(number)") }

    private static func isLegal(_ text: String) -> Bool {
        if text.isEmpty || text.utf8.count > maximumBytes || text == "HEAD" || text == "@" { return false }
        if text.hasPrefix("-") || text.hasSuffix(".") || text.contains("..") || text.contains("@{") { return false }
        let forbidden = Set(" ~^:?*[\\".unicodeScalars)
        if text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F || forbidden.contains($0) }) { return false }
        return text.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { part in
            !part.isEmpty && !part.hasPrefix(".") && !part.hasSuffix(".lock") && part.utf8.count <= maximumPartBytes
        }
    }
}
