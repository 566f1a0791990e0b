import ApusCore

/// What a compaction takes along word for word: the plan. Skills that were loaded are read again before the next request. Pure.
enum CarriedNotes {
    static func notes(_ state: SessionState) -> [ContextNote] {
        if state.todos.isEmpty { return [] }
        return [ContextNote(source: "todos", text: todos(state.todos))]
    }

    private static func todos(_ todos: [Todo]) -> String {
        "Your todo list:\n" + todos.map { "- [\($0.status.rawValue)] \($0.text)" }.joined(separator: "\n")
    }
}
