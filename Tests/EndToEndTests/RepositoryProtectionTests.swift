#if os(Linux)
    import ApusBase
    import ApusTestServer
    import Foundation
    import Testing

    /// A command cannot make git look elsewhere for what it runs, nor make another project of what is around its own.
    @Suite struct RepositoryProtectionTests {
        /// Lets everything run that the lists can let run, so that only the wall is left.
        private func run(_ commands: [String], at level: String, furnish: (Stage) async throws -> Void, _ check: (Stage) throws -> Void)
            async throws
        {
            let calls = commands.indices.map { EverydayCommand("bash script\($0).sh") }
            try await withStage(.anthropic, Stage.script(calls)) { stage in
                try await furnish(stage)
                for (number, command) in commands.enumerated() { try stage.home.write(command + "\n", to: "script\(number).sh") }
                try stage.change { $0["commandAllowlist"] = ["*"] }
                let outcome = try await stage.apus("exec", "--auto", level, "go")
                #expect(outcome.status == .exited(0), "\(outcome.everything)")
                try check(stage)
            }
        }

        @Test(arguments: [
            "echo ../evil > .git/commondir", "mv .git/HEAD .git/H", "rm .git/HEAD", "touch .git/config.worktree", "mkdir .git/hooks2",
            "cp -r .git/objects .git/refs . && rm .git/HEAD",
        ])
        func belowGitsLevelNothingInItChanges(command: String) async throws {
            try await run([command], at: "low") {
                try await $0.home.makeProject()
            } _: { stage in
                #expect(stage.home.has(".git/HEAD"))
                for name in ["commondir", "config.worktree", "hooks2", "H"] { #expect(!stage.home.has(".git/\(name)"), "\(name)") }
            }
        }

        /// Who works in another worktree of the repository runs what git's folder of that one says.
        @Test func atGitsLevelTheFoldersOfOtherWorktreesStayAsTheyAre() async throws {
            let other = ".git/worktrees/other"
            let commands = [
                "echo ../../../evil > \(other)/commondir", "touch \(other)/config.worktree", "mv \(other) .git/worktrees/moved",
                "mkdir -p \(other)/modules/sub",
            ]
            try await run(commands, at: "medium") { stage in
                try await stage.home.makeProject()
                try stage.home.write("ref: refs/heads/other\n", to: other + "/HEAD")
                try stage.home.write("../..\n", to: other + "/commondir")
                try stage.home.write("\(stage.home.root)/other/.git\n", to: other + "/gitdir")
                try stage.home.write("gitdir: \(stage.home.work)/\(other)\n", to: "../other/.git")
            } _: { stage in
                let pointer = try stage.home.read(other + "/commondir")
                #expect(pointer == "../..\n")
                for name in ["config.worktree", "modules"] { #expect(!stage.home.has("\(other)/\(name)"), "\(name)") }
                #expect(stage.home.has(other + "/HEAD") && !stage.home.has(".git/worktrees/moved"))
            }
        }

        /// The first command breaks the checkout, so that the second one meets what no longer looks like one.
        @Test func aBrokenCheckoutKeepsItsHooksAndItsBoundary() async throws {
            let commands = [
                "mv .git/HEAD .git/H", "mkdir -p .git/hooks; echo x > .git/hooks/pre-commit", "echo '[core]' >> .git/config",
                "echo x > ../outside.txt",
            ]
            try await run(commands, at: "medium") { stage in
                try await stage.home.makeProject()
                // The folder around it is a checkout as well.
                try FileManager.default.createDirectory(atPath: "\(stage.home.root)/.git", withIntermediateDirectories: true)
                try "ref: refs/heads/main\n".write(toFile: "\(stage.home.root)/.git/HEAD", atomically: false, encoding: .utf8)
                try stage.home.write("as it was", to: "../before.txt")
            } _: { stage in
                #expect(stage.home.has(".git/H"))
                #expect(!stage.home.has(".git/hooks/pre-commit"))
                let settings = try stage.home.read(".git/config")
                #expect(!settings.hasSuffix("[core]\n"))
                #expect(!stage.home.has("../outside.txt"))
            }
        }
    }
#endif
