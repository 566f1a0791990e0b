import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

/// Copies of sessions that are at work, made at any moment. `EngineHouse` checks every log when it is done: each turn ends once, each call has
/// one outcome, nothing is left open.
@Suite(.timeLimit(.minutes(5))) struct EngineForkTests {
    /// Reasoning, text, two calls at once, and an answer.
    private static let replies: [ScriptedModel.Reply] = [
        .init(
            .reasoning(["think ", "more"]), .text(["look", "ing"]), .call("c1", "Read", ["n": 1]), .call("c2", "Read", ["n": 2]),
            .usage(Usage(inputTokens: 3))), .text("do", "ne"), .text("of the copy"),
    ]

    @Test func aCopyMadeBehindAnyEventIsWholeAndGoesOn() async throws {
        let whole = EngineHouse(ScriptedModel { _, number in Self.replies[min(number, 2)] }, tools: [ScriptedTool("Read", says: "text")])
        try await whole.running { _ = try await whole.run("look") }
        let count = try await whole.events().count
        #expect(count > 15)
        for moment in 1...count {
            let house = EngineHouse(
                ScriptedModel { request, _ in
                    // The copy's prompt is the newest; the source's turn asks twice.
                    if "\(request.messages)".contains("go on") { return Self.replies[2] }
                    return "\(request.messages)".contains("text") ? Self.replies[1] : Self.replies[0]
                }, tools: [ScriptedTool("Read", says: "text")])
            try await house.running {
                _ = try await house.create()
                let recorder = try await house.recorder()
                try await house.submit("look", as: "t1")
                // The engine is further on by now, or just there: both are moments at which somebody may ask.
                let seen = Watched(0)
                try await recorder.read { _ in
                    seen.change { seen -> Int in
                        seen += 1
                        return seen
                    } >= moment
                }
                let copy = try await house.engine.fork("s")
                try await house.submit("go on", as: "t9", to: copy)
                try await house.recorder(copy).read(untilEndOf: "t9")
                #expect(try await house.end(of: "t9", in: copy)?.reason == .completed)
                if try await house.end(of: "t1") == nil { try await recorder.read(untilEndOf: "t1") }
                #expect(try await house.end(of: "t1")?.reason == .completed, "the source knows nothing of it")
                let source = try await house.events()
                let shared = try await house.events(copy).prefix { event in source.contains { $0.number == event.number && $0 == event } }
                #expect(Array(shared) == Array(source.prefix(shared.count)), "what was copied is what was there")
            }
        }
    }

    @Test func aCopyHasNoneOfTheWaitingPromptsAndNoneOfTheOpenQuestions() async throws {
        let gate = Gate()
        let house = EngineHouse(
            ScriptedModel { request, _ in "\(request.messages)".contains("first") ? .init(.stand(gate), .text(["one"])) : .text("two") })
        try await house.running {
            _ = try await house.create()
            try await house.submit("first", as: "t1")
            try await gate.reached()
            try await house.submit("second", as: "t2")
            let copy = try await house.engine.fork("s")
            let state = try await house.engine.open(copy)
            #expect(state.running == nil && state.queue.isEmpty && state.openApprovals.isEmpty)
            gate.open()
            try await house.recorder().read(untilEndOf: "t2")
            #expect(try await house.end(of: "t1")?.reason == .completed)
            #expect(try await house.end(of: "t2")?.reason == .completed)
        }
    }
}
