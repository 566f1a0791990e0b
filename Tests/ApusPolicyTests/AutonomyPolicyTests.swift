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

    @Test(arguments: AutonomyLevel.allCases) func aPlanIsAskedAboutAtEveryLevel(level: AutonomyLevel) {
        let request = AccessRequest(action: .plan(Plan(text: "do it")), summary: "")
        #expect(
            AutonomyPolicy().decide(request, at: level, in: workspace)
                == .ask(required: nil, rule: "plan", reason: "carrying out a plan"))
    }

    @Test func aSubagentNeedsHighUnlessTheGateIsOpen() {
        #expect(required(.delegate(kind: "worker")) == .high)
        let open = AutonomyPolicy(delegationLevel: .off)
        let request = AccessRequest(action: .delegate(kind: "worker"), summary: "")
        #expect(open.decide(request, at: .off, in: workspace) == .allow(rule: "delegate"))
    }

    @Test func fetchingNeedsLow() {
        #expect(required(.fetch(url: "https://example.com/")) == .low)
    }

    @Test(
        arguments: [
            (true, nil, AutonomyLevel.low), (true, true, .low), (nil, false, .medium), (false, false, .medium), (nil, nil, .high),
            (false, nil, .high), (nil, true, .high),
        ] as [(Bool?, Bool?, AutonomyLevel)])
    func aCallOfAServerNeedsWhatTheServerSaysOfItAndHighWhenItSaysNothing(readOnly: Bool?, destructive: Bool?, level: AutonomyLevel) {
        #expect(required(.serverCall(tool: "t", claim: ServerClaim(readOnly: readOnly, destructive: destructive))) == level)
    }

    @Test(arguments: [("ls", AutonomyLevel.medium), ("make", .medium), ("git push", .high)])
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

    /// GNU programs take any beginning of a long option.
    @Test(arguments: [
        ("sort", "--output=/etc/x"), ("sort", "--compress-program=x"), ("tail", "--follow"), ("tail", "--retry"), ("date", "--set=x"),
        ("file", "--compile"), ("git diff", "--output=x"), ("git log", "--ext-diff"), ("git cat-file", "--textconv"),
        ("git diff", "--no-index"), ("rg", "--pre=x"), ("sed -n p", "--in-place"), ("tree", "--output=x"), ("jq", "--from-file=x"),
    ])
    func noBeginningOfAHarmfulOptionPasses(program: String, option: String) {
        let name = option.prefix { $0 != "=" }
        for length in 3...name.count {
            let command = "\(program) \(name.prefix(length))\(option.dropFirst(name.count)) a"
            #expect(required(.command(command, declaredRisk: "low")) != .off, "\(command)")
        }
    }

    @Test(arguments: [
        "date 01010000", "date -us x", "tail -5f a", "tail -vF a", "git diff -O.git/x", "git show HEAD:.env", "sort -ro out in",
    ])
    func harmInShortOptionsIsSeen(command: String) {
        let level = required(.command(command, declaredRisk: "low"))
        #expect(level == (command.hasPrefix("tail") ? .low : command.hasPrefix("sort") ? .medium : .high), "\(command)")
    }

    @Test func gitIsNotReadOnlyWhereTheRepositoryMakesItRunPrograms() {
        var hostile = workspace
        hostile.repositoryRunsPrograms = true
        let request = AccessRequest(action: .command("git status", declaredRisk: "low"), summary: "")
        guard case .ask(.medium, "git.repository-runs-programs", _) = AutonomyPolicy().decide(request, at: .low, in: hostile) else {
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

    @Test func whatReadsStaysThatWhenTheModelSaysMedium() {
        #expect(required(.command("ls", declaredRisk: "medium")) == .off)
        #expect(required(.command("prettier --write src", declaredRisk: "low")) == .low)
        #expect(required(.command("prettier --write src", declaredRisk: "medium")) == .medium)
        #expect(required(.command("git commit -m x", declaredRisk: "low")) == .medium)
        #expect(required(.command("make", declaredRisk: "extreme")) == .high, "a word that is none of the three")
    }

    @Test func theStopSentenceNamesTheLevelThatWouldDo() {
        guard case .ask(let level, let rule, let reason) = decide(.command("rm -rf src", declaredRisk: "low"), at: .medium) else {
            Issue.record("expected a question")
            return
        }
        #expect(level == .high)
        #expect(rule == "file.remove-tree")
        #expect(reason == "static: recursive delete")
        #expect(
            StopSentence.text(required: level)
                == "Exec ended early: insufficient permission to proceed. Re-run with --auto high. For destructive commands, use --skip-permissions-unsafe."
        )
    }
}
