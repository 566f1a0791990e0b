import ApusBase
import ApusCore
import ApusEngine
import Testing

@Suite struct TurnStateMachineTests {
    private let call = ToolCall(id: "c", name: "Read", input: [:])

    @Test(arguments: [
        ("text", StopReason.endOfTurn, TurnStateMachine.Step.end(.completed, "")), ("text", .toolCalls, .end(.completed, "")),
        ("text", .outputLimit, .end(.completed, "")), ("text", .refusal, .end(.completed, "")), ("text", .other, .end(.completed, "")),
        ("text", .contextLimit, .makeRoom(orEnd: "The conversation is longer than the model's context window.")),
        ("", .contextLimit, .makeRoom(orEnd: "The conversation is longer than the model's context window.")),
        ("", .refusal, .end(.providerError, "The model refused to answer.")),
        ("", .endOfTurn, .nudge("Your last response had no text and no tool call. Answer the user now, or call a tool.")),
        ("", .outputLimit, .nudge("Your last response had no text and no tool call. Answer the user now, or call a tool.")),
    ])
    func aResponseWithoutCalls(text: String, stop: StopReason, step: TurnStateMachine.Step) {
        var machine = TurnStateMachine()
        #expect(machine.responded(calls: [], text: text, stop: stop) == step)
        if case .end = step { #expect(machine.settledResponses == 1) } else { #expect(machine.settledResponses == 0) }
    }

    @Test(arguments: StopReason.allCases)
    func callsAreDecidedWhateverTheStopReason(stop: StopReason) {
        var machine = TurnStateMachine()
        #expect(machine.responded(calls: [call], text: "x", stop: stop) == .decide([call]))
        #expect(machine.settledResponses == 0)
    }

    /// A provider that streams nothing at all is one more empty answer, not ten attempts' worth of waiting.
    @Test func emptyStreamsCountAsEmptyResponses() {
        var machine = TurnStateMachine()
        let empty = ModelError(.emptyResponse, "nothing")
        for attempt in 1...2 {
            guard case .retry(_, attempt) = machine.failed(empty, chance: 0.5) else {
                Issue.record("attempt \(attempt) was not tried again")
                return
            }
        }
        #expect(machine.failed(empty, chance: 0.5) == .end(.noProgress, "The model gave no answer 3 times in a row."))
    }

    @Test func emptyResponsesInARowEndTheTurnAndACallBetweenForgivesThem() {
        var machine = TurnStateMachine()
        func empty() -> TurnStateMachine.Step { machine.responded(calls: [], text: "", stop: .endOfTurn) }
        _ = empty()
        _ = empty()
        _ = machine.responded(calls: [call], text: "", stop: .toolCalls)
        guard case .nudge = empty(), case .nudge = empty() else {
            Issue.record("the count goes on")
            return
        }
        #expect(empty() == .end(.noProgress, "The model gave no answer 3 times in a row."))
    }

    @Test(arguments: ModelError.Kind.allCases)
    func everyKindOfErrorIsRetriedOrEndsTheTurn(kind: ModelError.Kind) {
        var machine = TurnStateMachine()
        let step = machine.failed(ModelError(kind, "why"), chance: 0.5)
        switch kind {
        case .network, .timeout, .rateLimited, .overloaded, .server, .streamBroken, .emptyResponse:
            #expect(step == .retry(after: .milliseconds(500), attempt: 1))
        case .cancelled: #expect(step == .end(.interrupted, "Interrupted."))
        case .contextOverflow: #expect(step == .makeRoom(orEnd: "why"))
        case .authentication, .payment, .permission, .notFound, .invalidRequest, .protocolViolation:
            #expect(step == .end(.providerError, "why"))
        }
    }

    @Test func roomIsMadeOnceForEachResponseThatDoesNotFit() {
        var machine = TurnStateMachine()
        let overflow = ModelError(.contextOverflow, "too long")
        #expect(machine.failed(overflow, chance: 0.5) == .makeRoom(orEnd: "too long"))
        #expect(machine.failed(overflow, chance: 0.5) == .end(.providerError, "too long"))

        machine = TurnStateMachine()
        #expect(machine.failed(overflow, chance: 0.5) == .makeRoom(orEnd: "too long"))
        #expect(machine.responded(calls: [call], text: "", stop: .toolCalls) == .decide([call]))
        #expect(machine.failed(overflow, chance: 0.5) == .makeRoom(orEnd: "too long"), "what came between fitted")

        machine = TurnStateMachine()
        _ = machine.responded(calls: [], text: "a", stop: .contextLimit)
        #expect(
            machine.responded(calls: [], text: "b", stop: .contextLimit)
                == .end(.providerError, "The conversation is longer than the model's context window."))
    }

