import ApusBase
import ApusTestServer
import Foundation
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// `-w`, `--worktree` and `--worktree-dir` (`droid-exec.md` §6.5 and the rows of §1.2 and §1.3).
@Suite struct WorktreeRunTests {
    private static func execute(_ command: String, background: Bool = false) -> Reply {
        .toolCall(
            "Execute",
            ["command": .string(command), "riskLevel": "low", "riskLevelReason": "a test", "run_in_background": .bool(background)],
            id: "call-1")
    }

    private static let create = Reply.toolCall("Create", ["file_path": "new.txt", "content": "new\n"], id: "call-1")

    /// A stage whose working directory is a repository with one commit.
    private func withRepository(_ script: Script, _ body: (Stage) async throws -> Void) async throws {
        try await withStage(.anthropic, script) { stage in
            try stage.home.write("one\n", to: "a.txt")
            try await stage.home.commitEverything()
            for (key, value) in [("user.name", "A"), ("user.email", "a@example.invalid")] {
                _ = try await stage.home.git(["config", key, value])
            }
            try await body(stage)
        }
    }

    private func worktree(_ name: String, _ stage: Stage) -> String { "\(stage.home.root)/work-wt-\(name)" }

    private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    private func branches(_ stage: Stage) async throws -> [String] {
        try await stage.home.git(["for-each-ref", "--format=%(refname:short)", "refs/heads"]).split(separator: "\n").map(String.init)
    }

    private func expectNoWorktree(_ stage: Stage, sourceLocation: SourceLocation = #_sourceLocation) async throws {
        let listed = try await stage.home.git(["worktree", "list", "--porcelain"])
        #expect(listed.components(separatedBy: "worktree /").count == 2, "\(listed)", sourceLocation: sourceLocation)
        let names = try FileManager.default.contentsOfDirectory(atPath: stage.home.root)
        #expect(!names.contains { $0.contains("-wt-") || $0.hasPrefix(".apus") }, "\(names)", sourceLocation: sourceLocation)
    }

    @Test func aRunThatLeavesNothingBehindHasItsWorktreeRemoved() async throws {
        try await withRepository([.text("looked")]) { stage in
            let outcome = try await stage.apus("exec", "-o", "json", "-w", "fix/one", "look around")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(outcome.diagnostics.isEmpty)
            let path = worktree("fix-one", stage)
            let result = try outcome.result()
            #expect(result["worktree"] == ["path": .string(path), "branch": "fix/one", "kept": false])
            #expect(!exists(path))
            #expect(try await branches(stage) == ["fix/one", "main"])
            try await expectNoWorktree(stage)
            let request = try #require(stage.server.modelRequests.first)
            #expect(request.lastUserTexts.last?.hasSuffix("look around") == true)
            #expect(request.tells("work only inside"))
            #expect(request.bodyText.contains("work-wt-fix-one"))
        }
    }

    @Test func aRunThatChangesFilesKeepsItAndSaysWhere() async throws {
        try await withRepository([Self.create, .text("made")]) { stage in
            let outcome = try await stage.apus("exec", "-o", "json", "--auto", "low", "--worktree=fix", "make it")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let path = worktree("fix", stage)
            #expect(try outcome.result()["worktree"]?["kept"] == true)
            #expect(outcome.diagnostics.contains(path), "\(outcome.everything)")
            #expect(try String(contentsOfFile: path + "/new.txt", encoding: .utf8) == "new\n")
            #expect(!stage.home.has("new.txt"))
        }
    }

    /// What follows `-w` is the prompt when no branch can be called so.
    @Test func theNextWordIsANameOnlyIfItCouldBeOne() async throws {
        try await withRepository(.always(.text("done"))) { stage in
            for words in [
                ["-w", "fix the tests"], ["-w", "--auto", "low", "fix the tests"], ["--worktree=", "fix the tests"],
                ["-w", "--", "fix the tests"],
                ["fix the tests", "-w"],
            ] {
                let outcome = try await stage.executable.start(["exec", "-o", "json"] + words, home: stage.home).finish()
                #expect(try outcome.result()["worktree"]?["branch"] == "main-wt", "\(words) \(outcome.everything)")
                #expect(stage.server.modelRequests.last?.lastUserTexts.last?.hasSuffix("fix the tests") == true)
            }
            let named = try await stage.apus("exec", "-o", "json", "-w", "fix", "the tests")
            #expect(try named.result()["worktree"]?["branch"] == "fix")
            #expect(try await branches(stage) == ["fix", "main", "main-wt"])
        }
    }

