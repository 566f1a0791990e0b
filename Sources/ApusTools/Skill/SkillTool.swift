import ApusBase
import ApusCore

/// Gives the model the text of a skill. Offered where there is one that it may load.
struct SkillTool: Tool {
    static let name = "Skill"
    private static let maximumArgumentCharacters = 10_000

    let skills: any SkillSource

    let definition = ToolDefinition(
        id: "skill-cli", name: SkillTool.name,
        summary: """
            Load a skill: instructions for a special task, with the files that belong to it. The skills there are have been listed to you \
            by name and description. Load one before you begin with what it is for, and once is enough.
            """,
        category: .other,
        inputSchema: [
            "type": "object", "required": ["skill"],
            "properties": [
                "skill": ["type": "string", "description": "Its name, as listed"],
                "args": ["type": "string", "description": "What the skill is to be used on, if it asks for that"],
            ],
        ])

    private struct Request {
        var skill: String
        var arguments: String?

        init(_ value: JSONValue) throws(ToolInputError) {
            let input = try ToolInput(value, for: SkillTool.name)
            skill = try input.requiredText("skill", meaning: "the name of a skill")
            arguments = try input.text("args")
            if let arguments, arguments.unicodeScalars.count > SkillTool.maximumArgumentCharacters {
                throw ToolInputError("\"args\" of Skill has more than \(SkillTool.maximumArgumentCharacters) characters. Say it shorter.")
            }
        }
    }

    func access(for input: JSONValue, in context: ToolContext) throws(ToolInputError) -> AccessRequest {
        AccessRequest(action: .session, summary: "Load the skill \(try Request(input).skill)")
    }

    func effect(of input: JSONValue) -> Effect { .pure }

    func run(_ input: JSONValue, in context: ToolContext) async -> ToolResult {
        let request: Request
        do throws(ToolInputError) { request = try Request(input) } catch { return .failed(error.sentence) }
        guard let scope = context.skills else { return .failed("There are no skills in this session.") }
        do throws(ExtensionError) {
            let whole = try await skills.text(ofSkill: request.skill, arguments: request.arguments, wantedBy: .model, for: scope)
            var text = BoundedText(limit: ByteLimit.maximumToolOutputCharacters - OutputLimit.noticeRoom)
            text.append(whole)
            var result = ToolResult(.succeeded, text.rendered())
            if text.omittedCount > 0 { result.text += "\n\n[The middle of this skill was left out. Read its SKILL.md for all of it.]" }
            result.load = ToolLoad(skill: request.skill)
            return result
        } catch {
            return .failed(error.description)
        }
    }
}
