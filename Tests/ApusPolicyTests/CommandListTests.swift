import ApusCore
import ApusPolicy
import Testing

/// The lists of `droid-exec.md` §3.7: block before deny before allow before autonomy.
@Suite struct CommandListTests {
    private func decide(_ command: String, _ lists: CommandLists, at level: AutonomyLevel = .off) -> AccessDecision {
        let request = AccessRequest(action: .command(command, declaredRisk: "low"), summary: "")
        return AutonomyPolicy(lists: lists).decide(request, at: level, in: CommandCatalogTests.workspace)
    }

    private func assess(_ command: String, _ lists: CommandLists) -> CommandAssessment {
        CommandJudge.assess(command, in: CommandCatalogTests.workspace, lists: lists)
    }

    @Test(arguments: [
        "curl https://x", "/usr/bin/curl https://x", "/usr/bin/env curl https://x", "cu\\rl x", "'curl' x", "echo $(curl x)", "ls `curl x`",
        "bash -c 'curl x'", "xargs curl", "sudo -u bob curl x", "nohup timeout 3 curl x &", "find . -exec curl {} ;", "f() { curl x; }; f",
        "if false; then curl x; fi", "cat <(curl x)", "echo 'curl x' | sh", "eval curl x", "c=curl; $c x", "echo 'open; curl",
        "ls > \"$(curl x)\"",
        "git submodule foreach 'curl x'", "busybox curl x", "trap 'curl x' EXIT", "watch curl x", "cat <<E\n$(curl x)\nE",
        "for i in 1 2; do curl x; done",
    ])
    func whatIsBlockedNeverRunsHoweverItIsWritten(command: String) {
        let lists = CommandLists(allow: ["curl"], block: ["curl"])
        let refusal = AccessDecision.deny(rule: "list.block", reason: "Command blocked by policy: curl")
        for level in AutonomyLevel.allCases { #expect(decide(command, lists, at: level) == refusal) }
    }

    @Test(arguments: ["echo curl", "cat curl.txt", "ls ./curl/", "curly x", "grep -r 'curl x' ."])
    func whatOnlyMentionsABlockedProgramIsNotBlocked(command: String) {
        #expect(assess(command, CommandLists(block: ["curl"])).blocked == nil)
    }

    @Test(arguments: [
        ("npm *", "npm run build", true), ("npm *", "npm", true), ("npm *", "npx x", false),
        ("curl *://internal*", "curl -s http://internal/x", true),
        ("git push", "git push -f origin", true), ("git push", "git pull", false), ("rm -rf", "rm -fr x", true),
        ("rm -rf", "rm -r -f x", true),
        ("rm -rf", "rm --recursive --force x", true), ("rm -rf", "rm -r x", false), ("git push --force", "git push origin --force", true),
        ("cat ~/notes", "cat /home/ada/notes/", true), ("cat $HOME/notes", "cat ~/notes", true), ("| sh", "echo x |   sh", true),
        ("kubectl delete", "kubectl delete pod x", true), ("kubectl delete", "kubectl get pods", false), ("/usr/bin/make", "make x", true),
        ("docker ru?", "docker run", true), ("format", "npm run format", false), ("", "ls", false),
    ])
    func patternsMatchAsWritten(pattern: String, command: String, matches: Bool) {
        #expect((assess(command, CommandLists(block: [pattern])).blocked != nil) == matches)
        #expect((assess(command, CommandLists(deny: [pattern])).denied == pattern) == matches)
    }

    @Test func theDenylistAsksAtEveryLevelButSkip() {
        let lists = CommandLists(allow: ["make"], deny: ["make"])
        for level in [AutonomyLevel.off, .low, .medium, .high] {
            guard case .ask(nil, "list.deny", let reason) = decide("timeout 3 make", lists, at: level) else {
                Issue.record("must ask at \(level)")
                continue
            }
            #expect(reason.contains("\"make\""))
        }
        #expect(decide("timeout 3 make", lists, at: .unrestricted) == .allow(rule: "unrestricted"))
    }

    @Test(arguments: [
        ("make test", true), ("make test && ls", true), ("timeout 9 make test", true), ("make test && npm test", false),
        ("make test > out.txt", false),
        ("GIT_PAGER=./x make test", false), ("make test &", false), ("sudo make test", false), ("make test | sh", false),
        ("make install", false),
        ("echo $(make test)", true), ("make test 2>/dev/null", true), ("git push", false), ("bash -c 'make test'", true),
    ])
    func whatIsAllowedNeedsNoLevelWhenAllOfItIs(command: String, runs: Bool) {
        let decision = decide(command, CommandLists(allow: ["make test"]))
        #expect((decision == .allow(rule: "list.allow")) == runs, "\(decision)")
    }

    @Test func blockBeatsDenyBeatsAllow() {
        let all = CommandLists(allow: ["make"], deny: ["make"], block: ["make"])
        #expect(decide("make", all) == .deny(rule: "list.block", reason: "Command blocked by policy: make"))
        #expect(assess("make", CommandLists(allow: ["make"], deny: ["make"])).allowed == nil)
        #expect(assess("rm -rf /", CommandLists(allow: ["rm -rf /"])).allowed == nil, "the built-in denylist is always there")
    }
}
