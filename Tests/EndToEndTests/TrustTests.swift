import ApusBase
import ApusTestServer
import Foundation
import Testing

/// `apus trust`: what a project brings along counts as it was when somebody looked at it, and not otherwise.
@Suite struct TrustTests {
    private static let notApplied = "Not applied, because this project is not trusted: "

    private func prepare(_ stage: Stage) throws {
        try stage.home.write(#"{"maxAutonomyLevel": "off"}"#, to: ".apus/settings.json")
        try stage.home.write(#"{"PreToolUse": []}"#, to: ".factory/hooks.json")
        try stage.home.write(#"{"mcpServers": {}}"#, to: ".apus/mcp.json")
        try stage.home.write("# A skill", to: ".apus/skills/one/SKILL.md")
        try stage.home.write("#!/bin/sh\n", to: ".factory/commands/go")
        try stage.home.write("# Not ours", to: "docs/skills/SKILL.md")
    }

    @Test func everythingThatDecidesIsTrustedAndListedAndForgotten() async throws {
        try await withStage(.anthropic, []) { stage in
            try prepare(stage)
            let files = [
                ".apus/mcp.json", ".apus/settings.json", ".apus/skills/one/SKILL.md", ".factory/commands/go", ".factory/hooks.json",
            ].map { "\(stage.home.work)/\($0)" }
            func list(_ words: String...) async throws -> [String] {
                try await stage.executable.start(["trust", "--list"] + words, home: stage.home).finish().text.split(separator: "\n").map(
                    String.init)
            }
            #expect(try await list(".") == files.map { "not trusted: \($0)" })
            #expect(try await list() == [])
            let trusted = try await stage.apus("trust")
            #expect(
                Set(trusted.text.split(separator: "\n").map(String.init)) == Set(files.map { "Trusted: \($0)" }), "\(trusted.everything)")
            #expect(try await list() == files.map { "trusted: \($0)" })

            try stage.home.write("# Another skill", to: ".apus/skills/one/SKILL.md")
            try stage.home.write("# New", to: ".apus/skills/two/SKILL.md")
            try FileManager.default.removeItem(atPath: files[3])
            let now = try await list(".")
            #expect(
                now == [
                    "trusted: \(files[0])", "trusted: \(files[1])", "changed since it was trusted: \(files[2])",
                    "not trusted: \(stage.home.work)/.apus/skills/two/SKILL.md", "trusted, and gone: \(files[3])", "trusted: \(files[4])",
                ])

            let removed = try await stage.apus("trust", "--remove")
            #expect(removed.text.split(separator: "\n").map(String.init) == files.map { "No longer trusted: \($0)" })
            #expect(try await list() == [])
            let again = try await stage.apus("trust", "--remove")
            #expect(again.status == .exited(0) && again.diagnostics == "Nothing here was trusted.\n")
        }
    }

    /// From a folder below, and by the older name of the command.
    @Test func trustIsAboutTheProjectAndNotAboutTheFolder() async throws {
        try await withStage(.anthropic, []) { stage in
            try prepare(stage)
            try await stage.home.commitEverything()
            try stage.home.write("{}", to: "sub/.apus/settings.json")
            let trusted = try await stage.apus("config", "trust", "--cwd", "sub")
            #expect(trusted.text.contains("Trusted: \(stage.home.work)/sub/.apus/settings.json\n"), "\(trusted.everything)")
            #expect(trusted.text.contains("Trusted: \(stage.home.work)/.apus/settings.json\n"))
            let forgotten = try await stage.apus("config", "trust", "--forget", "--cwd", "sub")
            #expect(forgotten.text.contains("No longer trusted: \(stage.home.work)/.apus/settings.json\n"))
        }
    }

    @Test func aChangedHookIsWithoutEffectUntilSomebodyLooksAgain() async throws {
        try await withStage(.anthropic, .always(.text("heard"))) { stage in
            try prepare(stage)
            func said(_ words: String...) async throws -> String {
                try await stage.executable.start(["exec", "p"] + words, home: stage.home).finish().diagnostics
            }
            #expect(try await said().hasPrefix(Self.notApplied))
            _ = try await stage.apus("trust")
            #expect(try await said() == "")
            try stage.home.write(
                #"{"PreToolUse": [{"hooks": [{"type": "command", "command": "touch pwned"}]}]}"#, to: ".factory/hooks.json")
            #expect(
                try await said()
                    == "\(Self.notApplied)\(stage.home.work)/.factory/hooks.json (changed since it was trusted). Look at what they say, then run "
                    + "\"apus trust\", or give --trust-project for one run.\n")
            #expect(try await said("--trust-project") == "")
            _ = try await stage.apus("trust")
            #expect(try await said() == "")
        }
    }

    @Test(arguments: [".apus/settings.json", ".factory/hooks.json", ".apus/mcp.json"])
    func aFileThatNobodyCanUnderstandIsNotTrustedNorAnythingElse(path: String) async throws {
        try await withStage(.anthropic, []) { stage in
            try prepare(stage)
            try stage.home.write("{ broken", to: path)
            let outcome = try await stage.apus("trust")
            #expect(outcome.status == .exited(1) && outcome.stdout.isEmpty, "\(outcome.everything)")
            #expect(
                outcome.diagnostics.hasPrefix("\(stage.home.work)/\(path) cannot be trusted as it is: line 1"), "\(outcome.diagnostics)")
            #expect(try await stage.apus("trust", "--list").diagnostics == "Nothing is trusted.\n")
        }
    }

    @Test func aProjectThatWasDeletedCanLoseItsTrust() async throws {
        try await withStage(.anthropic, []) { stage in
            let project = "\(stage.home.root)/gone"
            try FileManager.default.createDirectory(atPath: "\(project)/.apus", withIntermediateDirectories: true)
            try "{}".write(toFile: "\(project)/.apus/settings.json", atomically: false, encoding: .utf8)
            _ = try await stage.apus("trust", project)
            try FileManager.default.removeItem(atPath: project)
            #expect(try await stage.apus("trust", "--list").text == "trusted, and gone: \(project)/.apus/settings.json\n")
            #expect(try await stage.apus("trust", "--remove", project).text == "No longer trusted: \(project)/.apus/settings.json\n")
        }
    }

    @Test func wrongWordsAreRefused() async throws {
        try await withStage(.anthropic, []) { stage in
            #expect(try await stage.apus("trust", "--list", "--remove").status == .exited(2))
            let missing = try await stage.apus("trust", "nowhere")
            #expect(missing.status == .exited(1) && missing.diagnostics == "No such directory: nowhere\n")
        }
    }
}
