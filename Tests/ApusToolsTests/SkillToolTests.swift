import ApusBase
import ApusCore
import ApusTools
import Testing

@Suite struct SkillToolTests {
    private struct OneSkill: SkillSource {
        var text = "the text"
        func listing(for scope: SkillScope) async -> ContextNote? { nil }
        func offers(for scope: SkillScope) async -> [SkillOffer] { [] }
        func hasSkills(for scope: SkillScope) async -> Bool { scope.workingDirectory == "/with" }
        func text(
            ofSkill name: String, arguments: String?, wantedBy caller: SkillCaller, for scope: SkillScope
        ) async throws(ExtensionError) -> String {
            if name != "one" || caller != .model { throw ExtensionError("There is no such skill.") }
            return "\(text) \(arguments ?? "-") \(scope.includesBuiltin)"
        }
    }

    private func tools(_ source: OneSkill = OneSkill()) -> BuiltinTools {
        BuiltinTools(processes: nil, environment: [:], temporaryDirectory: "/tmp", skills: source)
    }

    private func run(_ input: JSONValue, in scope: SkillScope? = SkillScope(workingDirectory: "/with"), _ source: OneSkill = OneSkill())
        async
        -> ToolResult?
    {
        await tools(source).tool(named: "Skill")?
            .run(input, in: ToolContext(session: "s", call: "c", workingDirectory: "/with", skills: scope))
    }

    @Test func itIsOfferedOnlyWhereThereIsASkill() async {
        func isOffered(_ scope: ToolScope) async -> Bool { await tools().tools(for: scope).contains { $0.definition.name == "Skill" } }
        #expect(await isOffered(ToolScope(session: "s", skills: SkillScope(workingDirectory: "/with"))))
        #expect(await isOffered(ToolScope(session: "s", skills: SkillScope(workingDirectory: "/without"))) == false)
        #expect(await isOffered(ToolScope(session: "s")) == false)
        let disabled = ToolSelection(disabled: ["Skill"])
        #expect(await isOffered(ToolScope(session: "s", selection: disabled, skills: SkillScope(workingDirectory: "/with"))) == false)
        #expect(tools().definitionsOfRuns.contains { $0.name == "Skill" && $0.id == "skill-cli" && $0.category == .other })
    }

    @Test func itGivesTheTextAndRemembersTheName() async {
        var expected = ToolResult(.succeeded, "the text 1.2 true")
        expected.load = ToolLoad(skill: "one")
        #expect(await run(["skill": "one", "args": "1.2"]) == expected)
    }

    @Test func whatCannotBeLoadedIsToldAndNotRemembered() async {
        #expect(await run(["skill": "other"]) == ToolResult(.failed, "There is no such skill."))
        #expect(await run(["skill": "one"], in: nil) == ToolResult(.failed, "There are no skills in this session."))
        #expect(await run([:])?.text == "Skill needs \"skill\": the name of a skill. It is missing.")
        #expect(await run(["skill": 7])?.status == .failed)
    }

    @Test func aLongTextIsCutInTheMiddle() async throws {
        let source = OneSkill(text: String(repeating: "x", count: 200_000))
        let result = try #require(await run(["skill": "one"], source))
        #expect(result.text.unicodeScalars.count <= ByteLimit.maximumToolOutputCharacters)
        #expect(result.text.hasSuffix("[The middle of this skill was left out. Read its SKILL.md for all of it.]"))
        #expect(result.load.skill == "one")
    }

    @Test func itTouchesNothing() throws {
        let tool = try #require(tools().tool(named: "Skill"))
        let context = ToolContext(session: "s", call: "c", workingDirectory: "/")
        #expect(try tool.access(for: ["skill": "one"], in: context) == AccessRequest(action: .session, summary: "Load the skill one"))
        #expect(tool.effect(of: [:]) == .pure)
        #expect(throws: ToolInputError.self) {
            try tool.access(for: ["skill": "one", "args": .string(String(repeating: "x", count: 10_001))], in: context)
        }
    }
}
