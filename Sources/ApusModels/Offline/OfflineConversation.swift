import ApusBase
import ApusCore

/// What the planner takes from a request: the prompt, what was done about it so far, and which tools there are.
struct OfflineConversation: Sendable {
    struct Exchange: Hashable, Sendable {
        var call: ToolCall
        var result: ModelToolResult
    }

    var prompt: String
    /// Calls since the prompt with their results, in order.
    var exchanges: [Exchange]
    /// Responses with calls since the prompt.
    var rounds: Int
    var tools: Set<String>
    /// Absolute, without a slash at its end; `nil` when no note tells it.
    var workingDirectory: String?
    /// The file that the conversation was about before this prompt.
    var earlierFile: String?

    init(_ request: ModelRequest) {
        let position = OfflineConversation.promptPosition(in: request.messages)
        let block = position.flatMap { OfflineConversation.prompt(in: request.messages[$0]) }
        prompt = block ?? ""
        let later = position.map { request.messages[request.messages.index(after: $0)...] } ?? []
        exchanges = OfflineConversation.exchanges(in: later)
        rounds = later.count { message in
            if case .toolResults = message { true } else { false }
        }
        tools = Set(request.tools.map(\.name))
        workingDirectory = OfflineConversation.workingDirectory(in: request)
        earlierFile = position.flatMap { OfflineConversation.lastFile(in: request.messages[..<$0]) }
    }

    // MARK: The prompt

    private static func promptPosition(in messages: [ModelMessage]) -> Int? {
        messages.lastIndex { prompt(in: $0) != nil }
    }

    /// The last block that is no note from the surroundings.
    private static func prompt(in message: ModelMessage) -> String? {
        guard case .user(let blocks, _) = message else { return nil }
        return blocks.last { !isNote($0) }
    }

    private static func isNote(_ block: String) -> Bool { block.firstWords.hasPrefix("<system-reminder>") }

    // MARK: What was done

    private static func exchanges(in messages: ArraySlice<ModelMessage>) -> [Exchange] {
        var calls: [CallID: ToolCall] = [:]
        var result: [Exchange] = []
        for message in messages {
            switch message {
            case .user: continue
            case .assistant(let contents):
                for case .toolCall(let call) in contents { calls[call.id] = call }
            case .toolResults(let results):
                for outcome in results {
                    if let call = calls.removeValue(forKey: outcome.call) { result.append(Exchange(call: call, result: outcome)) }
                }
            }
        }
        return result
    }

    /// The file of the last call about one file.
    private static func lastFile(in messages: ArraySlice<ModelMessage>) -> String? {
        for message in messages.reversed() {
            guard case .assistant(let contents) = message else { continue }
            for case .toolCall(let call) in contents.reversed() {
                if let path = call.input["file_path"]?.stringValue { return path }
            }
        }
        return nil
    }

    // MARK: Surroundings

    /// A line such as `Working directory: /path` in a note. Only used to shorten paths for people, so a wrong one does no harm.
    private static func workingDirectory(in request: ModelRequest) -> String? {
        for case .user(let blocks, _) in request.messages {
            for block in blocks where isNote(block) {
                for line in block.utf8Lines.prefix(200) {
                    if let path = directory(inLine: line) { return path }
                }
            }
        }
        return nil
    }

    private static func directory(inLine line: Substring) -> String? {
        var rest = line.drop { $0 == " " || $0 == "-" || $0 == "*" || $0 == "\t" }
        let lowered = rest.prefix(40).lowercased()
        let names = ["current working directory", "working directory", "cwd", "current directory"]
        guard let name = names.first(where: { lowered.hasPrefix($0) }) else { return nil }
        rest = rest.dropFirst(name.count).drop { $0 == ":" || $0 == " " || $0 == "`" || $0 == "*" || $0 == "=" || $0 == "\"" }
        guard rest.hasPrefix("/") else { return nil }
        var path = String(rest)
        while path.count > 1, let last = path.last, last == "/" || last == "`" || last == " " || last == "\"" || last == "*" {
            path.removeLast()
        }
        return path == "/" ? nil : path
    }
}

extension String {
    /// Lines without their ends; both `\n` and `\r\n` end a line. A text that ends with a line end has no empty last line.
    var utf8Lines: [Substring] {
        var lines = utf8.split(separator: 10, omittingEmptySubsequences: false).map { part -> Substring in
            Substring(part.last == 13 ? part.dropLast() : part)
        }
        if lines.last?.isEmpty ?? false { lines.removeLast() }
        return lines
    }

    /// The beginning without white space before it, for looking at how a text begins without walking through all of it.
    fileprivate var firstWords: Substring { self[...].drop { $0.isWhitespace }.prefix(40) }
}
