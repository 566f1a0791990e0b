import ApusBase
import ApusCore

/// Keeps the agent's own plan; the list given replaces the one before.
struct TodoWriteTool: Tool {
    static let maximumItems = 50
    static let maximumCharacters = 500

    let definition = ToolDefinition(
        id: "todo-write-cli", name: "TodoWrite",
        summary: """
            Keep a list of the steps of a longer task, so that you and the user can see how far it is. Always give the whole list: \
            it replaces the one before. One item a line as "1. [pending] text"; states are pending, in_progress and completed. At most \
            \(maximumItems) items.
            """,
        category: .other,
        inputSchema: [
            "type": "object", "required": ["todos"],
            "properties": [
                "todos": [
                    "description": "The list as text, one item a line, or as an array of items",
                    "anyOf": [
                        ["type": "string"],
                        [
                            "type": "array", "maxItems": .integer(Int64(maximumItems)),
                            "items": [
                                "type": "object", "required": ["content", "status"],
                                "properties": [
                                    "id": ["type": "string"],
                                    "content": ["type": "string", "maxLength": .integer(Int64(maximumCharacters))],
                                    "status": ["type": "string", "enum": ["pending", "in_progress", "completed"]],
                                    "priority": ["type": "string", "enum": ["high", "medium", "low"]],
                                ],
                            ],
                        ],
                    ],
                ]
            ],
        ])

    func access(for input: JSONValue, in context: ToolContext) throws(ToolInputError) -> AccessRequest {
        let todos = try TodoWriteTool.todos(input)
        return AccessRequest(action: .session, summary: "Update the plan (\(todos.count) items)")
    }

    func effect(of input: JSONValue) -> Effect { .idempotent }

    func run(_ input: JSONValue, in context: ToolContext) async -> ToolResult {
        do {
            let todos = try TodoWriteTool.todos(input)
            let lines = todos.enumerated().map { "\($0.offset + 1). [\($0.element.status.rawValue)] \($0.element.text)" }
            return ToolResult(.succeeded, (["TODO List Updated", ""] + lines).joined(separator: "\n"), todos: todos)
        } catch {
            return .failed(error.sentence)
        }
    }

    private static func todos(_ value: JSONValue) throws(ToolInputError) -> [Todo] {
        let input = try ToolInput(value, for: "TodoWrite")
        guard let list = input.value("todos") else {
            throw ToolInputError("TodoWrite needs \"todos\": the whole list, one item a line as \"1. [pending] text\". It is missing.")
        }
        let todos: [Todo]
        switch list {
        case .string(let text): todos = try read(text)
        case .array(let items): todos = try read(items, input)
        default: throw input.wrong("todos", list, "text with one item a line, or an array")
        }
        if todos.count > maximumItems {
            throw ToolInputError("TodoWrite takes at most \(maximumItems) items; got \(todos.count). Join some or leave finished ones out.")
        }
        for (index, todo) in todos.enumerated() where todo.text.unicodeScalars.count > maximumCharacters {
            throw ToolInputError("Item \(index + 1) of TodoWrite has more than \(maximumCharacters) characters. Say it shorter.")
        }
        return todos
    }

    private static func read(_ text: String) throws(ToolInputError) -> [Todo] {
        var todos: [Todo] = []
        for (index, line) in text.lines.enumerated() {
            let line = line.drop { $0.isWhitespace }
            if line.isEmpty { continue }
            guard let todo = item(line) else {
                throw ToolInputError(
                    "Line \(index + 1) of \"todos\" is \(ToolInput.shown(.string(String(line)))); it has to look like \"1. [pending] text\" "
                        + "with pending, in_progress or completed.")
            }
            todos.append(todo)
        }
        return todos
    }

    /// An optional number or dash, a state in brackets, the text.
    private static func item(_ line: Substring) -> Todo? {
        var rest = line
        if rest.first == "-" || rest.first == "*" {
            rest = rest.dropFirst()
        } else {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            rest = rest.dropFirst(digits.count)
            if !digits.isEmpty { rest = rest.first == "." || rest.first == ")" ? rest.dropFirst() : rest }
        }
        rest = rest.drop { $0.isWhitespace }
        guard rest.first == "[", let close = rest.firstIndex(of: "]") else { return nil }
        let word = rest[rest.index(after: rest.startIndex)..<close].lowercased()
        let marks = ["": "pending", " ": "pending", "x": "completed", "~": "in_progress"]
        guard let status = Todo.Status(rawValue: marks[word] ?? word) else { return nil }
        var text = rest[rest.index(after: close)...].drop { $0.isWhitespace }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return text.isEmpty ? nil : Todo(text: String(text), status: status)
    }

    private static func read(_ items: [JSONValue], _ input: ToolInput) throws(ToolInputError) -> [Todo] {
        var todos: [Todo] = []
        for (index, value) in items.enumerated() {
            let name = "todos[\(index)]"
            guard let text = (value["content"] ?? value["text"])?.stringValue, !text.isEmpty else {
                throw input.wrong(name, value, "an object with \"content\" as text that is not empty")
            }
            guard let status = value["status"]?.stringValue.flatMap(Todo.Status.init(rawValue:)) else {
                throw input.wrong(name + ".status", value["status"] ?? .null, "\"pending\", \"in_progress\" or \"completed\"")
            }
            let priority = value["priority"].flatMap { $0.isNull ? nil : $0 }
            if let priority, !["high", "medium", "low"].contains(priority.stringValue ?? "") {
                throw input.wrong(name + ".priority", priority, "\"high\", \"medium\" or \"low\"")
            }
            todos.append(Todo(text: text, status: status, priority: priority?.stringValue))
        }
        return todos
    }
}
