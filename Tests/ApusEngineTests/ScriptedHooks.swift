import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

/// Hooks that say what a test wants, and remember what they were asked.
final class ScriptedHooks: HookRunner {
    typealias Say = @Sendable (HookOccasion) async -> [HookAnswer]

    /// What there is a hook for.
    private let events: Set<HookEvent>
    private let say: Say
    private let heard = Watched<[HookPlan]>([])
    private let limited = Watched<[Duration?]>([])
    private let gone = Watched<[SessionID]>([])

    init(_ events: Set<HookEvent>, say: @escaping Say = { _ in [] }) {
        self.events = events
        self.say = say
    }

    /// One answer to every call before it runs.
    convenience init(before answer: HookAnswer) { self.init([.preToolUse]) { _ in [answer] } }

    var occasions: [HookOccasion] { heard.value.map(\.occasion) }
    var plans: [HookPlan] { heard.value }
    var limits: [Duration?] { limited.value }
    var forgotten: [SessionID] { gone.value }

    func plan(for occasion: HookOccasion, in context: HookContext) async -> HookPlan? {
        events.contains(occasion.event)
            ? HookPlan(id: "h", occasion: occasion, context: context, matcher: "M", commands: [HookCommand("check token-1234", timeout: 7)])
            : nil
    }

    func run(_ plan: HookPlan, within limit: Duration?) async -> [HookResult] {
        heard.change { $0.append(plan) }
        limited.change { $0.append(limit) }
        return await say(plan.occasion).map { HookResult(plan.commands[0], exitCode: 0, stdout: "token-1234", answer: $0) }
    }

    func forget(_ session: SessionID) async { gone.change { $0.append(session) } }

    /// Returns when one was asked about this.
    func heard(_ event: HookEvent) async throws {
        _ = try await within { [heard] in await heard.first { $0.contains { $0.occasion.event == event } } }
    }
}

extension EngineHouse {
    init(_ model: ScriptedModel, hooks: ScriptedHooks, tools: [ScriptedTool] = [], redaction: Redaction = .none) {
        self.init(model, tools: tools, policy: EngineApprovalTests.policy, redaction: redaction) { $0.hooks = hooks }
    }

    /// What the log has of hooks.
    func hookFacts(_ session: SessionID = "s") async throws -> [HookFact] {
        try await events(session).compactMap { if case .noticed(.hook(let fact)) = $0.kind { fact } else { nil } }
    }

    func outcomes(_ session: SessionID = "s") async throws -> [ToolOutcome] {
        try await events(session).compactMap { if case .toolFinished(let outcome) = $0.kind { outcome } else { nil } }
    }
}

extension EngineHouse {
    /// Goes on with a turn of a process that died with this question, after a hook of its calls had said this, and answers it.
    func goOn(asking question: ApprovalRequest, after end: HookEnd, about calls: [ToolCall]) async throws {
        let writer = try await memory.create("s") { _ in }
        let origin = TurnOrigin(front: .droid, writer: "gone", approvals: EngineApprovalTests.ask)
        _ = try await writer.commit([
            .sessionCreated(SessionHeader(id: "s", createdAt: 1, workingDirectory: "/w"), SessionSettings()),
            .turnQueued(TurnInput(turn: "t1", prompt: "p", origin: origin)), .turnStarted("t1", model: "scripted"),
            .userMessage("m0", "t1", "p"), .responseStarted("m1", "t1"),
        ])
        _ = try await writer.commit(
            calls.map { .itemFinished(Item(id: ItemID("i-" + $0.id.rawValue), message: "m1", content: .toolCall($0))) })
        _ = try await writer.commit([
            .responseFinished(ResponseEnd(message: "m1", stop: .toolCalls, usage: .zero)), .noticed(.hook(.ended(end))),
            .approvalAsked(question),
        ])
        await writer.close()
        store.declareDead(["s"])
        try await running {
            #expect(try await engine.recover() == [])
            try await answer(question.id, .init(.proceedOnce))
            try await recorder().read(untilEndOf: "t1")
        }
    }
}
