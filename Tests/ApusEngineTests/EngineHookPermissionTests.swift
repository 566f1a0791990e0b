import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Synchronization
import Testing

/// The permission that a hook gives in place of a person: kept in the log with its author, and held to the bytes it was given for.
@Suite(.timeLimit(.minutes(5))) struct EngineHookPermissionTests {
    private static let call = ToolCall(id: "c1", name: "Execute", input: ["command": "make"])

    private static func hash(_ command: String, at level: AutonomyLevel = .high) -> String {
        let request = AccessRequest(action: .command(command, declaredRisk: "low"), summary: "Execute")
        return ActionHash.of(ToolCall(id: "c1", name: "Execute", input: ["command": .string(command)]), request, in: "/w", at: level)
    }

    private static func house(_ hooks: ScriptedHooks, _ tool: ScriptedTool, _ more: @escaping (inout EngineServices) -> Void = { _ in })
        -> EngineHouse
    {
        EngineHouse(
            ScriptedModel(.init(.call("c1", "Execute", ["command": "make"])), .text("done")), tools: [tool],
            policy: EngineApprovalTests.policy, redaction: Redaction(secrets: ["token-1234"])
        ) {
            $0.hooks = hooks
            more(&$0)
        }
    }

    private static func judgement(_ house: EngineHouse) async throws -> HookJudgement? {
        guard case .ended(let end)? = try await house.hookFacts().last else { return nil }
        return end.judgement
    }

    @Test func itIsKeptWithWhoGaveItAndForWhat() async throws {
        let (hooks, tool) = (ScriptedHooks(before: HookAnswer(decision: .allow)), EngineApprovalTests.execute())
        let house = Self.house(hooks, tool)
        try await house.running { _ = try await house.run() }
        #expect(tool.runs.count == 1)
        let kept = try #require(try await Self.judgement(house)?.permission)
        #expect(kept.actionHash == Self.hash("make") && kept.level == .high)
        #expect(kept.hooks.count == 1 && kept.hooks[0].hasPrefix("check ") && !kept.hooks[0].contains("token-1234"), "\(kept.hooks)")
    }

    @Test func itIsForTheInputThatTheHookMade() async throws {
        let answer = HookAnswer(decision: .allow, updatedInput: ["command": "make safe"])
        let (hooks, tool) = (ScriptedHooks(before: answer), EngineApprovalTests.execute())
        let house = Self.house(hooks, tool)
        try await house.running { _ = try await house.run() }
        #expect(tool.runs == [["command": "make safe"]])
        #expect(try await Self.judgement(house)?.permission?.actionHash == Self.hash("make safe"))
    }

    /// Nobody had to permit it, or nobody could.
    @Test(arguments: [(AutonomyLevel.high, AutonomyLevel.unrestricted), (.off, .medium)])
    func thereIsNoneWhereItSparesNothing(level: AutonomyLevel, maximum: AutonomyLevel) async throws {
        let (hooks, tool) = (
            ScriptedHooks(before: HookAnswer(decision: .allow)), ScriptedTool("Execute", says: "ran", access: { _ in .session })
        )
        let asking = EngineApprovalTests.execute()
        let house = Self.house(hooks, level == .high ? tool : asking) { $0.maximumAutonomy = maximum }
        try await house.running {
            _ = try await house.create(settings: SessionSettings(autonomy: level))
            try await house.submit("go", as: "t1", approvals: .refuse)
            try await house.recorder().read(untilEndOf: "t1")
        }
        #expect(try await Self.judgement(house) == HookJudgement(call: "c1", decision: .allow))
        #expect(tool.runs.count == (level == .high ? 1 : 0) && asking.runs.isEmpty)
    }

    /// Whoever looks at a call declares what it touches; what stood still when it was judged may not move under the verdict.
    @Test func aCallThatNobodyHadToPermitIsLookedAtOnce() async throws {
        let looks = Mutex(0)
        let tool = ScriptedTool(
            "Execute", says: "ran", effect: .opaque,
            access: { _ in
                looks.withLock { $0 += 1 }
                return .session
            })
        let house = Self.house(ScriptedHooks(before: HookAnswer(decision: .allow)), tool)
        try await house.running { _ = try await house.run() }
        #expect(tool.runs.count == 1)
        #expect(looks.withLock { $0 } == 1)
    }

    /// What it would do is looked at again, as after a person's answer.
    @Test func aCallThatWouldDoSomethingElseByThenIsNotRun() async throws {
        let isSwapped = Mutex(false)
        let tool = ScriptedTool(
            "Execute", says: "ran", effect: .opaque,
            access: { _ in .write([isSwapped.withLock { $0 } ? "/w/elsewhere" : "/w/here"]) })
        let hooks = ScriptedHooks([.preToolUse, .notification]) { _ in [HookAnswer(decision: .allow)] }
        let other = ScriptedTool("Swap", access: { _ in .session }) { _, _ in
            isSwapped.withLock { $0 = true }
            return ToolResult(.succeeded, "swapped")
        }
        let model = ScriptedModel(.init(.call("c0", "Swap", [:]), .call("c1", "Execute", [:])), .text("done"))
        let house = EngineHouse(model, tools: [other, tool], policy: EngineApprovalTests.policy) { $0.hooks = hooks }
        try await house.running { _ = try await house.run() }
        #expect(tool.runs == [])
        let outcome = try #require(try await house.outcomes().last)
        #expect(outcome.status == .refused && outcome.text.contains("has changed since it was approved"))
    }

    /// A process before this one has heard the hooks; what they permitted is what the log says.
    @Test(arguments: ["make", "make other"])
    func afterARestartItHoldsForTheSameBytesOnly(permitted: String) async throws {
        let tool = EngineApprovalTests.execute()
        let hooks = ScriptedHooks(before: HookAnswer(decision: .allow))
        let house = EngineHouse(ScriptedModel(.text("done")), tools: [tool], policy: EngineApprovalTests.policy) {
            $0.hooks = hooks
            $0.resumesTurns = true
        }
        let other = ToolCall(id: "c2", name: "Execute", input: ["command": "rm"])
        let request = AccessRequest(action: .command("rm", declaredRisk: "low"), summary: "Execute")
        let question = ApprovalRequest(
            id: "perm_0123456789", turn: "t1", message: "m1", call: "c2", tool: "Execute", input: other.input,
            actionHash: ActionHash.of(other, request, in: "/w", at: .high), question: "Execute?", risk: "high", required: nil, level: .high,
            reason: "a command", options: [.proceedOnce, .cancel])
        let end = HookEnd(
            id: "h", event: .preToolUse, call: "c1", results: [], prevented: false,
            judgement: HookJudgement(
                call: "c1", decision: .allow,
                permission: HookPermission(actionHash: Self.hash(permitted), level: .high, hooks: ["check"])))
        try await house.goOn(asking: question, after: end, about: [Self.call, other])
        #expect(tool.runs == (permitted == "make" ? [["command": "make"], ["command": "rm"]] : [["command": "rm"]]))
        #expect(hooks.occasions == [], "they run once for a call")
    }
}
