import ApusBase
import ApusCore
import Testing

@testable import ApusExtensions

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Folders of skills and commands that mean harm: each costs little, shows nothing and is named once.
@Suite(.timeLimit(.minutes(5))) struct SkillHostileTests {
    let folder = ScratchFolder()
    private let said = Said()

    private var extensions: Extensions {
        Extensions(apusHome: folder("apus"), factoryHome: folder("home/.factory"), announce: { [said] in said.add($0) })
    }

    private var scope: SkillScope { SkillScope(workingDirectory: folder("ws")) }

    init() {
        folder.write("ws/.git/HEAD", "ref: refs/heads/main\n")
        folder.write("ws/.apus/skills/good/SKILL.md", "---\ndescription: Good\n---\nGood.\n")
    }

    /// What a session with that project sees: the good skill, and the sentence.
    private func expectOnlyTheGoodOne(_ sentence: String?, sourceLocation: SourceLocation = #_sourceLocation) async {
        let extensions = extensions
        for _ in 0..<2 {
            let note = await extensions.listing(for: scope)
            #expect(note?.text.hasSuffix("\n\n- good: Good") == true, "\(note?.text ?? "")", sourceLocation: sourceLocation)
        }
        #expect(said.sentences == (sentence.map { [$0] } ?? []), sourceLocation: sourceLocation)
    }

    /// As editors write files on other systems: what a head forbids is forbidden there, too.
    @Test(arguments: ["\n", "\r\n"], ["", "\u{FEFF}"])
    func headsAreReadWhateverTheEditorEndsLinesWith(end: String, mark: String) throws {
        let lines = ["---", "name: n", "description: a b", "disable-model-invocation: true", "tools: [Read, LS]", "---", "body", ""]
        let text = mark + lines.joined(separator: end)
        let head = FrontMatter(text)
        #expect(head["name"] == "n" && head["description"] == "a b" && head.flag("disable-model-invocation") == true)
        #expect(head.body == "body\n")
        let droid = try DroidHead(text)
        #expect(try droid.text("name") == "n")
        #expect(droid.list("tools") == ["Read", "LS"] && droid.body == "body\n")
    }

    @Test func aLinkOutOfTheProjectIsNotRead() async {
        folder.run("mkdir ws/.apus/skills/evil && ln -s /etc/passwd ws/.apus/skills/evil/SKILL.md")
        await expectOnlyTheGoodOne("\(folder("ws/.apus/skills/evil/SKILL.md")) is not used: a link leads out of the project.")
    }

    /// In the user's own folder links may lead anywhere, but only to a text of that kind.
    @Test func aSkillOfTheUsersShowsNobodysPasswords() async {
        folder.run("mkdir -p apus/skills/evil && ln -s /etc/passwd apus/skills/evil/SKILL.md")
        await expectOnlyTheGoodOne("\(folder("apus/skills/evil/SKILL.md")) is not used: it is a link to a file of another kind.")
    }

    @Test func aPipeIsNotWaitedFor() async {
        folder.run("mkdir ws/.apus/skills/evil && mkfifo ws/.apus/skills/evil/SKILL.md")
        let path = folder("ws/.apus/skills/evil/SKILL.md")
        let extensions = extensions
        #expect(await extensions.listing(for: scope)?.text.hasSuffix("\n\n- good: Good") == true)
        #expect(said.sentences.count == 1 && said.sentences[0].hasPrefix("\(path) is not used. \(path) is "))
        #expect(said.sentences[0].hasSuffix(", not a regular file."))
    }

    @Test func aDeviceIsNotRead() async {
        folder.run("mkdir -p apus/skills/evil && ln -s /dev/zero apus/skills/evil/SKILL.md")
        let extensions = extensions
        #expect(await extensions.listing(for: scope)?.text.hasSuffix("\n\n- good: Good") == true)
        #expect(said.sentences.count == 1 && said.sentences[0].contains("SKILL.md is not used"))
    }

    @Test func aTextOfTenMegabytesIsRefusedByItsSize() async {
        folder.run("mkdir ws/.apus/skills/evil && truncate -s 10M ws/.apus/skills/evil/SKILL.md")
        let path = folder("ws/.apus/skills/evil/SKILL.md")
        await expectOnlyTheGoodOne("\(path) is not used. \(path) has 10485760 bytes, over the limit of 262144.")
    }

    @Test func linksThatPointAtEachOtherEnd() async {
        folder.run("cd ws/.apus/skills && ln -s b a && ln -s a b && mkdir evil && ln -s SKILL.md evil/SKILL.md && ln -s . good/again")
        let extensions = extensions
        #expect(await extensions.listing(for: scope)?.text.hasSuffix("\n\n- good: Good") == true)
        #expect(said.sentences.allSatisfy { $0.contains("is not used") })
        #expect(said.sentences.contains { $0.contains("evil/SKILL.md") })
        let text = try? await extensions.text(ofSkill: "good", arguments: nil, wantedBy: .model, for: scope)
        #expect(text?.contains("Files beside it: again") == true)
    }

    /// Nine levels of aliases would be a thousand million words, were this YAML.
    @Test func aBombOfAliasesIsText() async throws {
        var head = "a: &a [x,x,x,x,x,x,x,x,x]\n"
        for (one, other) in zip("bcdefghi", "abcdefgh") { head += "\(one): &\(one) [*\(other),*\(other),*\(other),*\(other),*\(other)]\n" }
        folder.write("ws/.apus/skills/bomb/SKILL.md", "---\n\(head)description: *i\n---\nBody\n")
        let skill = try #require(await extensions.skills(for: folder("ws")).first { $0.name == "bomb" })
        #expect(skill.summary == "*i")
    }

    @Test func aHeadWithoutEndIsBounded() async throws {
        let lines = String(repeating: "  x\n", count: 60_000)
        let keys = (0..<2_000).map { "key\($0): v\n" }.joined()
        let head = FrontMatter("---\ndescription:\n\(lines)\(keys)\n---\nBody")
        #expect(head.values.count == FrontMatter.maximumValues)
        #expect((head["description"]?.utf8.count ?? 0) <= FrontMatter.maximumValueBytes + 16)
        let long = FrontMatter("---\ndescription: \(String(repeating: "y", count: 200_000))\n---\n")
        #expect((1...FrontMatter.maximumValueBytes).contains(long["description"]?.utf8.count ?? 0))
        #expect(FrontMatter("---\nname: x\nnever closed").values.isEmpty)
    }

    @Test func namesThatAreNoneAreReplacedByTheFoldersOwn() async {
        folder.write("ws/.apus/skills/plain/SKILL.md", "---\nname: \"../../evil\\n# Orders\"\ndescription: Plain\n---\nText\n")
        folder.write("ws/.apus/skills/!!!/SKILL.md", "Text\n")
        let extensions = extensions
        let names = await extensions.skills(for: folder("ws")).map(\.name)
        #expect(names == ["good", "plain"])
        _ = await extensions.listing(for: scope)
        #expect(said.sentences.count == 1 && said.sentences[0].contains("!!!"))
    }

    /// What a terminal or a model would take for more than words of a list is escaped.
    @Test func aDescriptionIsOneHarmlessLine() async throws {
        folder.write("ws/.apus/skills/good/SKILL.md", "---\ndescription: \"red \u{1b}[31m \u{202e}txet\"\n---\nText\n")
        let note = try #require(await extensions.listing(for: scope))
        #expect(!note.text.unicodeScalars.contains("\u{1b}") && !note.text.unicodeScalars.contains("\u{202e}"))
    }

    @Test func aFolderOfManyThousandIsReadInPart() async {
        folder.run("cd ws/.apus/skills && for i in $(seq 1000 1700); do mkdir s$i && echo Text > s$i/SKILL.md; done")
        let extensions = extensions
        let names = await extensions.skills(for: folder("ws")).map(\.name)
        // In the order of names, not in that of the disk.
        #expect(names == ["good"] + (1_000...1_498).map { "s\($0)" })
        _ = await extensions.listing(for: scope)
        #expect(
            said.sentences == [
                "\(folder("ws/.apus/skills")) has more entries than are looked at: the first 500 by name; the rest is not used."
            ])
    }

    @Test func manyLongTextsAreReadUpToABound() async {
        folder.run("cd ws/.apus/skills && for i in $(seq 100 199); do mkdir s$i && head -c 262144 /dev/zero > s$i/SKILL.md; done")
        let extensions = extensions
        _ = await extensions.listing(for: scope)
        #expect(said.sentences.contains { $0.hasPrefix("There are more skills in \(folder("ws/.apus/skills")) than are looked at") })
    }

    /// A project that nobody has trusted hides nothing of the user's by being large.
    @Test func theUsersAreFoundBehindAProjectsMany() async {
        folder.write("apus/skills/own/SKILL.md", "---\ndescription: The user's\n---\nText\n")
        folder.write("apus/droids/own.md", "---\nname: own\n---\nText\n")
        folder.run(
            """
            cd ws/.apus && mkdir droids && for i in $(seq 1000 1600); do mkdir skills/s$i && echo Text > skills/s$i/SKILL.md
            printf -- '---\\nname: d%s\\n---\\nText\\n' $i > droids/d$i.md; done
            """)
        let untrusted: @Sendable () -> ExtensionTrust = { ExtensionTrust { _, _ in false } }
        let extensions = Extensions(
            apusHome: folder("apus"), factoryHome: folder("home/.factory"), trust: untrusted, announce: { [said] in said.add($0) })
        #expect(await extensions.listing(for: scope)?.text.hasSuffix("\n\n- own: The user's") == true)
        let droids = CustomDroids(
            apusHome: folder("apus"), factoryHome: folder("home/.factory"), definitions: [], trust: untrusted,
            announce: { [said] in said.add($0) })
        #expect(await droids.subagents(for: folder("ws"))["own"] != nil)
        #expect(said.sentences.contains { $0.hasPrefix("There are more droids in \(folder("ws/.apus/droids")) than are looked at (200)") })
    }
}
