import ApusBase
import ApusCore
import ApusTesting
import Testing

@testable import ApusEngine

/// Sessions that work for a call of another session.
@Suite(.timeLimit(.minutes(5))) struct EngineSubagentTests {
    private struct Droids: SubagentCatalogue {
        var profiles = [
            SubagentProfile(name: "explorer", summary: "Looks", prompt: "CHILD looks", location: .builtin),
            SubagentProfile(name: "worker", summary: "Works", prompt: "CHILD works", location: .builtin),
        ]

        func subagents(for workingDirectory: String) async -> SubagentList { SubagentList(profiles) }
    }

    /// As the tool Task does it, in fewer words.
    private static func task() -> ScriptedTool {
        ScriptedTool("Task", effect: .opaque, access: { input in .delegate(kind: input["kind"]?.stringValue ?? "") }) { input, context in
            let request = ChildRequest(
                kind: input["kind"]?.stringValue ?? "", summary: "a look", prompt: input["prompt"]?.stringValue ?? "",
                isBackground: input["background"]?.boolValue ?? false, resume: input["resume"]?.stringValue)
            do throws(ChildError) {
                let run = try await context.children.begin(request, in: context.session, for: context.call)
                if run.isBackground { return ToolResult(.succeeded, "begun") }
                let report = await context.children.conclusion(of: run, in: context.session)
                let reason = report.run.end?.reason.rawValue ?? "running"
                return ToolResult(.succeeded, "\(reason)|\(report.text)|\(report.trouble)")
            } catch {
                return ToolResult(.failed, error.description)
            }
        }
    }

    private static func call(_ id: CallID, kind: String = "explorer", _ prompt: String = "look", background: Bool = false)
        -> ScriptedModel.Step
    {
        .call(id, "Task", ["kind": .string(kind), "prompt": .string(prompt), "background": .bool(background)])
    }

    private static func isChild(_ request: ModelRequest) -> Bool { request.system.hasPrefix("CHILD") }

    /// What the user's blocks and results of a request say.
    private static func words(_ request: ModelRequest) -> String {
        request.messages.map { message in
            switch message {
            case .user(let texts, _): texts.joined(separator: "\n")
            case .assistant: ""
            case .toolResults(let results): results.map(\.text).joined(separator: "\n")
            }
        }.joined(separator: "\n")
    }

    private static func hasResults(_ request: ModelRequest) -> Bool {
        if case .toolResults = request.messages.last { true } else { false }
    }

    /// The parent makes `calls` and ends; each child answers by `child`.
    private static func house(
        _ calls: [ScriptedModel.Step], tools: [ScriptedTool] = [], setting: SubagentSetting = SubagentSetting(),
        child: @escaping @Sendable (ModelRequest) -> ScriptedModel.Reply
    ) -> EngineHouse {
        let model = ScriptedModel { request, _ in
            if isChild(request) { return child(request) }
            return hasResults(request) ? .text("done") : ScriptedModel.Reply(calls)
        }
        return EngineHouse(model, tools: [task()] + tools) { services in
            services.subagents = Droids()
            services.subagentSetting = setting
        }
    }

    private static func outcomes(_ house: EngineHouse, in session: SessionID = "s") async throws -> [CallID: ToolOutcome] {
        var outcomes: [CallID: ToolOutcome] = [:]
        for event in try await house.events(session) {
            if case .toolFinished(let outcome) = event.kind { outcomes[outcome.call] = outcome }
        }
        return outcomes
    }

    @Test func aSubagentWorksInASessionOfItsOwnAndItsLastMessageIsTheResult() async throws {
        let usage = Usage(inputTokens: 7, outputTokens: 3)
        let house = Self.house([Self.call("c1", "find the needle")], tools: [ScriptedTool("Look", says: "hay")]) { request in
            Self.hasResults(request)
                ? ScriptedModel.Reply(.text(["found it"]), .usage(usage)) : ScriptedModel.Reply(.call("k1", "Look", [:]))
        }
        try await house.running {
            _ = try await house.create(settings: SessionSettings(autonomy: .medium))
            try await house.submit("go", as: "t1")
            try await house.recorder().read(untilEndOf: "t1")
            #expect(try await Self.outcomes(house)["c1"]?.text == "completed|found it|")
            let parent = try await house.engine.peek("s")
            let run = try #require(parent.children.first)
            #expect(run.end?.reason == .completed && run.end?.preview == "found it" && run.end?.usage == usage)
            #expect(parent.childUsage == usage && parent.usage == .zero)

            let child = try await house.engine.peek(run.session)
            #expect(child.header.caller == SessionCaller(session: "s", call: "c1", kind: "explorer"))
            #expect(child.header.parent == nil && child.header.workingDirectory == "/w")
            #expect(child.settings.autonomy == .medium && child.settings.systemPrompt == "CHILD looks")
            #expect(child.lastTurn?.turn == run.turn)
            // Given up as soon as it was done.
            #expect(await house.engine.opened() == ["s"])
        }
        let requests = house.model.requests.filter(Self.isChild)
        #expect(requests.count == 2)
        #expect(requests.allSatisfy { $0.tools.map(\.name) == ["Look"] }, "no Task for a subagent")
        #expect(Self.words(requests[0]).contains("find the needle") && !Self.words(requests[0]).contains("go"), "a fresh context")
    }

    @Test func subagentsOfOneResponseRunSideBySide() async throws {
        let gate = Gate()
        let house = Self.house([Self.call("c1", "one"), Self.call("c2", "two")]) { request in
            ScriptedModel.Reply(.stand(gate), .text([Self.words(request).contains("one") ? "first" : "second"]))
        }
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1")
            // Neither can end before both have begun.
            try await gate.reached(by: 2)
            gate.open()
            try await house.recorder().read(untilEndOf: "t1")
        }
        let outcomes = try await Self.outcomes(house)
        #expect(outcomes["c1"]?.text == "completed|first|" && outcomes["c2"]?.text == "completed|second|")
    }

    @Test func interruptingTheParentEndsItsSubagentsAndEveryCallHasAResult() async throws {
        let gate = Gate()
        let house = Self.house([Self.call("c1"), Self.call("c2")]) { _ in ScriptedModel.Reply(.stand(gate)) }
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1")
            try await gate.reached(by: 2)
            try await within { await house.engine.interrupt("s") }
            #expect(try await house.end(of: "t1")?.reason == .interrupted)
            let children = try await house.engine.peek("s").children
            #expect(children.map(\.end?.reason) == [.interrupted, .interrupted])
            for run in children { #expect(try await house.end(of: run.turn, in: run.session)?.reason == .interrupted) }
            #expect(await house.engine.opened() == ["s"])
        }
    }

    @Test func whatWorksInTheBackgroundGoesOnBehindItsParentsTurn() async throws {
        let gate = Gate()
        let house = Self.house([Self.call("c1", background: true)]) { _ in ScriptedModel.Reply(.stand(gate), .text(["late"])) }
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1")
            try await house.recorder().read(untilEndOf: "t1")
            #expect(try await house.end(of: "t1")?.reason == .completed)
            try await gate.reached()
            // Nothing runs in the session itself.
            try await within { await house.engine.interrupt("s") }
            let run = try #require(await house.engine.runs(of: "s").first)
            #expect(run.end == nil)
            #expect(await house.engine.report(on: run, in: "s", patience: .zero).run.end == nil)
            // A client that leaves meanwhile does not take the log away from it.
            await house.engine.retire("s")
            #expect(await house.engine.opened().contains("s"))
            gate.open()
            try await within { await house.engine.settle("s", within: nil) }
            let report = await house.engine.report(on: run, in: "s", patience: .zero)
            #expect(report.text == "late" && report.run.end?.reason == .completed)
        }
    }

    @Test func stoppingEndsOnlyTheOneInTheBackground() async throws {
        let gate = Gate()
        let house = Self.house([Self.call("c1", "one", background: true), Self.call("c2", "two", background: true)]) { request in
            Self.words(request).contains("one")
                ? ScriptedModel.Reply(.stand(Gate())) : ScriptedModel.Reply(.stand(gate), .text(["two is done"]))
        }
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1")
            try await house.recorder().read(untilEndOf: "t1")
            let runs = await house.engine.runs(of: "s")
            let first = try #require(runs.first { $0.call == "c1" })
            try await within { await house.engine.stop(first, in: "s") }
            #expect(await house.engine.runs(of: "s").first { $0.call == "c1" }?.end?.reason == .interrupted)
            gate.open()
            try await within { await house.engine.settle("s", within: nil) }
            #expect(await house.engine.runs(of: "s").first { $0.call == "c2" }?.end?.preview == "two is done")
        }
    }

    @Test func closingASessionEndsItsSubagents() async throws {
        let gate = Gate()
        let house = Self.house([Self.call("c1", background: true)]) { _ in ScriptedModel.Reply(.stand(gate)) }
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1")
            try await house.recorder().read(untilEndOf: "t1")
            try await gate.reached()
            try await within { await house.engine.close("s") }
            #expect(try await house.engine.peek("s").children.map(\.end?.reason) == [.interrupted])
            #expect(await house.engine.opened() == [])
        }
    }

    @Test func aSubagentThatIsSilentForTooLongIsEnded() async throws {
        let gate = Gate()
        let setting = SubagentSetting(inactivityLimit: .seconds(90))
        let house = Self.house([Self.call("c1")], setting: setting) { _ in ScriptedModel.Reply(.stand(gate)) }
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1")
            try await gate.reached()
            try await house.time.sleeps(1) { $0 <= .seconds(90) && $0 > .seconds(60) }
            house.time.advance(by: .seconds(91))
            try await house.recorder().read(untilEndOf: "t1")
            let text = try #require(try await Self.outcomes(house)["c1"]?.text)
            #expect(text.hasPrefix("interrupted||It was ended: nothing was heard of it for"), "\(text)")
        }
    }

    @Test func anEarlierSubagentGoesOnWithWhatItKnows() async throws {
        let model = ScriptedModel { request, number in
            if Self.isChild(request) { return .text(Self.words(request).contains("second task") ? "again" : "once") }
            if number == 0 { return ScriptedModel.Reply(Self.call("c1", "first task")) }
            guard !Self.words(request).contains("completed|again"), Self.words(request).contains("RESUME") else { return .text("done") }
            let name = Self.words(request).split(separator: "RESUME ").last.map(String.init) ?? ""
            return ScriptedModel.Reply(.call("c2", "Task", ["resume": .string(name), "prompt": "second task"]))
        }
        let house = EngineHouse(model, tools: [Self.task()]) { $0.subagents = Droids() }
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1")
            try await house.recorder().read(untilEndOf: "t1")
            let child = try #require(try await house.engine.peek("s").children.first).session
            try await house.submit("RESUME \(child.rawValue.prefix(13))", as: "t2")
            try await house.recorder().read(untilEndOf: "t2")
            #expect(try await Self.outcomes(house)["c2"]?.text == "completed|again|")
            let runs = try await house.engine.peek("s").children
            #expect(runs.map(\.session) == [child] && runs.first?.call == "c2")
        }
        let last = try #require(house.model.requests.last(where: Self.isChild))
        #expect(Self.words(last).contains("first task") && Self.words(last).contains("second task"))
    }

    @Test(arguments: [
        ("nobody", "There is no subagent_type \"nobody\". Known:\n- explorer: Looks\n- worker: Works"),
        ("explorer", "1 subagents of this session run already: wait until one of them has ended."),
    ])
    func whatCannotBeginIsToldToTheModel(kind: String, sentence: String) async throws {
        let isKnown = kind == "explorer"
        let setting = SubagentSetting(parallelLimit: isKnown ? 1 : 16)
        let gate = Gate()
        let calls = (isKnown ? [Self.call("c0", background: true)] : []) + [Self.call("c1", kind: kind)]
        // The second call comes when the first one has begun, because a write stands between them.
        let between = ScriptedTool("Write", says: "written", access: { _ in .write(["/w/a"]) })
        let house = Self.house(
            isKnown ? [calls[0], .call("w", "Write", [:]), calls[1]] : calls, tools: [between], setting: setting
        ) { _ in ScriptedModel.Reply(.stand(gate), .text(["x"])) }
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1")
            try await house.recorder().read(untilEndOf: "t1")
            #expect(try await Self.outcomes(house)["c1"] == ToolOutcome(call: "c1", status: .failed, text: sentence))
            gate.open()
        }
    }

    @Test func whilePlanningOnlyTheExplorerLooksAroundAndOnlyReads() async throws {
        let house = Self.house([Self.call("c1"), Self.call("c2", kind: "worker")]) { _ in .text("seen") }
        try await house.running {
            _ = try await house.create(settings: SessionSettings(autonomy: .high, interaction: .spec))
            try await house.submit("plan", as: "t1")
            try await house.recorder().read(untilEndOf: "t1")
            let outcomes = try await Self.outcomes(house)
            #expect(outcomes["c1"]?.text == "completed|seen|")
            #expect(outcomes["c2"]?.text == "Error: Only the subagent_type \"explorer\" runs while you are planning; \"worker\" does not.")
            let child = try #require(try await house.engine.peek("s").children.first)
            let state = try await house.engine.peek(child.session)
            #expect(state.settings.autonomy == .off && state.settings.interaction == .auto)
        }
    }

    @Test func aCallThatASubagentMayNotMakeIsAnErrorThatItReads() async throws {
        let policy = ScriptedPolicy { action in
            if case .write = action { return .ask(required: .high, rule: "test", reason: "writing") }
            return .allow(rule: "test")
        }
        let write = ScriptedTool("Write", says: "written", access: { _ in .write(["/w/a"]) })
        let model = ScriptedModel { request, _ in
            if Self.isChild(request) {
                return Self.hasResults(request) ? .text("could not") : ScriptedModel.Reply(.call("k", "Write", [:]))
            }
            return Self.hasResults(request) ? .text("done") : ScriptedModel.Reply(Self.call("c1"))
        }
        let house = EngineHouse(model, tools: [Self.task(), write], policy: policy) { $0.subagents = Droids() }
        try await house.running {
            _ = try await house.create()
            // Of the parent people can be asked.
            try await house.submit("go", as: "t1", approvals: .ask(.init()))
            try await house.recorder().read(untilEndOf: "t1")
            #expect(try await Self.outcomes(house)["c1"]?.text == "completed|could not|")
            let child = try #require(try await house.engine.peek("s").children.first).session
            #expect(try await Self.outcomes(house, in: child)["k"]?.status == .refused)
        }
        #expect(write.runs == [])
    }

    @Test func aSubagentsSessionThatIsOpenedLaterHasNoSubagentsEither() async throws {
        let house = Self.house([Self.call("c1")]) { request in
            Self.words(request).contains("more") && !Self.hasResults(request) ? ScriptedModel.Reply(Self.call("c9")) : .text("x")
        }
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1")
            try await house.recorder().read(untilEndOf: "t1")
            let child = try #require(try await house.engine.peek("s").children.first).session
            _ = try await house.engine.open(child)
            try await house.submit("more", as: "t2", to: child)
            try await house.recorder(child).read(untilEndOf: "t2")
            #expect(try await Self.outcomes(house, in: child)["c9"]?.text == "Error: Tool Task is not available in this session")
            await #expect(throws: ChildError.nested) {
                _ = try await house.engine.begin(ChildRequest(kind: "explorer", summary: "", prompt: "x"), in: child, for: "c")
            }
        }
    }
}
