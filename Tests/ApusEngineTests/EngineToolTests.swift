import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

@Suite(.timeLimit(.minutes(5))) struct EngineToolTests {
    private static func calls(_ names: String...) -> ScriptedModel.Reply {
        .init(names.enumerated().map { .call(CallID("c\($0.offset + 1)"), $0.element, ["n": .integer(Int64($0.offset + 1))]) })
    }

    /// Only what is about tools.
    private static func toolLines(_ briefs: [String]) -> [String] {
        briefs.filter { $0.hasPrefix("intend") || $0.hasPrefix("c") && $0.dropFirst().first?.isNumber == true }
    }

    private static let writes: ScriptedTool.Access = { _ in .write(["/w/file"]) }

    @Test func callsThatOnlyReadReallyRunSideBySide() async throws {
        let gates = [Gate(), Gate()]
        let tool = ScriptedTool("Read") { input, _ in
            let number = input["n"]?.integerValue ?? 0
            _ = await gates[Int(number) - 1].pass()
            return ToolResult(.succeeded, "result \(number)")
        }
        let house = EngineHouse(ScriptedModel(Self.calls("Read", "Read"), .text("done")), tools: [tool])
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1")
            let recorder = try await house.recorder()
            for gate in gates { try await gate.reached() }
            // Both stand in their tool now; the second may end first.
            gates[1].open()
            try await recorder.read { $0.brief == "c2 succeeded result 2" }
            gates[0].open()
            try await recorder.read(untilEndOf: "t1")
        }
        #expect(
            try await house.briefs(ofTurn: "t1").dropFirst(2) == [
                "response", "toolInput+ {\"n\":1}", "call c1 Read {\"n\":1}", "toolInput+ {\"n\":2}", "call c2 Read {\"n\":2}",
                "end toolCalls",
                "intend c1 pure", "intend c2 pure", "c2 succeeded result 2", "c1 succeeded result 1", "response", "text+ done", "text done",
                "end endOfTurn", "finished t1 completed",
            ])
        // The model gets them in its own order.
        #expect(
            house.model.requests[1].messages.last
                == .toolResults([
                    ModelToolResult(call: "c1", tool: "Read", text: "result 1", isError: false),
                    ModelToolResult(call: "c2", tool: "Read", text: "result 2", isError: false),
                ]))
        #expect(try await house.end(of: "t1")?.settledResponses == 2)
    }

    @Test func atMostEightCallsRunSideBySide() async throws {
        let gate = Gate()
        let tool = ScriptedTool("Read") { _, _ in
            _ = await gate.pass()
            return ToolResult(.succeeded, "")
        }
        let names = Array(repeating: "Read", count: 9)
        let reply = ScriptedModel.Reply(names.indices.map { .call(CallID("c\($0)"), "Read", [:]) })
        let house = EngineHouse(ScriptedModel(reply, .text("done")), tools: [tool])
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1")
            try await gate.reached(by: 8)
            gate.open()
            try await house.recorder().read(untilEndOf: "t1")
        }
        let lines = Self.toolLines(try await house.briefs())
        #expect(Array(lines.prefix(8)) == (0..<8).map { "intend c\($0) pure" })
        #expect(lines.suffix(2) == ["intend c8 pure", "c8 succeeded "])
        #expect(lines.count == 18)
    }

    @Test func callsThatWriteRunOneAfterTheOtherInTheModelsOrder() async throws {
        let read = ScriptedTool("Read", says: "r")
        let write = ScriptedTool("Write", says: "w", effect: .idempotent, access: Self.writes)
        let house = EngineHouse(ScriptedModel(Self.calls("Read", "Write", "Write", "Read"), .text("done")), tools: [read, write])
        try await house.running {
            let briefs = try await house.run()
            #expect(
                Self.toolLines(briefs) == [
                    "intend c1 pure", "c1 succeeded r", "intend c2 idempotent", "c2 succeeded w", "intend c3 idempotent", "c3 succeeded w",
                    "intend c4 pure", "c4 succeeded r",
                ])
        }
    }

    @Test func oneRefusedCallStopsTheWholeStepBeforeAnythingRuns() async throws {
        let read = ScriptedTool("Read", says: "r")
        let write = ScriptedTool("Write", says: "w", access: Self.writes)
        let policy = ScriptedPolicy { action in
            if case .write = action { .ask(required: .medium, rule: "r", reason: "writing") } else { .allow(rule: "r") }
        }
        let house = EngineHouse(ScriptedModel(Self.calls("Read", "Write", "Nothing")), tools: [read, write], policy: policy)
        let sentence = StopSentence.text(required: .medium)
        try await house.running {
            let briefs = try await house.run()
            #expect(
                briefs.drop { $0 != "end toolCalls" } == [
                    "end toolCalls", "c1 notRun Error: not run because another call in this step was not permitted",
                    "c2 refused Error: \(sentence)",
                    "c3 failed Error: Tool Nothing is not available in this session", "response", "text \(sentence)", "end other",
                    "finished t1 permissionDenied: \(sentence)",
                ])
        }
        #expect(read.runs.isEmpty && write.runs.isEmpty)
        let end = try await house.end(of: "t1")
        #expect(
            end?.denials == [AccessDenial(call: "c2", tool: "Write", input: ["n": 2], risk: "medium", required: .medium, reason: "writing")]
        )
        #expect(end?.settledResponses == 0)
    }

    @Test func theHardestOfSeveralDenialsIsNamed() async throws {
        let policy = ScriptedPolicy { action in
            if case .command(let command, _) = action {
                .ask(required: command == "1" ? .high : nil, rule: "r", reason: "because")
            } else {
                .allow(rule: "r")
            }
        }
        let execute = ScriptedTool("Execute", says: "", access: { .command(String($0["n"]?.integerValue ?? 0), declaredRisk: "low") })
        let house = EngineHouse(ScriptedModel(Self.calls("Execute", "Execute")), tools: [execute], policy: policy)
        try await house.running {
            let briefs = try await house.run()
            #expect(briefs.last == "finished t1 permissionDenied: \(StopSentence.text(required: nil))")
        }
        #expect(try await house.end(of: "t1")?.denials.map(\.risk) == ["high", "high"])
    }

    @Test func whereRefusingIsTheRuleTheModelIsToldAndGoesOn() async throws {
        let read = ScriptedTool("Read", says: "r")
        let write = ScriptedTool("Write", says: "w", access: Self.writes)
        let policy = ScriptedPolicy { action in
            if case .write = action { .ask(required: .low, rule: "r", reason: "writing") } else { .allow(rule: "r") }
        }
        let house = EngineHouse(ScriptedModel(Self.calls("Read", "Write"), .text("done")), tools: [read, write], policy: policy)
        try await house.running {
            let briefs = try await house.run(approvals: .refuse)
            #expect(
                Set(Self.toolLines(briefs)) == [
                    "intend c1 pure", "c1 succeeded r", "c2 refused Error: not permitted: writing. Needed: low",
                ])
            #expect(briefs.last == "finished t1 completed")
        }
        #expect(write.runs.isEmpty)
        #expect(try await house.end(of: "t1")?.denials.map(\.call) == ["c2"])
    }

    @Test func aCallThatNobodyMayMakeIsRefusedAndTheTurnGoesOn() async throws {
        let tool = ScriptedTool("Read", says: "r")
        let house = EngineHouse(
            ScriptedModel(Self.calls("Read"), .text("done")), tools: [tool],
            policy: ScriptedPolicy { _ in .deny(rule: "block", reason: "on the block list") })
        try await house.running {
            let briefs = try await house.run()
            #expect(Self.toolLines(briefs) == ["c1 refused Error: on the block list"])
            #expect(briefs.last == "finished t1 completed")
        }
        #expect(tool.runs.isEmpty)
    }

    @Test func aCallThatCannotRunIsAnErrorTheModelReads() async throws {
        let picky = ScriptedTool("Picky", says: "never", access: { _ throws(ToolInputError) in throw ToolInputError("path is missing") })
        let good = ScriptedTool("Good", says: "fine")
        let house = EngineHouse(
            ScriptedModel(
                .init(
                    .call("c1", "Missing", [:]), .call("c2", "Good", .string("{\"a\":"), pieces: ["{\"a\":"]), .call("c3", "Picky", [:]),
                    .call("c4", "Good", [:])), .text("done")), tools: [picky, good])
        try await house.running {
            let briefs = try await house.run()
            #expect(
                Self.toolLines(briefs) == [
                    "c1 failed Error: Tool Missing is not available in this session",
                    "c2 failed Error: the input of Good is not valid JSON (5 bytes). Send one JSON object.",
                    "c3 failed Error: path is missing",
                    "intend c4 pure", "c4 succeeded fine",
                ])
            #expect(briefs.last == "finished t1 completed")
        }
        #expect(picky.runs.isEmpty)
        #expect(good.runs == [[:]])
    }

    @Test func outputFilesAndTodosOfARunReachTheSession() async throws {
        let mark = FileMark(path: "/w/a", hash: "ff")
        let todo = Todo(text: "more", status: .pending)
        let seen = Watched<[ToolContext]>([])
        let tool = ScriptedTool("Read") { _, context in
            seen.change { $0.append(context) }
            await context.showOutput("first ")
            await context.showOutput("")
            await context.showOutput("second")
            return ToolResult(.succeeded, "whole", files: [mark], todos: [todo])
        }
        let house = EngineHouse(ScriptedModel(Self.calls("Read"), Self.calls("Read"), .text("done")), tools: [tool])
        try await house.running {
            _ = try await house.create(settings: SessionSettings(autonomy: .low, workingDirectory: "/moved"))
            try await house.submit("go", as: "t1")
            try await house.recorder().read(untilEndOf: "t1")
            let state = try await house.engine.open("s")
            #expect(state.files == ["/w/a": mark])
            #expect(state.todos == [todo])
        }
        #expect(
            try await house.briefs().drop { $0 != "intend c1 pure" }.prefix(5) == [
                "intend c1 pure", "toolOutput+ first ", "toolOutput+ second", "c1 succeeded whole", "todos 1",
            ])
        #expect(seen.value.map(\.files) == [[:], ["/w/a": mark]])
        #expect(seen.value.map(\.todos) == [[], [todo]])
        #expect(seen.value.map(\.workingDirectory) == ["/moved", "/moved"])
        #expect(seen.value.map(\.autonomy) == [.low, .low])
    }

    @Test func aSecretIsNeitherInTheOutputNorInTheResult() async throws {
        let tool = ScriptedTool("Read") { _, context in
            await context.showOutput("key is swordf")
            await context.showOutput("ish-123!")
            return ToolResult(.succeeded, "key is swordfish-123!")
        }
        let house = EngineHouse(
            ScriptedModel(Self.calls("Read"), .text("done")), tools: [tool], redaction: Redaction(secrets: ["swordfish-123"]))
        try await house.running {
            let briefs = try await house.run()
            #expect(!briefs.contains { $0.contains("fish") })
            #expect(briefs.contains("c1 succeeded key is ***!"))
            #expect(briefs.filter { $0.hasPrefix("toolOutput+ ") }.map { $0.dropFirst(12) }.joined() == "key is ***!")
        }
    }

    @Test func aToolThatDoesNotEndIsEndedAtItsDeadline() async throws {
        let gate = Gate()
        let tool = ScriptedTool("Read") { _, _ in
            await gate.pass() ? ToolResult(.succeeded, "late") : ToolResult(.interrupted, "ended")
        }
        let house = EngineHouse(ScriptedModel(Self.calls("Read"), .text("done")), tools: [tool])
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1")
            try await gate.reached()
            try await house.time.sleeps(1)
            house.time.advance(by: .seconds(3_700))
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(Self.toolLines(try await house.briefs()).suffix(2) == ["intend c1 pure", "c1 interrupted ended"])
        #expect(try await house.end(of: "t1")?.reason == .completed)
    }

    @Test func theSameCallWithTheSameResultFiveTimesEndsTheTurn() async throws {
        let house = EngineHouse(
            ScriptedModel { _, number in .init([.call(CallID("c\(number)"), "Read", ["path": "/a"])]) },
            tools: [ScriptedTool("Read", says: "same")])
        try await house.running {
            let briefs = try await house.run()
            #expect(briefs.filter { $0 == "note nudge" }.count == 2)
            #expect(briefs.last == "finished t1 noProgress: The model made the same call 5 times in a row with the same result.")
        }
        #expect(house.model.requests.count == 5)
    }

    @Test func theSameCallWithAnotherResultIsProgress() async throws {
        let count = Watched(0)
        let tool = ScriptedTool("Read") { _, _ in ToolResult(.succeeded, "\(count.change { $0 += 1; return $0 })") }
        let house = EngineHouse(
            ScriptedModel { _, number in number < 8 ? .init([.call(CallID("c\(number)"), "Read", [:])]) : .text("done") }, tools: [tool])
        try await house.running {
            let briefs = try await house.run()
            #expect(briefs.last == "finished t1 completed")
        }
    }

    @Test func aTurnStopsAtItsResponseLimit() async throws {
        let count = Watched(0)
        let tool = ScriptedTool("Read") { _, _ in ToolResult(.succeeded, "\(count.change { $0 += 1; return $0 })") }
        let house = EngineHouse(ScriptedModel { _, number in .init([.call(CallID("c\(number)"), "Read", [:])]) }, tools: [tool])
        try await house.running {
            let briefs = try await house.run(limits: TurnLimits(responses: 2))
            #expect(briefs.last == "finished t1 responseLimit: Stopped after 2 responses of the model.")
        }
        #expect(house.model.requests.count == 2)
    }
}
