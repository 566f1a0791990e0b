import ApusBase
import ApusTestServer
import DroidSDK
import Foundation
import Synchronization
import Testing

/// The examples of the daemon SDK's usage guide, each on the real executable over a real socket.
@Suite struct UsageGuideTests {
    @Test func gettingStarted() async throws {
        try await withConnection([.text("a.txt and b.txt")]) { stage, connection in
            let session = try await connection.createSession(DaemonSessionOptions(cwd: stage.work))
            let messages = try await session.stream("What files are in this directory?").all()
            #expect(messages.types == [.user, .assistant, .result])
            let result = try #require(messages.result)
            #expect(result.text == "a.txt and b.txt")
            #expect(result.success && result.durationMs >= 0 && result.numTurns == 1)
            await session.close()
        }
    }

    @Test func anEmptyKeyIsAParseError() async throws {
        try await withDaemonStage([]) { stage in
            for options in [ConnectDaemonOptions(url: stage.url), ConnectDaemonOptions(apiKey: "", url: stage.url)] {
                let error = await #expect(throws: ConnectionError.self) { _ = try await connectDaemon(options) }
                #expect(error?.message == "Daemon authentication failed: Parse error")
            }
        }
    }

    @Test func anotherKeyIsRefused() async throws {
        try await withDaemonStage([]) { stage in
            let error = await #expect(throws: ConnectionError.self) {
                _ = try await connectDaemon(ConnectDaemonOptions(apiKey: "fk-other", url: stage.url))
            }
            #expect(error?.message.hasPrefix("Daemon authentication failed: ") == true)
            #expect(error?.message.contains("fk-other") == false)
        }
    }

    @Test func createASession() async throws {
        try await withConnection([.text("ok")]) { stage, connection in
            var options = DaemonSessionOptions(cwd: stage.work)
            options.modelId = "custom:scripted"
            options.autonomyLevel = .high
            options.reasoningEffort = .high
            let session = try await connection.createSession(options)
            #expect(session.settings.modelId == "custom:scripted")
            #expect(session.settings.autonomyLevel == .high)
            #expect(session.settings.reasoningEffort == .high)
            await session.close()
        }
    }

    @Test func streamAResponse() async throws {
        let script: Script = [.toolCall("Read", ["file_path": "utils.txt"], id: "call-1"), .text("Refactored.")]
        try await withConnection(script) { stage, connection in
            try stage.home.write("old\n", to: "utils.txt")
            try await connection.withSession(DaemonSessionOptions(cwd: stage.work)) { session in
                let messages = try await session.stream("Refactor the utils module.").all()
                #expect(messages.types == [.user, .toolCall, .assistant, .toolResult, .assistant, .result])
                guard case .toolCall(let call) = messages[1], case .toolResult(let result) = messages[3] else { return }
                #expect(call.toolUse.name == "Read")
                #expect(result.toolName == "Read" && !result.isError && result.text.contains("old"))
            }
        }
    }

    @Test func partialMessages() async throws {
        try await withConnection([.text("To ", "understand ", "recursion")]) { stage, connection in
            try await connection.withSession(DaemonSessionOptions(cwd: stage.work)) { session in
                let messages = try await session.stream(
                    "Explain recursion.", options: StreamOptions(includePartialMessages: true)
                ).all()
                #expect(messages.streamed == "To understand recursion")
                #expect(messages.types.contains(.assistantTextDelta))
                #expect(messages.types.contains(.tokenUsageUpdate))
                guard case .workingStateChanged(let last)? = messages.dropLast().last(where: { $0.type == .workingStateChanged }) else {
                    Issue.record("no state")
                    return
                }
                #expect(last == .idle)
            }
        }
    }

    @Test func fireAndForget() async throws {
        let gate = Gate()
        try await withConnection([.after(gate, .text("All fixed."))]) { stage, connection in
            let session = try await connection.createSession(DaemonSessionOptions(cwd: stage.work))
            try await session.send("Fix all lint errors in src/.")
            try await gate.reached()
            gate.open()
            let id = session.sessionId
            try await eventually {
                let resumed = try await connection.resumeSession(id)
                defer { resumed.client.close() }
                return resumed.loaded?.isAgentLoopInProgress != true && resumed.loaded?.session.messages.count ?? 0 >= 2
            }
            await session.close()
        }
    }

    @Test func severalTurns() async throws {
        try await withConnection([.text("I will."), .text("42")]) { stage, connection in
            try await connection.withSession(DaemonSessionOptions(cwd: stage.work)) { session in
                _ = try await session.result(of: "Remember: the secret is 42.")
                #expect(try await session.result(of: "What is the secret?").text == "42")
            }
            #expect(stage.stage.server.modelRequests.last?.tells("the secret is 42", "I will.", "What is the secret?") == true)
        }
    }

    @Test func resumeAPreviousSession() async throws {
        try await withDaemonStage([.text("first"), .text("second")]) { stage in
            let id = try await withDaemonConnection(ConnectDaemonOptions(apiKey: stage.key, url: stage.url)) { connection in
                let session = try await connection.createSession(DaemonSessionOptions(cwd: stage.work))
                _ = try await session.result(of: "Begin.")
                await session.close()
                return session.sessionId
            }
            try await withDaemonConnection(ConnectDaemonOptions(apiKey: stage.key, url: stage.url)) { connection in
                let session = try await connection.resumeSession(id)
                #expect(session.loaded?.cwd == stage.work)
                #expect(try await session.result(of: "Continue where we left off.").text == "second")
                await session.close()
            }
            #expect(stage.stage.server.modelRequests.last?.tells("Begin.", "first", "Continue") == true)
        }
    }

    @Test func concurrentSessions() async throws {
        let script = Script.conversations([("projectA", [.text("A is fixed")]), ("projectB", [.text("B is logged")])])
        try await withConnection(script) { stage, connection in
            async let one = connection.createSession(DaemonSessionOptions(cwd: stage.work))
            async let two = connection.createSession(DaemonSessionOptions(cwd: stage.work))
            let (first, second) = try await (one, two)
            #expect(first.sessionId != second.sessionId)
            async let left = first.result(of: "Fix tests in projectA.")
            async let right = second.result(of: "Add logging to projectB.")
            let (a, b) = try await (left, right)
            #expect(a.text == "A is fixed" && b.text == "B is logged")
            await first.close()
            await second.close()
        }
    }

    @Test func interruptFromTheSession() async throws {
        let gate = Gate()
        try await withConnection([.blocks(.text([.piece("An essay"), .wait(gate), .piece(" that never ends")])), .text("after")]) {
            stage, connection in
            try await connection.withSession(DaemonSessionOptions(cwd: stage.work)) { session in
                var text = ""
                var result: ResultMessage?
                for try await message in session.stream(
                    "Write a long essay.", options: StreamOptions(includePartialMessages: true))
                {
                    if case .assistantTextDelta(let delta) = message {
                        text += delta.text
                        try await session.interrupt()
                    }
                    if case .result(let value) = message { result = value }
                }
                #expect(text == "An essay")
                #expect(result != nil)
                gate.open()
                let next = try await session.result(of: "And now?")
                #expect(next.text == "after")
            }
        }
    }

    @Test func abortSignal() async throws {
        let gate = Gate()
        try await withConnection([.after(gate, .text("late")), .text("after")]) { stage, connection in
            try await connection.withSession(DaemonSessionOptions(cwd: stage.work)) { session in
                let signal = DroidAbortSignal()
                await #expect(throws: AbortError.self) {
                    async let reached: Void = gate.reached()
                    for try await message in session.stream("Write a long essay.", options: StreamOptions(abortSignal: signal)) {
                        if case .user = message {
                            try await reached
                            signal.abort()
                        }
                    }
                }
                gate.open()
                let next = try await session.result(of: "And now?")
                #expect(next.text == "after")
            }
        }
    }

    @Test func interruptFromTheConnection() async throws {
        let gate = Gate()
        try await withConnection([.after(gate, .text("late"))]) { stage, connection in
            let other = try await stage.connect()
            try await connection.withSession(DaemonSessionOptions(cwd: stage.work)) { session in
                async let messages = session.stream("Write a long essay.").all()
                try await gate.reached()
                try await other.interruptSession(session.sessionId)
                #expect(try await messages.types.last == .result)
            }
            gate.open()
            await other.close()
        }
    }

    @Test func permissionHandler() async throws {
        let script: Script = [
            .toolCall("Create", ["file_path": "safe.txt", "content": "x\n"], id: "call-1"), .command("touch unsafe.txt", id: "call-2"),
        ]
        try await withConnection(script) { stage, connection in
            var options = DaemonSessionOptions(cwd: stage.work)
            options.permissionHandler = { params in
                params.toolUses.allSatisfy { $0.confirmationType == .create } ? .proceedOnce : .cancel
            }
            try await connection.withSession(options) { session in
                let messages = try await session.stream("Go.").all()
                #expect(messages.result != nil)
                #expect(stage.home.has("safe.txt"))
                #expect(!stage.home.has("unsafe.txt"))
            }
        }
    }

    @Test func askUserHandler() async throws {
        let questionnaire: JSONValue = .string("1. [question] Which colour?\n[topic] Colour\n[option] Red\n[option] Blue\n")
        try await withConnection([.toolCall("AskUser", ["questionnaire": questionnaire], id: "call-1"), .text("Red it is.")]) {
            stage, connection in
            var options = DaemonSessionOptions(cwd: stage.work)
            options.askUserHandler = { params in
                .answers(params.questions.map { AskUserAnswer(index: $0.index, question: $0.question, answer: $0.options.first ?? "yes") })
            }
            try await connection.withSession(options) { session in
                let result = try await session.result(of: "Ask me.")
                #expect(result.text == "Red it is.")
            }
            #expect(stage.stage.server.modelRequests.last?.tells("Which colour?", "Red") == true)
        }
    }

    @Test func rawNotifications() async throws {
        try await withConnection([.text("one"), .text("two")]) { stage, connection in
            try await connection.withSession(DaemonSessionOptions(cwd: stage.work)) { session in
                let states = Collected<DroidWorkingState>()
                let unsubscribe = session.onNotification(.droidWorkingStateChanged) { notification in
                    if case .droidWorkingStateChanged(let change) = notification { states.add(change.newState) }
                }
                _ = try await session.result(of: "One.")
                let count = states.values.count
                #expect(states.values.last == .idle && count > 1)
                unsubscribe()
                _ = try await session.result(of: "Two.")
                #expect(states.values.count == count)
            }
        }
    }

    @Test func errorHandling() async throws {
        try await withConnection([]) { _, connection in
            let error = await #expect(throws: SessionNotFoundError.self) { _ = try await connection.resumeSession("nonexistent-id") }
            #expect(error?.sessionId == "nonexistent-id")
            #expect(error?.message == "Session not found: nonexistent-id")
        }
    }

    @Test func everyMethodOfASession() async throws {
        try await withConnection([.text("one"), .text("two"), .text("a summary")]) { stage, connection in
            try await connection.withSession(DaemonSessionOptions(cwd: stage.work)) { session in
                _ = try await session.result(of: "One.")
                _ = try await session.result(of: "Two.")
                var change = UpdateSessionSettingsParams()
                change.autonomyLevel = .low
                try await session.updateSettings(change)
                try await session.enterSpecMode()
                change.autonomyLevel = nil
                change.interactionMode = .auto
                try await session.updateSettings(change)
                #expect(try await session.renameSession(title: "A name"))
                let breakdown = try await session.getContextBreakdown()
                #expect(breakdown.modelId == "custom:scripted" && breakdown.usedTokens > 0)
                #expect(try await session.listMcpServers().servers.isEmpty)
                #expect(try await session.listMcpTools().isEmpty)
                _ = try await session.listSkills()
                let fork = try await session.forkSession()
                let compacted = try await session.compactSession(customInstructions: "keep decisions")
                #expect(Set([session.sessionId, fork.newSessionId, compacted.newSessionId]).count == 3)
                #expect(compacted.removedCount > 0)
                let resumed = try await connection.resumeSession(fork.newSessionId)
                #expect(resumed.loaded?.session.messages.isEmpty == false)
                #expect(resumed.loaded?.settings.autonomyLevel == .low)
                await resumed.close()
            }
        }
    }
}

/// Values that callbacks bring.
final class Collected<Value: Sendable>: Sendable {
    private let state = Mutex<[Value]>([])
    var values: [Value] { state.withLock { $0 } }
    func add(_ value: Value) { state.withLock { $0.append(value) } }
}
