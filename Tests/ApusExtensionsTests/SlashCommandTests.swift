import ApusBase
import ApusCore
import Testing

@testable import ApusExtensions

/// What a prompt that begins with a slash stands for.
@Suite struct SlashCommandTests {
    let folder = ScratchFolder()
    private let said = Said()

    private func expansion(_ prompt: String, isTrusted: Bool = true) async -> PromptExpansion {
        await Extensions(
            apusHome: folder("apus"), factoryHome: folder("home/.factory"), trust: { ExtensionTrust { _, _ in isTrusted } },
            announce: { [said] in said.add($0) }
        ).expansion(of: prompt, for: SkillScope(workingDirectory: folder("ws")))
    }

    private func text(_ prompt: String) async -> String? {
        guard case .text(let note) = await expansion(prompt) else { return nil }
        return note.text
    }

    init() {
        folder.write("ws/.git/HEAD", "ref: refs/heads/main\n")
        folder.write("ws/.apus/commands/Fix It!.md", "---\ndescription: Fixes\n---\nFix $ARGUMENTS, then $ARGUMENTS.\n")
        folder.write("ws/.apus/commands/plain.mdx", "Just do it.")
        folder.write("ws/.apus/commands/deploy.sh", "#!/bin/sh\necho $1\n")
        folder.write("apus/commands/plain.md", "The user's")
        folder.write("apus/commands/mine", "#!/bin/sh\n")
        folder.write("ws/.apus/skills/release/SKILL.md", "---\ndescription: R\n---\nRelease it.\n")
        folder.write("ws/.apus/skills/inner/SKILL.md", "---\nuser-invocable: false\n---\nInner.\n")
    }

    @Test func argumentsTakeTheirPlace() async throws {
        let text = try #require(await text("/fix-it the \"two\" bugs\n"))
        #expect(text.hasSuffix("\n\nFix the \"two\" bugs, then the \"two\" bugs.\n"))
        #expect(await self.text("/FIX-IT")?.hasSuffix("\n\nFix , then .\n") == true)
    }

    @Test func aTextWithoutAPlaceForThemStaysAsItIs() async {
        #expect(await text("/plain words behind")?.hasSuffix("\n\nJust do it.") == true)
    }

    @Test(arguments: [
        "/unknown", "/etc/passwd is what", "/", "/ plain", "plain", " /plain", "//plain", "/plain.md", "/inner", "/$ARGUMENTS", "/fix it",
        "/plain\u{0}", "",
    ])
    func anythingElseIsAPromptLikeAnyOther(prompt: String) async {
        #expect(await expansion(prompt) == .none)
    }

    @Test func aProgramIsNamedWithItsWordsAndNotRun() async {
        let path = folder("ws/.apus/commands/deploy.sh")
        #expect(
            await expansion("/deploy 'to prod' now; rm -rf $HOME")
                == .program(
                    CommandProgram(
                        name: "deploy", path: path, arguments: ["to prod", "now;", "rm", "-rf", "$HOME"],
                        commandLine: "\(path) 'to prod' 'now;' rm -rf '$HOME'", script: "#!/bin/sh\necho $1\n", isPersonal: false,
                        checked: Array("#!/bin/sh\necho $1\n".utf8))))
        guard case .program(let mine) = await expansion("/mine it's fine") else {
            Issue.record("not found")
            return
        }
        #expect(mine.isPersonal && mine.checked == nil && mine.arguments == ["it's", "fine"])
    }

    @Test func aSkillIsCalledForByName() async throws {
        guard case .text(let note) = await expansion("/release 1.2") else {
            Issue.record("not found")
            return
        }
        #expect(note.skill == "release")
        #expect(note.text.contains("Arguments: 1.2") && note.text.contains("Release it."))
    }

    @Test(arguments: ["/fix-it", "/deploy", "/release"])
    func whatNobodyHasTrustedIsAPromptLikeAnyOther(prompt: String) async {
        #expect(await expansion(prompt, isTrusted: false) == .none)
        #expect(said.sentences.count == 1 && said.sentences[0].hasPrefix("Not used, because nobody has trusted this project's: "))
    }

    @Test func theUsersOwnTakesThePlaceOfAnUntrustedOne() async {
        guard case .text(let note) = await expansion("/plain", isTrusted: false) else {
            Issue.record("not found")
            return
        }
        #expect(note.text.hasSuffix("The user's"))
    }

    @Test func manyPlacesAndLongArgumentsDoNotMultiply() async throws {
        folder.write("ws/.apus/commands/many.md", String(repeating: "$ARGUMENTS ", count: 20_000))
        let text = try #require(await text("/many " + String(repeating: "x", count: 100_000)))
        #expect(text.utf8.count < 2 << 20)
        #expect(!text.contains("xxx") && text.contains("(what the user wrote behind the command's name)"))
    }

    @Test func pipesFoldersAndLinksElsewhereAreNoCommands() async {
        folder.run("cd ws/.apus/commands && mkfifo pipe.md && mkdir folder.md && ln -s /etc/passwd secret.md && ln -s /bin/sh shell")
        for name in ["pipe", "folder", "secret", "shell"] { #expect(await expansion("/" + name) == .none) }
        #expect(said.sentences.contains { $0.hasSuffix("secret.md is not used: a link leads out of the project.") })
    }
}
