import ApusBase
import ApusCore
import Synchronization
import Testing

@testable import ApusTools

@Suite struct TaskToolTests {
    /// Children by script: remembers what was asked of it.
    private final class Children: ChildSessions {
        struct State {
            var requests: [ChildRequest] = []
            var patience: [Duration] = []
            var stopped: [SessionID] = []
        }

        let state = Mutex(State())
        let known: [ChildRun]
        let report: ChildReport?
        let failure: ChildError?

        init(known: [ChildRun] = [], report: ChildReport? = nil, failure: ChildError? = nil) {
            self.known = known
            self.report = report
            self.failure = failure
        }

        func begin(_ request: ChildRequest, in parent: SessionID, for call: CallID) async throws(ChildError) -> ChildRun {
            state.withLock { $0.requests.append(request) }
            if let failure { throw failure }
            return TaskToolTests.run("child-1", isBackground: request.isBackground)
        }

        func conclusion(of run: ChildRun, in parent: SessionID) async -> ChildReport { report ?? ChildReport(run: run, text: "") }
        func runs(of parent: SessionID) async -> [ChildRun] { known }
        func report(on run: ChildRun, in parent: SessionID, patience: Duration) async -> ChildReport {
            state.withLock { $0.patience.append(patience) }
            return report ?? ChildReport(run: run, text: "so far")
        }
        func stop(_ run: ChildRun, in parent: SessionID) async { state.withLock { $0.stopped.append(run.session) } }
        func settle(_ parent: SessionID, within limit: Duration?) async {}
        func stopAll(in parent: SessionID) async {}
    }

    private static func run(
        _ session: SessionID, isBackground: Bool = false, ended reason: TurnEndReason? = nil
    ) -> ChildRun {
        ChildRun(
            session: session, turn: "t", call: "c", kind: "worker", summary: "works", isBackground: isBackground, startedAt: 0,
            end: reason.map { ChildRun.End(reason: $0, at: 1) })
    }

    private func context(_ children: Children, in directory: String = "/") -> ToolContext {
        ToolContext(session: "s", call: "c", workingDirectory: directory, children: children)
    }

    private let task = TaskTool(paths: CheckedPaths())
    private static let input: JSONValue = ["subagent_type": "worker", "description": "fix it", "prompt": "Fix the test."]

    @Test func theFinalMessageStandsBehindTheSession() async {
        let report = ChildReport(run: Self.run("child-1", ended: .completed), text: "Fixed.")
        let children = Children(report: report)
        #expect(await task.run(Self.input, in: context(children)) == ToolResult(.succeeded, "session_id: child-1\n\nFixed."))
        #expect(children.state.withLock { $0.requests } == [ChildRequest(kind: "worker", summary: "fix it", prompt: "Fix the test.")])
    }

    @Test(arguments: [
        (
            TurnEndReason.interrupted, "half", "Interrupted.", ToolOutcome.Status.interrupted,
            "session_id: child-1\n\nError: the subagent did not finish. Interrupted.\n\nIt said last:\nhalf"
        ),
        (.providerError, "", "", .failed, "session_id: child-1\n\nError: the subagent did not finish. providerError"),
        (.completed, "", "", .succeeded, "session_id: child-1\n\nThe subagent ended without a message."),
    ])
    func anEndThatIsNoneIsTold(
        reason: TurnEndReason, text: String, trouble: String, status: ToolOutcome.Status, result: String
    ) async {
        let report = ChildReport(run: Self.run("child-1", ended: reason), text: text, trouble: trouble)
        #expect(await task.run(Self.input, in: context(Children(report: report))) == ToolResult(status, result))
    }

    @Test func aVeryLongMessageIsCutInTheMiddle() async {
        let report = ChildReport(run: Self.run("child-1", ended: .completed), text: String(repeating: "x", count: 100_000))
        let result = await task.run(Self.input, in: context(Children(report: report)))
        #expect(result.text.utf8.count <= ByteLimit.maximumToolOutputCharacters && result.text.hasPrefix("session_id: child-1\n\nxxx"))
    }

    @Test(arguments: [(true, Bool?.none, true), (true, false, true), (true, true, false), (false, nil, false)])
    func theBackgroundIsForThoseWhoDoNotAwait(background: Bool, awaits: Bool?, isBackground: Bool) async {
        guard case .object(var input) = Self.input else { return }
        input["run_in_background"] = .bool(background)
        if let awaits { input["await"] = .bool(awaits) }
        let report = ChildReport(run: Self.run("child-1", ended: .completed), text: "x")
        let children = Children(report: report)
        let result = await task.run(.object(input), in: context(children))
        #expect(children.state.withLock { $0.requests.map(\.isBackground) } == [isBackground])
        #expect(result.text.hasPrefix(isBackground ? "task_id: child-1\n" : "session_id: child-1\n"))
    }

