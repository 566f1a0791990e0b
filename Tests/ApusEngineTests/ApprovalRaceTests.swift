import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

/// Voters, deadlines, interrupts and changes of the session in every order: whatever happens, one decision a question, and nothing runs
/// that nobody permitted.
@Suite(.timeLimit(.minutes(5))) struct ApprovalRaceTests {
    @Test(arguments: 0..<80 as Range<UInt64>) func nothingRunsWithoutItsOwnPermission(seed: UInt64) async throws {
        var random = SeededGenerator(seed: seed)
        let count = Int.random(in: 1...5, using: &random)
        let words = ["make", "rm", "forbidden", "one", "two"]
        let commands = (0..<count).map { _ in words[Int.random(in: 0..<words.count, using: &random)] }
        let calls = commands.enumerated().map {
            ScriptedModel.Step.call(CallID("c\($0.offset)"), "Execute", ["command": .string("\($0.element)")])
        }
        let consequences = TurnOrigin.ApprovalTerms.Consequence.allCases
        let terms = TurnOrigin.ApprovalTerms(
            deadlineMilliseconds: Bool.random(using: &random) ? 1_000 : nil,
            afterCancel: consequences[Int.random(in: 0...1, using: &random)],
            afterDeadline: consequences[Int.random(in: 0...1, using: &random)])
        let acts = (0..<12).map { _ in Int.random(in: 0..<ApprovalChoice.allCases.count + 3, using: &random) }

        let seen = Watched<[ToolContext]>([])
        let house = EngineHouse(
            ScriptedModel { _, number in number == 0 ? .init(calls) : .text("done") }, tools: [EngineApprovalTests.execute(seen)],
            policy: EngineApprovalTests.policy)
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: .ask(terms))
            let recorder = try await house.recorder()
            try await recorder.read { kind in
                switch kind {
                case .approvalAsked, .turnFinished: true
                default: false
                }
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (place, act) in acts.enumerated() {
                    group.addTask { await Self.perform(act, place, house) }
                }
                try await group.waitForAll()
            }
            // Whatever is left.
            await house.engine.interrupt("s")
            if try await house.end(of: "t1") == nil { try await recorder.read(untilEndOf: "t1") }
        }

        // `running` has checked that every question has exactly one answer and every call one outcome.
        var permitted: Set<CallID> = []
        for event in try await house.events() {
            switch event.kind {
            case .approvalAnswered(let decision) where decision.choice.permits: permitted.insert(decision.call)
            case .toolIntended(let intent): #expect(permitted.contains(intent.call), "\(intent.call) of \(commands), seed \(seed)")
            default: break
            }
        }
        #expect(seen.value.allSatisfy { permitted.contains($0.call) && $0.autonomy >= .high })
    }

    /// One thing that happens from outside; most of them are too late or not allowed.
    private static func perform(_ act: Int, _ place: Int, _ house: EngineHouse) async {
        let choices = ApprovalChoice.allCases
        switch act {
        case choices.count: await house.engine.interrupt("s")
        case choices.count + 1: house.time.advance(by: .seconds(2))
        case choices.count + 2:
            // Too late when the session is closing.
            try? await house.engine.change("s", settings: SessionSettings(autonomy: place % 2 == 0 ? .low : .off))
        default:
            let open = await house.engine.openApprovals(in: "s")
            guard let question = open.isEmpty ? nil : open[place % open.count] else { return }
            let edited: JSONValue? = choices[act] == .proceedEdited ? ["command": "edited"] : nil
            let voter = EngineApprovalTests.voter("v\(place)", isAutomatic: place % 3 == 0)
            // Late votes, answers that were not offered: refused, which is what is tried.
            _ = try? await house.engine.answer(question.id, in: "s", with: .init(choices[act], editedInput: edited), by: voter)
        }
    }
}
