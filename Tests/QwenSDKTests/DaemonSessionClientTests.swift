import ApusTesting
import ApusTransport
import Testing

@testable import QwenSDK

/// `qwen-serve.md` §5.5; assertion 64 of §9.2.
struct DaemonSessionClientTests {
    private func answer(attached: Bool, client: String? = "c1") -> String {
        #"{"sessionId":"s","workspaceCwd":"/w","attached":\#(attached)\#(client.map { ",\"clientId\":\"\($0)\"" } ?? "")}"#
    }

    private func session(_ daemon: StubDaemon, attached: Bool = false) async throws -> DaemonSessionClient {
        daemon.queue(200, answer(attached: attached))
        return try await DaemonSessionClient.createOrAttach(daemon.client(), workspaceCwd: "/w")
    }

    private static let forgotten =
        #"{"error":"Client id \"c1\" is not registered for session s","code":"invalid_client_id","sessionId":"s"}"#

    @Test(arguments: [(false, nil, "0"), (true, nil, nil), (true, "m", "0"), (false, "m", "0")] as [(Bool, String?, String?)])
    func theFirstSubscriptionBeginsWhereItShould(attached: Bool, model: String?, cursor: String?) async throws {
        let daemon = StubDaemon()
        daemon.queue(200, answer(attached: attached))
        daemon.queue(stream: frame(3))
        let session = try await DaemonSessionClient.createOrAttach(daemon.client(), workspaceCwd: "/w", modelServiceId: model)
        #expect(session.sessionId == "s")
        #expect(session.workspaceCwd == "/w")
        #expect(try await session.events().all().count == 1)
        #expect(daemon.last?.headers["last-event-id"] == cursor)
        #expect(daemon.last?.headers["x-qwen-client-id"] == "c1")
    }

    @Test(arguments: ["load", "resume"]) func whatWasRestoredIsReadFromItsStart(action: String) async throws {
        let daemon = StubDaemon()
        daemon.queue(200, answer(attached: true))
        daemon.queue(stream: frame(3))
        let client = daemon.client()
        let session =
            try await action == "load"
            ? DaemonSessionClient.load(client, "s", workspaceCwd: "/w") : DaemonSessionClient.resume(client, "s", workspaceCwd: "/w")
        #expect(daemon.lines == ["POST /session/s/\(action)"])
        _ = try await session.events().all()
        #expect(daemon.last?.headers["last-event-id"] == "0")
    }

    @Test func theCursorMovesWhenTheNextEventIsAskedFor() async throws {
        let daemon = StubDaemon()
        let session = try await session(daemon)
        daemon.queue(stream: frame(4), frame(nil, "slow_client_warning"), frame(2), frame(6))
        var seen: [Int64?] = []
        for try await _ in session.events() { seen.append(session.lastEventID) }
        // Forward only, and only by events with an id.
        #expect(seen == [0, 4, 4, 4])
        #expect(session.lastEventID == 6)
        daemon.queue(stream: "")
        _ = try await session.events().all()
        #expect(daemon.last?.headers["last-event-id"] == "6")
    }

    @Test func anEventInWhoseHandlingTheLoopWasLeftComesAgain() async throws {
        let daemon = StubDaemon()
        let session = try await session(daemon)
        daemon.queue(stream: frame(1), frame(2), frame(3))
        for try await event in session.events() where event.id == 2 { break }
        #expect(session.lastEventID == 1)
        daemon.queue(stream: frame(2))
        #expect(try await session.events().all().map(\.id) == [2])
        #expect(daemon.last?.headers["last-event-id"] == "1")
    }

    @Test func whereToBeginCanBeSaid() async throws {
        let daemon = StubDaemon()
        let session = try await session(daemon)
        for (start, cursor) in [(EventStart.live, nil), (.after(9), "9"), (.cursor, "0")] {
            daemon.queue(stream: "")
            _ = try await session.events(from: start).all()
            #expect(daemon.last?.headers["last-event-id"] == cursor)
        }
        daemon.queue(stream: frame(5))
        _ = try await session.events(from: .live, maxQueued: 32).all()
        #expect(daemon.lines.last == "GET /session/s/events?maxQueued=32")
        #expect(session.lastEventID == 5)
    }

    @Test func oneSubscriptionIsReadAtATime() async throws {
        let daemon = StubDaemon()
        let session = try await session(daemon)
        let body = MemoryHTTPBody()
        body.push(frame(1))
        do {
            daemon.queue(body)
            var first = session.events().makeAsyncIterator()
            #expect(try await first.next()?.id == 1)
            await #expect(throws: DaemonSubscriptionError(sessionId: "s")) { try await session.events().all() }
            // The refused one took nothing away from the first.
            body.push(frame(2))
            #expect(try await first.next()?.id == 2)
        }
        daemon.queue(stream: frame(3))
        #expect(try await session.events().all().map(\.id) == [3])
    }

