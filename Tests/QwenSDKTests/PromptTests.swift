import ApusTesting
import ApusTransport
import Testing

@testable import QwenSDK

/// Prompts that a daemon takes with 202 (`qwen-serve.md` §5.4), and their time-outs.
struct PromptTests {
    private static let accepted = #"{"promptId":"p","lastEventId":7,"eventEpoch":"e1"}"#

    private func complete(_ id: Int, prompt: String = "p", reason: String = #","stopReason":"max_tokens""#) -> String {
        frame(id, "turn_complete", #"{"sessionId":"s","promptId":"\#(prompt)"\#(reason)}"#)
    }

    @Test func theEndOfTheTurnIsReadFromTheEvents() async throws {
        let daemon = StubDaemon()
        daemon.queue(202, Self.accepted)
        daemon.queue(
            stream: frame(8), complete(9, prompt: "other"), frame(10, "turn_error", #"{"promptId":"other","message":"x"}"#), complete(11))
        let result = try await daemon.client(timeout: nil).prompt("s", prompt: ["x"], clientId: "c")
        #expect(result.stopReason == .maxTokens)
        #expect(daemon.lines == ["POST /session/s/prompt", "GET /session/s/events"])
        #expect(
            daemon.last?.headers == [
                "accept": "text/event-stream", "last-event-id": "7", "x-qwen-event-epoch": "e1", "x-qwen-client-id": "c",
            ])
    }

    @Test func aTurnWithoutAReasonEndedWell() async throws {
        let daemon = StubDaemon()
        daemon.queue(202, Self.accepted)
        daemon.queue(stream: complete(8, reason: ""))
        #expect(try await daemon.client().prompt("s", prompt: ["x"]).stopReason == .endTurn)
    }

    @Test(arguments: [
        (#","code":"quota""#, DaemonHTTPError.Code.string("quota"), "quota"), ("", .string("turn_error"), "turn_error"),
        (#","code":-32000"#, .number(-32_000), "-32000"),
    ])
    func aTurnThatFailedIsThrown(member: String, code: DaemonHTTPError.Code, body: String) async throws {
        let daemon = StubDaemon()
        daemon.queue(202, Self.accepted)
        daemon.queue(stream: frame(8, "turn_error", #"{"sessionId":"s","promptId":"p","message":"no more"\#(member)}"#))
        await #expect(throws: DaemonHTTPError(status: 500, body: .text(body), message: "no more", code: code)) {
            try await daemon.client().prompt("s", prompt: ["x"])
        }
    }

    @Test func aLostConnectionDoesNotLoseTheTurn() async throws {
        let time = ManualTime()
        let daemon = StubDaemon()
        daemon.queue(202, Self.accepted)
        daemon.queue(stream: frame(8))
        daemon.queue(stream: complete(9))
        let client = daemon.client(timeout: nil, clock: .manual(time))
        let task = Task { try await client.prompt("s", prompt: ["x"]) }
        try await time.sleeps(1)
        time.advance(by: .seconds(1))
        #expect(try await within { try await task.value }.stopReason == .maxTokens)
        #expect(daemon.last?.headers["last-event-id"] == "8")
    }

    @Test func aTurnIsWaitedForWhenItsStreamCannotBeOpenedAtOnce() async throws {
        let time = ManualTime()
        let daemon = StubDaemon()
        daemon.queue(202, Self.accepted)
        daemon.queue(429, #"{"error":"EventBus subscriber limit reached (64)"}"#)
        daemon.queue(stream: complete(8))
        let client = daemon.client(timeout: nil, clock: .manual(time))
        let task = Task { try await client.prompt("s", prompt: ["x"]) }
        try await time.sleeps(1)
        time.advance(by: .seconds(1))
        #expect(try await within { try await task.value }.stopReason == .maxTokens)
    }

    @Test(arguments: ["session_died", "session_closed"]) func aSessionThatEndsIsTheEndOfTheTurn(type: String) async throws {
        let daemon = StubDaemon()
        daemon.queue(202, Self.accepted)
        daemon.queue(stream: frame(8, type, #"{"sessionId":"s","reason":"why"}"#))
        let error = await #expect(throws: DaemonConnectionError.self) { try await daemon.client().prompt("s", prompt: ["x"]) }
        #expect(error?.message.contains("before the turn ended: why") == true)
    }

    @Test func cancellingAnAcceptedPromptCancelsItsTurn() async throws {
        let daemon = StubDaemon()
        let body = MemoryHTTPBody()
        body.push(frame(8))
        daemon.queue(202, Self.accepted)
        daemon.queue(body)
        daemon.queue(204, "")
        let client = daemon.client()
        let task = Task { try await client.prompt("s", prompt: ["x"], clientId: "c") }
        _ = try await within { await daemon.seen.first { $0.count == 2 } }
        task.cancel()
        let result = try await within { await task.result }
        #expect(throws: CancellationError.self) { try result.get() }
        #expect(daemon.lines.last == "POST /session/s/cancel")
        #expect(daemon.last?.headers["x-qwen-client-id"] == "c")
    }

    @Test func aPromptHasNoTimeOut() async throws {
        let time = ManualTime()
        let daemon = StubDaemon()
        let gate = Watched(false)
        daemon.queue { _ in
            _ = await gate.first { $0 }
            return .json(200, #"{"stopReason":"end_turn"}"#)
        }
        let client = daemon.client(timeout: .seconds(30), clock: .manual(time))
        let task = Task { try await client.prompt("s", prompt: ["x"]) }
        _ = try await within { await daemon.seen.first { $0.count == 1 } }
        #expect(time.requestedSleeps.isEmpty)
        time.advance(by: .seconds(86_400))
        gate.change { $0 = true }
        #expect(try await within { try await task.value }.stopReason == .endTurn)
    }

    @Test func submittingInsistsOn202() async throws {
        let daemon = StubDaemon()
        daemon.queue(202, Self.accepted)
        daemon.queue(200, #"{"stopReason":"end_turn"}"#)
        let accepted = try await daemon.client().submitPrompt("s", prompt: ["x"], meta: ["a": 1])
        #expect(accepted.promptId == "p")
        #expect(accepted.lastEventId == 7)
        #expect(accepted.eventEpoch == "e1")
        #expect(daemon.last?.body == #"{"prompt":[{"type":"text","text":"x"}],"_meta":{"a":1}}"#)
        let error = await #expect(throws: DaemonHTTPError.self) { try await daemon.client().submitPrompt("s", prompt: ["x"]) }
        #expect(error?.status == 200)
        #expect(daemon.lines.count == 2)
    }
}
