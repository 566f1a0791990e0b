import ApusBase
import ApusCore

/// Ends a subagent that runs in the background, with every command it has started.
struct TaskStopTool: Tool {
    static let name = "TaskStop"

    let definition = ToolDefinition(
        id: "task-stop-cli", name: name,
        summary: "End a subagent in the background. What it did until then stands.",
        category: .other, leastLevel: .high,
        inputSchema: [
            "type": "object", "required": ["task_id"],
            "properties": ["task_id": ["type": "string", "description": "The id that Task gave, or a beginning of it that only one has"]],
        ])

    private static func id(_ value: JSONValue) throws(ToolInputError) -> String {
        try ToolInput(value, for: name).requiredText("task_id", meaning: "the id that Task gave")
    }

    func access(for input: JSONValue, in context: ToolContext) throws(ToolInputError) -> AccessRequest {
        // Ending what the session itself has begun needs no more than having begun it.
        AccessRequest(action: .delegate(kind: "stop"), summary: "End the subagent \(try TaskStopTool.id(input).prefix(100))")
    }

    func effect(of input: JSONValue) -> Effect { .idempotent }

    func run(_ input: JSONValue, in context: ToolContext) async -> ToolResult {
        do throws(ToolInputError) {
            let run = try await TaskName.find(try TaskStopTool.id(input), in: context)
            if run.end != nil { return ToolResult(.succeeded, "task_id: \(run.session)\n\nThe subagent had ended already.") }
            await context.children.stop(run, in: context.session)
            return ToolResult(.succeeded, "task_id: \(run.session)\n\nThe subagent was ended.")
        } catch {
            return .failed(error.sentence)
        }
    }
}
