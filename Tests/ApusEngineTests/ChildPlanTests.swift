import ApusBase
import ApusCore
import Testing

@testable import ApusEngine

@Suite struct ChildPlanTests {
    private func parent(_ level: AutonomyLevel, tools: ToolSelection = .usual, interaction: InteractionMode = .auto) -> SessionState {
        var state = SessionState(id: "s")
        state.settings = SessionSettings(autonomy: level, tools: tools, interaction: interaction)
        return state
    }

    private func plan(
        _ parent: SessionState, setting: AutonomyLevel? = nil, limit: AutonomyLevel = .high, tools: ToolSelection = .usual
    ) -> ChildPlan {
        ChildPlan(
            SubagentProfile(name: "d", summary: "", prompt: "p", tools: tools, location: .project), parent: parent, model: nil, effort: nil,
            setting: SubagentSetting(autonomy: setting), limit: limit)
    }

    @Test(arguments: [
        (AutonomyLevel.medium, AutonomyLevel?.none, AutonomyLevel.high, AutonomyLevel.medium), (.medium, .high, .high, .medium),
        (.high, .low, .high, .low), (.high, nil, .medium, .medium), (.off, .high, .high, .off), (.unrestricted, nil, .high, .high),
    ])
    func theLevelIsNeverAboveTheParentsTheSettingsOrThePlaces(
        parent level: AutonomyLevel, setting: AutonomyLevel?, limit: AutonomyLevel, result: AutonomyLevel
    ) {
        let plan = plan(parent(level), setting: setting, limit: limit)
        #expect(plan.settings.autonomy == result && plan.origin.maximumAutonomy == result)
        #expect(plan.origin.approvals == .refuse && !plan.origin.answersQuestions && plan.settings.refusesApprovals)
    }

    @Test func whoPlansHasReadersOnly() {
        #expect(plan(parent(.high, interaction: .spec)).settings.autonomy == .off)
    }

    @Test func aTurnThatMayDoLessGivesLess() {
        var state = parent(.high)
        let origin = TurnOrigin(front: .qwen, writer: "w", approvals: .stop, maximumAutonomy: .low)
        state.running = .init(input: TurnInput(turn: "t", prompt: "", origin: origin), model: "m", startedAt: 0)
        #expect(plan(state).settings.autonomy == .low)
        #expect(plan(state).origin.front == .qwen)
    }

    @Test func toolsAreThoseOfTheDroidThatTheParentHasToo() {
        let outer = ToolSelection(only: ["Read", "Execute", "Task", "MCP:notes"], disabled: ["Grep"], servers: ["notes", "other"])
        let tools = plan(
            parent(.high, tools: outer), tools: ToolSelection(only: ["Read", "Grep", "Edit", "MCP:*"], servers: ["notes", "third"])
        )
        .settings.tools
        #expect(tools.allows("Read"))
        for name in ["Grep", "Edit", "Execute", "Task", "TaskOutput", "TaskStop", "AskUser"] { #expect(!tools.allows(name), "\(name)") }
        #expect(tools.allows("notes___a", called: "a", of: "notes"))
        #expect(!tools.allows("other___a", called: "a", of: "other"))
        #expect(!tools.allows("third___a", called: "a", of: "third"))
    }

    @Test func noServersAreNoServers() {
        #expect(!ToolSelection(servers: []).allows("n___a", called: "a", of: "n"))
        #expect(ToolSelection(servers: nil).allows("n___a", called: "a", of: "n"))
        #expect(!ToolSelection(disabled: ["MCP:*"]).allows("n___a", called: "a", of: "n"))
    }

    @Test func whatGoesOnGetsNoMoreThanItsParentHasByNow() {
        let first = plan(parent(.high, tools: ToolSelection(only: ["Read", "Edit"])))
        var child = SessionState(id: "c")
        child.settings = first.settings
        let again = ChildPlan(resuming: child, parent: parent(.low, tools: ToolSelection(only: ["Read"])), setting: .init(), limit: .high)
        #expect(again.settings.autonomy == .low && again.origin.maximumAutonomy == .low)
        #expect(again.settings.tools.allows("Read") && !again.settings.tools.allows("Edit"))
        child.settings = again.settings
        let third = ChildPlan(resuming: child, parent: parent(.low, tools: ToolSelection(only: ["Read"])), setting: .init(), limit: .high)
        #expect(third.settings.tools == again.settings.tools, "it does not grow with each time")
    }

    @Test func customDroidsAreToldOnceAndTheirEndToo() {
        let own = SubagentProfile(name: "mine", summary: "Reviews\ncode", prompt: "p", location: .project)
        let built = SubagentProfile(name: "worker", summary: "Works", prompt: "p", location: .builtin)
        let note = SubagentNote.note(for: SubagentList([own, built]), told: nil)
        #expect(note?.text.hasSuffix("\n- mine: Reviews code") == true)
        #expect(note?.text.contains("worker") == false)
        #expect(SubagentNote.note(for: SubagentList([built]), told: nil) == nil)
        #expect(SubagentNote.note(for: SubagentList([built]), told: "x")?.text == "There are no custom subagents any more.")
    }
}

/// What a death leaves of subagents.
@Suite struct ChildRecoveryTests {
    private func run(_ session: SessionID, call: CallID, end: ChildRun.End? = nil) -> ChildRun {
        ChildRun(
            session: session, turn: "kt", call: call, kind: "worker", summary: "work", isBackground: false, startedAt: 40, end: end)
    }

