import ApusBase
import ApusCore

/// Asks the people the turn works for, and waits for their answer. Offered only where somebody can be asked.
struct AskUserTool: Tool {
    static let name = "AskUser"

    let definition = ToolDefinition(
        id: "ask-user-cli", name: name,
        summary: """
            Ask the user when you cannot go on well without a decision that only they can take. Do not ask what you can find out \
            yourself, and ask everything at once. Each question is a block of lines: "1. [question] text", "[topic] a word or \
            two", and "[option] text" for each choice you offer; add "[multi]" when several choices may be taken. The user may answer in \
            other words than your options.
            """,
        category: .other,
        inputSchema: [
            "type": "object", "required": ["questionnaire"],
            "properties": [
                "questionnaire": [
                    "type": "string",
                    "description": "1. [question] Which database?\n[topic] Storage\n[option] PostgreSQL\n[option] SQLite",
                ]
            ],
        ])

    func access(for input: JSONValue, in context: ToolContext) throws(ToolInputError) -> AccessRequest {
        let items = try AskUserTool.items(input)
        return AccessRequest(action: .session, summary: items.count == 1 ? "Ask the user" : "Ask the user \(items.count) questions")
    }

    func effect(of input: JSONValue) -> Effect { .pure }

    func run(_ input: JSONValue, in context: ToolContext) async -> ToolResult {
        let items: [UserQuestion.Item]
        do { items = try AskUserTool.items(input) } catch { return .failed(error.sentence) }
        guard let answer = await context.askUser(items) else { return .failed("Nobody can be asked in this session.") }
        if Task.isCancelled { return ToolResult(.interrupted, "Interrupted before the user answered.") }
        if answer.isCancelled {
            return ToolResult(
                .succeeded,
                "Nobody answered. Go on with what you think best and say which choices you made, or stop here if that would be wrong.")
        }
        let lines = items.map { item in
            let given = answer.items.first { $0.index == item.index }?.answer ?? ""
            return "\(item.index). [question] \(item.question)\n[answer] \(given.isEmpty ? "(none)" : given)"
        }
        return ToolResult(.succeeded, OutputLimit.bounded(lines.joined(separator: "\n\n")))
    }

    private static func items(_ value: JSONValue) throws(ToolInputError) -> [UserQuestion.Item] {
        let text = try ToolInput(value, for: name).requiredText("questionnaire", meaning: "the questions, each as a block of tagged lines")
        return try Questionnaire(text).items
    }
}
