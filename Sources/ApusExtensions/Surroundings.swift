package import ApusCore
import ApusWorkspace

/// A few facts about where a session runs, so that the model need not ask for them: system, shell, folders, date, git, and what lies
/// in the working directory. Reads files only; git is not run, so nothing that a repository configures is.
package struct Surroundings: Sendable {
    static let maximumEntries = 100
    static let maximumChanges = 40

    private let shell: String
    private let clock: any TimeSource

    /// `shell` is what Execute uses by default; the clock is asked for each note.
    package init(shell: String, clock: any TimeSource) {
        self.shell = shell
        self.clock = clock
    }

    package func note(for workingDirectory: String) async -> ContextNote {
        let facts = [
            "Operating system: \(Surroundings.system)", "Shell: \(shell)", "Working directory: \(workingDirectory)",
            "Date: \(Surroundings.date(clock.now)) (UTC)",
        ]
        let found = await BlockingWork.files.run { flag in
            Surroundings.git(workingDirectory, flag) + Surroundings.listing(workingDirectory, flag)
        }
        return ContextNote(source: "surroundings", text: (facts + found).joined(separator: "\n"))
    }

    /// Year, month and day of a time in milliseconds since 1970.
    static func date(_ milliseconds: Int64) -> String {
        let days = (milliseconds >= 0 ? milliseconds : milliseconds - 86_399_999) / 86_400_000
        // Counted in years that begin in March, so that the leap day is the last, and in eras of 400 years, which all have 146,097 days.
        let shifted = days + 719_468
        let era = (shifted >= 0 ? shifted : shifted - 146_096) / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        return "\(year)-\(padded(month))-\(padded(day))"
    }

    private static func padded(_ number: Int64) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private static func git(_ folder: String, _ flag: CancelFlag) -> [String] {
        guard let project = Project.containing(folder) else { return ["Git: not a checkout"] }
        var lines = project.root == folder ? [] : ["Project root: \(project.root)"]
        switch project.head {
        case .branch(let name): lines.append("Git branch: \(name)")
        case .detached(let commit): lines.append("Git: detached at \(commit.prefix(12))")
        case nil: lines.append("Git: HEAD cannot be read")
        }
        if project.gitDirectory.hasPrefix(project.commonDirectory + "/worktrees/"), project.ownsGitFolders {
            lines.append(
                """
                This is a git worktree of its own, beside other checkouts of the same repository: work only inside \(project.root). Files that git \
                ignores, such as installed dependencies and build results, are not copied into a worktree and may be missing.
                """)
        }
        guard let status = GitStatus(of: project, flag: flag) else { return lines }
        if status.lines.isEmpty { return lines + ["Git working tree: no changes that are not staged"] }
        lines.append("Git working tree, not staged (M changed, D deleted, ?? untracked):")
        lines += status.lines.prefix(maximumChanges).map { "  \($0.change.rawValue) \($0.path)" }
        if status.lines.count > maximumChanges { lines.append("  … \(status.lines.count - maximumChanges) more") }
        return lines
    }

    private static func listing(_ folder: String, _ flag: CancelFlag) -> [String] {
        // A folder that cannot be listed is told by the tools when it matters.
        guard let path = try? SafePath.resolve(".", against: folder), let tree = try? FileTree(root: path, flag: flag) else { return [] }
        var lines = ["Working directory contains:"]
        var count = 0
        while let entry = tree.next() {
            tree.skipContents()
            count += 1
            if count <= maximumEntries { lines.append("  " + entry.text + (entry.kind == .directory ? "/" : "")) }
        }
        if count == 0 { return ["Working directory contains: nothing"] }
        if count > maximumEntries { lines.append("  … \(count - maximumEntries) more") }
        return lines
    }

    private static let system: String = {
        #if os(Linux)
            let name = "Linux"
        #elseif os(macOS)
            let name = "macOS"
        #else
            let name = "Unix"
        #endif
        #if arch(x86_64)
            return name + " x86_64"
        #elseif arch(arm64)
            return name + " arm64"
        #else
            return name
        #endif
    }()
}
