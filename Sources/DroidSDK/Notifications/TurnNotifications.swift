import DroidWire

/// The end of a turn, after the state is idle. `turnId` is the `messageId` of the prompt: with another one, or none, the client waits on (§0, 8).
public struct AgentTurnCompleted: Sendable, Hashable {
    public var reason: AgentTurnCompletionReason
    public var turnId: String?
    public var tokenUsage: TokenUsage
    public var cumulativeTokenUsage: TokenUsage?
    public var childTokenUsage: TokenUsage?
    public var cumulativeChildTokenUsage: TokenUsage?
    public var durationMs: Double?

    public init(reason: AgentTurnCompletionReason, tokenUsage: TokenUsage) {
        self.reason = reason
        self.tokenUsage = tokenUsage
    }
}

extension AgentTurnCompleted {
    init(_ wire: DroidWire.AgentTurnCompleted) {
        self.init(reason: AgentTurnCompletionReason(wire.reason), tokenUsage: TokenUsage(wire.tokenUsage))
        turnId = wire.turnId
        cumulativeTokenUsage = wire.cumulativeTokenUsage.map(TokenUsage.init)
        childTokenUsage = wire.childTokenUsage.map(TokenUsage.init)
        cumulativeChildTokenUsage = wire.cumulativeChildTokenUsage.map(TokenUsage.init)
        durationMs = wire.durationMs
    }
}

public struct ErrorCause: Sendable, Hashable {
    public var name: String
    public var message: String

    public init(name: String, message: String) {
        self.name = name
        self.message = message
    }
}

extension ErrorCause {
    init(_ wire: DroidWire.DroidErrorCause) {
        self.init(name: wire.name, message: wire.message)
    }
}

public struct ErrorOccurred: Sendable, Hashable {
    public var message: String
    public var errorType: DroidErrorType
    public var timestamp: String
    public var error: ErrorCause?

    public init(message: String, errorType: DroidErrorType, timestamp: String, error: ErrorCause? = nil) {
        self.message = message
        self.errorType = errorType
        self.timestamp = timestamp
        self.error = error
    }
}

extension ErrorOccurred {
    init(_ wire: DroidWire.DroidErrorNotification) {
        self.init(
            message: wire.message, errorType: DroidErrorType(wire.errorType), timestamp: wire.timestamp.text,
            error: wire.error.map(ErrorCause.init))
    }
}

public struct ModelRetry: Sendable, Hashable {
    public var attempt: Int
    public var reason: RetryReason

    public init(attempt: Int, reason: RetryReason) {
        self.attempt = attempt
        self.reason = reason
    }
}

extension ModelRetry {
    init(_ wire: DroidWire.DroidModelRetry) {
        self.init(attempt: wire.attempt, reason: RetryReason(wire.reason))
    }
}

public struct QueuedMessagesDiscarded: Sendable, Hashable {
    public var text: String
    public var requestId: String?

    public init(text: String, requestId: String? = nil) {
        self.text = text
        self.requestId = requestId
    }
}

extension QueuedMessagesDiscarded {
    init(_ wire: DroidWire.QueuedMessagesDiscarded) {
        self.init(text: wire.text, requestId: wire.requestId)
    }
}

public struct SessionTokenUsageChanged: Sendable, Hashable {
    public var sessionId: String
    public var tokenUsage: TokenUsage
    public var inclusiveTokenUsage: TokenUsage?
    public var lastCallTokenUsage: LastCallTokenUsage?

    public init(
        sessionId: String, tokenUsage: TokenUsage, inclusiveTokenUsage: TokenUsage? = nil, lastCallTokenUsage: LastCallTokenUsage? = nil
    ) {
        self.sessionId = sessionId
        self.tokenUsage = tokenUsage
        self.inclusiveTokenUsage = inclusiveTokenUsage
        self.lastCallTokenUsage = lastCallTokenUsage
    }
}

extension SessionTokenUsageChanged {
    init(_ wire: DroidWire.SessionTokenUsageChanged) {
        self.init(
            sessionId: wire.sessionId, tokenUsage: TokenUsage(wire.tokenUsage),
            inclusiveTokenUsage: wire.inclusiveTokenUsage.map(TokenUsage.init),
            lastCallTokenUsage: wire.lastCallTokenUsage.map(LastCallTokenUsage.init))
    }
}

public struct WorkingStateChanged: Sendable, Hashable {
    public var newState: DroidWorkingState

    public init(newState: DroidWorkingState) {
        self.newState = newState
    }
}

extension WorkingStateChanged {
    init(_ wire: DroidWire.WorkingStateChanged) {
        self.init(newState: DroidWorkingState(wire.newState))
    }
}
