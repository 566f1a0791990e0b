import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

/// Hooks around programs that prompts name with a slash.
@Suite(.timeLimit(.minutes(5))) struct EngineProgramHookTests {
    /// One program, which remembers that it ran.
    private struct Program: PromptCommands {
        var status = ToolOutcome.Status.succeeded
        let ran = Watched<[String]>([])

        func expansion(of prompt: String, for scope: SkillScope) async -> PromptExpansion {
            .program(
                CommandProgram(
                    name: "go", path: "/commands/go", arguments: ["now"], commandLine: "/commands/go now", script: "#!/bin/sh",
                    isPersonal: true))
        }

        func run(_ program: CommandProgram, in workingDirectory: String, confinement: Confinement?) async -> CommandRun {
            ran.change { $0.append(program.commandLine) }
            return CommandRun(status, ContextNote(source: "command:go", text: "output of token-1234"))
        }
    }

    private let program = Program()

    private func house(_ hooks: ScriptedHooks, _ program: Program? = nil) -> EngineHouse {
        let program = program ?? self.program
        return EngineHouse(ScriptedModel(.text("done")), policy: ScriptedPolicy(), redaction: Redaction(secrets: ["token-1234"])) {
            $0.commands = program
            $0.hooks = hooks
        }
    }

    private func end(_ house: EngineHouse) async throws -> TurnEnd {
        try await house.running {
            _ = try await house.create()
            try await house.submit("/go now", as: "t1")
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(try await house.state().hookJudgements == [], "no call waits for them")
        return try #require(try await house.end(of: "t1"))
    }

    @Test func theySeeACommandOfExecuteAndWhatItPrinted() async throws {
        let hooks = ScriptedHooks([.preToolUse, .postToolUse]) { occasion in
            if case .postToolUse = occasion { return [HookAnswer(decision: .deny, reason: "not so fast")] }
            return [HookAnswer(decision: .allow, note: "mind the gap")]
        }
        let house = house(hooks)
        #expect(try await end(house).reason == .completed)
        #expect(program.ran.value == ["/commands/go now"])
        let calls = hooks.occasions.compactMap(\.call)
        #expect(calls.map(\.name) == ["Execute", "Execute"] && Set(calls.map(\.id)).count == 1)
        #expect(calls[0].input["command"] == "/commands/go now" && calls[0].input["riskLevel"] == "high")
        guard case .postToolUse(_, let response)? = hooks.occasions.last else { Issue.record("no hook behind it"); return }
        #expect(response.hasPrefix("output of ") && !response.contains("token-1234"))
        let told = "\(house.model.requests[0].messages)"
        #expect(told.contains("mind the gap") && told.contains("A hook objects to what Execute did: not so fast"))
    }

    @Test(arguments: [
        (HookAnswer(decision: .deny, reason: "not today"), "/go was not run: not today"),
        (
            HookAnswer(decision: .ask, reason: "looks odd"),
            "/go was not run: a hook wants a person to be asked (looks odd), and nobody is asked about programs"
        ),
        (
            HookAnswer(decision: .allow, updatedInput: ["command": "true"]),
            "/go was not run: a hook changed what is to run, and a program cannot be changed"
        ),
    ])
    func anObjectionKeepsItFromRunningAndTheModelIsNotAsked(answer: HookAnswer, detail: String) async throws {
        let house = house(ScriptedHooks(before: answer))
        let end = try await end(house)
        #expect(end.reason == .permissionDenied && end.detail == detail)
        #expect(program.ran.value == [] && house.model.requests.isEmpty)
    }

    @Test(arguments: [HookEvent.preToolUse, .postToolUse]) func anEndOfTheTurnIsOne(event: HookEvent) async throws {
        let house = house(ScriptedHooks([event]) { _ in [HookAnswer(stop: "enough")] })
        let end = try await end(house)
        #expect(end.reason == .hookStopped && end.detail == "Stopped by a hook: enough")
        #expect(program.ran.value.count == (event == .preToolUse ? 0 : 1) && house.model.requests.isEmpty)
    }

    /// As behind calls: those hear of what ran, however it ended.
    @Test(arguments: [(ToolOutcome.Status.succeeded, 1), (.failed, 1), (.notRun, 0), (.interrupted, 0)])
    func thoseBehindItHearOfWhatRan(status: ToolOutcome.Status, times: Int) async throws {
        let hooks = ScriptedHooks([.postToolUse]) { _ in [] }
        let house = house(hooks, Program(status: status))
        #expect(try await end(house).reason == .completed)
        #expect(hooks.occasions.count == times)
        #expect("\(house.model.requests[0].messages)".contains("output of "), "the model is told in any case")
    }

    @Test func anInterruptWhileTheyRunLeavesItUnstarted() async throws {
        let gate = Gate()
        let hooks = ScriptedHooks([.preToolUse]) { _ in
            _ = await gate.pass()
            return []
        }
        let house = house(hooks)
        try await house.running {
            _ = try await house.create()
            try await house.submit("/go now", as: "t1")
            try await gate.reached(by: 1)
            try await within { await house.engine.interrupt("s") }
        }
        #expect(program.ran.value == [] && house.model.requests.isEmpty)
        #expect(try await house.end(of: "t1")?.reason == .interrupted)
    }
}
