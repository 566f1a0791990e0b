import ApusBase
import ApusCore

/// How a subagent stands that runs in the background, or what it came to.
struct TaskOutputTool: Tool {
    static let name = "TaskOutput"
    static let usualSeconds = 600
    static let maximumSeconds = 3_600

    let definition = ToolDefinition(
        id: "task-output-cli", name: name,
        summary: """
            Get what a subagent in the background came to. Waits for its end, \(usualSeconds) seconds unless timeout says otherwise; \
            with block false it tells at once how it stands.
            """,
        category: .other,
        inputSchema: [
            "type": "object", "required": ["task_id"],
            "properties": [
                "task_id": ["type": "string", "description": "The id that Task gave, or a beginning of it that only one has"],
                "block": ["type": "boolean", "default": true, "description": "Whether to wait for its end"],
                "timeout": [
                    "type": "integer", "minimum": 0, "maximum": .integer(Int64(maximumSeconds)),
                    "default": .integer(Int64(usualSeconds)), "description": "Seconds to wait at most",
                ],
            ],
        ])

    private struct Request {
        var id: String
        var patience: Duration

        init(_ value: JSONValue) throws(ToolInputError) {
            let input = try ToolInput(value, for: name)
            id = try input.requiredText("task_id", meaning: "the id that Task gave")
            let seconds = try input.integer("timeout", in: 0...maximumSeconds) ?? usualSeconds
            patience = try input.flag("block", fallback: true) ? .seconds(seconds) : .zero
        }
    }

    func access(for input: JSONValue, in context: ToolContext) throws(ToolInputError) -> AccessRequest {
        AccessRequest(action: .session, summary: "Look at the subagent \(try Request(input).id.prefix(100))")
    }

    func effect(of input: JSONValue) -> Effect { .pure }

    func run(_ input: JSONValue, in context: ToolContext) async -> ToolResult {
        do throws(ToolInputError) {
            let request = try Request(input)
            let run = try await TaskName.find(request.id, in: context)
            let report = await context.children.report(on: run, in: context.session, patience: request.patience)
            if Task.isCancelled, report.run.end == nil {
                return ToolResult(.interrupted, "Interrupted while waiting for the subagent. It goes on.")
            }
            return TaskReport.result(report, heading: "task_id")
        } catch {
            return .failed(error.sentence)
        }
    }
}

enum TaskName {
    /// The run with this id, or the only one whose id begins so.
    static func find(_ id: String, in context: ToolContext) async throws(ToolInputError) -> ChildRun {
        let runs = await context.children.runs(of: context.session)
        if let exact = runs.first(where: { $0.session.rawValue == id }) { return exact }
        let candidates = id.isEmpty ? [] : runs.filter { $0.session.rawValue.hasPrefix(id) }
        guard let run = candidates.first else {
            let known = runs.suffix(10).map { "\($0.session) (\($0.summary))" }.joined(separator: ", ")
            throw ToolInputError(
                "\(ChildError.unknownRun(id)) " + (known.isEmpty ? "It has started none." : "The newest: \(known)."))
        }
        if candidates.count > 1 { throw ToolInputError(ChildError.ambiguousRun(id).description) }
        return run
    }
}
