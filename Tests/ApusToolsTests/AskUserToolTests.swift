import ApusBase
import ApusCore
import Testing

@testable import ApusTools

@Suite struct AskUserToolTests {
    private func items(_ text: String) throws -> [UserQuestion.Item] { try Questionnaire(text).items }

    @Test func blocksOfTaggedLinesBecomeQuestions() throws {
        #expect(
            try items(
                """
                1. [question] Which database?
                [topic] Storage
                [option] PostgreSQL
                [option] SQLite

                2. [question] Which tests
                shall run?
                [TOPIC] Tests
                - [option] unit
                - [option] all
                - [option] unit
                [multi]
                """) == [
                    .init(index: 1, topic: "Storage", question: "Which database?", options: ["PostgreSQL", "SQLite"]),
                    .init(index: 2, topic: "Tests", question: "Which tests\nshall run?", options: ["unit", "all"], allowsSeveral: true),
                ])
    }

    @Test(arguments: [
        "1. [question] Which? / [topic] T / [option] a / [option] b", "1. [question] Which? [topic] T [option] a [option] b",
        "[question] Which?\r\n[topic] T\r\n[option] a\r\n[option] b\r\n", "7) [question]\nWhich?\n[topic] T\n\t[option]   a\n[option] b",
    ])
    func looseFormsOfTheSameAreRead(text: String) throws {
        #expect(try items(text) == [.init(index: 1, topic: "T", question: "Which?", options: ["a", "b"])])
    }

    @Test func aQuestionNeedsNeitherTopicNorOptions() throws {
        #expect(
            try items("[question] What is array[option] here?") == [
                .init(index: 1, topic: "Question 1", question: "What is array[option] here?", options: [])
            ])
    }

    @Test(arguments: [
        ("", "The questionnaire of AskUser is empty."), (" \n ", "is empty."),
        ("Which database?", "Line 1 of the questionnaire stands before the first [question]."),
        ("[topic] T\n[question] Q", "Line 1 of the questionnaire has [topic] before any [question]."),
        ("[question] Q\n\n[option]", "Line 3 of the questionnaire has [option] without a text."),
        ("[question]\n[topic] T", "Line 1 of the questionnaire has [question] without a text."),
        ("[question] Q\n[topic] T\n[topic] U", "Line 3 of the questionnaire gives question 1 a second [topic]."),
        (String(repeating: "[question] Q\n", count: 21), "at most 20 questions at once; got 21."),
        ("[question] Q\n" + (1...21).map { "[option] \($0)\n" }.joined(), "gives question 1 more than 20 options."),
        ("[question] " + String(repeating: "x", count: 2_001), "of more than 2000 characters."),
    ])
    func whatCannotBeReadGetsASentence(text: String, sentence: String) {
        let error = #expect(throws: ToolInputError.self) { try items(text) }
        #expect(error?.sentence.contains(sentence) == true, "\(error?.sentence ?? "")")
        #expect(throws: ToolInputError.self) { try AskUserTool().access(for: ["questionnaire": .string(text)], in: context { _ in nil }) }
    }

    private func context(_ ask: @escaping @Sendable ([UserQuestion.Item]) async -> UserAnswer?) -> ToolContext {
        ToolContext(session: "s", call: "c", workingDirectory: "/", askUser: ask)
    }

    private static let input: JSONValue = ["questionnaire": "1. [question] A?\n2. [question] B?"]

    @Test func theModelReadsQuestionsWithTheirAnswers() async throws {
        let tool = AskUserTool()
        let context = context { items in
            UserAnswer(
                id: "ask_1", isCancelled: false,
                items: [.init(index: 2, question: items[1].question, answer: "yes, both"), .init(index: 1, question: "A?", answer: "")])
        }
        #expect(
            try tool.access(for: Self.input, in: context) == AccessRequest(action: .session, summary: "Ask the user 2 questions"))
        #expect(tool.effect(of: Self.input) == .pure)
        let result = await tool.run(Self.input, in: context)
        #expect(result == ToolResult(.succeeded, "1. [question] A?\n[answer] (none)\n\n2. [question] B?\n[answer] yes, both"))
    }

    @Test func aDismissedQuestionTellsTheModelThatNobodyAnswered() async {
        let dismissed = await AskUserTool().run(Self.input, in: context { _ in .cancelled("ask_1") })
        #expect(dismissed.status == .succeeded && dismissed.text.hasPrefix("Nobody answered."))
        let alone = await AskUserTool().run(Self.input, in: context { _ in nil })
        #expect(alone == ToolResult(.failed, "Nobody can be asked in this session."))
    }

    @Test func itIsOfferedOnlyWhereSomebodyCanBeAsked() async {
        let tools = BuiltinTools(processes: nil, environment: [:], temporaryDirectory: "/tmp")
        func names(_ scope: ToolScope) async -> [String] { await tools.tools(for: scope).map(\.definition.name) }
        #expect(await names(ToolScope(session: "s", canAskUser: true)).last == "AskUser")
        let forced = ToolSelection(only: ["AskUser"], additional: ["AskUser"])
        #expect(await names(ToolScope(session: "s", selection: forced)) == [])
        #expect(
            await names(ToolScope(session: "s", selection: ToolSelection(disabled: ["AskUser"]), canAskUser: true)).contains("AskUser")
                == false)
        #expect(tools.catalogue(for: "", adding: []).map(\.id).last == "ask-user-cli")
        #expect(!tools.catalogue(ofRunsFor: "", adding: ["AskUser"]).contains { $0.name == "AskUser" })
        #expect(!tools.definitionsOfRuns.contains { $0.name == "AskUser" } && tools.every.contains { $0.name == "AskUser" })
    }
}