    @Test func theStreamNamesTheWorktreeAsItsDirectory() async throws {
        try await withRepository([.text("done")]) { stage in
            let outcome = try await stage.apus("exec", "-o", "stream-json", "-w", "fix", "go on")
            let lines = try outcome.lines()
            #expect(lines.first?["cwd"]?.stringValue == worktree("fix", stage), "\(outcome.everything)")
            #expect(lines.last?["worktree"]?["kept"] == false)
        }
    }

    @Test func outsideOfARepositoryItIsOneWithASentence() async throws {
        try await withStage(.anthropic, []) { stage in
            let outcome = try await stage.apus("exec", "-o", "json", "-w", "fix", "go on")
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            #expect(outcome.diagnostics.contains("--worktree needs a git repository"))
            #expect(try outcome.result()["subtype"] == "failure")
            #expect(stage.server.requests.isEmpty)
        }
    }

    @Test func aBranchThatIsCheckedOutIsOneWithItsPlace() async throws {
        try await withRepository([]) { stage in
            let outcome = try await stage.apus("exec", "-w", "main", "go on")
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            #expect(outcome.diagnostics.contains("The branch main is checked out at \(stage.home.work)."))
        }
    }

    @Test func theParentIsThatOfTheOptionThenOfTheSettingsThenTheNeighbourhood() async throws {
        try await withRepository(.always(.text("done"))) { stage in
            try stage.change { $0["worktreeDirectory"] = "~/trees" }
            let set = try await stage.apus("exec", "-o", "json", "-w", "x", "go on")
            #expect(try set.result()["worktree"]?["path"]?.stringValue == "\(stage.home.user)/trees/work-wt-x", "\(set.everything)")
            let told = try await stage.apus("exec", "-o", "json", "-w", "x", "--worktree-dir", "../there", "go on")
            #expect(try told.result()["worktree"]?["path"]?.stringValue == "\(stage.home.root)/there/work-wt-x", "\(told.everything)")
            try await expectNoWorktree(stage)
        }
    }

    /// The usual folder of the original lies among what commands may not read.
    @Test func inTheFolderOfTheOriginalCommandsSeeTheirWorktree() async throws {
        try await withRepository([Self.execute("cat a.txt"), .text("read")]) { stage in
            try stage.change { $0["worktreeDirectory"] = .string("\(stage.home.factory)/worktrees") }
            let outcome = try await stage.apus("exec", "-o", "stream-json", "-w", "x", "read it")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let told = try outcome.lines().ofType("tool_result").first?["value"]?.stringValue
            #expect(told?.contains("one") == true, "\(outcome.everything)")
        }
    }

    @Test(arguments: [Reply.unauthorized(), WorktreeRunTests.execute("rm -rf /etc/passwd")])
    func aRunThatFailsLeavesItTheSameWay(reply: Reply) async throws {
        try await withRepository([reply]) { stage in
            let outcome = try await stage.apus("exec", "-o", "json", "-w", "fix", "go on")
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            #expect(try outcome.result()["worktree"]?["kept"] == false)
            try await expectNoWorktree(stage)
        }
    }

    /// At the level of git's work commands commit in it, although its git folder is that of the main checkout.
    @Test func committedWorkIsOnTheBranchAndTheWorktreeGoes() async throws {
        let command = "echo two > a.txt && git add a.txt && git commit -q -m two"
        try await withRepository([Self.execute(command), .text("committed")]) { stage in
            let outcome = try await stage.apus("exec", "-o", "json", "--auto", "medium", "-w", "fix", "commit it")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(try outcome.result()["worktree"]?["kept"] == false, "\(outcome.everything)")
            #expect(try await stage.home.git(["show", "fix:a.txt"]) == "two\n")
            #expect(try stage.home.read("a.txt") == "one\n")
            try await expectNoWorktree(stage)
        }
    }

