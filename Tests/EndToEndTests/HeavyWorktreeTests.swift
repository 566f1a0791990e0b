import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Many runs in one repository.
@Suite struct HeavyWorktreeTests {
    /// Writes a file in every fifth run.
    private static let script = Script([
        ScriptStep(
            .computed { request in
                let writes = request.bodyText.contains("write something") && !request.bodyText.contains("tool_result")
                return writes ? .toolCall("Create", ["file_path": "new.txt", "content": "new\n"], id: "call-1") : .text("done")
            }, times: .forever)
    ])

    @Test(arguments: [true, false])
    func twentyAtOnceMeetNoConflict(areNamed: Bool) async throws {
        try await withStage(.anthropic, Self.script) { stage in
            for number in 0..<50 { try stage.home.write("\(number)\n", to: "files/\(number).txt") }
            try await stage.home.commitEverything()
            let outcomes = try await withThrowingTaskGroup(of: Outcome.self) { group in
                for number in 1...20 {
                    let prompt = number.isMultiple(of: 5) ? "write something" : "look around"
                    let name = areNamed ? ["-w", "branch/\(number)"] : ["-w"]
                    group.addTask {
                        try await stage.executable.start(
                            ["exec", "-o", "json", "--auto", "low"] + name + [prompt], home: stage.home
                        ).finish(within: .seconds(600))
                    }
                }
                var outcomes: [Outcome] = []
                for try await outcome in group { outcomes.append(outcome) }
                return outcomes
            }
            var kept: Set<String> = []
            for outcome in outcomes {
                #expect(outcome.status == .exited(0), "\(outcome.everything)")
                let worktree = try outcome.result()["worktree"]
                let path = try #require(worktree?["path"]?.stringValue)
                if worktree?["kept"] == true { kept.insert(path) }
                #expect(FileManager.default.fileExists(atPath: path + "/new.txt") == (worktree?["kept"] == true) || !areNamed)
            }
            // Those that named none may meet one that was kept: it is used again, and stays.
            if areNamed { #expect(kept.count == 4) }
            let branches = try await stage.home.git(["for-each-ref", "--format=%(refname:short)", "refs/heads"]).split(separator: "\n")
            if areNamed { #expect(branches.count == 21) }
            let listed = try await stage.home.git(["worktree", "list", "--porcelain"]).components(separatedBy: "worktree /").count - 2
            #expect(listed == kept.count)
            for path in kept { #expect(FileManager.default.fileExists(atPath: path + "/new.txt")) }
            #expect(try await stage.home.git(["status", "--porcelain"]).isEmpty)
            #expect(try await stage.home.git(["fsck"]).isEmpty)
        }
    }
}
