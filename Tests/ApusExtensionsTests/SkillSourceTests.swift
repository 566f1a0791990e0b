import ApusBase
import ApusCore
import ApusExtensions
import Synchronization
import Testing

/// Which skills a session has, and what a model is given of them.
@Suite struct SkillSourceTests {
    let folder = ScratchFolder()
    private let said = Said()

    private func extensions(builtin: [BuiltinSkill] = [], trusting: @escaping @Sendable (String) -> Bool = { _ in true }) -> Extensions {
        Extensions(
            apusHome: folder("apus"), factoryHome: folder("home/.factory"), builtin: builtin,
            trust: { ExtensionTrust { path, _ in trusting(path) } }, announce: { [said] in said.add($0) })
    }

    private func scope(_ includesBuiltin: Bool = true) -> SkillScope {
        SkillScope(workingDirectory: folder("ws"), includesBuiltin: includesBuiltin)
    }

    private func lay(_ name: String, _ head: String = "description: Does it", body: String = "Do it.", below place: String = "ws/.apus") {
        folder.write("ws/.git/HEAD", "ref: refs/heads/main\n")
        folder.write("\(place)/skills/\(name)/SKILL.md", "---\n\(head)\n---\n\(body)\n")
    }

    private func failure(_ extensions: Extensions, _ name: String, _ caller: SkillCaller = .model) async -> String {
        do throws(ExtensionError) {
            return try await extensions.text(ofSkill: name, arguments: nil, wantedBy: caller, for: scope())
        } catch {
            return error.description
        }
    }

    @Test func onlyNamesAndDescriptionsAreListed() async throws {
        lay("release", "description: >\n  Makes\n  a release")
        lay("quiet", "description: Hidden\ndisable-model-invocation: true")
        lay("own", "description: The user's", below: "apus")
        let extensions = extensions()
        let note = try #require(await extensions.listing(for: scope()))
        #expect(note.source == "skills")
        #expect(note.text.hasSuffix("\n\n- release: Makes a release\n- own: The user's"))
        #expect(!note.text.contains("Do it."))
        #expect(await extensions.hasSkills(for: scope()))
    }

    /// So that clients are told what each costs.
    @Test func eachThatCanBeLoadedIsOfferedWithItsLine() async {
        lay("release", "description: Makes a release")
        lay("quiet", "description: Hidden\ndisable-model-invocation: true")
        lay("own", "description: The user's", below: "apus")
        lay("off")
        folder.write("apus/settings.json", #"{"disabledSkills": ["off"]}"#)
        let extensions = extensions(builtin: BuiltinSkill.all)
        let offers = await extensions.offers(for: scope())
        #expect(
            Set(offers.filter { $0.location != .builtin }) == [
                SkillOffer(name: "release", location: .project, line: "- release: Makes a release"),
                SkillOffer(name: "quiet", location: .project, line: ""),
                SkillOffer(name: "own", location: .personal, line: "- own: The user's"),
            ])
        let ours = offers.filter { $0.location == .builtin }
        #expect(ours.count == BuiltinSkill.all.count && ours.allSatisfy { $0.line.hasPrefix("- \($0.name): ") })
        #expect(await extensions.offers(for: scope(false)).count == 3)
    }

    @Test func withoutASkillForTheModelThereIsNothingToOffer() async {
        let extensions = extensions()
        #expect(await extensions.listing(for: scope()) == nil)
        #expect(await extensions.hasSkills(for: scope()) == false)
        lay("quiet", "disable-model-invocation: true")
        lay("off")
        folder.write("apus/settings.json", #"{"disabledSkills": ["off"]}"#)
        #expect(await extensions.listing(for: scope()) == nil)
    }

    @Test func theTextComesWithItsDirectoryItsFilesAndTheArguments() async throws {
        lay("release")
        folder.write("ws/.apus/skills/release/steps.md", "x")
        let text = try await extensions().text(ofSkill: "release", arguments: "1.2", wantedBy: .model, for: scope())
        #expect(
            text == """
                Skill: release
                Directory: \(folder("ws/.apus/skills/release"))
                Files beside it: steps.md
                Relative paths in the text below start at that directory. Read the files that it names when you need them.
                Arguments: 1.2

                Do it.

                """)
    }

