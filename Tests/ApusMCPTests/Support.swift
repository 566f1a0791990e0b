import ApusBase
import ApusCore
import ApusProcess
import ApusSettings
import Foundation
import Testing

@testable import ApusMCP

/// Limits that no busy machine reaches.
let patient = MCPLimits(
    connect: .seconds(300), list: .seconds(300), count: .seconds(300), counts: .seconds(300), start: .zero, call: .seconds(600),
    relistPause: .milliseconds(1),
    reconnectPause: .zero,
    messageBytes: 1 << 20)

let session = SessionID("s1")

func server(_ url: String, name: String = "one", headers: [(String, String)] = []) -> MCPServerConfiguration {
    MCPServerConfiguration(name: name, transport: .http(url: url, headers: headers.map { .init(name: $0.0, value: $0.1) }))
}

/// A folder that is a home, removed afterwards.
struct Home: ~Copyable {
    let path: String

    init() {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("apus-mcp-tests-\(UUID().uuidString)").path
        try? FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    var paths: CompatibilityPaths { CompatibilityPaths(userHome: path, apusHome: path + "/.apus") }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// Runs a pool beside `body`; afterwards everything of it has ended.
func withPool<Value: Sendable>(
    limits: MCPLimits = patient, programs: MCPProgramSetting? = nil, environment: [String: String] = [:], paths: CompatibilityPaths? = nil,
    others: [MCPConfigurationFiles.Other] = [], named: String? = nil, trust: SettingsTrust = .none, rules: MCPRules = MCPRules(),
    conceal: @escaping @Sendable ([String]) -> Void = { _ in }, announce: @escaping @Sendable (String) -> Void = { _ in },
    _ body: (MCPPool) async throws -> Value
) async throws -> Value {
    let home = Home()
    let files = MCPConfigurationFiles(
        paths: paths ?? home.paths, others: others, named: named, environment: environment, trust: { trust }, announce: announce)
    let pool = MCPPool(files: files, programs: programs, limits: limits, rules: rules, conceal: conceal)
    return try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { await pool.run() }
        defer { pool.close() }
        return try await body(pool)
    }
}

/// What a well-behaved server says. `tools/call` gives back its arguments as text.
func plainServer(_ request: HTTPFixture.Request, tools: JSONValue = [echo], revision: String? = nil) -> HTTPFixture.Reply {
    if request.method != "POST" { return .status(405) }
    let id = request.message["id"] ?? .null
    func result(_ value: JSONValue) -> HTTPFixture.Reply { .json(["jsonrpc": "2.0", "id": id, "result": value]) }
    switch request.rpc {
    case "initialize":
        let asked = request.message["params"]?["protocolVersion"] ?? "?"
        return result([
            "protocolVersion": revision.map { .string($0) } ?? asked, "capabilities": ["tools": .object([:])],
            "serverInfo": ["name": "fixture", "version": "1"],
        ])
    case "tools/list": return result(["tools": tools])
    case "tools/call":
        let text = (request.message["params"]?["arguments"] ?? .null).serialized()
        return result(["content": [["type": "text", "text": .string(text)]]])
    default: return .status(202)
    }
}

let echo: JSONValue = [
    "name": "echo", "description": "Says it again", "inputSchema": ["type": "object", "properties": ["text": ["type": "string"]]],
]

extension MCPPool {
    /// Attaches, and waits for the servers' first answers.
    func connect(_ servers: [MCPServerConfiguration], to session: SessionID) async {
        await attach(servers, to: session)
        await settled(session)
    }

    func tool(_ name: String, selection: ToolSelection = .usual, session id: SessionID = session) async -> (any Tool)? {
        await MCPToolSource(self).tools(for: ToolScope(session: id, selection: selection)).first { $0.definition.name == name }
    }

    func names(selection: ToolSelection = .usual) async -> [String] {
        await MCPToolSource(self).tools(for: ToolScope(session: session, selection: selection)).map(\.definition.name)
    }

    func run(_ name: String, _ input: JSONValue = ["text": "hi"]) async throws -> ToolResult {
        try await #require(await tool(name)).run(input, in: context)
    }
}

let context = ToolContext(session: session, call: CallID("c"), workingDirectory: "/")
