import ApusBase
import ApusCore
import DroidSDK
import Synchronization
import Testing

@testable import ApusMCP

/// Tools that a Swift program hosts, called as a session calls them (`droid.md` section 8).
@Suite struct HostedToolsTests {
    struct Sum: Decodable, Sendable {
        var a: Int
        var b: Int
    }

    private func configuration(_ config: McpServerConfig) throws -> MCPServerConfiguration {
        guard case .http(let name, let url, let headers, _) = config else { throw MCPFault.lost("no address") }
        return server(url, name: name, headers: headers.map { ($0.name, $0.value) })
    }

    @Test func theyAreListedAndCalledAndWhenTheProgramIsGoneTheCallFailsAndNotTheSession() async throws {
        let hosted = try createSDKMCPServer(
            name: "mine",
            tools: [
                tool("add", "Adds", input: Sum.self, annotations: ToolAnnotations(readOnly: true)) { "\($0.a + $0.b)" }
            ])
        let own = try configuration(await hosted.start())
        try await withPool { pool in
            await pool.connect([own], to: session)
            let sum = try await pool.run("mine___add", ["a": 40, "b": 2])
            #expect(sum == ApusCore.ToolResult(.succeeded, "42"))
            let wrong = try await pool.run("mine___add", ["a": "x"])
            #expect(wrong.status == .failed)
            let access = try #require(await pool.tool("mine___add")).access(for: ["a": 1, "b": 1], in: context)
            #expect(access.action == .serverCall(tool: "add", claim: .reads))
            await hosted.stop()
            for _ in 0..<2 {
                let gone = try await pool.run("mine___add", ["a": 1, "b": 1])
                #expect(gone.status == .failed)
            }
            #expect(await pool.names() == ["mine___add"])
        }
    }

    @Test func anInterruptedCallCancelsTheFunction() async throws {
        let (events, tell) = AsyncStream<String>.makeStream()
        let hosted = try createSDKMCPServer(
            name: "mine",
            tools: [
                tool("wait", "Waits", schema: ["type": "object"]) { _ -> String in
                    tell.yield("begun")
                    // Ends by cancellation alone.
                    try? await Task.sleep(for: .seconds(3_600))
                    tell.yield("cancelled")
                    return ""
                }
            ])
        let own = try configuration(await hosted.start())
        try await withPool { pool in
            await pool.connect([own], to: session)
            let wait = try #require(await pool.tool("mine___wait"))
            await withTaskGroup(of: Void.self) { group in
                group.addTask { _ = await wait.run(.object([:]), in: context) }
                var seen: [String] = []
                for await event in events {
                    seen.append(event)
                    if event == "begun" { group.cancelAll() } else { break }
                }
                #expect(seen == ["begun", "cancelled"])
            }
        }
        await hosted.stop()
    }
}