    @Test func whyOneCannotBeLoadedIsSaid() async {
        lay("known")
        lay("quiet", "disable-model-invocation: true")
        lay("off")
        folder.write("apus/settings.json", #"{"disabledSkills": ["off"]}"#)
        let extensions = extensions()
        #expect(await failure(extensions, "no\u{1b}ne").hasSuffix("Known: known."))
        #expect(await failure(extensions, "off") == "The skill \"off\" is switched off.")
        #expect(await failure(extensions, "quiet") == "The skill \"quiet\" cannot be loaded here: only the user may call for it.")
        #expect(await failure(extensions, "quiet", .user).hasPrefix("Skill: quiet\n"))
    }

    @Test func whatNobodyHasTrustedIsShownAndNotUsed() async throws {
        lay("evil")
        lay("own", below: "apus")
        let extensions = extensions(trusting: { _ in false })
        #expect(await extensions.skills(for: folder("ws")).map(\.isTrusted) == [false, true])
        for _ in 0..<2 { #expect(await extensions.listing(for: scope())?.text.contains("evil") == false) }
        #expect(await failure(extensions, "evil") == "The skill \"evil\" belongs to a project that the user has not trusted.")
        #expect(
            said.sentences == ["Not used, because nobody has trusted this project's: skill evil. Look at them, then run apus trust."])
    }

    /// Else a repository could switch a skill of the user's off by its name.
    @Test func anUntrustedOneTakesNobodysPlace() async throws {
        lay("release", body: "The project's.")
        lay("release", body: "The user's.", below: "apus")
        let one = try await extensions(trusting: { _ in false }).text(ofSkill: "release", arguments: nil, wantedBy: .model, for: scope())
        #expect(one.contains("The user's."))
        let other = try await extensions().text(ofSkill: "release", arguments: nil, wantedBy: .model, for: scope())
        #expect(other.contains("The project's."))
    }

    @Test func aLinkToATrustedFolderOfTheSameProjectIsTrustedWithIt() async {
        lay("shared", below: "ws/docs")
        folder.run("mkdir -p ws/.claude/skills && ln -s ../../docs/skills/shared ws/.claude/skills/shared")
        let place = folder("ws/docs/skills/shared/SKILL.md")
        let skills = await extensions(trusting: { $0 == place }).skills(for: folder("ws"))
        #expect(skills.map(\.isTrusted) == [true] && skills.map(\.path) == [place])
    }

    @Test func oursComeLastAndCanBeLeftOut() async throws {
        lay("review-changes", body: "The project's review.")
        let extensions = extensions(builtin: BuiltinSkill.all)
        #expect(Set(BuiltinSkill.all.map(\.name)).count == BuiltinSkill.all.count)
        let skills = await extensions.skills(for: folder("ws"))
        #expect(skills.map(\.name) == ["review-changes", "apus-help", "write-skill"])
        #expect(skills.map(\.location) == [.project, .builtin, .builtin])
        let text = try await extensions.text(ofSkill: "apus-help", arguments: nil, wantedBy: .model, for: scope())
        #expect(text.hasPrefix("Skill: apus-help\n\n# Apus"))
        #expect(await extensions.listing(for: scope(false))?.text.contains("apus-help") == false)
        await #expect(throws: ExtensionError.self) {
            try await extensions.text(ofSkill: "apus-help", arguments: nil, wantedBy: .model, for: scope(false))
        }
    }

    @Test func theListIsBounded() async throws {
        for number in 100..<400 { lay("skill-\(number)", "description: " + String(repeating: "word ", count: 200)) }
        let note = try #require(await extensions().listing(for: scope()))
        #expect(note.text.utf8.count < Extensions.maximumListingBytes + 1_000)
        #expect(note.text.hasSuffix("more skills do not fit into this list.)"))
        #expect(note.text.split(separator: "\n").allSatisfy { $0.count < 500 })
    }
}

/// Sentences that were announced.
final class Said: Sendable {
    private let state = Mutex<[String]>([])
    var sentences: [String] { state.withLock { $0 } }
    func add(_ sentence: String) { state.withLock { $0.append(sentence) } }
}
