import ApusTesting
import Foundation
import Testing

@testable import DroidSDK

@Suite struct StreamTests {
    /// The types of a stream's messages, in their order.
    private func types(_ stream: DroidMessageStream) async throws -> [String] {
        var types: [String] = []
        for try await message in stream { types.append(message.type.rawValue) }
        return types
    }

    @Test func aTurnYieldsCompleteMessagesAndItsResult() async throws {
        try await withScriptedDaemon { connection, daemon in
            let session = try await connection.createSession()
            async let played: Void = daemon.playTurn("sess-1")
            var last: DroidMessage?
            var seen: [DroidMessageType] = []
            for try await message in session.stream("hi") {
                seen.append(message.type)
                last = message
            }
            try await played
            #expect(seen == [.user, .assistant, .result])
            guard case .result(let result) = last else { return #expect(Bool(false)) }
            #expect(result.success)
            #expect(result.result == "Hello")
            #expect(result.durationMs == 5)
            #expect(result.tokenUsage?.inputTokens == 100)
            #expect(result.reason == .completed)
            #expect(result.messages.map(\.type) == [.user, .assistant])
        }
    }

    @Test func partialMessagesComeWhenTheyAreAskedFor() async throws {
        try await withScriptedDaemon { connection, daemon in
            let session = try await connection.createSession()
            async let played: Void = daemon.playTurn("sess-1")
            var text = ""
            var types: Set<String> = []
            for try await message in session.stream("hi", options: StreamOptions(includePartialMessages: true)) {
                types.insert(message.type.rawValue)
                if case .assistantTextDelta(let delta) = message { text += delta.text }
            }
            try await played
            #expect(text == "Hello")
            #expect(types == ["user", "working_state_changed", "assistant_text_delta", "assistant", "result"])
        }
    }

    @Test func aServerThatOnlyGoesIdleEndsTheTurnAfterTheGrace() async throws {
        let time = ManualTime()
        try await withScriptedDaemon(clock: .manual(time)) { connection, daemon in
            let session = try await connection.createSession()
            async let result = session.result(of: "hi")
            _ = try await daemon.requests("add_user_message")
            await daemon.notify("sess-1", Turn.state("idle"))
            await daemon.notify("sess-1", Turn.state("executing_tool"))
            await daemon.notify("sess-1", Turn.message("m", "assistant", "Old"))
            await daemon.notify("sess-1", Turn.state("idle"))
            try await time.sleeps(1) { $0 == .milliseconds(250) }
            time.advance(by: .milliseconds(250))
            let ended = try await result
            #expect(ended.result == "Old")
            #expect(ended.reason == nil)
        }
    }

    @Test func anotherClientsTurnDoesNotEndThisOne() async throws {
        try await withScriptedDaemon { connection, daemon in
            let session = try await connection.createSession()
            async let result = session.result(of: "hi")
            let prompt = try await daemon.params("add_user_message")["messageId"]?.stringValue ?? ""
            for notification in [
                Turn.state("executing_tool"), Turn.state("idle"), Turn.completed("somebody-else"), Turn.state("executing_tool"),
                Turn.message("m", "assistant", "Mine"), Turn.state("idle"), Turn.completed(prompt),
            ] {
                await daemon.notify("sess-1", notification)
            }
            #expect(try await result.result == "Mine")
        }
    }

    @Test func twoSessionsAtOnceGetTheirOwn() async throws {
        try await withScriptedDaemon { connection, daemon in
            let one = try await connection.createSession()
            let two = try await connection.createSession()
            async let first = one.result(of: "a")
            async let second = two.result(of: "b")
            let prompts = try await daemon.requests("add_user_message", count: 2)
            for prompt in prompts {
                let session = prompt["params"]?["sessionId"]?.stringValue ?? ""
                let id = prompt["params"]?["messageId"]?.stringValue ?? ""
                await daemon.notify(session, Turn.message("m", "assistant", "for \(session)"))
                await daemon.notify(session, Turn.completed(id))
            }
            #expect(try await first.result == "for sess-1")
            #expect(try await second.result == "for sess-2")
        }
    }

    @Test func manySessionsStreamAtOnceAndNothingCrossesOver() async throws {
        try await withScriptedDaemon { connection, daemon in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<200 {
                    group.addTask {
                        let session = try await connection.createSession()
                        var text = ""
                        for try await message in session.stream("go", options: StreamOptions(includePartialMessages: true)) {
                            if case .assistantTextDelta(let delta) = message { text += delta.text }
                        }
                        #expect(text == (0..<20).map { "\(session.sessionId):\($0) " }.joined())
                    }
                }
                let prompts = try await daemon.requests("add_user_message", count: 200)
                for piece in 0..<20 {
                    for prompt in prompts {
                        let session = prompt["params"]?["sessionId"]?.stringValue ?? ""
                        await daemon.notify(session, Turn.delta("\(session):\(piece) "))
                    }
                }
                for prompt in prompts {
                    let turn = prompt["params"]?["messageId"]?.stringValue ?? ""
                    await daemon.notify(prompt["params"]?["sessionId"]?.stringValue ?? "", Turn.completed(turn))
                }
                try await group.waitForAll()
            }
        }
    }

