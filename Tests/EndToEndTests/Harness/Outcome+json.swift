import ApusBase
import ApusTestServer
import Testing

extension Outcome {
    /// Every line of stdout as JSON; a line that is none fails the test here.
    func lines(sourceLocation: SourceLocation = #_sourceLocation) throws -> [JSONValue] {
        #expect(stdout.isEmpty || stdout.last == UInt8(ascii: "\n"), "stdout ends inside a line", sourceLocation: sourceLocation)
        return try stdout.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast().map { line in
            try #require(
                try? JSONValue(parsing: Array(line)), "not JSON: \(String(decoding: line, as: UTF8.self))", sourceLocation: sourceLocation)
        }
    }

    /// The one object of `-o json`.
    func result(sourceLocation: SourceLocation = #_sourceLocation) throws -> JSONValue {
        let lines = try lines(sourceLocation: sourceLocation)
        #expect(lines.count == 1, "\(everything)", sourceLocation: sourceLocation)
        return try #require(lines.first, "\(everything)", sourceLocation: sourceLocation)
    }

    func session(sourceLocation: SourceLocation = #_sourceLocation) throws -> String {
        let lines = try lines(sourceLocation: sourceLocation)
        return try #require(lines.last?["session_id"]?.stringValue, "\(everything)", sourceLocation: sourceLocation)
    }
}

extension [JSONValue] {
    /// `type` of each line, with the role of messages.
    var kinds: [String] {
        map { line in
            let type = line["type"]?.stringValue ?? "?"
            return line["role"]?.stringValue.map { "\(type) \($0)" } ?? type
        }
    }

    /// Results of one response come in the order in which their calls ended: here in that of their ids.
    var withSortedResults: [JSONValue] {
        var sorted: [JSONValue] = []
        var results: [JSONValue] = []
        for line in self {
            if line["type"] == "tool_result" {
                results.append(line)
                continue
            }
            sorted += results.sortedByID + [line]
            results = []
        }
        return sorted + results.sortedByID
    }

    private var sortedByID: [JSONValue] {
        sorted { ($0["id"]?.stringValue ?? "") < ($1["id"]?.stringValue ?? "") }
    }

    func ofType(_ type: String) -> [JSONValue] { filter { $0["type"]?.stringValue == type } }
}

extension RecordedRequest {
    /// The texts of the last message that has the user's role; all dialects.
    var lastUserTexts: [String] {
        guard let message = (body["messages"] ?? body["input"])?.arrayValue?.last(where: { $0["role"]?.stringValue == "user" }) else {
            return []
        }
        if let text = message["content"]?.stringValue { return [text] }
        return message["content"]?.arrayValue?.compactMap { $0["text"]?.stringValue } ?? []
    }

    /// The prompt comes last, alone in its block or behind other texts of the same one.
    func endsWithPrompt(_ prompt: String) -> Bool {
        guard let last = lastUserTexts.last else { return false }
        return last == prompt || last.hasSuffix("\n\(prompt)")
    }

    /// Whether the model is offered a tool of that name; the messages' dialect.
    func offers(_ tool: String) -> Bool { body["tools"]?.arrayValue?.contains { $0["name"]?.stringValue == tool } == true }

    /// Whether these stand in the body one behind the other.
    func tells(_ parts: String...) -> Bool {
        var rest = bodyText[...]
        for part in parts {
            guard let found = rest.firstRange(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return true
    }
}

extension JSONValue {
    /// Every object in the value, outermost first.
    var objects: [JSONObject] {
        switch self {
        case .object(let object): [object] + object.flatMap { $0.value.objects }
        case .array(let array): array.flatMap(\.objects)
        default: []
        }
    }
}