    @Test(arguments: [(0.0, 375), (0.5, 500), (0.999, 624)])
    func chanceSpreadsTheFirstWait(chance: Double, milliseconds: Int) {
        var machine = TurnStateMachine()
        guard case .retry(let wait, 1) = machine.failed(ModelError(.server, ""), chance: chance) else {
            Issue.record("no retry")
            return
        }
        #expect(Int(wait / .milliseconds(1)) == milliseconds)
    }

    /// Seconds asked for against seconds waited, at the first failure.
    @Test(arguments: [(0, 0.5), (7, 7), (60, 60), (90, 90), (120, 120), (3_600, 120)])
    func whatTheProviderAsksForIsWaitedWithinReason(asked: Int, seconds: Double) {
        var machine = TurnStateMachine()
        let step = machine.failed(ModelError(.rateLimited, "", retryAfter: .seconds(asked)), chance: 0.5)
        #expect(step == .retry(after: .milliseconds(Int64(seconds * 1_000)), attempt: 1))
    }

    @Test func anAnswerForgivesFailures() {
        var machine = TurnStateMachine()
        for attempt in 1...9 {
            guard case .retry(_, attempt) = machine.failed(ModelError(.server, "x"), chance: 0) else {
                Issue.record("attempt \(attempt) is not retried")
                return
            }
        }
        _ = machine.responded(calls: [call], text: "", stop: .toolCalls)
        #expect(machine.failed(ModelError(.server, "x"), chance: 0.5) == .retry(after: .milliseconds(500), attempt: 1))
    }

    @Test func theTenthFailureInARowIsTheLast() {
        var machine = TurnStateMachine()
        for _ in 1...9 { _ = machine.failed(ModelError(.server, "x"), chance: 0) }
        #expect(machine.failed(ModelError(.server, "the last"), chance: 0) == .end(.providerError, "the last"))
    }

    @Test func repeatedStepsAreRemindedAndThenEnded() {
        var machine = TurnStateMachine()
        #expect(machine.toolsFinished(signature: "a") == .request)
        #expect(machine.toolsFinished(signature: "a") == .request)
        for times in 3...4 {
            #expect(
                machine.toolsFinished(signature: "a")
                    == .nudge(
                        "You have made the same call \(times) times with the same result. Do something else, or say what keeps you from going on."
                    ))
        }
        #expect(
            machine.toolsFinished(signature: "a")
                == .end(.noProgress, "The model made the same call 5 times in a row with the same result."))
    }

    @Test func anotherStepBetweenIsProgress() {
        var machine = TurnStateMachine()
        for number in 0..<20 { #expect(machine.toolsFinished(signature: number % 3 == 2 ? "b" : "a") == .request) }
        #expect(machine.settledResponses == 20)
    }

    @Test func theResponseLimitCountsSettledResponses() {
        var limits = TurnStateMachine.Limits()
        limits.responses = 2
        var machine = TurnStateMachine(limits: limits)
        #expect(machine.toolsFinished(signature: "a") == .request)
        #expect(machine.toolsFinished(signature: "b") == .end(.responseLimit, "Stopped after 2 responses of the model."))
    }
}
