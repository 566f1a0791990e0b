import ApusBase
import Foundation
import Synchronization
import Testing

@testable import DroidSDK

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

@Suite struct SDKMCPServerTests {
    struct Pair: Decodable, Sendable {
        var a: Int
        var b: Int
    }

    private func server() throws -> SDKMCPServer {
        try createSDKMCPServer(
            name: "mine",
            tools: [
                tool("add", "Adds", input: Pair.self) { JSON.object(["sum": .integer(Int64($0.a + $0.b))]) },
                tool("fail", "Fails", schema: ["type": "object"]) { _ -> String in throw ToolDefinitionError(message: "on purpose") },
                tool("picture", "Shows", schema: ["type": "object"]) { _ in ToolResponse.image([1, 2, 3], mimeType: "image/png") },
            ])
    }

    private func parts(_ config: McpServerConfig) throws -> (url: String, authorization: String) {
        guard case .http("mine", let url, let headers, .disabled) = config, headers.map(\.name) == ["Authorization"] else {
            throw ToolDefinitionError(message: "\(config)")
        }
        return (url, headers[0].value)
    }

    private func status(_ url: String, method: String = "POST", _ headers: [String: String]) async throws -> Int {
        var request = URLRequest(url: try #require(URL(string: url)))
        request.httpMethod = method
        if method == "POST" { request.httpBody = Data(#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#.utf8) }
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let (_, response) = try await URLSession.shared.data(for: request)
        return (response as? HTTPURLResponse)?.statusCode ?? 0
    }

    @Test func onlyThePathTheMethodAndTheTokenAreAnswered() async throws {
        let server = try server()
        let (url, authorization) = try parts(await server.start())
        let right = ["Authorization": authorization]
        #expect(url.hasPrefix("http://127.0.0.1:") && url.hasSuffix("/mcp"))
        #expect(try await status(url, right) == 200)
        #expect(try await status(url, [:]) == 401)
        #expect(try await status(url, ["Authorization": authorization + "x"]) == 401)
        #expect(try await status(url + "/more", right) == 404)
        #expect(try await status(url, method: "GET", right) == 405)
        #expect(try await status(url, method: "DELETE", right) == 405)
        #expect(try await status(url, ["Authorization": authorization, "Host": "attacker.test"]) == 403)
        await server.stop()
    }

    @Test func startsAreCountedAndTheLastStopEndsIt() async throws {
        let server = try server()
        let configs = try await withThrowingTaskGroup(of: McpServerConfig.self) { group in
            for _ in 0..<8 { group.addTask { try await server.start() } }
            return try await group.reduce(into: Set<McpServerConfig>()) { $0.insert($1) }
        }
        #expect(configs.count == 1)
        let (url, authorization) = try parts(try #require(configs.first))
        for _ in 0..<7 { await server.stop() }
        #expect(try await status(url, ["Authorization": authorization]) == 200)
        await server.stop()
        await #expect(throws: (any Error).self) { try await status(url, ["Authorization": authorization]) }
        await server.stop()
        let again = try parts(await server.start())
        #expect(try await status(again.url, ["Authorization": again.authorization]) == 200)
        await server.stop()
    }

    @Test func namesMustBePlainAndDifferent() throws {
        let one = try tool("one", "", schema: ["type": "object"]) { _ in "" }
        #expect(throws: ToolDefinitionError.self) { try createSDKMCPServer(name: "a b", tools: []) }
        #expect(throws: ToolDefinitionError.self) { try createSDKMCPServer(name: "a", tools: [one, one]) }
    }

    // MARK: Clients of the mcp package

    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    static let installed = ["venv-droid", "venv-mcp2"].filter {
        FileManager.default.isExecutableFile(atPath: root.appending(path: ".build/\($0)/bin/python").path)
    }

    @Test(
        .enabled(
            if: !installed.isEmpty,
            "needs droid-sdk[mcp] in .build/venv-droid or mcp 2 in .build/venv-mcp2: see the stage peers of .ci/run"),
        arguments: installed)
    func clientsOfThePythonPackageListAndCall(environment: String) async throws {
        let server = try server()
        let (url, authorization) = try parts(await server.start())
        let process = Process()
        let output = Pipe()
        process.executableURL = Self.root.appending(path: ".build/\(environment)/bin/python")
        process.arguments = [Self.root.appending(path: "Tests/Peers/mcp_client.py").path, url, String(authorization.dropFirst(7))]
        process.standardOutput = output
        try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
            process.terminationHandler = { _ in continuation.resume() }
            do { try process.run() } catch { continuation.resume(throwing: error) }
        }
        await server.stop()
        let told = try JSONValue(parsing: Array(output.fileHandleForReading.availableData))
        #expect(told["tools"] == ["add", "fail", "picture"])
        let answers = told["answers"]
        #expect(answers?["add"]?[0] == ["error": false, "content": [#"{"sum":42}"#], "structured": ["sum": 42]])
        #expect(answers?["add"]?[1]?["error"] == true)
        #expect(answers?["fail"] == [["error": true, "content": ["fail failed: on purpose"], "structured": .null]])
        #expect(answers?["picture"]?[0]?["content"] == ["image"])
    }
}
