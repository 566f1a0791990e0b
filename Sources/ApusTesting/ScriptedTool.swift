package import ApusBase
package import ApusCore

/// A tool that does what the test says, and remembers how often.
package final class ScriptedTool: Tool {
    package typealias Access = @Sendable (JSONValue) throws(ToolInputError) -> AccessRequest.Action
    package typealias Run = @Sendable (JSONValue, ToolContext) async -> ToolResult

    package let definition: ToolDefinition
    private let declared: Effect
    private let access: Access
    private let body: Run
    private let begun = Watched<[JSONValue]>([])

    package init(_ name: String, effect: Effect = .pure, access: @escaping Access = { _ in .read([]) }, run: @escaping Run) {
        definition = ToolDefinition(
            id: name.lowercased() + "-scripted", name: name, summary: "Does what a test says", category: .other,
            inputSchema: ["type": "object"])
        declared = effect
        self.access = access
        body = run
    }

    /// A tool that answers with one text at once.
    package convenience init(
        _ name: String, says text: String, effect: Effect = .pure, access: @escaping Access = { _ in .read([]) }
    ) {
        self.init(name, effect: effect, access: access) { _, _ in ToolResult(.succeeded, text) }
    }

    /// The inputs of all runs, in the order they began.
    package var runs: [JSONValue] { begun.value }

    package func access(for input: JSONValue, in context: ToolContext) throws(ToolInputError) -> AccessRequest {
        AccessRequest(action: try access(input), summary: definition.name)
    }

    package func effect(of input: JSONValue) -> Effect { declared }

    package func run(_ input: JSONValue, in context: ToolContext) async -> ToolResult {
        begun.change { $0.append(input) }
        return await body(input, context)
    }
}
