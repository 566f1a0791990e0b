import DroidWire

/// One turn, from the notifications of its session: what it yields, when it is over, and how it went (`droid.md` §6).
///
/// It ends with the `agent_turn_completed` that names its message. A server that sends none ends it by going idle after it was not: then a
/// short grace is left for the frame that may still come. Once a server was seen to complete somebody else's turn, its idle means nothing.
struct TurnTracker {
    enum Phase: Hashable {
        case running
        /// Idle; the frame that says why is awaited.
        case grace
        case finished
    }

    let messageId: String
    let sessionId: String
    private let hasOutputFormat: Bool
    private let start: Duration

    private(set) var phase = Phase.running
    private var hasBeenNonIdle = false
    private var serverCompletesTurns = false
    private var toolNames: [String: String] = [:]
    private var messages: [DroidMessage] = []
    private var errors: [ErrorMessage] = []
    private var usage: TokenUsage?
    private var deltas = ""
    private var firstText = ""
    private var lastText = ""
    private var output: JSON?
    private var outputError: StructuredOutputFailure?

    init(messageId: String, sessionId: String, hasOutputFormat: Bool, start: Duration) {
        self.messageId = messageId
        self.sessionId = sessionId
        self.hasOutputFormat = hasOutputFormat
        self.start = start
    }

    /// What the notification yields, partial messages included; the result last, when it ends the turn.
    mutating func receive(_ notification: DroidWire.SessionNotification, now: Duration) -> [DroidMessage] {
        if phase == .finished { return [] }
        switch notification {
        case .agentTurnCompleted(let completed):
            if let turnId = completed.turnId, turnId != messageId {
                serverCompletesTurns = true
                phase = .running
                return []
            }
            if completed.turnId == nil, !hasBeenNonIdle { return [] }
            return [finish(AgentTurnCompleted(completed), now)]
        case .droidWorkingStateChanged(let change):
            var yielded: [DroidMessage] = []
            if change.newState == .idle {
                if hasBeenNonIdle, !serverCompletesTurns { phase = .grace }
            } else {
                // Whatever begins now is another turn.
                if phase == .grace { return [finish(nil, now)] }
                hasBeenNonIdle = true
            }
            yielded.append(.workingStateChanged(DroidWorkingState(change.newState)))
            return yielded
        default:
            let yielded = DroidMessage.messages(of: notification) { toolNames[$0] ?? "" }
            note(notification, yielded)
            return yielded
        }
    }

    /// Idle is the end from now on.
    mutating func interrupted() { hasBeenNonIdle = true }

    /// The grace is over, or the answer to the message came too late to wait for more.
    mutating func graceEnded(now: Duration) -> [DroidMessage] {
        phase == .grace ? [finish(nil, now)] : []
    }

    private mutating func note(_ notification: DroidWire.SessionNotification, _ yielded: [DroidMessage]) {
        switch notification {
        case .sessionTokenUsageChanged(let changed): usage = TokenUsage(changed.tokenUsage)
        case .assistantTextDelta(let delta): deltas += delta.textDelta
        case .structuredOutput(let arrived):
            output = arrived.structuredOutput.map { .object(JSONMembers($0)) }
            outputError = arrived.structuredOutputError.map(StructuredOutputFailure.init)
        default: break
        }
        for message in yielded {
            switch message {
            case .toolCall(let call), .toolCallDelta(let call): toolNames[call.toolUse.id] = call.toolUse.name
            case .assistant(let assistant):
                lastText = assistant.text
                if firstText.isEmpty { firstText = assistant.text }
            case .error(let error): errors.append(error)
            default: break
            }
            if message.isComplete { messages.append(message) }
        }
        if messages.count > 2 * ResultMessage.maximumMessages { messages.removeFirst(messages.count - ResultMessage.maximumMessages) }
    }

    private mutating func finish(_ completed: AgentTurnCompleted?, _ now: Duration) -> DroidMessage {
        phase = .finished
        let text = !lastText.isEmpty ? lastText : !deltas.isEmpty ? deltas : firstText
        if output == nil, outputError == nil, hasOutputFormat {
            // An answer that is no JSON is an answer without a structured output, which the result then says.
            if let json = try? JSON(parsing: text), json.objectValue != nil { output = json }
        }
        var errors = errors
        let subtype = TurnTracker.subtype(completed?.reason, hasErrors: !errors.isEmpty, hasOutputError: outputError != nil)
        if subtype == .errorDuringExecution, errors.isEmpty, let reason = completed?.reason {
            errors = [ErrorMessage(message: "Agent turn ended: \(reason)", errorType: .error, timestamp: "")]
        }
        if subtype == .errorStructuredOutput, outputError == nil, let reason = completed?.reason {
            outputError = StructuredOutputFailure(
                code: StructuredOutputErrorCode(rawValue: reason.rawValue), message: "Agent turn ended: \(reason)")
        }
        let elapsed = Int((now - start).wholeMilliseconds)
        return .result(
            ResultMessage(
                sessionId: sessionId, subtype: subtype, reason: completed?.reason,
                durationMs: completed?.durationMs.flatMap { Int(exactly: $0.rounded()) } ?? elapsed, numTurns: 1, result: text,
                tokenUsage: completed?.tokenUsage ?? usage, messages: messages.suffix(ResultMessage.maximumMessages),
                structuredOutput: output, structuredOutputError: outputError, errors: errors))
    }

    private static func subtype(
        _ reason: AgentTurnCompletionReason?, hasErrors: Bool, hasOutputError: Bool
    ) -> ResultMessage.Subtype {
        if hasOutputError { return .errorStructuredOutput }
        switch reason {
        case .structuredOutputMissing, .structuredOutputInvalid, .structuredOutputSchemaInvalid: return .errorStructuredOutput
        case nil, .completed, .specHandoff, .cancelled, .permissionRejected: return hasErrors ? .errorDuringExecution : .success
        case .error, .processExit, .modelUsageExhausted, .modelAuthenticationFailed, .modelRequestRejected, .modelProviderUnreachable,
            .modelProviderUnavailable, .promptRejected, .completionPersistenceFailed, .noApproverAvailable, .unknown:
            return .errorDuringExecution
        }
    }
}
