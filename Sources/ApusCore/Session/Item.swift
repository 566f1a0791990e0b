package import ApusBase

/// What a provider must get back verbatim to go on: a thinking signature, encrypted reasoning. Never shown, never read by us.
package struct OpaqueState: Hashable, Sendable {
    /// The wire dialect that wrote it (`anthropic`, `openai`, …); another dialect leaves it out.
    package var dialect: String
    package var payload: JSONValue

    package init(dialect: String, payload: JSONValue) {
        self.dialect = dialect
        self.payload = payload
    }
}

/// One block of a response.
package enum ItemContent: Hashable, Sendable {
    case text(String)
    case reasoning(String, OpaqueState?)
    case toolCall(ToolCall)
}

package struct Item: Hashable, Sendable {
    package var id: ItemID
    /// The response the item belongs to.
    package var message: MessageID
    package var content: ItemContent

    package init(id: ItemID, message: MessageID, content: ItemContent) {
        self.id = id
        self.message = message
        self.content = content
    }
}
