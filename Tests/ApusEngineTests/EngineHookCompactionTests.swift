import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

/// Hooks around conversations that are shortened by themselves (`droid-exec.md` §6.2).
@Suite(.timeLimit(.minutes(5))) struct EngineHookCompactionTests {
    private static func house(_ hooks: ScriptedHooks, overflows: Bool = false, contextTokens: Int? = 1_000) -> EngineHouse {
        let first: [ScriptedModel.Reply] =
            [EngineAutoCompactionTests.call("c1", counted: 100), EngineAutoCompactionTests.call("c2", counted: 780)]
            + (overflows ? [.fail(.contextOverflow)] : [])
        return EngineHouse(
            EngineAutoCompactionTests.model(first + [.text("done")], summaries: [.text("c1 was read")], contextTokens: contextTokens),
            hooks: hooks, tools: [EngineAutoCompactionTests.reader(["c1": 2_600, "c2": 200])])
    }

    private static func compactions(_ house: EngineHouse) async throws -> Int {
        try await house.events("s").count { if case .contextCompacted = $0.kind { true } else { false } }
    }

    @Test func theyHearOfItAndTheSessionStartsAgainForThem() async throws {
        let hooks = ScriptedHooks([.preCompact, .sessionStart]) { occasion in
            occasion == .sessionStart(.compact) ? [HookAnswer(note: "the branch is main")] : []
        }
        let house = Self.house(hooks)
        try await house.running {
            let last = try await house.run("look into it").last
            #expect(last == "finished t1 completed")
            let count = try await Self.compactions(house)
            #expect(count == 1)
        }
        #expect(hooks.occasions == [.sessionStart(.startup), .preCompact(.auto, instructions: ""), .sessionStart(.compact)])
        let messages = "\(house.model.requests.last?.messages ?? [])"
        #expect(messages.contains("the branch is main"))
    }

    @Test func whatTheyRefuseIsNotShortened() async throws {
        let hooks = ScriptedHooks([.preCompact]) { _ in [HookAnswer(decision: .deny, reason: "not now")] }
        let house = Self.house(hooks)
        try await house.running {
            let last = try await house.run("look into it").last
            #expect(last == "finished t1 completed")
            let count = try await Self.compactions(house)
            #expect(count == 0)
        }
    }

    /// The turn could not go on without.
    @Test func whatAProviderRefusedIsShortenedWhateverTheySay() async throws {
        let hooks = ScriptedHooks([.preCompact]) { _ in [HookAnswer(decision: .deny, reason: "not now")] }
        let house = Self.house(hooks, overflows: true, contextTokens: nil)
        try await house.running {
            let last = try await house.run("look into it").last
            #expect(last == "finished t1 completed")
            let count = try await Self.compactions(house)
            #expect(count == 1)
        }
    }

    @Test(arguments: [HookEvent.preCompact, .sessionStart]) func theyMayEndTheTurn(event: HookEvent) async throws {
        let hooks = ScriptedHooks([event]) { occasion in
            switch occasion {
            case .preCompact, .sessionStart(.compact): [HookAnswer(stop: "enough")]
            default: []
            }
        }
        let house = Self.house(hooks)
        try await house.running {
            let last = try await house.run("look into it").last
            #expect(last?.hasPrefix("finished t1 hookStopped") == true)
            #expect(house.model.requests.count { !EngineAutoCompactionTests.isSummary($0) } == 2)
        }
    }
}
