import ApusBase
import ApusTestServer
import DroidSDK
import Foundation
import Testing

/// Every method of the session table of the usage guide, by what it changes in the daemon: in the requests to the model, in files, in
/// processes, in lists, and behind a restart where it should.
@Suite struct SessionMethodTests {
    @Test func sentPromptsRunWithoutAReader() async throws {
        try await withConnection([.toolCall("Create", ["file_path": "sent.txt", "content": "x\n"], id: "call-1"), .text("made")]) {
            stage, connection in
            var options = DaemonSessionOptions(cwd: stage.work)
            options.autonomyLevel = .low
            try await connection.withSession(options) { session in
                #expect(!(try await session.send("Make it.")).isEmpty)
                try await eventually { stage.home.has("sent.txt") }
                try await eventually { stage.stage.server.modelRequests.count == 2 }
            }
        }
    }

    @Test func settingsDecideTheNextTurn() async throws {
        let script: Script = [
            .toolCall("Create", ["file_path": "a.txt", "content": "x\n"], id: "call-1"),
            .toolCall("Create", ["file_path": "b.txt", "content": "x\n"], id: "call-2"), .text("made"), .text("bare"),
        ]
        try await withConnection(script) { stage, connection in
            let asked = Collected<Int>()
            var options = DaemonSessionOptions(cwd: stage.work)
            options.permissionHandler = { params in
                asked.add(params.toolUses.count)
                return .cancel
            }
            try await connection.withSession(options) { session in
                _ = try await session.result(of: "One.")
                #expect(asked.values == [1])
                var change = UpdateSessionSettingsParams()
                change.autonomyLevel = .low
                try await session.updateSettings(change)
                _ = try await session.result(of: "Two.")
                #expect(asked.values == [1])
                #expect(!stage.home.has("a.txt") && stage.home.has("b.txt"))
                change = UpdateSessionSettingsParams()
                change.disabledToolIds = ["Create"]
                try await session.updateSettings(change)
                _ = try await session.result(of: "Three.")
                let requests = stage.stage.server.modelRequests
                #expect(requests.first?.offers("Create") == true)
                #expect(requests.last?.offers("Create") == false)
            }
        }
    }

    @Test func specModeHoldsWritesBack() async throws {
        let script: Script = [
            .toolCall("Create", ["file_path": "a.txt", "content": "x\n"], id: "call-1"), .text("a plan"), .text("done"),
        ]
        try await withConnection(script) { stage, connection in
            var options = DaemonSessionOptions(cwd: stage.work)
            options.autonomyLevel = .high
            try await connection.withSession(options) { session in
                try await session.enterSpecMode()
                #expect(try await session.result(of: "Plan it.").text == "a plan")
                #expect(!stage.home.has("a.txt"))
                let resumed = try await connection.resumeSession(session.sessionId)
                #expect(resumed.settings.interactionMode == .spec)
            }
        }
    }

    @Test func aCompactedSessionGoesOnFromTheSummary() async throws {
        try await withConnection([.text("first answer"), .text("second answer"), .text("the summary"), .text("third answer")]) {
            stage, connection in
            try await connection.withSession(DaemonSessionOptions(cwd: stage.work)) { session in
                _ = try await session.result(of: "The first prompt.")
                _ = try await session.result(of: "The second prompt.")
                let compacted = try await session.compactSession(customInstructions: "keep every decision")
                #expect(compacted.newSessionId != session.sessionId && compacted.removedCount > 0)
                #expect(stage.stage.server.modelRequests.last?.tells("keep every decision") == true)
                let successor = try await connection.resumeSession(compacted.newSessionId)
                #expect(try await successor.result(of: "The third prompt.").text == "third answer")
                let request = try #require(stage.stage.server.modelRequests.last)
                #expect(request.tells("the summary", "The third prompt."))
                #expect(!request.tells("first answer"))
                await successor.close()
            }
        }
    }

    @Test func aForkAndItsSourceGoTheirOwnWays() async throws {
        try await withConnection([.text("first answer"), .text("of the fork"), .text("of the source")]) { stage, connection in
            try await connection.withSession(DaemonSessionOptions(cwd: stage.work)) { session in
                _ = try await session.result(of: "The first prompt.")
                let fork = try await connection.resumeSession(try await session.forkSession().newSessionId)
                _ = try await fork.result(of: "Only in the fork.")
                _ = try await session.result(of: "Only in the source.")
                let requests = stage.stage.server.modelRequests
                #expect(requests[1].tells("The first prompt.", "first answer", "Only in the fork."))
                #expect(requests[2].tells("The first prompt.", "first answer", "Only in the source."))
                #expect(!requests[2].tells("Only in the fork."))
                await fork.close()
            }
        }
    }

    @Test func theContextIsWhatTheProviderCounted() async throws {
        try await withConnection([
            .text("one", usage: TokenCounts(input: 5_000, output: 70)), .text("two", usage: TokenCounts(input: 9_000)),
        ]) {
            stage, connection in
            try await connection.withSession(DaemonSessionOptions(cwd: stage.work)) { session in
                let estimated = try await session.getContextBreakdown()
                #expect(estimated.modelId == "custom:scripted" && estimated.usedTokens > 0)
                _ = try await session.result(of: "One.")
                let first = try await session.getContextBreakdown()
                #expect(first.usedTokens >= 5_000 && first.usedTokens < 6_000)
                _ = try await session.result(of: "Two.")
                let second = try await session.getContextBreakdown()
                #expect(second.usedTokens >= 9_000 && second.usedTokens < 10_000)
            }
        }
    }

