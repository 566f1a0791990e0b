import ApusBase
import ApusCore

/// Finds tools that were left out of the request and makes them callable.
struct ToolSearchTool: Tool {
    static let name = "ToolSearch"
    static let usualResults = 5
    static let maximumResults = 20
    private static let maximumNamesBytes = 4_000

    let definition: ToolDefinition
    private let tools: [ToolDefinition]

    /// - Parameter loaded: of `tools`, those that are offered already.
    init(tools: [ToolDefinition], loaded: Set<String>) {
        self.tools = tools
        var names = ""
        let waiting = tools.map(\.name).filter { !loaded.contains($0) }
        var shown = 0
        for name in waiting {
            if names.utf8.count + name.utf8.count > Self.maximumNamesBytes { break }
            names += (shown == 0 ? "" : ", ") + name
            shown += 1
        }
        if shown < waiting.count { names += " and \(waiting.count - shown) more" }
        definition = ToolDefinition(
            id: "tool-search-cli", name: Self.name,
            summary: """
                Find tools of MCP servers that are there and not yet offered to you, and get their schemas: you may call those it names from \
                then on. Search by what a tool should do, or take tools by name: "select:NAME,NAME". There are: \(names)
                """,
            category: .other,
            inputSchema: [
                "type": "object", "required": ["query"],
                "properties": [
                    "query": ["type": "string", "description": "Words of what the tool should do, or select: and names"],
                    "max_results": [
                        "type": "integer", "minimum": 1, "maximum": .integer(Int64(Self.maximumResults)),
                        "default": .integer(Int64(Self.usualResults)),
                    ],
                ],
            ])
    }

    func access(for input: JSONValue, in context: ToolContext) throws(ToolInputError) -> AccessRequest {
        AccessRequest(action: .session, summary: "Search for tools: \(try Self.request(input).query)")
    }

    func effect(of input: JSONValue) -> Effect { .pure }

    func run(_ input: JSONValue, in context: ToolContext) async -> ToolResult {
        let request: (query: String, count: Int)
        do throws(ToolInputError) { request = try Self.request(input) } catch { return .failed(error.sentence) }
        let found = matches(request.query, atMost: request.count)
        if found.isEmpty {
            return ToolResult(.succeeded, "No tool fits \(ToolInput.shown(.string(request.query))). Try other words, or fewer.")
        }
        var texts: [String] = []
        var names: [String] = []
        var room = ByteLimit.maximumToolOutputCharacters - OutputLimit.noticeRoom
        for tool in found {
            let schema: JSONValue = ["name": .string(tool.name), "description": .string(tool.summary), "parameters": tool.inputSchema]
            let text = schema.serialized()
            room -= text.unicodeScalars.count + 1
            // The first one is callable in any case; its schema comes with the next request.
            if room < 0, !texts.isEmpty { break }
            texts.append(room < 0 ? JSONValue.object(["name": .string(tool.name)]).serialized() : text)
            names.append(tool.name)
        }
        var result = ToolResult(.succeeded, "You may call these tools now:\n" + texts.joined(separator: "\n"))
        result.load = ToolLoad(tools: names)
        return result
    }

    private static func request(_ value: JSONValue) throws(ToolInputError) -> (query: String, count: Int) {
        let input = try ToolInput(value, for: name)
        let query = try input.requiredText("query", meaning: "words of what the tool should do")
        if query.allSatisfy(\.isWhitespace) || query.unicodeScalars.count > 1_000 {
            throw ToolInputError("ToolSearch wants a \"query\" of 1 to 1000 characters.")
        }
        return (query, try input.integer("max_results", in: 1...maximumResults) ?? usualResults)
    }

    /// The best first; of those alike, in the order of the tools.
    private func matches(_ query: String, atMost count: Int) -> [ToolDefinition] {
        if query.hasPrefix("select:") {
            let names = query.dropFirst(7).split { $0 == "," || $0.isWhitespace }.map(String.init)
            return Array(names.compactMap { name in tools.first { $0.name == name } }.prefix(count))
        }
        let words = Self.words(query)
        let scored = tools.enumerated().compactMap { place, tool -> (score: Int, place: Int)? in
            let score = Self.score(tool, query.lowercased(), words)
            return score > 0 ? (score, place) : nil
        }
        return scored.sorted { ($1.score, $0.place) < ($0.score, $1.place) }.prefix(count).map { tools[$0.place] }
    }

    private static func score(_ tool: ToolDefinition, _ query: String, _ words: [String]) -> Int {
        if tool.name.lowercased() == query { return 1_000 }
        let name = Set(Self.words(tool.name))
        let summary = Set(Self.words(tool.summary))
        return words.reduce(0) { score, word in
            if name.contains(word) { return score + 10 }
            if name.contains(where: { $0.hasPrefix(word) || word.hasPrefix($0) && $0.count > 2 }) { return score + 6 }
            if summary.contains(word) { return score + 3 }
            return summary.contains { $0.hasPrefix(word) } ? score + 1 : score
        }
    }

    /// In lower case; `createIssue` and `create_issue` are two words each.
    private static func words(_ text: String) -> [String] {
        var words: [String] = []
        var word = ""
        var wasLower = false
        for character in text.prefix(20_000) {
            if !(character.isLetter || character.isNumber) || (character.isUppercase && wasLower) {
                if !word.isEmpty { words.append(word.lowercased()) }
                word = ""
            }
            if character.isLetter || character.isNumber { word.append(character) }
            wasLower = character.isLowercase
        }
        if !word.isEmpty { words.append(word.lowercased()) }
        return words.filter { $0.count > 1 }
    }
}
