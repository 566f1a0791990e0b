import ApusTesting
import ApusTransport
import Testing

@testable import DroidSDK

/// Resuming a lost connection, by frames. `ResumeTests` does it on a real daemon.
@Suite struct ReconnectingTests {
    /// A connection to the first of two daemons that a test plays; the second is there when the first is lost.
    private func withTwoDaemons(
        canResume: Bool, _ body: @escaping @Sendable (DaemonConnection, ScriptedDaemon, ScriptedDaemon) async throws -> Void
    ) async throws {
        let (first, second) = (ScriptedDaemon(), ScriptedDaemon())
        if !canResume {
            first.on("enable_event_cursors") { _ in .error(code: -32_601, message: "Method not found", data: nil) }
        }
        first.on("initialize_session") { _ in
            .result([
                "sessionId": "sess-1", "session": ["messages": []], "cursor": "5",
                "settings": ["modelId": "m1", "reasoningEffort": "medium", "interactionMode": "auto", "autonomyLevel": "off"],
            ])
        }
        try await within {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await first.run() }
                group.addTask { await second.run() }
                let connection = try await DaemonConnection.open(
                    first.client, .apiKey("fk-1"), clock: .system,
                    reconnecting: DroidReconnecting(limit: .seconds(10), transport: { second.client }, credential: .apiKey("fk-1")))
                do {
                    try await body(connection, first, second)
                } catch {
                    group.cancelAll()
                    throw error
                }
                await connection.close()
                // One of the two that nobody connected to has nobody to end it.
                second.cut()
                group.cancelAll()
            }
        }
    }

    private func everything(_ stream: DroidMessageStream) async throws -> [DroidMessage] {
        var messages: [DroidMessage] = []
        for try await message in stream { messages.append(message) }
        return messages
    }

    @Test func aServerThatCannotIsLostAtOnce() async throws {
        try await withTwoDaemons(canResume: false) { connection, first, second in
            let session = try await connection.createSession()
            first.cut()
            await #expect(throws: ConnectionError.self) { _ = try await self.everything(session.stream("go")) }
            #expect(second.frames.value.isEmpty)
        }
    }

    @Test func nobodyIsAskedWhoseLossIsFinal() async throws {
        try await withScriptedDaemon { connection, daemon in
            _ = try await connection.createSession()
            #expect(!daemon.frames.value.contains { $0["method"] == "daemon.enable_event_cursors" })
        }
    }

    @Test func everySessionGoesOnWhereItStood() async throws {
        try await withTwoDaemons(canResume: true) { connection, first, second in
            let session = try await connection.createSession(
                DaemonSessionOptions(mcpServers: [.config(.http(name: "s", url: "http://127.0.0.1:1"))]))
            await first.send([
                "type": "notification", "method": "daemon.session_notification",
                "params": [
                    "sessionId": "sess-1", "cursor": "7.2", "notification": ["type": "session_title_updated", "title": "T"],
                ],
            ])
            first.on("list_skills") { _ in .silence }
            async let skills = session.listSkills()
            _ = try await first.requests("list_skills")
            // An answer in flight is lost with the connection; a request of afterwards waits for the next.
            first.cut()
            do {
                _ = try await skills
                Issue.record("an answer came from nowhere")
            } catch {
                #expect(error is ConnectionError)
            }
            try await session.renameSession(title: "later")
            let methods = second.frames.value.compactMap { $0["method"]?.stringValue }
            #expect(
                methods == ["daemon.authenticate", "daemon.enable_event_cursors", "daemon.resume_events", "daemon.rename_session"])
            let params = try await second.params("resume_events")
            #expect(params["after"] == "7.2" && params["sessionId"] == "sess-1")
            #expect(params["mcpServers"]?[0]?["name"] == "s")
        }
    }

    @Test func aPromptThatWasNotAcknowledgedIsSentAgain() async throws {
        try await withTwoDaemons(canResume: true) { connection, first, second in
            let session = try await connection.createSession()
            first.on("add_user_message") { _ in .silence }
            async let messages = self.everything(session.stream("go", options: StreamOptions(messageId: "m1")))
            let sent = try await first.params("add_user_message")
            first.cut()
            #expect(try await second.params("add_user_message") == sent)
            let tokens: JSON = ["inputTokens": 1, "outputTokens": 1, "cacheCreationTokens": 0, "cacheReadTokens": 0, "thinkingTokens": 0]
            for state in ["streaming_assistant_message", "idle"] {
                await second.notify("sess-1", ["type": "droid_working_state_changed", "newState": .string(state)])
            }
            await second.notify(
                "sess-1",
                [
                    "type": "agent_turn_completed", "reason": "completed", "turnId": "m1", "tokenUsage": tokens,
                    "cumulativeTokenUsage": tokens, "durationMs": 1,
                ])
            #expect(try await messages.last != nil)
        }
    }

    @Test func aSessionOfTwoObjectsIsResumedOnceAndPromptsKeepTheirOrder() async throws {
        try await withTwoDaemons(canResume: true) { connection, first, second in
            let session = try await connection.createSession()
            first.on("load_session") { _ in
                .result([
                    "sessionId": "sess-1", "session": ["messages": []], "cursor": "6",
                    "settings": ["modelId": "m1", "reasoningEffort": "medium", "interactionMode": "auto", "autonomyLevel": "off"],
                ])
            }
            let other = try await connection.resumeSession("sess-1")
            first.on("add_user_message") { _ in .silence }
            async let early = self.everything(session.stream("early", options: StreamOptions(messageId: "m1")))
            _ = try await first.requests("add_user_message")
            async let late = self.everything(other.stream("late", options: StreamOptions(messageId: "m2")))
            _ = try await first.requests("add_user_message", count: 2)
            first.cut()
            let prompts = try await second.requests("add_user_message", count: 2)
            #expect(prompts.map { $0["params"]?["messageId"] } == ["m1", "m2"])
            #expect(try await second.requests("resume_events").count == 1)
            await connection.close()
            for outcome in [try? await early, try? await late] { #expect(outcome == nil) }
        }
    }

    /// Finding the daemon, or starting one, is part of an attempt: one that never ends does not use up the whole time.
    @Test func whoWaitsForTheDaemonForTooLongTriesAgain() async throws {
        let (first, second) = (ScriptedDaemon(), ScriptedDaemon())
        first.on("initialize_session") { _ in
            .result([
                "sessionId": "sess-1", "session": ["messages": []], "cursor": "5",
                "settings": ["modelId": "m1", "reasoningEffort": "medium", "interactionMode": "auto", "autonomyLevel": "off"],
            ])
        }
        first.on("list_skills") { _ in .silence }
        let attempts = Watched(0)
        // The longest attempt is over as soon as the first one hangs.
        let clock = TransportClock(now: TransportClock.system.now) { duration in
            if duration == DroidReconnecting.longestAttempt, attempts.value < 2 {
                _ = await attempts.first { $0 == 1 }
            } else if duration != DroidReconnecting.pause {
                try await TransportClock.system.sleep(duration)
            }
        }
        let reconnecting = DroidReconnecting(
            limit: .seconds(600),
            transport: {
                let attempt = attempts.change { count -> Int in
                    count += 1
                    return count
                }
                if attempt == 1 { try await Task.sleep(for: .seconds(86_400)) }
                return second.client
            }, credential: .apiKey("fk-1"))
        try await within {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await first.run() }
                group.addTask { await second.run() }
                let connection = try await DaemonConnection.open(
                    first.client, .apiKey("fk-1"), clock: clock, reconnecting: reconnecting)
                let session = try await connection.createSession()
                async let skills = session.listSkills()
                _ = try await first.requests("list_skills")
                first.cut()
                _ = try? await skills
                // The loss is known: this one waits for the next connection.
                try await session.renameSession(title: "later")
                #expect(attempts.value == 2)
                await connection.close()
                group.cancelAll()
            }
        }
    }

    @Test func aSessionThatIsGoneFailsAlone() async throws {
        try await withTwoDaemons(canResume: true) { connection, first, second in
            let session = try await connection.createSession()
            second.on("resume_events") { _ in .error(code: -32_004, message: "Session not found", data: nil) }
            async let messages = self.everything(session.stream("go"))
            _ = try await first.requests("add_user_message")
            first.cut()
            do {
                _ = try await messages
                Issue.record("a turn went on that is gone")
            } catch {
                #expect((error as? ProtocolError)?.code == -32_004)
            }
            // The connection itself stands.
            _ = try await connection.createSession()
        }
    }
}