    private func state(_ kinds: [EventKind]) -> SessionState {
        var state = SessionState(id: "s")
        for (index, kind) in kinds.enumerated() { state.reduce(Event(number: EventNumber(index + 1), time: 50, kind: kind)) }
        return state
    }

    private let origin = TurnOrigin(front: .droid, writer: "w", approvals: .refuse)

    @Test func theCallOfADeadSubagentNamesItsSession() throws {
        let call = ToolCall(id: "c", name: "Task", input: [:])
        let broken = state([
            .turnQueued(TurnInput(turn: "t", prompt: "p", origin: origin)), .turnStarted("t", model: "m"), .responseStarted("m", "t"),
            .itemFinished(Item(id: "i", message: "m", content: .toolCall(call))),
            .responseFinished(ResponseEnd(message: "m", stop: .toolCalls, usage: .zero)),
            .toolIntended(ToolIntent(call: "c", tool: "Task", argumentsHash: "", effect: .opaque, key: "")),
            .noticed(.childChanged(run("child-1", call: "c"))),
        ])
        let outcome = Recovery.mend(broken, at: 60).lazy.compactMap { kind -> ToolOutcome? in
            if case .toolFinished(let outcome) = kind { outcome } else { nil }
        }.first
        #expect(outcome?.status == .interrupted)
        #expect(outcome?.text.contains("the subagent child-1 ran for this call") == true, "\(outcome?.text ?? "")")
    }

    @Test func everyRunGetsAnEndOnce() {
        let ended = run("b", call: "c2", end: .init(reason: .completed, at: 45, usage: Usage(inputTokens: 1)))
        let broken = state([.noticed(.childChanged(run("a", call: "c1"))), .noticed(.childChanged(ended))])
        let repairs = Recovery.lostChildren(in: broken)
        #expect(repairs == [.noticed(.childChanged(run("a", call: "c1", end: .init(reason: .ownerDied, at: 50))))])
        var mended = broken
        mended.reduce(repairs.map { Event(number: 9, time: 60, kind: $0) })
        #expect(Recovery.lostChildren(in: mended) == [])
        #expect(mended.children.map(\.session) == ["a", "b"] && mended.childUsage.inputTokens == 1)
    }

    @Test func whatASubagentWasToDoIsLeftToNobody() {
        var child = SessionState(id: "c")
        child.queue = [TurnInput(turn: "t", prompt: "p", origin: origin)]
        #expect(Recovery.isForOthers(child, TakeOverRules(), at: 0))
        child.header.caller = SessionCaller(session: "s", call: "c1", kind: "worker")
        #expect(!Recovery.isForOthers(child, TakeOverRules(), at: 0))
    }

    @Test func aCopyHasNoneOfThem() {
        let header = SessionHeader(id: "copy", createdAt: 0, workingDirectory: "/w", parent: "s")
        let copy = state([.noticed(.childChanged(run("a", call: "c1"))), .sessionForked(header)])
        #expect(copy.children == [] && copy.childUsage == .zero)
    }

    @Test func whatIsKeptOfThemComesBack() throws {
        let end = ChildRun.End(reason: .timeLimit, at: 9, usage: Usage(inputTokens: 2, outputTokens: 3), preview: "so far")
        var whole = state([.noticed(.childChanged(run("a", call: "c1"))), .noticed(.childChanged(run("b", call: "c2", end: end)))])
        whole.header.caller = SessionCaller(session: "p", call: "c", kind: "k")
        whole.settings.tools = ToolSelection(only: ["Read"], servers: ["n"], bounds: [["Read"], []])
        #expect(try SessionState(decoding: whole.encoded()) == whole)
        let kind = EventKind.noticed(.childChanged(run("a", call: "c1", end: end)))
        #expect(try EventKind(decoding: kind.encoded()) == kind)
    }
}