    @Test func aSecondStreamWhileATurnRunsIsRefused() async throws {
        try await withScriptedDaemon { connection, daemon in
            let session = try await connection.createSession()
            async let first = session.result(of: "a")
            _ = try await daemon.requests("add_user_message")
            await #expect(throws: SessionError.busy) { try await session.result(of: "b") }
            try await daemon.playTurn("sess-1")
            #expect(try await first.success)
            async let third = session.result(of: "c")
            try await daemon.playTurn("sess-1", number: 2)
            #expect(try await third.success)
        }
    }

    @Test func leavingTheLoopSendsNoInterrupt() async throws {
        try await withScriptedDaemon { connection, daemon in
            let session = try await connection.createSession()
            async let played: Void = daemon.playTurn("sess-1")
            for try await _ in session.stream("hi") { break }
            try await played
            async let second = session.result(of: "again")
            try await daemon.playTurn("sess-1", number: 2)
            #expect(try await second.success)
            #expect(!daemon.frames.value.contains { $0["method"] == "daemon.interrupt_session" })
        }
    }

    @Test func interruptingIsASuccessThatSaysSo() async throws {
        try await withScriptedDaemon { connection, daemon in
            let session = try await connection.createSession()
            async let result = session.result(of: "essay")
            let id = try await daemon.params("add_user_message")["messageId"]?.stringValue ?? ""
            await daemon.notify("sess-1", Turn.state("streaming_assistant_message"))
            await daemon.notify("sess-1", Turn.delta("..."))
            try await session.interrupt()
            await daemon.notify("sess-1", Turn.state("idle"))
            await daemon.notify("sess-1", Turn.completed(id, reason: "cancelled"))
            let ended = try await result
            #expect(ended.success)
            #expect(ended.wasInterrupted)
            #expect(ended.result == "...")
        }
    }

    @Test func anAbortedSignalKeepsAnythingFromBeingSent() async throws {
        try await withScriptedDaemon { connection, daemon in
            let session = try await connection.createSession()
            let signal = DroidAbortSignal()
            signal.abort()
            await #expect(throws: AbortError()) { try await session.result(of: "x", options: StreamOptions(abortSignal: signal)) }
            try await session.renameSession(title: "t")
            #expect(!daemon.frames.value.contains { $0["method"] == "daemon.add_user_message" })
        }
    }

    @Test func abortingInterruptsAndThrows() async throws {
        try await withScriptedDaemon { connection, daemon in
            let session = try await connection.createSession()
            let signal = DroidAbortSignal()
            let result = Task { try await session.result(of: "x", options: StreamOptions(abortSignal: signal)) }
            _ = try await daemon.requests("add_user_message")
            signal.abort(AbortError("enough"))
            await #expect(throws: AbortError("enough")) { try await result.value }
            #expect(try await daemon.params("interrupt_session").text == #"{"sessionId":"sess-1"}"#)
        }
    }

    @Test func cancellingTheTaskInterruptsAndThrows() async throws {
        try await withScriptedDaemon { connection, daemon in
            let session = try await connection.createSession()
            let task = Task { try await session.result(of: "x") }
            _ = try await daemon.requests("add_user_message")
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
            _ = try await daemon.requests("interrupt_session")
        }
    }

    @Test func afterAnAbortTheNextTurnWaitsForTheLastToStop() async throws {
        try await withScriptedDaemon { connection, daemon in
            let session = try await connection.createSession()
            let task = Task { try await session.result(of: "x") }
            let id = try await daemon.params("add_user_message")["messageId"]?.stringValue ?? ""
            task.cancel()
            _ = try? await task.value
            async let second = session.result(of: "y")
            _ = try await daemon.requests("interrupt_session")
            await daemon.notify("sess-1", Turn.completed(id, reason: "cancelled"))
            try await daemon.playTurn("sess-1", number: 2)
            #expect(try await second.success)
        }
    }

    @Test func closingTheSessionEndsTheStreamWithoutAResult() async throws {
        try await withScriptedDaemon { connection, daemon in
            let session = try await connection.createSession()
            let task = Task { try await self.types(session.stream("x")) }
            _ = try await daemon.requests("add_user_message")
            await session.close()
            #expect(try await task.value == [])
            #expect(try await daemon.params("close_session").text == #"{"sessionId":"sess-1","reason":"other"}"#)
            await #expect(throws: ConnectionError.self) { try await session.send("more") }
            await #expect(throws: ConnectionError.self) { try await self.types(session.stream("more")) }
        }
    }

    @Test func anErrorOfTheTurnIsInItsResult() async throws {
        try await withScriptedDaemon { connection, daemon in
            let session = try await connection.createSession()
            async let result = session.result(of: "x")
            let id = try await daemon.params("add_user_message")["messageId"]?.stringValue ?? ""
            await daemon.notify(
                "sess-1", ["type": "error", "message": "boom", "errorType": "Error", "timestamp": "2026-01-01T00:00:00Z"])
            await daemon.notify("sess-1", Turn.completed(id, reason: "error"))
            let ended = try await result
            #expect(ended.subtype == .errorDuringExecution)
            #expect(ended.error?.message == "boom")
        }
    }

