import ApusBase
import ApusCore
import ApusTesting
import Testing

@testable import ApusEngine

/// Who is remembered as having submitted something.
@Suite(.timeLimit(.minutes(5))) struct EngineWriterTests {
    private static func submit(_ house: EngineHouse, _ front: TurnOrigin.Front, as writer: String) async throws {
        let origin = TurnOrigin(front: front, writer: writer, approvals: .stop)
        let turn = try await house.engine.submit(TurnInput(prompt: "go", origin: origin), to: "s")
        try await house.recorder().read(untilEndOf: turn)
    }

    /// A client may write under as many names as it likes, and none of them ever goes.
    @Test func namesThatClientsChooseAreNotRemembered() async throws {
        let house = EngineHouse(ScriptedModel { _, _ in .text("x") })
        try await house.running {
            _ = try await house.create()
            for number in 0..<100 { try await Self.submit(house, .opta, as: "opta/w\(number)") }
            #expect(await house.engine.writers == [])
            try await Self.submit(house, .droid, as: "connection")
            #expect(await house.engine.writers == ["connection"])
            await house.engine.originGone("connection")
            #expect(await house.engine.writers == [])
        }
    }

    /// Nobody can say whether the client of a request is still there: a program that answers without having looked does not answer for it.
    @Test func aBareCancelOfAProgramIsAnAbstentionForTurnsOfNames() async throws {
        let house = EngineApprovalTests.house(ScriptedModel(EngineApprovalTests.command("make"), .text("done")))
        try await house.running {
            _ = try await house.create()
            let origin = TurnOrigin(front: .opta, writer: "opta/w", approvals: .ask(TurnOrigin.ApprovalTerms()))
            let turn = try await house.engine.submit(TurnInput(prompt: "go", origin: origin), to: "s")
            let question = try await house.question()
            let machine = EngineApprovalTests.voter("bot", isAutomatic: true)
            #expect(try await house.engine.answer(question.id, in: "s", with: .init(.cancel), by: machine) == .abstained)
            #expect(await house.engine.openApprovals(in: "s") == [question])
            try await house.answer(question.id, .init(.cancel))
            try await house.recorder().read(untilEndOf: turn)
        }
    }
}
