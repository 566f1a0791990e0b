import ApusBase
import ApusTestServer
import DroidSDK
import Foundation
import QwenSDK
import Testing

/// One session, clients of two protocols (`engine.md` §6), on the real executable.
@Suite struct QwenSharedTests {
    private struct Ports {
        let droid: DaemonConnection
        let url: String
        let key: String

        func client() -> QwenSDK.DaemonClient { QwenSDK.DaemonClient(baseURL: url, token: key) }
    }

    private func withBoth(_ script: Script, _ body: (Stage, Ports) async throws -> Void) async throws {
        try await withStage(.anthropic, script) { stage in
            let key = "fk-" + randomToken(length: 20)
            let process = try stage.start("daemon", "--port", "0", "--qwen=0", environment: ["FACTORY_API_KEY": key])
            defer { process.send(SIGKILL) }
            try await eventually { process.stdoutSoFar.split(separator: "\n").count == 2 || process.hasEnded }
            let text = process.stdoutSoFar
            let droid = try #require(text.firstMatch(of: /ws:\/\/127\.0\.0\.1:\d+/), "\(text)")
            let qwen = try #require(text.firstMatch(of: /http:\/\/127\.0\.0\.1:\d+/), "\(text)")
            let connection = try await connectDaemon(ConnectDaemonOptions(apiKey: key, url: String(droid.output)))
            try await body(stage, Ports(droid: connection, url: String(qwen.output), key: key))
            await connection.close()
            process.send(SIGTERM)
            let outcome = try await process.finish()
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
        }
    }

    /// What a reader of the stream knows at the end.
    private struct Seen {
        var user: [String] = []
        var text = ""
        var tools: [String: String] = [:]
        var asked: [String] = []
        var resolved: [String] = []

        mutating func add(_ event: DaemonEvent) {
            switch event.kind {
            case .sessionUpdate(.userMessageChunk(let block)): user.append(block.text ?? "")
            case .sessionUpdate(.agentMessageChunk(let block)): text += block.text ?? ""
            case .sessionUpdate(.toolCall(let call)): tools[call.toolCallId] = call.status?.rawValue ?? ""
            case .sessionUpdate(.toolCallUpdate(let call)): tools[call.toolCallId] = call.status?.rawValue ?? tools[call.toolCallId]
            case .permissionRequest(let request): asked.append(request.requestId)
            case .permissionResolved(let resolved): self.resolved.append(resolved.requestId)
            default: break
            }
        }
    }

    private static func read(
        _ client: QwenSDK.DaemonClient, _ session: String, onAsk: (@Sendable (PermissionRequest) async throws -> Void)? = nil
    ) async throws -> Seen {
        var seen = Seen()
        for try await event in client.subscribeEvents(session, lastEventID: 0) {
            seen.add(event)
            if case .permissionRequest(let request) = event.kind { try await onAsk?(request) }
            if event.type == "turn_complete" { break }
        }
        return seen
    }

    @Test func promptedHereApprovedThereAndWatchedByAll() async throws {
        try await withBoth([.command("touch shared.txt"), .text("All ", "done.")]) { stage, ports in
            let (one, other) = (ports.client(), ports.client())
            let session = try await one.createOrAttachSession(workspaceCwd: stage.home.work)
            #expect(try await other.createOrAttachSession(workspaceCwd: stage.home.work).sessionId == session.sessionId)

            let watching = try await ports.droid.resumeSession(session.sessionId)
            let told = Collected<SessionNotification>()
            watching.onNotification { told.add($0) }

            // The second client votes; the first has prompted.
            async let first = Self.read(one, session.sessionId)
            async let second = Self.read(other, session.sessionId) { request in
                let option = try #require(request.option(.allowOnce))
                #expect(try await other.respondToPermission(request.requestId, .selected(option.optionId)))
            }
            let result = try await one.prompt(session.sessionId, prompt: [.text("Make it.")])
            #expect(result.stopReason == .endTurn)
            let (mine, theirs) = try await (first, second)
            try await eventually { told.values.contains { $0.type == .agentTurnCompleted } }

            #expect(stage.home.has("shared.txt"))
            for seen in [mine, theirs] {
                #expect(seen.user == ["Make it."])
                #expect(seen.text == "All done.")
                #expect(seen.tools.values.sorted() == ["completed"])
                #expect(seen.asked == seen.resolved && seen.asked.count == 1)
            }
            // The same facts in the words of the droid protocol.
            let loaded = try #require(try await ports.droid.resumeSession(session.sessionId).loaded)
            let texts = loaded.session.messages.flatMap(\.content).compactMap { block in
                if case .text(let text) = block { text.text } else { nil }
            }
            #expect(texts == ["Make it.", "All done."])
            #expect(told.values.contains { $0.type == .permissionResolved })
            #expect(told.values.contains { $0.type == .toolResult })
            // A late vote.
            #expect(try await one.respondToPermission(try #require(mine.asked.first), .cancelled) == false)
            await one.close()
            await other.close()
        }
    }

    @Test func promptedByDroidAndApprovedByQwen() async throws {
        try await withBoth([.command("touch other.txt"), .text("Done.")]) { stage, ports in
            // Without a handler this client would say no by itself, and often be the first; so it says it too late.
            let options = DaemonSessionOptions(
                cwd: stage.home.work,
                permissionHandler: { _ in
                    try await eventually { stage.home.has("other.txt") }
                    return .cancel
                })
            let session = try await ports.droid.createSession(options)
            let client = ports.client()
            async let seen = Self.read(client, session.sessionId) { request in
                let option = try #require(request.option(.allowOnce))
                #expect(try await client.respondToSessionPermission(session.sessionId, request.requestId, .selected(option.optionId)))
            }
            try await session.send("Go.")
            let all = try await seen
            #expect(all.user == ["Go."] && all.text == "Done." && all.resolved.count == 1)
            #expect(stage.home.has("other.txt"))
            #expect(try await client.listWorkspaceSessions(stage.home.work).contains { $0.sessionId == session.sessionId })
            await client.close()
        }
    }
}
