package import ApusBase
package import ApusCore

/// Decides what a turn does next. Pure: time and chance are handed in.
///
/// requesting → (waiting → requesting)* → deciding → running tools → requesting … → ended.
package struct TurnStateMachine: Sendable {
    package enum Step: Hashable, Sendable {
        case request
        /// Tell the model so, then ask again.
        case nudge(String)
        case retry(after: Duration, attempt: Int)
        /// The conversation is too long for the provider: shorten it and ask again, or end with this sentence.
        case makeRoom(orEnd: String)
        case decide([ToolCall])
        case end(TurnEndReason, String)
        /// Leave the turn as it is in the log, without an end: it waits for answers, and another process goes on with it.
        case suspend
    }

    package struct Limits: Hashable, Sendable {
        package var responses = 1_000
        package var attempts = 10
        package var backoffCap: Duration = .seconds(60)
        package var emptyResponses = 3
        /// The same call with the same result, in a row: a reminder, then the end (R-LOOP-03).
        package var repeatsBeforeReminder = 3
        package var repeatsBeforeEnd = 5

        package init() {}
    }

    package private(set) var settledResponses = 0
    /// The final answer as a value, once it fits.
    package private(set) var structuredOutput: JSONValue?
    private let limits: Limits
    let output: OutputCheck?
    private var repairs = 0
    private var failures = 0
    /// Since the last response that fitted.
    private var hasMadeRoom = false
    private var empties = 0
    private var lastSignature: String?
    private var repeats = 0

    /// `settledResponses` of a turn that goes on in another process.
    package init(limits: Limits = Limits(), output: OutputCheck? = nil, settledResponses: Int = 0) {
        self.limits = limits
        self.settledResponses = settledResponses
        self.output = output
    }

    /// A response ended by itself.
    package mutating func responded(calls: [ToolCall], text: String, stop: StopReason) -> Step {
        failures = 0
        if stop == .contextLimit, calls.isEmpty, !hasMadeRoom {
            hasMadeRoom = true
            return .makeRoom(orEnd: Self.contextSentence)
        }
        if stop != .contextLimit { hasMadeRoom = false }
        if !calls.isEmpty {
            empties = 0
            return .decide(calls)
        }
        if text.isEmpty && stop != .refusal && stop != .contextLimit {
            empties += 1
            if empties >= limits.emptyResponses { return .end(.noProgress, "The model gave no answer \(empties) times in a row.") }
            return .nudge("Your last response had no text and no tool call. Answer the user now, or call a tool.")
        }
        settledResponses += 1
        switch stop {
        case .refusal where text.isEmpty: return .end(.providerError, "The model refused to answer.")
        case .contextLimit: return .end(.providerError, Self.contextSentence)
        default: return completed(with: text)
        }
    }

    private mutating func completed(with answer: String) -> Step {
        guard let output else { return .end(.completed, "") }
        switch output.judge(answer) {
        case .fits(let value):
            structuredOutput = value
            return .end(.completed, "")
        case .fails where settledResponses >= limits.responses: return .end(.responseLimit, responseLimitSentence)
        case .fails(let problem) where repairs < OutputCheck.rounds:
            repairs += 1
            return .nudge(OutputCheck.repair(problem))
        case .fails(let problem):
            return .end(.outputInvalid, "The answer does not fit the output schema, also after \(repairs) repairs. \(problem)")
        }
    }

    /// The turn was about to complete, and something asks for more; false when no response is left for that.
    package mutating func reopened() -> Bool {
        guard settledResponses < limits.responses else { return false }
        structuredOutput = nil
        return true
    }

    /// A response failed. `chance` in 0..<1 spreads the retries of many runs.
    package mutating func failed(_ error: ModelError, chance: Double) -> Step {
        if error.kind == .cancelled { return .end(.interrupted, "Interrupted.") }
        if error.kind == .contextOverflow, !hasMadeRoom {
            hasMadeRoom = true
            return .makeRoom(orEnd: error.message)
        }
        failures += 1
        if error.kind == .emptyResponse {
            empties += 1
            if empties >= limits.emptyResponses { return .end(.noProgress, "The model gave no answer \(empties) times in a row.") }
        }
        guard error.isWorthRetrying, failures < limits.attempts else { return .end(.providerError, error.message) }
        return .retry(after: delay(of: error, chance: chance), attempt: failures)
    }

    /// All calls of the response have their outcomes; `signature` is the same for the same calls with the same results.
    package mutating func toolsFinished(signature: String) -> Step {
        settledResponses += 1
        repeats = signature == lastSignature ? repeats + 1 : 1
        lastSignature = signature
        if repeats >= limits.repeatsBeforeEnd {
            return .end(.noProgress, "The model made the same call \(repeats) times in a row with the same result.")
        }
        if settledResponses >= limits.responses {
            return .end(.responseLimit, responseLimitSentence)
        }
        if repeats >= limits.repeatsBeforeReminder {
            return .nudge(
                "You have made the same call \(repeats) times with the same result. Do something else, or say what keeps you from going on."
            )
        }
        return .request
    }

    private static let contextSentence = "The conversation is longer than the model's context window."

    private var responseLimitSentence: String {
        "Stopped after \(settledResponses) \(settledResponses == 1 ? "response" : "responses") of the model."
    }

    private func delay(of error: ModelError, chance: Double) -> Duration {
        let doublings = min(failures - 1, 10)
        let base = Duration.milliseconds(500 * (1 << doublings))
        let spread = base * (0.75 + chance / 2)
        let wait = max(spread, error.retryAfter ?? .zero)
        return min(wait, max(limits.backoffCap, min(error.retryAfter ?? .zero, limits.backoffCap * 2)))
    }
}
