import ApusBase
import ApusTestServer
import DroidSDK
import Foundation
import Testing

/// What fills the context of a session, as clients of a real daemon are told (`droid.md` §3.5).
@Suite struct ContextBreakdownTests {
    private static func write(_ text: String, to path: String) throws {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try text.write(toFile: path, atomically: false, encoding: .utf8)
    }

    /// Four bytes a token, begun ones counted.
    private static func tokens(_ text: String) -> Int { (text.utf8.count + 3) / 4 }

    private static func tokens(_ breakdown: GetContextBreakdownResult, _ color: ContextColor) -> Int {
        breakdown.categories.first { $0.colorKey == color }?.tokens ?? -1
    }

    @Test func skillsAndDroidsHaveTheirShares() async throws {
        let load = Reply.blocks(.toolCall("Skill", ["skill": "release"], id: "call-1"), usage: TokenCounts(input: 8_900))
        let script: Script = [load, .text("done", usage: TokenCounts(input: 9_000))]
        try await withConnection(script) { stage, connection in
            let steps = String(repeating: "Do the next step. ", count: 100)
            try Self.write(
                "---\nname: release\ndescription: Makes a release\n---\n\(steps)\n", to: stage.home.apus + "/skills/release/SKILL.md")
            try Self.write("---\nname: reviewer\ndescription: Reviews.\n---\nYou review.", to: stage.home.apus + "/droids/reviewer.md")
            try await connection.withSession(DaemonSessionOptions(cwd: stage.work)) { session in
                let before = try await session.getContextBreakdown()
                let line = ContextSource(name: "release", location: "personal", tokens: Self.tokens("- release: Makes a release"))
                #expect(before.skills.filter { $0.location == "personal" } == [line])
                #expect(before.skills.contains { $0.location == "builtin" && $0.tokens > 0 })
                let droid = ContextSource(name: "reviewer", location: "personal", tokens: Self.tokens("- reviewer: Reviews."))
                #expect(before.droids == [droid])
                #expect(Self.tokens(before, .skills) >= before.skills.reduce(0) { $0 + $1.tokens })
                #expect(Self.tokens(before, .customAgents) >= droid.tokens)
                #expect(before.categories.reduce(0) { $0 + $1.tokens } == before.usedTokens)

                #expect(try await session.result(of: "Release it.").text == "done")
                let after = try await session.getContextBreakdown()
                let release = try #require(after.skills.first { $0.name == "release" })
                #expect(release.location == "personal")
                #expect(release.tokens >= line.tokens + Self.tokens(steps), "its text is loaded now")
                #expect(release.tokens < line.tokens + Self.tokens(steps) + 100, "once")
                #expect(Self.tokens(after, .skills) >= after.skills.reduce(0) { $0 + $1.tokens })
                #expect(after.droids == [droid] && after.usedTokens == 9_010)
                #expect(after.categories.reduce(0) { $0 + $1.tokens } == after.usedTokens)
            }
            var options = DaemonSessionOptions(cwd: stage.work)
            options.disabledToolIds = ["Skill", "Task"]
            try await connection.withSession(options) { session in
                let breakdown = try await session.getContextBreakdown()
                #expect(breakdown.skills == [] && breakdown.droids == [], "what is not told costs nothing")
                #expect(Self.tokens(breakdown, .skills) == 0 && Self.tokens(breakdown, .customAgents) == 0)
            }
        }
    }

    /// The provider counts nothing here, so that everything is estimated.
    @Test func cutResultsCountAsTheyAreShown() async throws {
        let long = (1...300).map { "line \($0) of the long text" }.joined(separator: "\n")
        let script: Script = [
            .blocks(.toolCall("Read", ["file_path": "long.txt"], id: "call-1"), usage: nil),
            .failure(status: 400, message: "prompt is too long: 210000 tokens > 200000 maximum"), .text("done", usage: nil),
        ]
        try await withConnection(script) { stage, connection in
            try stage.home.write(long, to: "long.txt")
            try await connection.withSession(DaemonSessionOptions(cwd: stage.work)) { session in
                let before = try await session.getContextBreakdown()
                #expect(try await session.result(of: "Read it.").text == "done")
                let after = try await session.getContextBreakdown()
                let messages = Self.tokens(after, .messages)
                #expect(messages > 100 && messages < Self.tokens(long) * 2 / 3, "\(messages) of \(Self.tokens(long))")
                #expect(after.usedTokens < before.usedTokens + Self.tokens(long) * 2 / 3)
                #expect(after.categories.reduce(0) { $0 + $1.tokens } == after.usedTokens)
                #expect(after.usedTokens + after.freeTokens == after.contextBudget)
                #expect(stage.stage.server.modelRequests.count == 3, "no summary was asked for")
            }
        }
    }
}
