package import ApusBase

package struct DroidErrorNotification: DroidRecord {
    package var message: String
    package var errorType: DroidErrorType
    package var timestamp: DroidTimestamp
    package var error: DroidErrorCause?

    package init(message: String, errorType: DroidErrorType, timestamp: DroidTimestamp, error: DroidErrorCause? = nil) {
        self.message = message
        self.errorType = errorType
        self.timestamp = timestamp
        self.error = error
    }

    package init(blank: DroidBlank) {
        self.init(message: "", errorType: DroidErrorType(blank: blank), timestamp: DroidTimestamp(blank: blank))
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("message", &message)
        try members.required("errorType", &errorType)
        try members.required("timestamp", &timestamp)
        try members.optional("error", &error)
    }
}

package struct DroidErrorCause: DroidRecord {
    package var name: String
    package var message: String
    package var extra = JSONObject()

    package init(name: String, message: String, extra: JSONObject = [:]) {
        self.name = name
        self.message = message
        self.extra = extra
    }

    package init(blank: DroidBlank) { self.init(name: "", message: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("name", &name)
        try members.required("message", &message)
        try members.others(&extra)
    }
}

/// The end of a turn, after the state is idle. `turnId` is the `messageId` of the prompt: with another one, or none, the client waits on (§0, 8).
package struct AgentTurnCompleted: DroidRecord {
    package var reason: AgentTurnCompletionReason
    package var turnId: String?
    package var tokenUsage: DroidTokenUsage
    package var cumulativeTokenUsage: DroidTokenUsage?
    package var childTokenUsage: DroidTokenUsage?
    package var cumulativeChildTokenUsage: DroidTokenUsage?
    package var durationMs: Double?

    package init(reason: AgentTurnCompletionReason, tokenUsage: DroidTokenUsage) {
        self.reason = reason
        self.tokenUsage = tokenUsage
    }

    package init(blank: DroidBlank) {
        self.init(reason: AgentTurnCompletionReason(blank: blank), tokenUsage: DroidTokenUsage(blank: blank))
    }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("reason", &reason)
        try members.optional("turnId", &turnId)
        try members.required("tokenUsage", &tokenUsage)
        try members.optional("cumulativeTokenUsage", &cumulativeTokenUsage)
        try members.optional("childTokenUsage", &childTokenUsage)
        try members.optional("cumulativeChildTokenUsage", &cumulativeChildTokenUsage)
        try members.optional("durationMs", &durationMs)
    }

    package init(reason: AgentTurnCompletionReason, turnId: String, tokenUsage: DroidTokenUsage, durationMs: Double? = nil) {
        self.init(reason: reason, tokenUsage: tokenUsage)
        self.turnId = turnId
        self.durationMs = durationMs
    }
}

package struct QueuedMessagesDiscarded: DroidRecord {
    package var text: String
    package var requestId: String?

    package init(text: String, requestId: String? = nil) {
        self.text = text
        self.requestId = requestId
    }

    package init(blank: DroidBlank) { self.init(text: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("text", &text)
        try members.optional("requestId", &requestId)
    }
}

package struct DroidModelRetry: DroidRecord {
    package var attempt: Int
    package var reason: DroidRetryReason

    package init(attempt: Int, reason: DroidRetryReason) {
        self.attempt = attempt
        self.reason = reason
    }

    package init(blank: DroidBlank) { self.init(attempt: 0, reason: DroidRetryReason(blank: blank)) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("attempt", &attempt)
        try members.required("reason", &reason)
    }
}

package struct WorkingStateChanged: DroidRecord {
    package var newState: DroidWorkingState

    package init(newState: DroidWorkingState) {
        self.newState = newState
    }

    package init(blank: DroidBlank) { self.init(newState: DroidWorkingState(blank: blank)) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("newState", &newState)
    }
}

package struct SessionTokenUsageChanged: DroidRecord {
    package var sessionId: String
    package var tokenUsage: DroidTokenUsage
    package var inclusiveTokenUsage: DroidTokenUsage?
    package var lastCallTokenUsage: DroidLastCallTokenUsage?

    package init(
        sessionId: String, tokenUsage: DroidTokenUsage, inclusiveTokenUsage: DroidTokenUsage? = nil,
        lastCallTokenUsage: DroidLastCallTokenUsage? = nil
    ) {
        self.sessionId = sessionId
        self.tokenUsage = tokenUsage
        self.inclusiveTokenUsage = inclusiveTokenUsage
        self.lastCallTokenUsage = lastCallTokenUsage
    }

    package init(blank: DroidBlank) { self.init(sessionId: "", tokenUsage: DroidTokenUsage(blank: blank)) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("sessionId", &sessionId)
        try members.required("tokenUsage", &tokenUsage)
        try members.optional("inclusiveTokenUsage", &inclusiveTokenUsage)
        try members.optional("lastCallTokenUsage", &lastCallTokenUsage)
    }
}
