/// One request to a model: everything it will see.
package struct ModelRequest: Hashable, Sendable {
    package var system: String
    package var messages: [ModelMessage]
    package var tools: [ToolDefinition]
    package var effort: ReasoningEffort?
    package var maximumOutputTokens: Int?

    package init(
        system: String, messages: [ModelMessage], tools: [ToolDefinition], effort: ReasoningEffort? = nil, maximumOutputTokens: Int? = nil
    ) {
        self.system = system
        self.messages = messages
        self.tools = tools
        self.effort = effort
        self.maximumOutputTokens = maximumOutputTokens
    }
}

/// A message in the shape that every provider can be given. Every `toolCall` of an assistant message has its result in the
/// `toolResults` message right behind it: the context builder sees to that.
package enum ModelMessage: Hashable, Sendable {
    /// Text blocks of the user's role, context first, and what came with the prompts among them.
    case user([String], media: [Media] = [])
    case assistant([ItemContent])
    case toolResults([ModelToolResult])
}

package struct ModelToolResult: Hashable, Sendable {
    package var call: CallID
    package var tool: String
    package var text: String
    package var isError: Bool
    /// Only what the model takes; of the rest the text speaks. Bounded by `ByteLimit` over the whole request.
    package var media: [Media]

    package init(call: CallID, tool: String, text: String, isError: Bool, media: [Media] = []) {
        self.call = call
        self.tool = tool
        self.text = text
        self.isError = isError
        self.media = media
    }
}

/// What a model can do and what it may be asked.
package struct ModelDescription: Hashable, Sendable {
    /// Canonical: what sessions and events carry.
    package var id: String
    package var displayName: String
    /// Which wire dialect: `anthropic`, `openai`, `generic-chat-completion-api`, `offline`.
    package var dialect: String
    package var contextTokens: Int?
    package var maximumOutputTokens: Int?
    /// What may be asked for; empty when nothing is known.
    package var efforts: [ReasoningEffort]
    /// `nil` when it is not known.
    package var price: ModelPrice?
    package var media: MediaSupport

    package init(
        id: String, displayName: String, dialect: String, contextTokens: Int? = nil, maximumOutputTokens: Int? = nil,
        efforts: [ReasoningEffort] = [], media: MediaSupport = .everything
    ) {
        self.id = id
        self.displayName = displayName
        self.dialect = dialect
        self.contextTokens = contextTokens
        self.maximumOutputTokens = maximumOutputTokens
        self.efforts = efforts
        self.media = media
    }
}
