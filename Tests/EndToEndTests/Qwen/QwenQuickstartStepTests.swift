import ApusBase
import ApusTestServer
import Foundation
import QwenSDK
import Testing

/// The protocol's quickstart, page by page, against `apus serve`; `handleEvent` reads what the page reads, the flat form.
@Suite struct QwenQuickstartStepTests {
    private static let question = "Summarize src/main.ts in one sentence."
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    private func withServer(
        _ script: Script, _ words: [String] = [], token: String? = nil, _ body: (Stage, RunningQwenServer, String) async throws -> Void
    ) async throws {
        try await withStage(.anthropic, script) { stage in
            try stage.home.write("export const answer = 42\n", to: "main.ts")
            let environment = token.map { ["QWEN_SERVER_TOKEN": $0] } ?? [:]
            let server = try await RunningQwenServer.start(stage.executable, stage.home, ["--port", "0"] + words, environment: environment)
            defer { server.process.send(SIGKILL) }
            try await body(stage, server, "http://127.0.0.1:\(server.port)")
        }
    }

    /// `handleEvent` as the page prints it: what it would write.
    private static func handleEvent(_ event: DaemonEvent) -> String {
        switch event.type {
        case "session_update":
            let text = event.data["content"]?["text"]?.stringValue ?? ""
            return event.data["sessionUpdate"]?.stringValue == "agent_message_chunk" ? text : ""
        case "permission_request": return "\n[needs permission] \(event.data["toolCall"]?["title"]?.stringValue ?? "")"
        case "permission_resolved": return "\n[permission resolved] \(event.data["outcome"]?["optionId"]?.stringValue ?? "")"
        case "session_died": return "\n[agent crashed] \(event.data["reason"]?.stringValue ?? "")"
        default: return "\n[\(event.type)]"
        }
    }

    @Test func theProgramTalksToTheServer() async throws {
        let asked = Reply.blocks(
            .text("Let me touch it. "),
            .toolCall("Execute", ["command": "touch voted.txt", "riskLevel": "low", "riskLevelReason": "a test"], id: "call-1"))
        try await withServer([asked, .text("It is one constant.")]) { stage, server, url in
            let child = try ChildProcess(
                try ApusExecutable.sibling("example-QwenQuickstart"), Self.question.split(separator: " ").map(String.init),
                environment: stage.home.environment.merging(["QWEN_URL": url, "QWEN_VOTE": "allow"]) { $1 }, directory: stage.home.work,
                scratch: stage.home.scratch)
            let outcome = try await child.finish()
            #expect(outcome.status == .exited(0), "\(outcome.everything)")
            #expect(outcome.diagnostics.isEmpty, "\(outcome.everything)")
            let lines = outcome.text.split(separator: "\n").map(String.init)
            #expect(lines.first?.hasPrefix("Daemon features: health capabilities session_create ") == true, "\(lines)")
            #expect(lines.dropFirst().first?.wholeMatch(of: /session=[0-9a-f-]{36} attached=false/) != nil, "\(lines)")
            // In the order of the stream; how much comes after the vote is a matter of who is quicker, the answer or the stream.
            #expect(lines.dropFirst(2).prefix(2) == ["Let me touch it. ", "[needs permission] Execute: touch voted.txt"], "\(lines)")
            #expect(lines.last == "stop reason: end_turn", "\(lines)")
            #expect(stage.home.has("voted.txt"))
            #expect(stage.server.modelRequests.last?.tells(Self.question) == true)
        }
    }

