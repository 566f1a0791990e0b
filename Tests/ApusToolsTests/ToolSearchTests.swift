import ApusBase
import ApusCore
import ApusTools
import Testing

@Suite struct ToolSearchTests {
    private struct Remote: Tool {
        let definition: ToolDefinition
        func access(for input: JSONValue, in context: ToolContext) throws(ToolInputError) -> AccessRequest {
            AccessRequest(action: .session, summary: definition.name)
        }
        func effect(of input: JSONValue) -> Effect { .pure }
        func run(_ input: JSONValue, in context: ToolContext) async -> ToolResult { ToolResult(.succeeded, "ran") }
    }

    private static func remote(_ name: String, _ summary: String, bytes: Int = 0) -> Remote {
        Remote(
            definition: ToolDefinition(
                id: name, name: name, summary: summary, category: .other,
                inputSchema: ["type": "object", "description": .string(String(repeating: "x", count: bytes))]))
    }

    private static let tools: [Remote] = [
        remote("git___create_issue", "Opens an issue", bytes: 400), remote("git___listIssues", "Lists them", bytes: 400),
        remote("mail___send", "Sends a message to somebody", bytes: 400), remote("mail___search", "Looks for messages", bytes: 400),
    ]

    private func names(_ scope: ToolScope, _ tools: [Remote] = Self.tools) -> [String] {
        DeferredTools.offered(tools, for: scope).map(\.definition.name)
    }

    private func scope(_ limit: Int?, _ selection: ToolSelection = .usual, loaded: Set<String> = []) -> ToolScope {
        ToolScope(session: "s", selection: selection, deferralTokens: limit, loadedTools: loaded)
    }

    private func search(_ query: String, _ count: Int64? = nil, loaded: Set<String> = []) async throws -> ToolResult {
        let tool = try #require(DeferredTools.offered(Self.tools, for: scope(1, loaded: loaded)).last)
        var input: JSONObject = ["query": .string(query)]
        if let count { input["max_results"] = .integer(count) }
        return await tool.run(.object(input), in: ToolContext(session: "s", call: "c", workingDirectory: "/"))
    }

    @Test func fewAreOfferedAsTheyAre() {
        let all = Self.tools.map(\.definition.name)
        #expect(names(scope(10_000)) == all)
        #expect(names(scope(nil)) == all)
        #expect(names(scope(10_000), []) == [])
    }

    @Test func thoseThatTakeTooMuchAreSearchedFor() {
        #expect(names(scope(100)) == ["ToolSearch"])
        #expect(names(scope(100, loaded: ["mail___send", "gone___tool"])) == ["mail___send", "ToolSearch"])
        let many = (0...DeferredTools.maximumOffered).map { Self.remote("s___t\($0)", "") }
        #expect(names(scope(1_000_000), many) == ["ToolSearch"])
    }

    @Test(arguments: [ToolSelection(disabled: ["ToolSearch"]), ToolSelection(only: ["git___create_issue"])])
    func whereNobodyCanSearchNothingIsLeftOut(selection: ToolSelection) {
        #expect(names(scope(100, selection)) == Self.tools.map(\.definition.name))
    }

    @Test func theDescriptionNamesWhatWaits() throws {
        let tool = try #require(DeferredTools.offered(Self.tools, for: scope(1, loaded: ["mail___send"])).last)
        #expect(tool.definition.summary.hasSuffix("There are: git___create_issue, git___listIssues, mail___search"))
        let many = (0..<2_000).map { Self.remote("server___some_tool_\($0)", "") }
        let bounded = try #require(DeferredTools.offered(many, for: scope(1)).last)
        #expect(bounded.definition.summary.utf8.count < 5_000 && bounded.definition.summary.hasSuffix(" more"))
    }

    @Test(arguments: [
        ("create issue", ["git___create_issue", "git___listIssues"]), ("list", ["git___listIssues"]),
        ("send", ["mail___send"]), ("messages", ["mail___search"]),
        ("mail", ["mail___send", "mail___search"]),
        ("select:mail___search, git___create_issue,none", ["mail___search", "git___create_issue"]),
        ("GIT___CREATE_ISSUE", ["git___create_issue", "git___listIssues"]),
    ])
    func theBestComeFirst(query: String, found: [String]) async throws {
        let result = try await search(query)
        #expect(result.status == .succeeded && result.load == ToolLoad(tools: found), "\(result.text)")
    }

    @Test func namesComeWithTheirSchemas() async throws {
        let text = try await search("mail", 1).text
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines.count == 2 && lines[0] == "You may call these tools now:")
        let schema = try JSONValue(parsing: lines[1])
        #expect(schema["name"] == "mail___send" && schema["description"] == "Sends a message to somebody")
        #expect(schema["parameters"]?["type"] == "object")
    }

    @Test func whatFitsNothingIsSaid() async throws {
        let result = try await search("quantum")
        #expect(result == ToolResult(.succeeded, "No tool fits \"quantum\". Try other words, or fewer."))
        #expect(try await search("  ").status == .failed)
        #expect(try await search("mail", 0).status == .failed)
        #expect(try await search("mail", 21).status == .failed)
    }

    @Test func schemasOfAnySizeKeepTheResultWithinItsBound() async throws {
        let huge = (0..<6).map { Self.remote("s___tool\($0)", "tool", bytes: 30_000) }
        let tool = try #require(DeferredTools.offered(huge, for: scope(1)).last)
        let result = await tool.run(["query": "tool", "max_results": 6], in: ToolContext(session: "s", call: "c", workingDirectory: "/"))
        #expect(result.text.unicodeScalars.count <= ByteLimit.maximumToolOutputCharacters)
        #expect(result.load.tools == ["s___tool0"])
    }
}
