import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

/// An engine with everything around it by script.
struct EngineHouse: Sendable {
    let time: ManualTime
    let memory: MemoryEventLog
    let store: ScriptedLog
    let model: ScriptedModel
    let engine: Engine

    init(
        _ model: ScriptedModel, tools: [ScriptedTool] = [], policy: any AccessPolicy = ScriptedPolicy(), notes: [ContextNote] = [],
        redaction: Redaction = .none, memory: MemoryEventLog? = nil, adjusting: (inout EngineServices) -> Void = { _ in }
    ) {
        let time = ManualTime()
        self.time = time
        self.memory = memory ?? MemoryEventLog(time: time)
        store = ScriptedLog(self.memory)
        self.model = model
        var services = EngineServices(
            log: store, index: self.memory, blobs: self.memory, models: model, tools: FixedTools(tools), policy: policy,
            instructions: FixedNotes(notes),
            time: time,
            workspace: { WorkspaceScope(workingDirectory: $0, projectRoot: $0, home: "/home/test", temporaryDirectories: ["/tmp"]) },
            // The middle: retries wait exactly their base.
            chance: { 0.5 }, redaction: redaction)
        adjusting(&services)
        engine = Engine(services: services)
    }

    /// Runs `body` beside the engine, shuts down, and checks what must hold of every log ever written.
    func running(_ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await engine.run() }
            do {
                try await body()
                try await within { await engine.shutdown() }
            } catch {
                group.cancelAll()
                throw error
            }
            try await group.waitForAll()
        }
        try await checkAllLogs()
    }

    func create(_ id: SessionID = "s", settings: SessionSettings = SessionSettings()) async throws -> SessionID {
        try await engine.create(NewSession(id: id, workingDirectory: "/w", settings: settings))
    }

    @discardableResult
    func submit(
        _ prompt: String, as turn: TurnID, to session: SessionID = "s", approvals: TurnOrigin.ApprovalRule = .stop,
        limits: TurnLimits = TurnLimits(), key: String? = nil
    ) async throws -> TurnID {
        try await engine.submit(
            TurnInput(
                turn: turn, prompt: prompt, origin: TurnOrigin(front: .exec, writer: "test", approvals: approvals), limits: limits,
                idempotencyKey: key), to: session)
    }

    func recorder(_ session: SessionID = "s", after cursor: EventNumber = 0) async throws -> Recorder {
        Recorder(try await engine.follow(session, after: cursor))
    }

    /// Takes over what a dead process left in "s", and waits for the end of a turn of it.
    func recover(untilEndOf turn: TurnID) async throws {
        #expect(try await engine.recover() == [])
        // A session in which nothing is left to do is given up again at once.
        _ = try await engine.open("s")
        try await recorder().read(untilEndOf: turn)
    }

    /// The whole log.
    func events(_ session: SessionID = "s") async throws -> [Event] { try await memory.events(in: session, after: 0, limit: .max) }
    func briefs(_ session: SessionID = "s") async throws -> [String] { try await events(session).map(\.kind.brief) }

    /// The log from the first prompt's start on: what most tests are about.
    func briefs(ofTurn turn: TurnID, in session: SessionID = "s") async throws -> [String] {
        Array(try await briefs(session).drop { $0 != "started \(turn) scripted" }.dropFirst())
    }

    func end(of turn: TurnID, in session: SessionID = "s") async throws -> TurnEnd? {
        try await events(session).compactMap { event -> TurnEnd? in
            if case .turnFinished(let end) = event.kind, end.turn == turn { end } else { nil }
        }.first
    }

    /// Runs one turn to its end and gives back what it left in the log.
    func run(_ prompt: String = "hi", limits: TurnLimits = TurnLimits(), approvals: TurnOrigin.ApprovalRule = .stop) async throws
        -> [String]
    {
        _ = try await create()
        try await submit(prompt, as: "t1", approvals: approvals, limits: limits)
        try await recorder().read(untilEndOf: "t1")
        return try await briefs(ofTurn: "t1")
    }

    // MARK: What always holds

    func checkAllLogs() async throws {
        for summary in try await memory.sessions(withPrefix: "", limit: .max) {
            Self.check(try await events(summary.header.id))
        }
    }

    static func check(_ events: [Event]) {
        #expect(zip(events, events.dropFirst()).allSatisfy { $0.number < $1.number }, "numbers rise")
        var queued: [TurnID] = []
        var ended: [TurnID] = []
        var calls: [CallID] = []
        var outcomes: [CallID] = []
        var questions: [ApprovalID] = []
        var answers: [ApprovalID] = []
        var asked: [QuestionID] = []
        var told: [QuestionID] = []
        for event in events {
            switch event.kind {
            case .turnQueued(let input): queued.append(input.turn)
            case .turnStarted(let turn, _): #expect(queued.contains(turn) && !ended.contains(turn), "\(turn) starts after it was accepted")
            case .turnFinished(let end): ended.append(end.turn)
            case .itemFinished(let item):
                if case .toolCall(let call) = item.content { calls.append(call.id) }
            case .toolFinished(let outcome): outcomes.append(outcome.call)
            case .approvalAsked(let request): questions.append(request.id)
            case .approvalAnswered(let decision): answers.append(decision.id)
            case .questionAsked(let question): asked.append(question.id)
            case .questionAnswered(let answer): told.append(answer.id)
            default: break
            }
        }
        #expect(answers.sorted() == questions.sorted(), "every question gets exactly one answer")
        #expect(told.sorted() == asked.sorted(), "everything asked is answered exactly once")
        #expect(ended.sorted() == queued.sorted(), "every accepted turn ends exactly once")
        #expect(outcomes.sorted() == calls.sorted(), "every call gets exactly one outcome")
        var state = SessionState(id: "s")
        state.reduce(events)
        #expect(state.running == nil)
        #expect(state.queue == [])
        #expect(state.openItems == [])
        #expect(state.openProcesses == [])
        #expect(state.openIntents == [])
        #expect(state.openApprovals == [])
        #expect(state.openQuestions == [] && state.settledQuestions == [])
    }
}
