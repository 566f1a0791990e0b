package import ApusBase

/// What a model and a client are told about a tool.
package struct ToolDefinition: Hashable, Sendable {
    package enum Category: String, Hashable, Sendable, CaseIterable {
        case readOnly = "read-only"
        case edit, execute, web, other

        /// Below it no call is permitted (`droid-exec.md` §3.2). At it, a call may still need more: a command is judged by its words.
        package var leastLevel: AutonomyLevel {
            switch self {
            case .readOnly, .execute, .other: .off
            case .edit, .web: .low
            }
        }
    }

    /// The client-side id, such as `read-cli`.
    package var id: String
    /// The name the model sees, such as `Read`.
    package var name: String
    package var summary: String
    package var category: Category
    /// Below it no call is permitted.
    package var leastLevel: AutonomyLevel
    /// JSON Schema of the input.
    package var inputSchema: JSONValue

    package init(id: String, name: String, summary: String, category: Category, leastLevel: AutonomyLevel? = nil, inputSchema: JSONValue) {
        self.id = id
        self.name = name
        self.summary = summary
        self.category = category
        self.leastLevel = leastLevel ?? category.leastLevel
        self.inputSchema = inputSchema
    }
}
