import ApusCore
import Testing

@testable import ApusExtensions

private struct FixedClock: TimeSource {
    let now: Int64
    func sleep(for duration: Duration) async throws(CancellationError) {}
}

@Suite struct SurroundingsTests {
    let folder = ScratchFolder()

    private func lines(_ name: String) async -> [String] {
        let note = await Surroundings(shell: "/bin/sh", clock: FixedClock(now: 1_795_267_000_000)).note(for: folder(name))
        #expect(note.source == "surroundings")
        return note.text.split(separator: "\n").map(String.init)
    }

    @Test(arguments: [
        (0, "1970-01-01"), (951_782_400_000, "2000-02-29"), (951_868_800_000, "2000-03-01"), (1_795_267_000_000, "2026-11-21"),
        (4_107_542_399_999, "2100-02-28"), (4_107_542_400_000, "2100-03-01"), (-1, "1969-12-31"),
    ])
    func datesAreThoseOfTheCalendar(time: Int64, date: String) {
        #expect(Surroundings.date(time) == date)
    }

    @Test func aPlainFolderIsDescribed() async {
        folder.write("ws/b", "")
        folder.write("ws/a/x", "")
        let lines = await lines("ws")
        #expect(
            Array(lines.dropFirst()) == [
                "Shell: /bin/sh", "Working directory: \(folder("ws"))", "Date: 2026-11-21 (UTC)", "Git: not a checkout",
                "Working directory contains:", "  a/", "  b",
            ])
    }

    @Test func changesOfACheckoutAreListedWithoutRunningWhatItConfigures() async {
        for name in ["kept", "changed", "gone", "touched", "in/x", "same-size"] { folder.write("ws/\(name)", "text of \(name)") }
        folder.write("ws/.gitignore", "*.log\n")
        folder.run("cd ws && git init -q -b trunk && git add -A && git -c user.name=a -c user.email=b@c commit -qm x")
        folder.run("cd ws && git config core.fsmonitor 'touch \(folder("ran"))' && git config filter.f.clean 'touch \(folder("ran"))'")
        folder.run("cd ws && echo '* filter=f' > .gitattributes && echo more >> changed && rm gone && touch -d 2001-01-01 touched")
        folder.run("cd ws && printf 'TEXT of same-size' > same-size && mkdir -p new/deep empty && touch new/deep/1 new/2 a.log in/y")
        let lines = await lines("ws/in")
        #expect(
            Array(lines[4...]) == [
                "Project root: \(folder("ws"))", "Git branch: trunk", "Git working tree, not staged (M changed, D deleted, ?? untracked):",
                "  M changed", "  D gone", "  M same-size", "  ?? .gitattributes", "  ?? in/y", "  ?? new/", "Working directory contains:",
                "  x", "  y",
            ])
        folder.run("test ! -e ran")
    }

    @Test func aWorktreeIsToldApartFromTheOtherCheckouts() async {
        folder.write("ws/a", "x")
        folder.run("cd ws && git init -q -b trunk && git add -A && git -c user.name=a -c user.email=b@c commit -qm x")
        folder.run("cd ws && git worktree add -q ../other -b topic")
        let note = await lines("other")
        let main = await lines("ws")
        #expect(note.contains { $0.hasPrefix("This is a git worktree of its own") && $0.contains("work only inside \(folder("other"))") })
        #expect(note.contains("Git branch: topic"))
        #expect(!main.contains { $0.contains("git worktree") })
    }

    @Test func longListsAreCut() async {
        for number in 0..<130 { folder.write("ws/f\(number)", "") }
        #expect(await lines("ws").last == "  … 30 more")
    }
}
