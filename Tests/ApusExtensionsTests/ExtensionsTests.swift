import ApusBase
import ApusCore
import ApusExtensions
import Foundation
import Testing

@Suite struct ExtensionsTests {
    let folder = ScratchFolder()
    private var extensions: Extensions { Extensions(apusHome: folder("apus"), factoryHome: folder("home/.factory")) }

    @Test func skillsOfTheProjectComeBeforeThoseOfTheUser() async {
        folder.write("ws/.git/HEAD", "ref: refs/heads/main\n")
        folder.write(
            "ws/.factory/skills/release/SKILL.md",
            "---\nname: release\ndescription: \"Makes a release\"\nversion: 1.2\nuser-invocable: false\n---\n# Release\nDo it.\n")
        folder.write("ws/.factory/skills/release/notes.md", "x")
        folder.write("ws/.factory/skills/release/logo.png", "x")
        folder.write("ws/a/.claude/skills/near/SKILL.md", "# Near\n\nThe first paragraph\nof it.\n\nMore.\n")
        folder.write("apus/skills/release/SKILL.md", "---\ndescription: The user's own\n---\n")
        folder.write("apus/skills/folded/SKILL.md", "---\ndescription: >\n  Two\n  lines\nallowed-tools:\n  - Read\n---\n")
        folder.write("apus/skills/no-skill/README.md", "x")
        let found = folder("ws/.factory/skills/release")
        #expect(
            await extensions.skills(for: folder("ws/a")) == [
                ListedSkill(
                    name: "near", summary: "The first paragraph of it.", location: .project,
                    path: folder("ws/a/.claude/skills/near/SKILL.md"), content: "# Near\n\nThe first paragraph\nof it.\n\nMore.\n"),
                ListedSkill(
                    name: "release", summary: "Makes a release", location: .project, path: found + "/SKILL.md", isUserInvocable: false,
                    version: "1.2", content: "# Release\nDo it.\n",
                    resources: [
                        ListedSkill.Resource(name: "logo.png", path: found + "/logo.png", isReference: false),
                        ListedSkill.Resource(name: "notes.md", path: found + "/notes.md", isReference: true),
                    ]),
                ListedSkill(
                    name: "folded", summary: "Two lines", location: .personal, path: folder("apus/skills/folded/SKILL.md"), content: ""),
            ])
    }

    @Test func aLinkOutOfTheProjectIsNotFollowed() async {
        folder.write("ws/.git/HEAD", "ref: refs/heads/main\n")
        folder.write("secret", "---\ndescription: secret\n---\n")
        folder.run("mkdir -p ws/.apus/skills/x && ln -s ../../../../secret ws/.apus/skills/x/SKILL.md")
        #expect(await extensions.skills(for: folder("ws")) == [])
    }

    @Test func commandsAreTextsAndPrograms() async {
        folder.write("ws/.apus/commands/Fix It!.md", "---\ndescription: Fixes\nargument-hint: [what]\n---\nFix $ARGUMENTS\n")
        folder.write("ws/.apus/commands/run.sh", "#!/bin/sh\n")
        folder.write("ws/.apus/commands/data.json", "{}")
        folder.write("apus/commands/fix-it.md", "Other")
        folder.write("apus/commands/plain.md", "Just words")
        #expect(
            await extensions.commands(for: folder("ws")) == [
                ListedCommand(name: "fix-it", summary: "Fixes", argumentHint: "[what]"),
                ListedCommand(name: "plain", summary: "Just words"),
                ListedCommand(name: "run", summary: "Runs run.sh", isExecutable: true),
            ])
    }

    @Test func aSkillIsSwitchedOffAndOnAgain() async throws {
        folder.write("ws/.apus/skills/a/SKILL.md", "A")
        folder.write("apus/settings.json", #"{"model":"x"}"#)
        let isEnabled = { await extensions.skills(for: folder("ws")).map(\.isEnabled) }
        try await extensions.setSkill("a", isDisabled: true, inProject: nil)
        #expect(await isEnabled() == [false])
        try await extensions.setSkill("a", isDisabled: false, inProject: nil)
        #expect(await isEnabled() == [true])
        try await extensions.setSkill("a", isDisabled: true, inProject: folder("ws"))
        #expect(await isEnabled() == [false])
        await #expect(throws: ExtensionError.self) { try await extensions.setSkill("b", isDisabled: true, inProject: folder("ws")) }
        folder.write("apus/settings.json", "{ broken")
        await #expect(throws: ExtensionError.self) { try await extensions.setSkill("a", isDisabled: true, inProject: nil) }
        #expect(try String(contentsOfFile: folder("apus/settings.json"), encoding: .utf8) == "{ broken")
    }

    @Test func switchingASkillKeepsTheCommentsOfTheSettings() async throws {
        folder.write("ws/.apus/skills/a/SKILL.md", "A")
        let text = "{\n  // The quick one.\n  \"model\": \"x\", // mine\n}\n"
        folder.write("apus/settings.json", text)
        try await extensions.setSkill("a", isDisabled: true, inProject: nil)
        #expect(
            try String(contentsOfFile: folder("apus/settings.json"), encoding: .utf8)
                == "{\n  // The quick one.\n  \"model\": \"x\", // mine\n  \"disabledSkills\": [\"a\"],\n}\n")
        #expect(await extensions.skills(for: folder("ws")).map(\.isEnabled) == [false])
        try await extensions.setSkill("a", isDisabled: false, inProject: nil)
        #expect(try String(contentsOfFile: folder("apus/settings.json"), encoding: .utf8) == text)
    }
}
