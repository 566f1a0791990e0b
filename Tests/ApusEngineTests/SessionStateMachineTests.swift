import ApusBase
import ApusCore
import ApusEngine
import Testing

@Suite struct SessionStateMachineTests {
    private func input(_ turn: TurnID, prompt: String = "p", key: String? = nil) -> TurnInput {
        TurnInput(turn: turn, prompt: prompt, origin: TurnOrigin(front: .exec, writer: "", approvals: .stop), idempotencyKey: key)
    }

    @Test func theFirstStartsAndTheOthersWaitInOrder() {
        var machine = SessionStateMachine()
        #expect(machine.submit(input("1")) == .start(input("1")))
        #expect(machine.submit(input("2")) == .wait(input("2")))
        #expect(machine.submit(input("3")) == .wait(input("3")))
        #expect(machine.state == .running("1"))
        #expect(machine.finished("1") == input("2"))
        #expect(machine.finished("2") == input("3"))
        #expect(machine.finished("3") == nil)
        #expect(machine.state == .idle)
        #expect(machine.submit(input("4")) == .start(input("4")))
    }

    @Test func onlyARunningTurnCanBeInterruptedAndOnlyOnce() {
        var machine = SessionStateMachine()
        #expect(machine.interrupt() == nil)
        _ = machine.submit(input("1"))
        _ = machine.submit(input("2"))
        #expect(machine.interrupt() == "1")
        #expect(machine.state == .interrupting("1"))
        #expect(machine.interrupt() == nil)
        #expect(machine.submit(input("3")) == .wait(input("3")))
        #expect(machine.finished("1") == input("2"))
        #expect(machine.interrupt() == "2")
    }

    @Test func theEndOfATurnThatDoesNotRunIsNoEnd() {
        var machine = SessionStateMachine()
        #expect(machine.finished("1") == nil)
        _ = machine.submit(input("1"))
        _ = machine.submit(input("2"))
        #expect(machine.finished("2") == nil)
        #expect(machine.state == .running("1"))
        #expect(machine.queue == [input("2")])
    }

    @Test func theQueueHasABound() {
        var machine = SessionStateMachine()
        _ = machine.submit(input("0"))
        for number in 1...SessionStateMachine.queueLimit { _ = machine.submit(input(TurnID("\(number)"))) }
        #expect(machine.submit(input("x", key: "k")) == .refuse(.tooManyQueued(limit: 100)))
        _ = machine.finished("0")
        // A refused prompt leaves no receipt.
        #expect(machine.submit(input("y", prompt: "other", key: "k")) == .wait(input("y", prompt: "other", key: "k")))
    }

    @Test func aKeyIsAnsweredEvenWhenTheQueueIsFullOrTheTurnHasEnded() {
        var machine = SessionStateMachine()
        _ = machine.submit(input("0", key: "k"))
        for number in 1...SessionStateMachine.queueLimit { _ = machine.submit(input(TurnID("\(number)"))) }
        #expect(machine.submit(input("x", key: "k")) == .repeated("0"))
        _ = machine.finished("0")
        #expect(machine.submit(input("x", key: "k")) == .repeated("0"))
        #expect(machine.submit(input("x", prompt: "q", key: "k")) == .refuse(.conflict(key: "k")))
    }

    @Test func storedReceiptsAreKnownAgain() {
        var state = SessionState(id: "s")
        state.receipts = ["k": SessionState.Receipt(turn: "old", prompt: "p")]
        var machine = SessionStateMachine(resuming: state)
        #expect(machine.submit(input("new", key: "k")) == .repeated("old"))
        #expect(machine.state == .idle)
    }

    @Test func withdrawingForgetsAWaitingTurnAndItsKey() {
        var machine = SessionStateMachine()
        _ = machine.submit(input("1"))
        _ = machine.submit(input("2", key: "k"))
        machine.withdraw(input("2", key: "k"))
        #expect(machine.queue.isEmpty)
        #expect(machine.submit(input("3", prompt: "q", key: "k")) == .wait(input("3", prompt: "q", key: "k")))
    }

    @Test func aWithdrawnStartStillNeedsItsEnd() {
        var machine = SessionStateMachine()
        _ = machine.submit(input("1"))
        _ = machine.submit(input("2"))
        machine.withdraw(input("1"))
        #expect(machine.state == .running("1"))
        #expect(machine.finished("1") == input("2"))
    }

    @Test func closingGivesBackWhatWillNeverStart() {
        var machine = SessionStateMachine()
        _ = machine.submit(input("1"))
        _ = machine.submit(input("2"))
        let closed = machine.close()
        #expect(closed.waiting == [input("2")])
        #expect(closed.running == "1")
        #expect(machine.submit(input("3")) == .refuse(.closing))
        #expect(machine.finished("1") == nil)
        #expect(machine.interrupt() == nil)
        let again = machine.close()
        #expect(again.waiting == [])
        #expect(again.running == nil)
    }
}
