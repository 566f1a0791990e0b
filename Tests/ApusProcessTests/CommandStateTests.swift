import CSandbox
import Testing

@testable import ApusProcess

@Suite struct CommandStateTests {
    let start = ContinuousClock.now
    let request = ProcessRequest(executable: "x", environment: [:], workingDirectory: "/w", terminationGrace: .seconds(5))

    func state(timeout: Duration = .seconds(60)) -> CommandState {
        var state = CommandState(request: request, timeout: timeout, now: start)
        #expect(state.receive(report(APUS_REPORT_STARTED, value: 42), now: start) == [])
        return state
    }

    func report(_ kind: Int, detail: UInt32 = 0, value: Int32 = 0, extra: Int32 = 0) -> apus_report {
        apus_report(kind: UInt32(kind), detail: detail, value: value, extra: extra)
    }

    @Test func endIsDeliveredOnceTheKeeperIsGone() {
        var state = state()
        #expect(state.receive(report(APUS_REPORT_ENDED, value: 3), now: start) == [])
        #expect(state.receive(report(APUS_REPORT_CLEARED, detail: 1), now: start) == [])
        #expect(state.keeperGone() == [.deliver(.success(.exited(3)))])
        #expect(state.keeperGone() == [])
    }

    @Test func timeoutAsksOnceAndThenWaitsForGraceAndPatience() {
        var state = state()
        #expect(state.tick(now: start + .seconds(59)) == [])
        #expect(state.tick(now: start + .seconds(60)) == [.terminate(grace: .seconds(5))])
        #expect(state.nextDeadline == start + .seconds(66))
        #expect(state.tick(now: start + .seconds(65)) == [])
        #expect(state.tick(now: start + .seconds(66)) == [.deliver(.success(.timedOut(.unknown))), .continueKeeper])
        #expect(state.keeperGone() == [])
    }

    @Test func commandThatEndedBeforeItWasAskedKeepsItsOwnEnd() {
        var state = state()
        #expect(state.tick(now: start + .seconds(60)) == [.terminate(grace: .seconds(5))])
        #expect(state.receive(report(APUS_REPORT_ENDED, value: 0, extra: 0), now: start + .seconds(60)) == [])
        #expect(state.keeperGone() == [.deliver(.success(.exited(0)))])
    }

    @Test(arguments: [(UInt32(0), ProcessEnd.Status.exited(9)), (1, .signaled(9))])
    func firstCauseIsTheCause(detail: UInt32, status: ProcessEnd.Status) {
        var state = state()
        #expect(state.tick(now: start + .seconds(60)) == [.terminate(grace: .seconds(5))])
        #expect(state.interrupt(grace: .seconds(1), now: start + .seconds(61)) == [.terminate(grace: .seconds(1))])
        #expect(state.nextDeadline == start + .seconds(63))
        _ = state.receive(report(APUS_REPORT_ENDED, detail: detail, value: 9, extra: 1), now: start + .seconds(62))
        #expect(state.keeperGone() == [.deliver(.success(.timedOut(status)))])
    }

    @Test func interruptionAfterTheEndIsTooLate() {
        var state = state()
        _ = state.receive(report(APUS_REPORT_ENDED, value: 0), now: start)
        #expect(state.interrupt(grace: nil, now: start) == [])
        #expect(state.keeperGone() == [.deliver(.success(.exited(0)))])
    }

    @Test func treeThatCannotBeEmptiedDoesNotHoldUpTheCaller() {
        var state = state()
        _ = state.receive(report(APUS_REPORT_ENDED, value: 0), now: start)
        #expect(state.receive(report(APUS_REPORT_CLEARED, detail: 0, value: 2), now: start) == [.deliver(.success(.exited(0)))])
        #expect(state.isDelivered)
        #expect(state.keeperGone() == [])
    }

    @Test func keeperThatIsSilentAfterTheEndDoesNotHoldUpTheCaller() {
        var state = state()
        _ = state.receive(report(APUS_REPORT_ENDED, value: 0), now: start)
        #expect(state.tick(now: start + .seconds(3)) == [.deliver(.success(.exited(0))), .continueKeeper])
    }

    @Test func keeperThatVanishesLeavesAGroupToKill() {
        var state = state()
        #expect(state.groupLeftBehind == 42)
        _ = state.receive(report(APUS_REPORT_ENDED, value: 0), now: start)
        #expect(state.groupLeftBehind == nil)
    }

    @Test(arguments: [
        (APUS_STEP_DIRECTORY, SpawnError.failed(step: .directory, subject: "/w", errno: 2)),
        (APUS_STEP_EXEC, .failed(step: .exec, subject: "x", errno: 2)),
        (APUS_STEP_WALL, .failed(step: .wall, subject: "x", errno: 2)),
    ])
    func failureNamesTheStepAndItsSubject(step: Int, expected: SpawnError) {
        var state = CommandState(request: request, timeout: .seconds(1), now: start)
        _ = state.receive(report(APUS_REPORT_FAILED, detail: UInt32(step), value: 2), now: start)
        #expect(state.keeperGone() == [.deliver(.failure(expected))])
    }

    @Test func veryLongTimeoutIsNoOverflow() {
        let state = CommandState(request: request, timeout: .seconds(Int64.max), now: start)
        #expect(state.nextDeadline == start + .seconds(366 * 86400))
    }

    @Test(arguments: [
        (Duration.zero, Int64(0)), (.seconds(-1), 0), (.nanoseconds(1), 1), (.milliseconds(5), 5), (.microseconds(5001), 6),
        (.seconds(2), 2000),
    ])
    func millisecondsAreRoundedUp(duration: Duration, expected: Int64) {
        #expect(duration.milliseconds == expected)
    }
}
