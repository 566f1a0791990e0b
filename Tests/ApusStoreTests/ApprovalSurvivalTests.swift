import ApusBase
import ApusCore
import Foundation
import Testing

@testable import ApusStore

/// A question outlives the process that asked it.
@Suite struct ApprovalSurvivalTests {
    private let home = TemporaryHome()

    @Test func anOpenQuestionIsStillThereUnderItsIdWhenItsOwnerWasKilled() async throws {
        let question = ApprovalRequest(
            id: .newApproval(), turn: "t", message: "m", call: "c", tool: "Execute", input: ["command": "make \u{0}\u{202E}"],
            actionHash: "ab", question: "Execute?", risk: "high", required: .high, level: .high, reason: "r",
            options: ApprovalChoice.allCases,
            expiresAt: 9)
        let origin = TurnOrigin(front: .droid, writer: "c1", approvals: .ask(.init(deadlineMilliseconds: 5)), onOriginGone: .interrupt)
        let grant = AccessGrant.command("make", directory: "/project")
        let killed = try home.open(.gone())
        let writer = try await killed.create("s") { _ in }
        _ = try await writer.commit([
            header("s"), .turnQueued(TurnInput(turn: "t", prompt: "p", origin: origin)), .turnStarted("t", model: "m"),
            .accessGranted(grant), .approvalAsked(question),
        ])
        try await home.kill(killed)

        let log = try home.open()
        #expect(try await log.orphans() == ["s"])
        let state = fold(try await log.all("s"), "s")
        #expect(state.openApprovals == [question])
        #expect(state.grants == [grant])
        #expect(state.running?.input.origin == origin)
        let again = try await log.open("s") { _ in }
        let decision = ApprovalDecision(of: question, .proceedOnce, by: .voter(identity: "ann", front: .opta), at: 5, level: .high)
        _ = try await again.commit([.approvalAnswered(decision)])
        await log.close()

        let last = try home.open()
        let end = fold(try await last.all("s"), "s")
        #expect(end.openApprovals == [] && end.decisions == [decision])
        await last.close()
    }
}