    /// Below git's level its folder in the main checkout can be read, wherever that lies: temporary directories are covered for commands.
    @Test(arguments: [nil, "low"], [true, false])
    func belowGitsLevelGitLooksIntoTheMainCheckout(level: String?, isTemporary: Bool) async throws {
        let command = "git status --short --branch && git log --oneline -1"
        let write: JSONValue = ["command": "git commit -q --allow-empty -m planted; git branch planted; true", "riskLevel": "low"]
        let replies = [Self.execute(command)] + (level == nil ? [] : [.toolCall("Execute", write, id: "call-2")]) + [.text("ok")]
        try await withRepository(Script(replies: replies)) { stage in
            var repository = stage.home.work
            // Beside the executable.
            let folder = URL(fileURLWithPath: stage.executable.path).deletingLastPathComponent().resolvingSymlinksInPath()
                .appendingPathComponent("e2e-\(UUID().uuidString.lowercased())").path
            defer { try? FileManager.default.removeItem(atPath: folder) }
            if !isTemporary {
                repository = folder + "/repository"
                try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
                try FileManager.default.copyItem(atPath: stage.home.work, toPath: repository)
            }
            try stage.change { $0["commandAllowlist"] = ["*"] }
            let parent = isTemporary ? stage.home.root : folder
            let words = ["exec", "-o", "stream-json", "--worktree=fix", "--worktree-dir", parent, "--cwd", repository]
            let outcome = try await stage.executable.start(
                words + (level.map { ["--auto", $0] } ?? []) + ["look"], home: stage.home
            ).finish()
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            let told = try outcome.lines().ofType("tool_result").compactMap { $0["value"]?.stringValue }
            #expect(told.first?.contains("## fix") == true && told.first?.contains("first") == true, "\(outcome.everything)")
            let branches = try await ChildProcess(
                "git", ["-C", repository, "branch", "--list", "planted"], environment: stage.home.environment, directory: stage.home.work,
                scratch: stage.home.scratch
            ).finish()
            #expect(branches.status == .exited(0) && branches.stdout.isEmpty, "\(branches.everything)")
        }
    }

    @Test func aCommitOnNoBranchKeepsIt() async throws {
        let command =
            "git checkout -q --detach && echo two > a.txt && git add a.txt && "
            + "git commit -q -m two"
        try await withRepository([Self.execute(command), .text("committed")]) { stage in
            let outcome = try await stage.apus("exec", "-o", "json", "--auto", "medium", "-w", "fix", "commit it")
            #expect(try outcome.result()["worktree"]?["kept"] == true, "\(outcome.everything)")
            #expect(outcome.diagnostics.contains("is on no branch"), "\(outcome.everything)")
            #expect(try String(contentsOfFile: worktree("fix", stage) + "/a.txt", encoding: .utf8) == "two\n")
        }
    }

    @Test func aBackgroundProcessKeepsIt() async throws {
        let tree = ProcessTree()
        defer { tree.fell() }
        try await withRepository([Self.execute(tree.command, background: true), .text("started")]) { stage in
            let outcome = try await stage.apus("exec", "-o", "json", "--auto", "high", "-w", "fix", "serve")
            #expect(try outcome.result()["worktree"]?["kept"] == true, "\(outcome.everything)")
            #expect(outcome.diagnostics.contains("the background process bg_"), "\(outcome.everything)")
            #expect(exists(worktree("fix", stage) + "/a.txt"))
            _ = try await stage.apus("sessions", "stop", try outcome.session())
        }
    }

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"), "needs /usr/bin/python3"))
    func serversOfTheRunAreEndedBeforeItIsRemoved() async throws {
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .appendingPathComponent("Peers/mcp_stdio_fixture.py").path
        let call = Reply.toolCall("notes___echo", ["text": "from the model"], id: "call-1")
        try await withRepository([call, .text("done")]) { stage in
            let servers: JSONValue = ["mcpServers": ["notes": ["command": "/usr/bin/python3", "args": [.string(script), "plain"]]]]
            try servers.serialized().write(toFile: stage.home.apus + "/mcp.json", atomically: false, encoding: .utf8)
            let outcome = try await stage.apus("exec", "-o", "json", "--auto", "high", "-w", "fix", "echo it")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(try outcome.result()["worktree"]?["kept"] == false, "\(outcome.everything)")
            try await expectNoWorktree(stage)
        }
    }

    @Test func aSessionGoesOnInAWorktree() async throws {
        try await withRepository([.text("first"), .text("second"), .text("third")]) { stage in
            let session = try await stage.apus("exec", "-o", "json", "begin").session()
            let next = try await stage.apus("exec", "-o", "stream-json", "-s", session, "-w", "fix", "go on")
            #expect(next.status == .exited(0), "\(next.everything)")
            #expect(try next.lines().first?["cwd"]?.stringValue == worktree("fix", stage))
            #expect(stage.server.modelRequests.last?.tells("begin", "first", "go on") == true)
            let last = try await stage.apus("exec", "-o", "stream-json", "-s", session, "and on")
            #expect(try last.lines().first?["cwd"]?.stringValue == stage.home.work, "\(last.everything)")
        }
    }