    @Test func whatCannotBeginIsAnErrorThatListsWhatThereIs() async {
        let known = [SubagentProfile(name: "explorer", summary: "Looks.", prompt: "", location: .builtin)]
        let result = await task.run(Self.input, in: context(Children(failure: .unknownKind("wroker", known: known))))
        #expect(
            result == ToolResult(.failed, "Error: There is no subagent_type \"wroker\". Known:\n- explorer: Looks."))
    }

    private static let misfits: [(JSONValue, String)] = [
        (["description": "d", "prompt": "p"], "Task needs \"subagent_type\""),
        (["subagent_type": "w", "description": "d"], "Task needs \"prompt\""),
        (["subagent_type": "w", "prompt": "  "], "Task got an empty prompt"),
        (["subagent_type": "w", "prompt": "p", "complexity": "huge"], "\"light\", \"medium\", \"heavy\""),
        (["subagent_type": "w", "prompt": "p", "run_in_background": "yes"], "true or false"),
        (["subagent_type": "w", "prompt": "p", "image_paths": .array(Array(repeating: "a.png", count: 11))], "at most 10 images"),
    ]

    @Test(arguments: misfits)
    func whatDoesNotFitGetsASentence(input: JSONValue, sentence: String) {
        let error = #expect(throws: ToolInputError.self) { try task.access(for: input, in: context(Children())) }
        #expect(error?.sentence.contains(sentence) == true, "\(error?.sentence ?? "")")
    }

    @Test func delegationIsWhatIsDecidedAbout() throws {
        let request = try task.access(for: Self.input, in: context(Children()))
        #expect(request.action == .delegate(kind: "worker") && request.isReadOnly)
        #expect(task.effect(of: Self.input) == .opaque && task.definition.leastLevel == .high)
    }

    @Test func imagesGoWithThePromptAndOtherFilesDoNot() async throws {
        let bench = Bench()
        bench.write("a.txt", "no image")
        guard case .object(var input) = Self.input else { return }
        input["image_paths"] = ["a.txt"]
        let children = Children()
        let context = context(children, in: bench.path + "/ws")
        _ = try task.access(for: .object(input), in: context)
        let result = await task.run(.object(input), in: context)
        #expect(result.status == .failed && result.text.hasSuffix("a.txt is no PNG, JPEG, GIF or WebP image."), "\(result.text)")
        #expect(children.state.withLock { $0.requests }.isEmpty)
    }

    // MARK: TaskOutput and TaskStop

    private static let known = [run("abc-1"), run("abc-2", ended: .completed), run("xyz-3")]

    @Test(arguments: [
        ("xyz", "task_id: xyz-3\n\nstatus: running\n\nIt said last:\nso far", ToolOutcome.Status.succeeded),
        ("abc-1", "task_id: abc-1\n\nstatus: running\n\nIt said last:\nso far", .succeeded),
        ("abc", "Several subagents of this session have an id that begins with \"abc\": give more of it.", .failed),
        (
            "q",
            "This session has no subagent with the id \"q\". The newest: abc-1 (works), abc-2 (works), xyz-3 (works).", .failed
        ),
    ])
    func aBeginningThatOnlyOneHasIsEnough(id: String, text: String, status: ToolOutcome.Status) async {
        let children = Children(known: Self.known)
        #expect(await TaskOutputTool().run(["task_id": .string(id)], in: context(children)) == ToolResult(status, text))
    }

    private static let waits: [(JSONValue, Duration)] = [
        (["task_id": "xyz"], .seconds(600)), (["task_id": "xyz", "timeout": 5], .seconds(5)),
        (["task_id": "xyz", "block": false], .zero), (["task_id": "xyz", "block": false, "timeout": 5], .zero),
    ]

    @Test(arguments: waits)
    func waitingHasABound(input: JSONValue, patience: Duration) async {
        let children = Children(known: Self.known)
        _ = await TaskOutputTool().run(input, in: context(children))
        #expect(children.state.withLock { $0.patience } == [patience])
    }

    @Test func stoppingEndsOneThatRunsAndSaysSoOfOneThatDoesNot() async {
        let children = Children(known: Self.known)
        let first = await TaskStopTool().run(["task_id": "xyz"], in: context(children))
        #expect(first == ToolResult(.succeeded, "task_id: xyz-3\n\nThe subagent was ended."))
        let second = await TaskStopTool().run(["task_id": "abc-2"], in: context(children))
        #expect(second == ToolResult(.succeeded, "task_id: abc-2\n\nThe subagent had ended already."))
        #expect(children.state.withLock { $0.stopped } == ["xyz-3"])
    }

    @Test func subagentsAreNotOfferedToSubagents() async {
        let tools = BuiltinTools(processes: nil, environment: [:], temporaryDirectory: "/tmp", subagents: true)
        func names(_ scope: ToolScope) async -> [String] {
            await tools.tools(for: scope).map(\.definition.name).filter { $0.hasPrefix("Task") }
        }
        #expect(await names(ToolScope(session: "s")) == ["Task", "TaskOutput", "TaskStop"])
        #expect(await names(ToolScope(session: "s", caller: "p")) == [])
        #expect(await names(ToolScope(session: "s", selection: ToolSelection(only: ["Task", "Read"]))) == ["Task"])
    }
}
