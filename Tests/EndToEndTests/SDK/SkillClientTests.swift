import ApusTestServer
import DroidSDK
import Foundation
import Testing

/// Skills and commands for clients of the droid protocol, at a real daemon.
@Suite struct SkillClientTests {
    private func write(_ text: String, to path: String) throws {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        try text.write(toFile: path, atomically: false, encoding: .utf8)
    }

    @Test func aMessageMayBeginWithTheNameOfACommandOrASkill() async throws {
        try await withConnection(.always(.text("done"))) { daemon, connection in
            try write("Look at $ARGUMENTS closely.", to: daemon.home.apus + "/commands/look.md")
            let session = try await connection.createSession(DaemonSessionOptions(cwd: daemon.work))
            func sent(_ text: String, _ expected: String...) async throws {
                let before = daemon.stage.server.modelRequests.count
                try await session.send(text)
                try await eventually { daemon.stage.server.modelRequests.count > before }
                let body = try #require(daemon.stage.server.modelRequests.last).bodyText
                for part in expected { #expect(body.contains(part), "\(part)") }
            }
            try await sent("/look the parser", "Look at the parser closely.", "/look the parser")
            try await sent("/review-changes HEAD", "Arguments: HEAD", "# Review a change")
        }
    }

    @Test func skillsAreListedWithThoseOfApus() async throws {
        try await withConnection(.always(.text("done"))) { daemon, connection in
            try write("---\ndescription: The project's\n---\nText\n", to: daemon.work + "/.apus/skills/own/SKILL.md")
            let session = try await connection.createSession(DaemonSessionOptions(cwd: daemon.work))
            let skills = try await session.listSkills()
            #expect(skills.map(\.name) == ["own", "apus-help", "review-changes", "write-skill"])
            #expect(skills.first?.location == .project && skills.last?.location == .builtin)
            // The switch; a project's are used when somebody has trusted them.
            #expect(skills.map(\.enabled) == [true, true, true, true])
        }
    }
}