    @Test func aTitleIsInTheListAlsoBehindARestart() async throws {
        try await withConnection([.text("one")]) { stage, connection in
            let id = try await connection.withSession(DaemonSessionOptions(cwd: stage.work)) { session in
                _ = try await session.result(of: "One.")
                #expect(try await session.renameSession(title: "A name of its own"))
                return session.sessionId
            }
            try await stage.stop()
            let listed = try await stage.stage.apus("sessions", "list", "--json")
            #expect(listed.text.contains(id) && listed.text.contains("A name of its own"), "\(listed.everything)")
        }
    }

    @Test func skillsOfTheUserAndTheProjectAreListed() async throws {
        try await withConnection([]) { stage, connection in
            try stage.home.write("---\nname: tidy\ndescription: Tidies up.\n---\nTidy.\n", to: ".factory/skills/tidy/SKILL.md")
            try await connection.withSession(DaemonSessionOptions(cwd: stage.work)) { session in
                let tidy = try #require(try await session.listSkills().first { $0.name == "tidy" })
                #expect(tidy.description == "Tidies up." && tidy.location == .project)
                #expect(tidy.filePath.hasSuffix("/.factory/skills/tidy/SKILL.md"))
            }
        }
    }

    @Test func anInterruptEndsTheCommandAndTheTurn() async throws {
        let tree = ProcessTree()
        defer { tree.fell() }
        try await withConnection([.command(tree.command)]) { stage, connection in
            var options = DaemonSessionOptions(cwd: stage.work)
            options.autonomyLevel = .high
            try await connection.withSession(options) { session in
                try await session.send("Grow.")
                try await tree.hasGrown(within: .seconds(120))
                try await session.interrupt()
                try await tree.isGone(within: .seconds(120))
                #expect(stage.stage.server.modelRequests.count == 1)
            }
        }
    }

    @Test func aClosedSessionTakesNothingMore() async throws {
        try await withConnection([.text("one"), .text("two")]) { stage, connection in
            let session = try await connection.createSession(DaemonSessionOptions(cwd: stage.work))
            _ = try await session.result(of: "One.")
            await session.close()
            await #expect(throws: (any Error).self) { try await session.send("Two.") }
            let resumed = try await connection.resumeSession(session.sessionId)
            #expect(try await resumed.result(of: "Two.").text == "two")
            await resumed.close()
        }
    }
}

/// The same for servers of tools, with a real one.
@Suite(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/python3"), "needs /usr/bin/python3"))
struct SessionServerMethodTests {
    private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appendingPathComponent("Peers/mcp_stdio_fixture.py").path

    private static var notes: AddMcpServerParams {
        var params = AddMcpServerParams(name: "notes", type: .stdio)
        params.command = "/usr/bin/python3"
        params.args = [script]
        return params
    }

    @Test func aServerIsAddedCalledToggledAndRemoved() async throws {
        let script: Script = [
            .toolCall("notes___echo", ["text": "from the model"], id: "call-1"), .text("echoed"), .text("without"), .text("with"),
            .text("gone"),
        ]
        try await withConnection(script) { stage, connection in
            var options = DaemonSessionOptions(cwd: stage.work)
            options.autonomyLevel = .high
            try await connection.withSession(options) { session in
                let offers = { stage.stage.server.modelRequests.last?.offers("notes___echo") == true }
                #expect(try await session.addMcpServer(Self.notes))
                try await eventually { try await session.listMcpServers().servers.first?.status == .connected }
                let added = try #require(try await session.listMcpServers().servers.first)
                #expect(added.name == "notes" && added.source == .user && added.serverType == .stdio && added.toolCount == 5)
                #expect(try await session.listMcpTools().map(\.name).contains("echo"))
                #expect(try await session.result(of: "Echo.").text == "echoed")
                #expect(stage.stage.server.modelRequests.last?.tells("from the model", "from the model") == true)
                #expect(offers())

                #expect(try await session.toggleMcpServer("notes", enabled: false))
                #expect(try await session.listMcpServers().servers.map(\.status) == [.disabled])
                _ = try await session.result(of: "Without it.")
                #expect(!offers())

                #expect(try await session.toggleMcpServer("notes", enabled: true))
                try await eventually { try await session.listMcpServers().servers.first?.status == .connected }
                _ = try await session.result(of: "With it.")
                #expect(offers())

                #expect(try await session.removeMcpServer("notes"))
                #expect(try await session.listMcpServers().servers.isEmpty)
                _ = try await session.result(of: "It is gone.")
                #expect(!offers())
                let file = try String(contentsOfFile: stage.home.apus + "/mcp.json", encoding: .utf8)
                #expect(!file.contains("notes"))
            }
        }
    }

    @Test func aServerThatWasAddedIsThereBehindARestart() async throws {
        try await withConnection([]) { stage, connection in
            try await connection.withSession(DaemonSessionOptions(cwd: stage.work)) { session in
                let isAdded = try await session.addMcpServer(Self.notes)
                #expect(isAdded)
            }
            try await stage.stop()
            let second = try await stage.restarted()
            try await withDaemonConnection(ConnectDaemonOptions(apiKey: second.key, url: second.url)) { connection in
                try await connection.withSession(DaemonSessionOptions(cwd: second.work)) { session in
                    try await eventually { try await session.listMcpServers().servers.first?.status == .connected }
                    #expect(try await session.listMcpServers().servers.map(\.name) == ["notes"])
                }
            }
            try await second.stop()
        }
    }
}
