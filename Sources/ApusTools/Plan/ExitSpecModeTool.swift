import ApusBase
import ApusCore
import ApusWorkspace

/// Hands a plan in. Permitting the call is approving the plan: the engine ends the planning with it, and what is left to do here is to keep
/// what was approved. Offered only to a model that plans.
struct ExitSpecModeTool: Tool {
    static let maximumOptions = 20
    static let maximumOptionCharacters = 400

    /// `nil` keeps none.
    let folder: PlanFolder?

    let definition = ToolDefinition(
        id: "exit-spec-mode", name: Plan.tool,
        summary: """
            Hand in your plan when you have looked at everything it rests on. "plan" is the whole plan in Markdown, complete without \
            this conversation: what changes, in which files, in which order, and how it is checked. When it is approved you carry it \
            out; the approved plan may differ from yours, so read the result. Where several ways are open, describe each and name \
            them in "optionNames", the one you prefer first. Call nothing else in the same response.
            """,
        category: .other,
        inputSchema: [
            "type": "object", "required": ["plan"],
            "properties": [
                "plan": ["type": "string", "description": "The plan, in Markdown."],
                "title": ["type": "string", "description": "A few words that name the plan."],
                "optionNames": [
                    "type": "array", "items": ["type": "string"],
                    "description": "The ways that the plan leaves open, if there is more than one.",
                ],
            ],
        ])

    func access(for input: JSONValue, in context: ToolContext) throws(ToolInputError) -> AccessRequest {
        let plan = try ExitSpecModeTool.plan(input)
        return AccessRequest(action: .plan(plan), summary: plan.title.map { "Carry out the plan \"\($0)\"" } ?? "Carry out the plan")
    }

    /// Another run would keep the plan once more.
    func effect(of input: JSONValue) -> Effect { .idempotent }

    func run(_ input: JSONValue, in context: ToolContext) async -> ToolResult {
        let plan: Plan
        do { plan = try ExitSpecModeTool.plan(input) } catch { return .failed(error.sentence) }
        let approved = "Spec approved."
        guard let folder else { return ToolResult(.succeeded, approved) }
        do throws(PathFault) {
            let path = try await BlockingWork.files.run { (_) throws(PathFault) in try folder.save(plan, in: context.workingDirectory) }
            return ToolResult(.succeeded, "\(approved) It was saved as \(path).")
        } catch {
            // What was approved is carried out all the same.
            return ToolResult(.succeeded, "\(approved) It could not be saved: \(error)")
        }
    }

    private static func plan(_ value: JSONValue) throws(ToolInputError) -> Plan {
        let input = try ToolInput(value, for: Plan.tool)
        let text = try input.requiredText("plan", meaning: "the whole plan, in Markdown")
        if text.allSatisfy(\.isWhitespace) { throw ToolInputError("\(Plan.tool) got an empty \"plan\". Write the plan first.") }
        if text.utf8.count > ByteLimit.planBytes {
            throw ToolInputError(
                "The plan has \(text.utf8.count) bytes; \(ByteLimit.planBytes) are the most. Say what is to be done, not all of it in code."
            )
        }
        let title = try input.text("title")
        if let title, title.unicodeScalars.count > ByteLimit.maximumTitleCharacters {
            throw ToolInputError("The \"title\" has more than \(ByteLimit.maximumTitleCharacters) characters. Use a few words.")
        }
        let options = try input.texts("optionNames") ?? []
        if options.count > maximumOptions {
            throw ToolInputError("\(Plan.tool) takes at most \(maximumOptions) \"optionNames\"; got \(options.count).")
        }
        if options.contains(where: { $0.unicodeScalars.count > maximumOptionCharacters }) {
            throw ToolInputError("One of the \"optionNames\" has more than \(maximumOptionCharacters) characters. Names are short.")
        }
        return Plan(text: text, title: title, options: options)
    }
}
