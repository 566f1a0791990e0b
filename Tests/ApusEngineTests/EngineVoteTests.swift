import ApusBase
import ApusCore
import ApusEngine
import ApusTesting
import Testing

/// Who may answer a question, and who was first.
@Suite(.timeLimit(.minutes(5))) struct EngineVoteTests {
    @Test func onlyApproversMayAnswer() async throws {
        let house = EngineApprovalTests.house(ScriptedModel(EngineApprovalTests.command("make"), .text("done")))
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: EngineApprovalTests.ask)
            let question = try await house.question()
            for scopes in [[], [.observer], [.prompter], [.observer, .prompter]] as [Set<ClientScope>] {
                await #expect(throws: ApprovalError.notPermitted(identity: "eve")) {
                    try await house.engine.answer(
                        question.id, in: "s", with: .init(.proceedOnce), by: EngineApprovalTests.voter("eve", scopes: scopes))
                }
            }
            await #expect(throws: ApprovalError.notPermitted(identity: "eve")) {
                try await house.engine.answer(
                    "perm_none", in: nil, with: .init(.proceedOnce), by: EngineApprovalTests.voter("eve", scopes: [.observer]))
            }
            await #expect(throws: ApprovalError.unknown("perm_none")) { try await house.answer("perm_none", .init(.proceedOnce)) }
            await #expect(throws: ApprovalError.unknown(question.id)) {
                try await house.engine.answer(question.id, in: "another", with: .init(.proceedOnce), by: EngineApprovalTests.voter())
            }
            #expect(await house.engine.openApprovals(in: "s") == [question])
            _ = try await house.engine.answer(question.id, in: nil, with: .init(.cancel), by: EngineApprovalTests.voter(scopes: [.admin]))
            try await house.recorder().read(untilEndOf: "t1")
        }
    }

    @Test func theFirstOfManyAnswersWinsAndTheOthersHearIt() async throws {
        let house = EngineApprovalTests.house(ScriptedModel(EngineApprovalTests.command("make"), .text("done")))
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: EngineApprovalTests.lenient)
            let question = try await house.question()
            let results = await withTaskGroup(of: Result<ApprovalReceipt, ApprovalError>.self) { group in
                for number in 0..<32 {
                    let answer = ApprovalAnswer(number % 2 == 0 ? .proceedOnce : .cancel)
                    group.addTask {
                        do throws(ApprovalError) {
                            return .success(
                                try await house.engine.answer(
                                    question.id, in: "s", with: answer, by: EngineApprovalTests.voter("v\(number)")))
                        } catch {
                            return .failure(error)
                        }
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            let recorded = results.compactMap { if case .success(.recorded(let decision)) = $0 { decision } else { nil } }
            #expect(recorded.count == 1)
            let told = results.compactMap { if case .failure(.decided(let decision)) = $0 { decision } else { nil } }
            #expect(told == Array(repeating: recorded[0], count: 31))
            try await house.recorder().read(untilEndOf: "t1")
            await #expect(throws: ApprovalError.decided(recorded[0])) { try await house.answer(question.id, .init(.cancel)) }
        }
    }

    @Test func aBareCancelOfAProgramWithoutAHandlerIsAnAbstentionWhileTheSubmitterIsThere() async throws {
        let house = EngineApprovalTests.house(ScriptedModel(EngineApprovalTests.command("make"), .text("done")))
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: EngineApprovalTests.ask)
            let question = try await house.question()
            let machine = EngineApprovalTests.voter("bot", isAutomatic: true)
            #expect(try await house.engine.answer(question.id, in: "s", with: .init(.cancel), by: machine) == .abstained)
            #expect(await house.engine.openApprovals(in: "s") == [question])
            await house.engine.originGone("test")
            let receipt = try await house.engine.answer(question.id, in: "s", with: .init(.cancel), by: machine)
            #expect(receipt != .abstained)
            try await house.recorder().read(untilEndOf: "t1")
        }
    }

    @Test(arguments: [
        (ApprovalAnswer(.cancel, comment: "no"), "elsewhere", true), (ApprovalAnswer(.cancel), "test", true),
        (ApprovalAnswer(.cancel), "elsewhere", false),
    ])
    func aCancelWithAReasonOrByHandOrOfTheSubmitterCounts(answer: ApprovalAnswer, connection: String, isAutomatic: Bool) async throws {
        let house = EngineApprovalTests.house(ScriptedModel(EngineApprovalTests.command("make"), .text("done")))
        try await house.running {
            _ = try await house.create()
            try await house.submit("go", as: "t1", approvals: EngineApprovalTests.ask)
            let receipt = try await house.engine.answer(
                house.question().id, in: "s", with: answer, by: EngineApprovalTests.voter(connection: connection, isAutomatic: isAutomatic))
            #expect(receipt != .abstained)
            try await house.recorder().read(untilEndOf: "t1")
        }
    }
}