    @Test func aSubscriptionThatFailedMakesRoom() async throws {
        let daemon = StubDaemon()
        let session = try await session(daemon)
        daemon.queue(404, #"{"error":"gone"}"#)
        await #expect(throws: DaemonHTTPError.self) { try await session.events().all() }
        daemon.queue(stream: frame(3))
        #expect(try await session.events().all().count == 1)
    }

    @Test func everyCallSendsTheIdOfTheClient() async throws {
        let daemon = StubDaemon(200, #"{"sessionId":"s","stopReason":"end_turn","lastSeenAt":1}"#)
        let session = try await session(daemon)
        try await session.prompt(["x"])
        try await session.cancel()
        try await session.setModel("m")
        try await session.heartbeat()
        try await session.updateMetadata(displayName: "n")
        try await session.respondToPermission("r", .selected("o"))
        _ = try await session.context()
        _ = try await session.supportedCommands()
        daemon.queue(202, #"{"promptId":"p","lastEventId":1}"#)
        _ = try await session.submitPrompt(["x"])
        daemon.queue(204, "")
        try await session.close()
        #expect(
            daemon.lines.dropFirst() == [
                "POST /session/s/prompt", "POST /session/s/cancel", "POST /session/s/model", "POST /session/s/heartbeat",
                "PATCH /session/s/metadata", "POST /session/s/permission/r", "GET /session/s/context", "GET /session/s/supported-commands",
                "POST /session/s/prompt", "DELETE /session/s",
            ])
        #expect(daemon.seen.value.dropFirst().allSatisfy { $0.headers["x-qwen-client-id"] == "c1" })
        #expect(daemon.seen.value.first?.headers["x-qwen-client-id"] == nil)
    }

    @Test func aClientThatWasForgottenIsKnownAgain() async throws {
        let daemon = StubDaemon()
        let session = try await session(daemon)
        daemon.queue(400, Self.forgotten)
        daemon.queue(200, answer(attached: true, client: "c2"))
        daemon.queue(200, #"{"stopReason":"end_turn"}"#)
        #expect(try await session.prompt(["x"]).stopReason == .endTurn)
        #expect(daemon.lines.dropFirst() == ["POST /session/s/prompt", "POST /session/s/resume", "POST /session/s/prompt"])
        #expect(daemon.seen.value.map { $0.headers["x-qwen-client-id"] } == [nil, "c1", nil, "c2"])
        #expect(daemon.seen.value[2].body == #"{"cwd":"/w"}"#)
        #expect(session.clientId == "c2")
        #expect(session.lastEventID == 0)
    }

    @Test func itIsTriedOnce() async throws {
        let daemon = StubDaemon(400, Self.forgotten)
        let session = try await session(daemon)
        daemon.queue(400, Self.forgotten)
        daemon.queue(200, answer(attached: true, client: "c2"))
        let error = await #expect(throws: DaemonHTTPError.self) { try await session.prompt(["x"]) }
        #expect(error?.code == "invalid_client_id")
        #expect(daemon.lines.count == 4)
        daemon.queue(400, Self.forgotten)
        daemon.queue(500, "{}")
        let second = await #expect(throws: DaemonHTTPError.self) { try await session.prompt(["x"]) }
        #expect(second?.status == 500)
        #expect(daemon.lines.count == 6)
    }

    @Test func whatIsWrongOtherwiseIsNotHealed() async throws {
        let daemon = StubDaemon(400, #"{"error":"e","code":"other"}"#)
        let session = try await session(daemon)
        await #expect(throws: DaemonHTTPError.self) { try await session.prompt(["x"]) }
        #expect(daemon.lines.count == 2)
    }

    @Test func callersAtTheSameTimeShareOneResume() async throws {
        let resumes = Watched(0)
        let gate = Watched(false)
        let refused = Watched(0)
        let daemon = StubDaemon { [answer = answer(attached: true, client: "c2")] request in
            if request.url.hasSuffix("/resume") {
                resumes.change { $0 += 1 }
                _ = await gate.first { $0 }
                return .json(200, answer)
            }
            if request.header("X-Qwen-Client-Id") == "c1" {
                refused.change { $0 += 1 }
                return .json(400, Self.forgotten)
            }
            return .json(200, #"{"stopReason":"end_turn"}"#)
        }
        let session = try await session(daemon)
        try await within {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 { group.addTask { try await session.prompt(["x"]) } }
                _ = await refused.first { $0 == 8 }
                _ = await resumes.first { $0 == 1 }
                gate.change { $0 = true }
                try await group.waitForAll()
            }
        }
        #expect(resumes.value == 1)
        #expect(session.clientId == "c2")
    }
}
