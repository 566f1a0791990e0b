import ApusBase
import ApusCore
import ApusProcess
import Foundation
import Testing

@testable import ApusMCP

/// The build folder's keeper: the test runner lies beside it.
let keeper: KeeperLocation = {
    var folder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    while folder.path != "/" {
        folder.deleteLastPathComponent()
        let path = folder.appendingPathComponent("apus-keeper").path
        if FileManager.default.isExecutableFile(atPath: path) { return .path(path) }
    }
    return .besideExecutable
}()

let python = ["/usr/bin/python3", "/usr/local/bin/python3"].first { FileManager.default.isExecutableFile(atPath: $0) }

@Suite(.enabled(if: python != nil, "needs python3")) struct MCPStdioTests {
    private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Peers/mcp_stdio_fixture.py").path

    private static func server(_ mode: String = "plain", environment: [String: String] = [:]) -> MCPServerConfiguration {
        MCPServerConfiguration(
            name: "one", transport: .stdio(command: python ?? "", arguments: [script, mode], environment: environment))
    }

    private func with<Value: Sendable>(
        limits: MCPLimits = patient, environment: [String: String] = ["PATH": "/usr/bin:/bin"],
        _ body: (MCPPool, ProcessTable, String) async throws -> Value
    ) async throws -> Value {
        let home = Home()
        let processes = ProcessTable(keeper: keeper)
        let setting = MCPProgramSetting(
            processes: processes, environment: environment, workingDirectory: home.path, temporaryDirectory: home.path)
        let value = try await withPool(limits: limits, programs: setting) { try await body($0, processes, home.path) }
        #expect(processes.running == [])
        // Nothing of the pipes is left.
        let left = try FileManager.default.contentsOfDirectory(atPath: home.path)
        #expect(left.filter { $0.hasPrefix("apus-mcp-") } == [])
        return value
    }

    @Test func aProgramIsGreetedListedAndCalled() async throws {
        try await with { pool, processes, _ in
            await pool.connect([Self.server()], to: session)
            let expected = MCPServerStatus(name: "one", phase: .connected, source: .session, transport: "stdio", toolCount: 5)
            #expect(await pool.status(of: session) == [expected])
            #expect(processes.running.count == 1)
            let result = try await pool.run("one___echo", ["text": "ä\n"])
            #expect(result == ToolResult(.succeeded, #"{"text": "\u00e4\n"}"#))
        }
    }

    @Test func aProgramGetsWhatIsListedOfTheEnvironmentAndWhatItsConfigurationSays() async throws {
        let inherited = ["PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "MY_TOKEN": "secret", "LD_PRELOAD": "/x"]
        try await with(environment: inherited) { pool, _, directory in
            await pool.connect([Self.server(environment: ["API_TOKEN": "given", "LANG": "de_DE.UTF-8"])], to: session)
            let result = try await pool.run("one___environment")
            let told = try JSONValue(parsing: result.text)
            #expect(told["environment"]?["API_TOKEN"] == "given")
            #expect(told["environment"]?["LANG"] == "de_DE.UTF-8")
            #expect(told["environment"]?["MY_TOKEN"] == nil)
            #expect(told["environment"]?["LD_PRELOAD"] == nil)
            #expect(
                told["directory"]?.stringValue.map { URL(fileURLWithPath: $0).resolvingSymlinksInPath().path }
                    == URL(fileURLWithPath: directory).resolvingSymlinksInPath().path)
            #expect(told["arguments"] == ["plain"])
        }
    }

    @Test func answersMayComeInAnotherOrder() async throws {
        try await with { pool, _, _ in
            await pool.connect([Self.server()], to: session)
            let tool = try #require(await pool.tool("one___hold"))
            let texts = await withTaskGroup(of: String.self) { group in
                for _ in 0..<2 { group.addTask { await tool.run(.object([:]), in: context).text } }
                return await group.reduce(into: Set<String>()) { $0.insert($1) }
            }
            #expect(texts == ["0", "1"])
        }
    }

    @Test func anAnswerThatComesAtOnceIsNeverMissed() async throws {
        try await with { pool, _, _ in
            await pool.connect([Self.server()], to: session)
            let tool = try #require(await pool.tool("one___echo"))
            let statuses = await withTaskGroup(of: ToolOutcome.Status.self) { group in
                for _ in 0..<500 { group.addTask { await tool.run(.object([:]), in: context).status } }
                return await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(statuses == [.succeeded])
        }
    }

    @Test func aProgramThatDiesFailsTheCallWithItsLastWordsAndIsStartedAgainByTheNext() async throws {
        try await with { pool, _, _ in
            await pool.connect([Self.server()], to: session)
            let dead = try await pool.run("one___die")
            #expect(dead.status == .failed)
            #expect(dead.text.hasPrefix("Error: the MCP server \"one\" ended the connection before it answered"), "\(dead.text)")
            let alive = try await pool.run("one___echo", .object([:]))
            #expect(alive == ToolResult(.succeeded, "{}"))
        }
    }

    @Test func aProgramThatEndsAtOnceIsToldWithItsComplaint() async throws {
        try await with { pool, _, _ in
            await pool.connect([Self.server("dies")], to: session)
            let status = try #require(await pool.status(of: session).first)
            #expect(status.phase == .failed)
            #expect(
                status.error
                    == "The MCP server \"one\" ended the connection before it answered: the program ended with code 3; it said: no licence found."
            )
        }
    }

    @Test func aProgramThatIsNotThereIsTold() async throws {
        try await with { pool, _, _ in
            let missing = MCPServerConfiguration(
                name: "one", transport: .stdio(command: "/nowhere/server", arguments: [], environment: [:]))
            await pool.connect([missing], to: session)
            let error = try #require(await pool.status(of: session).first?.error)
            #expect(error.contains("code 127") && error.contains("/nowhere/server"), "\(error)")
        }
    }

    @Test func aProgramThatSaysNothingIsGivenUpAndEnded() async throws {
        var limits = patient
        limits.connect = .milliseconds(200)
        try await with(limits: limits) { pool, processes, _ in
            await pool.connect([Self.server("mute")], to: session)
            while await pool.status(of: session).first?.phase == .connecting { await Task.yield() }
            #expect(await pool.status(of: session).first?.error == "The MCP server \"one\" did not answer the handshake within 200 ms.")
            while !processes.running.isEmpty { await Task.yield() }
        }
    }

    @Test func aLineWithoutEndIsNotKept() async throws {
        try await with { pool, _, _ in
            await pool.connect([Self.server()], to: session)
            let result = try await pool.run("one___flood")
            #expect(result.text == "Error: the MCP server \"one\" sent a line larger than 1048576 bytes, which was not read.")
            // It was ended, since whose answer comes next cannot be known, and is started again.
            let next = try await pool.run("one___echo", .object([:]))
            #expect(next == ToolResult(.succeeded, "{}"))
        }
    }

    @Test func aMessageOfTooManyValuesIsNotRead() async throws {
        var limits = patient
        limits.messageValues = 1_000
        try await with(limits: limits) { pool, _, _ in
            await pool.connect([Self.server("values")], to: session)
            let many = try await pool.run("one___values", ["count": 1_100])
            #expect(many.text == "Error: the MCP server \"one\" sent a message of more than 1000 values, which was not read.")
            let few = try await pool.run("one___values", ["count": 100])
            #expect(few.status == .succeeded)
        }
    }

    @Test func aCallRightAfterALossWaitsForTheNewConnection() async throws {
        var limits = patient
        limits.reconnectPause = .seconds(1)
        try await with(limits: limits) { pool, _, _ in
            await pool.connect([Self.server()], to: session)
            for _ in 0..<3 {
                let dead = try await pool.run("one___die")
                #expect(dead.status == .failed)
                let alive = try await pool.run("one___echo", .object([:]))
                #expect(alive == ToolResult(.succeeded, "{}"))
            }
        }
    }

    @Test func aProgramThatIsConnectedHasLeftNoPipesBehind() async throws {
        try await with { pool, _, home in
            await pool.connect([Self.server()], to: session)
            let names = try FileManager.default.contentsOfDirectory(atPath: home)
            #expect(names.filter { $0.hasPrefix("apus-mcp-") } == [])
        }
    }

    @Test func aCancelledCallLeavesTheProgramUsable() async throws {
        try await with { pool, _, _ in
            await pool.connect([Self.server()], to: session)
            let tool = try #require(await pool.tool("one___hold"))
            let status = await withTaskGroup(of: ToolResult.self) { group in
                group.addTask { await tool.run(.object([:]), in: context) }
                group.cancelAll()
                return await group.next()?.status
            }
            #expect(status == .interrupted)
            let other = try await pool.run("one___echo")
            #expect(other.status == .succeeded)
        }
    }

    @Test func theSameConfigurationInTwoSessionsIsOneProgramWhichEndsWithTheLastOfThem() async throws {
        try await with { pool, processes, _ in
            let other = SessionID("s2")
            await pool.connect([Self.server("child")], to: session)
            await pool.connect([Self.server("child")], to: other)
            #expect(processes.running.count == 1)
            await pool.detach(session)
            #expect(pool.connectionCount == 1)
            let tool = try #require(await pool.tool("one___echo", session: other))
            #expect(await tool.run(.object([:]), in: context).status == .succeeded)
            await pool.detach(other)
            #expect(pool.connectionCount == 0)
            while !processes.running.isEmpty { await Task.yield() }
        }
    }
}