    @Test func aRefusedPromptThrows() async throws {
        try await withScriptedDaemon { connection, daemon in
            let session = try await connection.createSession()
            daemon.on("add_user_message") { _ in .error(code: -32_602, message: "no", data: nil) }
            await #expect(throws: ProtocolError(code: -32_602, message: "no")) { try await session.result(of: "x") }
            daemon.on("add_user_message") { _ in .result([:]) }
            async let second = session.result(of: "y")
            try await daemon.playTurn("sess-1", number: 2)
            #expect(try await second.success)
        }
    }

    @Test func aPromptThatIsNeverAcknowledgedTimesOut() async throws {
        let time = ManualTime()
        try await withScriptedDaemon(clock: .manual(time)) { connection, daemon in
            let session = try await connection.createSession()
            daemon.on("add_user_message") { _ in .silence }
            let result = Task { try await session.result(of: "x") }
            _ = try await daemon.requests("add_user_message")
            try await time.sleeps(2) { $0 == .seconds(30) }
            time.advance(by: .seconds(30))
            await #expect(throws: TimeoutError(method: "daemon.add_user_message", timeout: .seconds(30))) { try await result.value }
        }
    }

    @Test func aTypedAnswerIsDecoded() async throws {
        struct Verdict: Decodable, Sendable, Equatable { var ok: Bool }
        try await withScriptedDaemon { connection, daemon in
            let session = try await connection.createSession()
            let stream = session.stream("x", as: Verdict.self, schema: ["type": "object"])
            async let output = stream.output()
            let prompt = try await daemon.params("add_user_message")
            await daemon.notify(
                "sess-1",
                ["type": "structured_output", "messageId": "m", "structuredOutput": ["ok": true], "structuredOutputError": nil])
            await daemon.notify("sess-1", Turn.completed(prompt["messageId"]?.stringValue ?? ""))
            #expect(try await output == Verdict(ok: true))
        }
    }

    @Test func theSchemaOfATypedAnswerIsMadeFromItsType() async throws {
        struct Verdict: Decodable, Sendable, Equatable {
            var ok: Bool
            var when: [Date]
            var note: String?
        }
        try await withScriptedDaemon { connection, daemon in
            let session = try await connection.createSession()
            async let output = session.stream("x", as: Verdict.self).output()
            let prompt = try await daemon.params("add_user_message")
            let schema: JSON = [
                "type": "object",
                "properties": [
                    "ok": ["type": "boolean"], "when": ["type": "array", "items": ["type": "string", "format": "date-time"]],
                    "note": ["type": "string"],
                ],
                "required": ["ok", "when"], "additionalProperties": false,
            ]
            #expect(prompt["outputFormat"] == ["type": "json_schema", "schema": schema])
            let answer: JSON = ["ok": true, "when": ["1970-01-01T00:00:01Z", "1970-01-01T00:00:02.500Z", 0]]
            await daemon.notify(
                "sess-1", ["type": "structured_output", "messageId": "m", "structuredOutput": answer, "structuredOutputError": nil])
            await daemon.notify("sess-1", Turn.completed(prompt["messageId"]?.stringValue ?? ""))
            let dates = [Date(timeIntervalSince1970: 1), Date(timeIntervalSince1970: 2.5), Date(timeIntervalSinceReferenceDate: 0)]
            #expect(try await output == Verdict(ok: true, when: dates, note: nil))
        }
    }

    @Test func aTypeWithoutASchemaIsRefusedBeforeAnythingIsSent() async throws {
        struct Tree: Decodable, Sendable { var children: [Tree] }
        try await withScriptedDaemon { connection, daemon in
            let session = try await connection.createSession()
            let recursive = await #expect(throws: StructuredOutputError.self) { try await session.stream("x", as: Tree.self).output() }
            #expect(recursive?.code == "local_schema_missing")
            #expect(recursive?.message.hasPrefix("No schema can be made of Tree, the answer: ") == true, "\(recursive?.message ?? "")")
            let list = await #expect(throws: StructuredOutputError.self) { try await session.stream("x", as: [String].self).output() }
            #expect(list?.message == "Array<String>, the answer, is no structure with named members.")
            // Nothing was sent, so the next turn is the first.
            async let played: Void = daemon.playTurn("sess-1")
            #expect(try await session.result(of: "y").text == "Hello")
            try await played
            #expect(try await daemon.requests("add_user_message").count == 1)
        }
    }

    @Test(arguments: [("Hello", "local_output_missing"), (#"{"ok":1}"#, "local_validation_failed")])
    func aTypedAnswerThatIsNoneThrows(answer: String, code: String) async throws {
        struct Verdict: Decodable, Sendable { var ok: Bool }
        try await withScriptedDaemon { connection, daemon in
            let session = try await connection.createSession()
            let stream = session.stream("x", as: Verdict.self, schema: ["type": "object"])
            async let played: Void = daemon.playTurn("sess-1", answer: answer)
            let error = await #expect(throws: StructuredOutputError.self) { try await stream.output() }
            #expect(error?.code == code)
            try await played
        }
    }
}
