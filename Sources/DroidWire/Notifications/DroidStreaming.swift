package import ApusBase

/// A whole message. The user's own comes first, with the `messageId` of the request as its id.
package struct CreateMessage: DroidRecord {
    package var message: DroidMessage
    package var parentId: String?
    /// Of a message that waited.
    package var requestId: String?

    package init(message: DroidMessage, parentId: String? = nil, requestId: String? = nil) {
        self.message = message
        self.parentId = parentId
        self.requestId = requestId
    }

    package init(blank: DroidBlank) { self.init(message: DroidMessage(blank: blank)) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("message", &message)
        try members.optional("parentId", &parentId)
        try members.optional("requestId", &requestId)
    }
}

/// A piece of text, or of thinking. A server writes it by ``DroidFrameWriter/assistantTextDelta(session:messageId:blockIndex:text:)``.
package struct DroidTextDelta: DroidRecord {
    package var messageId: String
    package var blockIndex: Int
    package var textDelta: String

    package init(messageId: String, blockIndex: Int, textDelta: String) {
        self.messageId = messageId
        self.blockIndex = blockIndex
        self.textDelta = textDelta
    }

    package init(blank: DroidBlank) { self.init(messageId: "", blockIndex: 0, textDelta: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("messageId", &messageId)
        try members.required("blockIndex", &blockIndex)
        try members.required("textDelta", &textDelta)
    }
}

package struct DroidTextComplete: DroidRecord {
    package var messageId: String
    package var blockIndex: Int
    /// Of thinking only.
    package var durationMs: Double?

    package init(messageId: String, blockIndex: Int, durationMs: Double? = nil) {
        self.messageId = messageId
        self.blockIndex = blockIndex
        self.durationMs = durationMs
    }

    package init(blank: DroidBlank) { self.init(messageId: "", blockIndex: 0) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("messageId", &messageId)
        try members.required("blockIndex", &blockIndex)
        try members.optional("durationMs", &durationMs)
    }
}

/// A call, announced as soon as it is parsed and before its message.
package struct DroidToolCall: DroidRecord {
    package var toolUse: DroidToolUse

    package init(toolUse: DroidToolUse) {
        self.toolUse = toolUse
    }

    package init(blank: DroidBlank) { self.init(toolUse: DroidToolUse(blank: blank)) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("toolUse", &toolUse)
    }
}

/// Content is a text or an array of blocks; anything else shows as `[object Object]` in one client.
package struct DroidToolResult: DroidRecord {
    package var messageId: String
    package var toolUseId: String
    package var content: JSONValue?
    package var isError: Bool?
    package var id: String?

    package init(messageId: String, toolUseId: String, content: JSONValue? = nil, isError: Bool? = nil, id: String? = nil) {
        self.messageId = messageId
        self.toolUseId = toolUseId
        self.content = content
        self.isError = isError
        self.id = id
    }

    package init(blank: DroidBlank) { self.init(messageId: "", toolUseId: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("messageId", &messageId)
        try members.required("toolUseId", &toolUseId)
        try members.optional("content", &content)
        try members.optional("isError", &isError)
        try members.optional("id", &id)
    }
}

package struct ToolProgressUpdate: DroidRecord {
    package var toolUseId: String
    package var toolName: String
    package var update: DroidToolProgress

    package init(toolUseId: String, toolName: String, update: DroidToolProgress) {
        self.toolUseId = toolUseId
        self.toolName = toolName
        self.update = update
    }

    package init(blank: DroidBlank) { self.init(toolUseId: "", toolName: "", update: DroidToolProgress(blank: blank)) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("toolUseId", &toolUseId)
        try members.required("toolName", &toolName)
        try members.required("update", &update)
    }
}

package struct DroidToolProgress: DroidRecord {
    package var type: ToolProgressType
    package var toolName: String?
    package var status: String?
    package var details: String?
    package var text: String?
    package var error: String?
    package var timestamp: Double?
    package var parameters: JSONObject?
    package var valueSnippet: String?
    package var subagentSessionId: String?
    package var terminalId: String?
    package var fullOutput: String?

    package init(type: ToolProgressType) {
        self.type = type
    }

    package init(blank: DroidBlank) { self.init(type: ToolProgressType(blank: blank)) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("type", &type)
        try members.optional("toolName", &toolName)
        try members.optional("status", &status)
        try members.optional("details", &details)
        try members.optional("text", &text)
        try members.optional("error", &error)
        try members.optional("timestamp", &timestamp)
        try members.optional("parameters", &parameters)
        try members.optional("valueSnippet", &valueSnippet)
        try members.optional("subagentSessionId", &subagentSessionId)
        try members.optional("terminalId", &terminalId)
        try members.optional("fullOutput", &fullOutput)
    }
}

/// Both keys are always written, or an older client drops it (§0, 10).
package struct DroidStructuredOutput: DroidRecord {
    package var messageId: String
    package var structuredOutput: JSONObject?
    package var structuredOutputError: DroidStructuredOutputError?

    package init(messageId: String, structuredOutput: JSONObject?, structuredOutputError: DroidStructuredOutputError?) {
        self.messageId = messageId
        self.structuredOutput = structuredOutput
        self.structuredOutputError = structuredOutputError
    }

    package init(blank: DroidBlank) { self.init(messageId: "", structuredOutput: nil, structuredOutputError: nil) }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("messageId", &messageId)
        try members.nullable("structuredOutput", &structuredOutput)
        try members.nullable("structuredOutputError", &structuredOutputError)
    }
}

package struct DroidStructuredOutputError: DroidRecord {
    package var code: StructuredOutputErrorCode
    package var message: String
    package var details: JSONValue?

    package init(code: StructuredOutputErrorCode, message: String, details: JSONValue? = nil) {
        self.code = code
        self.message = message
        self.details = details
    }

    package init(blank: DroidBlank) { self.init(code: StructuredOutputErrorCode(blank: blank), message: "") }

    package mutating func members<M: DroidMembers>(_ members: inout M) throws(M.Fault) {
        try members.required("code", &code)
        try members.required("message", &message)
        try members.optional("details", &details)
    }
}
