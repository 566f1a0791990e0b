import ApusCore
import ApusPolicy
import Testing

@Suite struct AutonomyPolicyTests {
    private let workspace = WorkspaceScope(
        workingDirectory: "/home/ada/project/lib", projectRoot: "/home/ada/project", home: "/home/ada", temporaryDirectories: ["/tmp"])

    private func decide(_ action: AccessRequest.Action, at level: AutonomyLevel) -> AccessDecision {
        AutonomyPolicy().decide(AccessRequest(action: action, summary: ""), at: level, in: workspace)
    }

    private func required(_ action: AccessRequest.Action) -> AutonomyLevel? {
        [.off, .low, .medium, .high, .unrestricted].first { level in
            if case .allow = decide(action, at: level) { true } else { false }
        }
    }

    @Test(arguments: [
        ("/home/ada/project/a.swift", AutonomyLevel.low), ("/home/ada/project/lib/b/c", .low), ("/tmp/x", .low),
        ("/home/ada/notes.txt", .medium), ("/home/ada/project2/a", .medium), ("/etc/hosts", .high), ("/home/ada/.ssh/config", .high),
        ("/home/ada/project/.env", .high), ("/home/ada/project/.env.example", .low), ("/home/ada/project/.git/hooks/pre-commit", .high),
        ("/home/ada/project/.apus/settings.json", .high), ("/home/ada/project/server.pem", .high),
    ])
    func aWriteNeedsTheLevelOfItsPlace(path: String, level: AutonomyLevel) {
        #expect(required(.write([path])) == level)
    }

    @Test func severalWritesNeedTheHardestLevel() {
        #expect(required(.write(["/tmp/a", "/etc/hosts"])) == .high)
    }

    @Test func readingIsAlwaysAllowed() {
        #expect(required(.read(["/etc/hosts"])) == .off)
        #expect(required(.session) == .off)
    }

    @Test func fetchingNeedsLow() {
        #expect(required(.fetch(url: "https://example.com/")) == .low)
    }

    @Test(arguments: [("ls", AutonomyLevel.medium), ("make", .high)])
    func whatOutlivesTheRunNeedsMediumAtLeast(command: String, level: AutonomyLevel) {
        let request = AccessRequest(action: .command(command, declaredRisk: "low"), summary: "", outlivesRun: true)
        let first = [AutonomyLevel.off, .low, .medium, .high].first { level in
            if case .allow = AutonomyPolicy().decide(request, at: level, in: workspace) { true } else { false }
        }
        #expect(first == level)
    }

    @Test(arguments: [
        "ls -la", "wc -l 'a b.swift' c.swift", "git status", "git diff --stat", "git log -5 --oneline", "find . -name '*.swift'",
        "cat README.md",
        "grep -rn 'x; rm -rf /' src", "date +%Y", "tail -n 5 a", "tail --lines=5 a", "stat -c '%s %n' -- a",
    ])
    func plainReadersRunAtEveryLevel(command: String) {
        #expect(required(.command(command, declaredRisk: "low")) == .off)
    }

    @Test(arguments: [
        "rm -rf build", "ls; rm x", "ls && rm x", "ls | sh", "cat $(echo x)", "cat `x`", "ls > out", "cat <x", "FOO=1 ls", "\"ls\"", "l\\s",
        "find . -delete", "find . -exec rm {} +", "find . -fprintf out x", "sort -o out in", "sort -ro out in", "git push",
        "git -c core.pager=x status",
        "git diff --output=x", "git diff --ext-diff", "git commit -m x", "ls\nrm x", "ls &", "cat 'open", "", "env ls", "sudo ls",
        "cat .env", "cat /home/ada/.ssh/id_rsa",
        "cat *.pem", "cat ~/x", "tail -f log", "date -s now", "file -C -m x", "cat server.key", "cat /proc/self/environ",
    ])
    func whateverIsNotProvenToReadNeedsHigh(command: String) {
        #expect(required(.command(command, declaredRisk: "low")) == .high)
    }

    /// GNU programs take any beginning of a long option.
    @Test(arguments: [
        ("sort", "--output=x"), ("sort", "--compress-program=x"), ("tail", "--follow"), ("tail", "--retry"), ("date", "--set=x"),
        ("file", "--compile"), ("git diff", "--output=x"), ("git log", "--ext-diff"), ("git show", "--textconv"),
        ("git diff", "--no-index"),
    ])
    func noBeginningOfAHarmfulOptionPasses(program: String, option: String) {
        let name = option.prefix { $0 != "=" }
        for length in 3...name.count {
            let command = "\(program) \(name.prefix(length))\(option.dropFirst(name.count)) a"
            #expect(required(.command(command, declaredRisk: "low")) == .high, "\(command)")
        }
    }

    @Test(arguments: ["date 01010000", "date -us x", "tail -5f a", "tail -nF a", "git diff -O.git/x", "git show HEAD:.env", "sort a"])
    func harmInShortOptionsIsSeen(command: String) {
        #expect(required(.command(command, declaredRisk: "low")) == .high)
    }

    @Test func gitIsNotReadOnlyWhereTheRepositoryMakesItRunPrograms() {
        var hostile = workspace
        hostile.repositoryRunsPrograms = true
        let request = AccessRequest(action: .command("git status", declaredRisk: "low"), summary: "")
        guard case .ask(.high, _, _) = AutonomyPolicy().decide(request, at: .medium, in: hostile) else {
            Issue.record("git must be asked about")
            return
        }
    }

    @Test(arguments: [
        "/home/ada/.bash_profile", "/home/ada/.gitconfig", "/home/ada/project/.bashrc", "/home/ada/.config/git/config",
        "/home/ada/.local/bin/ls", "/home/ada/bin/git", "/home/ada/.config/systemd/user/x.service",
    ])
    func filesThatRunByThemselvesNeedHigh(path: String) {
        #expect(required(.write([path])) == .high)
    }

    @Test func aHighLabelIsHonouredOnAReader() {
        #expect(required(.command("ls", declaredRisk: "high")) == .high)
        #expect(required(.command("ls", declaredRisk: "medium")) == .off)
    }

    @Test func theStopSentenceNamesTheLevelThatWouldDo() {
        guard case .ask(let level, _, let reason) = decide(.command("rm x", declaredRisk: "low"), at: .medium) else {
            Issue.record("expected a question")
            return
        }
        #expect(level == .high)
        #expect(reason.contains("rm"))
        #expect(
            StopSentence.text(required: level)
                == "Exec ended early: insufficient permission to proceed. Re-run with --auto high. For destructive commands, use --skip-permissions-unsafe."
        )
    }
}
