import ApusBase
import ApusCore
import Testing

@testable import ApusFronts

@Suite struct ToolIdentifiersTests {
    private let identifiers = ToolIdentifiers([
        ToolDefinition(id: "read-cli", name: "Read", summary: "", category: .readOnly, inputSchema: [:]),
        ToolDefinition(id: "execute-cli", name: "Execute", summary: "", category: .execute, inputSchema: [:]),
    ])

    @Test(arguments: [
        (["Read,Execute"], ["Read", "Execute"]), (["Read Execute\tRead"], ["Read", "Execute"]),
        (["Read", "execute-cli"], ["Read", "Execute"]),
        (["\"Read\",'Bash'"], ["Read", "Execute"]), ([""], []), ([" , ,"], []), (["WebSearch"], ["WebSearch"]),
        (["linear___list_issues"], ["linear___list_issues"]), (["mcp__linear__list_issues"], ["linear___list_issues"]),
        (["MCP:linear/list_issues"], ["linear___list_issues"]), (["MCP:linear"], ["MCP:linear"]), (["a.b-c___d_e"], ["a.b-c___d_e"]),
        (["read-mcp-resource-cli", "ListMcpResources"], ["ReadMcpResource", "ListMcpResources"]),
    ])
    func listsAreRead(lists: [String], names: [String]) {
        let named = identifiers.resolve(lists)
        #expect(named.names == names)
        #expect(named.unknown == [])
    }

    @Test(arguments: ["read", "READ", "Reed", "MCP:", "MCP:/x", "mcp__x", "___x", "x___", "a b!___c", "é___x", "Read;Execute"])
    func everythingElseIsUnknown(word: String) {
        #expect(!identifiers.resolve([word]).unknown.isEmpty)
    }

    @Test func whatIsKnownButNotHereIsSaid() {
        #expect(identifiers.resolve(["ReadMcpResource"]).unavailable == [])
        #expect(identifiers.resolve(["Read,WebSearch,a___b"]).unavailable == ["WebSearch"])
    }
}
