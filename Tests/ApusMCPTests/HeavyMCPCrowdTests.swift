import ApusBase
import ApusCore
import ApusProcess
import Foundation
import Testing

@testable import ApusMCP

/// Many sessions with many servers: one process for each server, whoever uses it.
@Suite(.serialized, .enabled(if: python != nil, "needs python3"))
struct HeavyMCPCrowdTests {
    private static let script = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Peers/mcp_stdio_fixture.py").path

    private static func server(_ number: Int) -> MCPServerConfiguration {
        MCPServerConfiguration(
            name: "s\(number)",
            transport: .stdio(command: python ?? "", arguments: [script, "plain", String(number)], environment: [:]))
    }

    @Test func twentyServersOfFiftySessionsAreTwentyProcesses() async throws {
        let home = Home()
        let processes = ProcessTable(keeper: keeper)
        let setting = MCPProgramSetting(
            processes: processes, environment: ["PATH": "/usr/bin:/bin"], workingDirectory: home.path, temporaryDirectory: home.path)
        try await withPool(programs: setting) { pool in
            let sessions = (0..<50).map { SessionID("session-\($0)") }
            let servers = (0..<20).map(Self.server)
            await withTaskGroup(of: Void.self) { group in
                for session in sessions { group.addTask { await pool.connect(servers, to: session) } }
            }
            #expect(pool.connectionCount == 20)
            #expect(processes.running.count == 20)
            let statuses = await pool.status(of: sessions[49])
            #expect(statuses.map(\.phase) == Array(repeating: .connected, count: 20), "\(statuses)")
            // One call of each session, to all servers in turn.
            let answers = await withTaskGroup(of: ToolResult?.self) { group in
                for (number, session) in sessions.enumerated() {
                    group.addTask {
                        let tool = await pool.tool("s\(number % 20)___echo", session: session)
                        return await tool?.run(["from": .integer(Int64(number))], in: context)
                    }
                }
                return await group.reduce(into: [ToolOutcome.Status?]()) { $0.append($1?.status) }
            }
            #expect(answers == Array(repeating: .succeeded, count: 50))
            // One dies: the others do not notice, and it comes back for the next call.
            let dying = try #require(await pool.tool("s3___die", session: sessions[0]))
            #expect(await dying.run(.object([:]), in: context).status == .failed)
            for number in [3, 4] {
                let tool = try #require(await pool.tool("s\(number)___echo", session: sessions[1]))
                #expect(await tool.run(.object([:]), in: context).status == .succeeded)
            }
            while processes.running.count != 20 { await Task.yield() }
            for session in sessions.dropLast() { await pool.detach(session) }
            #expect(pool.connectionCount == 20)
            await pool.detach(sessions[49])
            #expect(pool.connectionCount == 0)
            while !processes.running.isEmpty { await Task.yield() }
        }
        #expect(processes.running == [])
    }
}