    /// "Hello daemon", "Reconnect with Last-Event-ID".
    @Test func handleEventAsPrintedWritesTheAnswer() async throws {
        try await withServer([.command("touch made.txt"), .text("One ", "sentence.")]) { stage, server, url in
            let client = DaemonClient(baseURL: url)
            #expect(try await client.capabilities().features.contains("session_events"))
            let session = try await client.createOrAttachSession(workspaceCwd: stage.home.work)
            async let result = client.prompt(session.sessionId, prompt: [.text(Self.question)])
            var (answer, told) = ("", [String]())
            var cursor: Int64? = 0
            var isOver = false
            // The client goes away after every event, and comes back for what it missed.
            while !isOver {
                for try await event in client.subscribeEvents(session.sessionId, lastEventID: cursor) {
                    cursor = event.id ?? cursor
                    let written = Self.handleEvent(event)
                    if event.type == "session_update" { answer += written } else { told.append(written) }
                    isOver = event.type == "turn_complete"
                    guard event.type == "permission_request" else { break }
                    // "Voting on permissions".
                    let request = try #require(event.data["requestId"]?.stringValue)
                    let options = try #require(event.data["options"]?.arrayValue)
                    let choice = try #require(options.first { $0["kind"] == "allow_once" } ?? options.first)
                    let option = try #require(choice["optionId"]?.stringValue)
                    #expect(try await client.respondToPermission(request, .selected(option)))
                    #expect(try await client.respondToPermission(request, .selected(option)) == false, "another vote was first")
                    break
                }
            }
            #expect(try await result.stopReason == .endTurn)
            #expect(answer == "One sentence.")
            // The title comes from the first prompt, the late vote when it comes.
            let others = ["\n[session_metadata_updated]", "\n[permission_already_resolved]"]
            #expect(
                told.filter { !others.contains($0) } == [
                    "\n[needs permission] Execute: touch made.txt", "\n[permission resolved] proceed_once", "\n[turn_complete]",
                ], "\(told)")
            #expect(stage.home.has("made.txt"))
            await client.close()
        }
    }

    /// "Shared-session collaboration", "Cancel an in-flight prompt".
    @Test func twoClientsShareASessionAndOneCancels() async throws {
        try await withServer([.command("touch never.txt")]) { stage, server, url in
            let (one, other) = (DaemonClient(baseURL: url), DaemonClient(baseURL: url))
            let first = try await one.createOrAttachSession(workspaceCwd: stage.home.work)
            let second = try await other.createOrAttachSession(workspaceCwd: stage.home.work)
            #expect(!first.attached && second.attached && first.sessionId == second.sessionId)
            async let result = one.prompt(first.sessionId, prompt: [.text(Self.question)])
            for try await event in other.subscribeEvents(first.sessionId, lastEventID: 0) where event.type == "permission_request" { break }
            try await other.cancel(first.sessionId)
            #expect(try await result.stopReason == .cancelled)
            #expect(!stage.home.has("never.txt"))
            await one.close()
            await other.close()
        }
    }

    /// "Authentication".
    @Test func aWrongTokenIsAnErrorWithStatusAndBody() async throws {
        try await withServer([], ["--require-auth"], token: "the-token") { stage, server, url in
            let stranger = DaemonClient(baseURL: url, token: "another")
            let error = await #expect(throws: DaemonHTTPError.self) { _ = try await stranger.health() }
            #expect(error?.status == 401)
            #expect(error?.message == "GET /health: Unauthorized")
            let client = DaemonClient(baseURL: url, token: "the-token")
            let health = try await client.health()
            #expect(health.status == "ok")
            await stranger.close()
            await client.close()
        }
    }

    // MARK: README

    /// The lines of the README's example, which `work` has to the letter.
    private static func work(_ url: String, _ folder: String) async throws {
        // README begins
        try await withDaemonClient(baseURL: url) { client in
            let session = try await client.createOrAttachSession(workspaceCwd: folder)
            let printing = Task {
                for try await event in client.subscribeEvents(session.sessionId, lastEventID: 0) { print(event.text ?? "", terminator: "") }
            }
            let result = try await client.prompt(session.sessionId, prompt: [.text("Summarize src/main.ts in one sentence.")])
            print("\nstop reason:", result.stopReason)
            printing.cancel()
        }
        // README ends
    }

    @Test func theExampleOfTheReadmeRunsAsItStandsThere() async throws {
        let source = try String(contentsOfFile: #filePath, encoding: .utf8)
        let mark = "        // README "
        let start = try #require(source.range(of: mark + "begins\n"))
        let end = try #require(source.range(of: mark + "ends\n"))
        let example = source[start.upperBound..<end.lowerBound].split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.hasPrefix("        ") ? String($0.dropFirst(8)) : String($0) }.joined(separator: "\n")
        let readme = try String(contentsOf: Self.root.appending(path: "README.md"), encoding: .utf8)
        #expect(readme.contains("```swift\n\(example)```\n"), "the README has other lines than:\n\(example)")
        try await withServer([.text("One constant.")]) { stage, server, url in
            try await Self.work(url, stage.home.work)
            #expect(stage.server.modelRequests.last?.tells(Self.question) == true)
        }
    }
}
