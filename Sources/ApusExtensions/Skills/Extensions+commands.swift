package import ApusCore
import ApusProcess
import ApusWorkspace

/// Prompts that begin with `/name`: a command first, then a skill that people may call for.
extension Extensions {
    /// What a prompt stands for. An unknown name is a prompt like any other.
    package func expansion(of prompt: String, for scope: SkillScope) async -> PromptExpansion {
        guard let asked = SlashPrompt(prompt) else { return .none }
        let found = await BlockingWork.files.run { _ in shelf.commands(for: scope.workingDirectory) }
        notices.tell(found.faults)
        if let command = found.commands.first(where: { $0.listed.name == asked.name }) {
            if !command.isTrusted {
                notices.tellUntrusted(["command " + asked.name])
                return .none
            }
            return Self.expansion(of: command, asked)
        }
        let skills = Self.offered(await read(scope.workingDirectory), to: .user, in: scope)
        guard let skill = skills.first(where: { $0.listed.name == asked.name && $0.listed.isUserInvocable }) else { return .none }
        let text = "The user's message that follows calls for this skill with /\(asked.name). Do what it says.\n\n"
        return .text(.skill(asked.name, text + skill.text(arguments: asked.arguments)))
    }

    private static func expansion(of command: SlashCommand, _ asked: SlashPrompt) -> PromptExpansion {
        guard command.listed.isExecutable else {
            let text =
                "The user's message that follows begins with the command /\(asked.name). It stands for these instructions of the user:\n\n"
            return .text(ContextNote(source: "command:" + asked.name, text: text + command.expanded(with: asked.arguments)))
        }
        // Quotes that do not fit are meant as they are: a person's sentence, and no command line.
        let words =
            asked.arguments.isEmpty
            ? [] : (try? CommandWords.split(asked.arguments)) ?? asked.arguments.split(separator: " ").map(String.init)
        return .program(
            CommandProgram(
                name: asked.name, path: command.path, arguments: words, commandLine: CommandWords.quoted([command.path] + words),
                script: command.text, isPersonal: command.isPersonal, checked: command.bytes))
    }
}