    @Test(arguments: [SIGINT, SIGTERM])
    func aSignalInARunLeavesItTheSameWay(signal: Int32) async throws {
        let tree = ProcessTree()
        defer { tree.fell() }
        try await withRepository([Self.execute(tree.command)]) { stage in
            let run = try stage.start("exec", "-o", "json", "--auto", "high", "-w", "fix", "grow")
            try await tree.hasGrown()
            run.send(signal)
            let outcome = try await run.finish()
            #expect(outcome.status == .exited(128 + signal), "\(outcome.everything)")
            let result = try outcome.result()
            #expect(result["stop_reason"] == "cancelled")
            // A machine that is too busy to look in time keeps it, whole.
            if result["worktree"]?["kept"] == false {
                try await expectNoWorktree(stage)
            } else {
                #expect(outcome.diagnostics.contains(worktree("fix", stage)), "\(outcome.everything)")
                #expect(exists(worktree("fix", stage) + "/a.txt"))
            }
            #expect(try await branches(stage) == ["fix", "main"])
        }
    }

    /// While another run holds the lock of the repository, a worktree is being made for as long as it takes.
    ///
    /// - Parameter tracer: a program that becomes the run, and its arguments.
    private func whileItIsMade(
        _ options: [String] = [], under tracer: [String] = [], _ stage: Stage, _ body: (ChildProcess) async throws -> Outcome
    ) async throws -> Outcome {
        let lock = open(stage.home.work + "/.git/apus-worktrees.lock", O_CREAT | O_RDWR | O_CLOEXEC, 0o644)
        defer { close(lock) }
        #expect(flock(lock, LOCK_EX | LOCK_NB) == 0)
        let temporary = stage.home.scratch + "/tmp"
        try FileManager.default.createDirectory(atPath: temporary, withIntermediateDirectories: true)
        let words = tracer + [stage.executable.path, "exec", "-o", "json", "-w", "fix"] + options + ["go on"]
        let run = try ApusExecutable(path: words[0]).start(
            Array(words.dropFirst()), home: stage.home, environment: ["TMPDIR": temporary])
        try await eventually("it has begun", within: .seconds(120)) {
            try FileManager.default.contentsOfDirectory(atPath: temporary).contains { $0.hasPrefix("apus-git-") }
        }
        return try await body(run)
    }

    @Test(arguments: [SIGINT, SIGTERM], [1, 3])
    func aSignalWhileItIsMadeLeavesNothing(signal: Int32, times: Int) async throws {
        try await withRepository([]) { stage in
            let outcome = try await whileItIsMade([], stage) { run in
                for _ in 0..<times { run.send(signal) }
                return try await run.finish()
            }
            #expect(outcome.status == .exited(128 + signal), "\(outcome.everything)")
            #expect(try outcome.result()["stop_reason"] == "cancelled")
            try await expectNoWorktree(stage)
            #expect(try await branches(stage) == ["main"])
            #expect(stage.server.requests.isEmpty)
        }
    }

    /// The system takes its time to watch for signals: nothing is begun before, and no signal is lost.
    @Test(.enabled(if: Strace.isInstalled, "strace is not installed"))
    func aSignalRightAtTheBeginningIsNotLost() async throws {
        try await withRepository([]) { stage in
            guard try await Strace.works(on: stage) else { return }
            let slowly = [
                Strace.path, "-D", "-f", "-qq", "-o", "\(stage.home.scratch)/trace", "-e", "trace=epoll_ctl", "-e",
                "inject=epoll_ctl:delay_enter=300000",
            ]
            let outcome = try await whileItIsMade(under: slowly, stage) { run in
                run.send(SIGTERM)
                return try await run.finish(within: .seconds(60))
            }
            #expect(outcome.status == .exited(128 + SIGTERM), "\(outcome.everything)")
            #expect(try outcome.result()["stop_reason"] == "cancelled")
            try await expectNoWorktree(stage)
        }
    }

    @Test func theTimeLimitCountsForTheMakingToo() async throws {
        try await withRepository([]) { stage in
            let outcome = try await whileItIsMade(["--timeout", "3"], stage) { try await $0.finish() }
            #expect(outcome.status == .exited(1), "\(outcome.everything)")
            #expect(outcome.diagnostics.contains("was not made within the time limit"), "\(outcome.everything)")
            try await expectNoWorktree(stage)
        }
    }

    @Test func aHostOfTheProtocolWorksInOne() async throws {
        try await withRepository([]) { stage in
            let outcome = try await stage.apus(
                "exec", "--input-format", "stream-jsonrpc", "-o", "stream-jsonrpc", "-w", "fix", stdin: .pipe(""))
            #expect(outcome.stdout.isEmpty, "\(outcome.everything)")
            #expect(try await branches(stage) == ["fix", "main"])
            try await expectNoWorktree(stage)
        }
    }

    @Test func theOptionForThePlaceAloneIsRemarkedUpon() async throws {
        try await withRepository([.text("done")]) { stage in
            let outcome = try await stage.apus("exec", "--worktree-dir", "x", "go on")
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(outcome.diagnostics == "--worktree-dir has no effect without --worktree.\n")
        }
    }
}
