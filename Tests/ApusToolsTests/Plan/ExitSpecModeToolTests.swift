import ApusBase
import ApusCore
import Testing

@testable import ApusTools

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite struct ExitSpecModeToolTests {
    /// The 29th of February 2028, in the evening.
    private struct LeapDay: TimeSource {
        var now: Timestamp { 1_835_467_200_000 }
        func sleep(for duration: Duration) async throws(CancellationError) {}
    }

    private let bench = Bench()

    private func tool(_ setting: String? = "plans") -> ExitSpecModeTool {
        ExitSpecModeTool(folder: setting.map { PlanFolder($0, home: bench.path + "/home", clock: LeapDay()) })
    }

    private func saved(_ input: JSONValue, in setting: String = "plans") async -> String {
        await tool(setting).run(input, in: bench.context()).text
    }

    private func complaint(_ input: JSONValue) -> String? {
        do throws(ToolInputError) {
            _ = try tool().access(for: input, in: bench.context())
            return nil
        } catch {
            return error.sentence
        }
    }

    @Test func theCallTouchesNothingButThePlan() throws {
        let request = try tool().access(
            for: ["plan": "# A\nb", "title": "T", "optionNames": ["x", "y"]], in: bench.context())
        #expect(request.action == .plan(Plan(text: "# A\nb", title: "T", options: ["x", "y"])))
        #expect(!request.isReadOnly && request.summary == "Carry out the plan \"T\"")
    }

    @Test(
        arguments: [
            ([:], "ExitSpecMode needs \"plan\""), (["plan": " \n\t"], "empty \"plan\""), (["plan": 7], "\"plan\" to be a string"),
            (["plan": "p", "title": .string(String(repeating: "t", count: 401))], "\"title\" has more than 400 characters"),
            (["plan": "p", "optionNames": .array(Array(repeating: "o", count: 21))], "at most 20 \"optionNames\"; got 21"),
            (["plan": "p", "optionNames": [.string(String(repeating: "o", count: 401))]], "more than 400 characters"),
            (["plan": .string(String(repeating: "p", count: 1 << 20))], "The plan has 1048576 bytes; 262144 are the most."),
        ] as [(JSONValue, String)])
    func whatIsNoPlanIsRefusedWithASentence(input: JSONValue, sentence: String) {
        #expect(complaint(input)?.contains(sentence) == true, "\(complaint(input) ?? "taken")")
    }

    @Test func aPlanOfTheLargestSizeIsTaken() {
        #expect(complaint(["plan": .string(String(repeating: "p", count: ByteLimit.planBytes))]) == nil)
    }

    @Test func withoutAFolderNothingIsSaved() async {
        let result = await tool(nil).run(["plan": "p"], in: bench.context())
        #expect(result.status == .succeeded && result.text == "Spec approved.")
        #expect(names(in: bench("")) == [])
    }

    @Test func exactlyThePlanIsSavedUnderTheDayAndItsTitle() async {
        let plan = "# Heading\r\n\tbody \u{1F600}\n\n"
        #expect(
            await saved(["plan": .string(plan), "title": "Fix: the Parser!"])
                == "Spec approved. It was saved as \(bench("plans/2028-02-29-fix-the-parser.md")).")
        #expect(bench.bytes("plans/2028-02-29-fix-the-parser.md") == Array(plan.utf8))
    }

    @Test func nothingIsWrittenOver() async {
        bench.write("plans/2028-02-29-a.md", "mine")
        // A link to nowhere is no free name.
        symlink(bench("outside.md"), bench("plans/2028-02-29-a-2.md"))
        _ = await saved(["plan": "one", "title": "A"])
        _ = await saved(["plan": "two", "title": "A"])
        #expect(bench.string("plans/2028-02-29-a.md") == "mine")
        #expect(bench.string("plans/2028-02-29-a-3.md") == "one" && bench.string("plans/2028-02-29-a-4.md") == "two")
        #expect(bench.bytes("outside.md") == nil)
    }

    @Test func aPlanIsApprovedAlsoWhenItCannotBeSaved() async {
        bench.write("plans", "a file")
        let text = await saved(["plan": "p", "title": "A"])
        #expect(text.hasPrefix("Spec approved. It could not be saved: ") && text.contains("is not a directory"))
        for number in 1...100 { bench.write("full/2028-02-29-a\(number == 1 ? "" : "-\(number)").md", "") }
        #expect(await saved(["plan": "p", "title": "A"], in: "full").contains("2028-02-29-a-100.md exists already."))
    }

    @Test(arguments: [("~/docs", "/home/docs"), ("~", "/home"), ("../beside", "/beside")])
    func theFolderMayBeTheUsersOrBesideTheWork(setting: String, place: String) async {
        #expect(
            await saved(["plan": "p", "title": "A"], in: setting).hasSuffix("as \(bench.path)\(place)/2028-02-29-a.md."))
        #expect(names(in: bench.path + place) == ["2028-02-29-a.md"])
    }

    @Test(arguments: [
        (Plan(text: "intro\n## The way: through\nmore"), "the-way-through"), (Plan(text: "no heading"), "plan"),
        (Plan(text: "#hash\n#\n####### seven"), "plan"), (Plan(text: "# x", title: "../../etc/passwd"), "etc-passwd"),
        (Plan(text: "# x", title: "\u{202E}\u{200B}\n"), "plan"), (Plan(text: "# Größe ändern"), "größe-ändern"),
        (Plan(text: "# " + String(repeating: "ab ", count: 99)), String(repeating: "ab-", count: 19) + "ab"),
    ])
    func theNameIsMadeOfLettersAndDigits(plan: Plan, slug: String) {
        #expect(PlanFolder.slug(of: plan) == slug)
        #expect(slug.utf8.count <= PlanFolder.maximumSlugBytes)
    }

    @Test func onlyAModelThatPlansIsOfferedIt() async {
        let tools = BuiltinTools(processes: nil, environment: [:], temporaryDirectory: "/tmp")
        func isOffered(_ scope: ToolScope) async -> Bool { await tools.tools(for: scope).contains { $0.definition.name == Plan.tool } }
        #expect(await isOffered(ToolScope(session: "s", isPlanning: true)))
        #expect(!(await isOffered(ToolScope(session: "s", selection: ToolSelection(additional: [Plan.tool])))))
        #expect(!(await isOffered(ToolScope(session: "s", selection: ToolSelection(disabled: [Plan.tool]), isPlanning: true))))
        #expect(tools.every.contains { $0.id == "exit-spec-mode" })
    }
}
