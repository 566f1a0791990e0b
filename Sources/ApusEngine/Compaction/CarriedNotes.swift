import ApusBase
import ApusCore

/// What a compaction takes along word for word: the plan, and the skills that were loaded. Pure.
enum CarriedNotes {
    private static let skillTool = "Skill"
    static let skillSource = "skill "
    private static let skillCharacters = 20_000
    private static let maximumSkills = 8

    /// - Parameter entries: What the summary will stand for.
    static func notes(_ state: SessionState, removing entries: [TranscriptEntry]) -> [ContextNote] {
        var notes: [ContextNote] = []
        if !state.todos.isEmpty { notes.append(ContextNote(source: "todos", text: todos(state.todos))) }
        // The newest ones, each as it was loaded last.
        var skills = (state.compaction?.carried ?? []).filter { $0.source.hasPrefix(skillSource) }
        for skill in loaded(in: entries) {
            skills.removeAll { $0.source == skill.source }
            skills.append(skill)
        }
        return notes + skills.suffix(maximumSkills)
    }

    private static func todos(_ todos: [Todo]) -> String {
        "Your todo list:\n" + todos.map { "- [\($0.status.rawValue)] \($0.text)" }.joined(separator: "\n")
    }

    private static func loaded(in entries: [TranscriptEntry]) -> [ContextNote] {
        entries.flatMap { entry -> [ContextNote] in
            guard case .response(let response) = entry else { return [] }
            return response.calls.compactMap { call in
                guard call.name == skillTool, let name = call.input["skill"]?.stringValue else { return nil }
                guard let outcome = response.outcome(of: call.id), outcome.status == .succeeded else { return nil }
                var body = BoundedText(limit: skillCharacters)
                body.append(outcome.text)
                return ContextNote(source: skillSource + name, text: "The skill \(name), which you loaded:\n" + body.rendered())
            }
        }
    }
}
