package import ApusBase

/// What a model and a client are told about a tool.
package struct ToolDefinition: Hashable, Sendable {
    package enum Category: String, Hashable, Sendable, CaseIterable {
        case readOnly = "read-only"
        case edit, execute, web, other
    }

    /// The client-side id, such as `read-cli`.
    package var id: String
    /// The name the model sees, such as `Read`.
    package var name: String
    package var summary: String
    package var category: Category
    /// JSON Schema of the input.
    package var inputSchema: JSONValue

    package init(id: String, name: String, summary: String, category: Category, inputSchema: JSONValue) {
        self.id = id
        self.name = name
        self.summary = summary
        self.category = category
        self.inputSchema = inputSchema
    }
}
