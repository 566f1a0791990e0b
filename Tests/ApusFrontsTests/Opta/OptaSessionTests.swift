import ApusBase
import ApusCore
import ApusEngine
import ApusFronts
import ApusTesting
import OptaWire
import Testing

@Suite(.timeLimit(.minutes(5))) struct OptaSessionTests {
    @Test func anEmptyBodyMakesASessionWithTheUsualModel() async throws {
        let house = OptaHouse()
        try await house.running {
            async let one = house.call("POST", "/v3/sessions", [:])
            async let two = house.call("POST", "/v3/sessions", bytes: nil)
            let replies = await [one, two]
            #expect(replies.map(\.status) == [201, 201])
            let ids = replies.compactMap { $0.body["sessionId"]?.stringValue }
            #expect(Set(ids).count == 2)
            for reply in replies {
                #expect(
                    reply.body.objectValue?.keys
                        == ["sessionId", "model", "createdAt", "updatedAt", "queuedTurns", "toolCallCount", "writerCount"])
                #expect(reply.body["model"] == "scripted")
                for key in ["queuedTurns", "toolCallCount", "writerCount"] { #expect(reply.body[key] == 0) }
            }
        }
    }

    @Test func whatIsGivenIsUsed() async throws {
        let house = OptaHouse()
        try await house.running {
            let reply = await house.call(
                "POST", "/v3/sessions",
                ["sessionId": "mine", "model": "qwen3-72b", "title": "A title", "metadata": ["a": 1], "mode": "do", "messages": []])
            #expect(reply.body["sessionId"] == "mine")
            #expect(reply.body["model"] == "qwen3-72b")
            #expect(reply.body["title"] == "A title")
            #expect(reply.body["createdAt"] == "2023-11-14T22:13:20.000Z")
            #expect(reply.body["updatedAt"] == reply.body["createdAt"])
            let events = try await house.events("mine")
            #expect(events.names == ["session.snapshot"])
            #expect(events.first?.payload == ["snapshot": reply.body, "messages": []])
        }
    }

    @Test func anIdThatIsThereIsAnsweredAsItStandsAndToldAgain() async throws {
        let house = OptaHouse()
        try await house.running {
            try await house.session("s", ["title": "First"])
            let again = await house.call("POST", "/v3/sessions", ["sessionId": "s", "title": "Second", "model": "other"])
            #expect(again.status == 201)
            #expect(again.body["title"] == "First")
            #expect(again.body["model"] == "scripted")
            #expect(try await house.events().names == ["session.snapshot", "session.snapshot"])
        }
    }

    @Test(arguments: ["a b", "", "../x", String(repeating: "a", count: 65)])
    func anIllegalIdIsRefusedAndNothingIsKept(id: String) async throws {
        let house = OptaHouse()
        try await house.running {
            let reply = await house.call("POST", "/v3/sessions", ["sessionId": .string(id)])
            #expect(reply.status == 400)
            #expect(reply.body["error"] == "Invalid request body")
            #expect(reply.body["details"]?[0]?["code"] == "invalid_string")
            #expect(reply.body["details"]?[0]?["path"] == ["sessionId"])
            #expect(await house.engine.opened() == [])
        }
    }

    @Test func fieldsOfTheWrongTypeAreNamed() async {
        let reply = await OptaHouse().call("POST", "/v3/sessions", ["title": nil, "model": 7, "messages": "x", "metadata": []])
        #expect(reply.status == 400)
        #expect(
            reply.body["details"]?.arrayValue?.compactMap { $0["message"]?.stringValue } == [
                "Expected string, received number", "Expected string, received null", "Expected array, received string",
                "Expected object, received array",
            ])
    }

    @Test func aBodyThatIsNoObjectIsRefused() async {
        for body in [nil, [1], "x", true] as [JSONValue] {
            let reply = await OptaHouse().call("POST", "/v3/sessions", body)
            #expect(reply.status == 400)
            #expect(reply.body["details"]?[0]?["path"] == [])
        }
    }

    @Test func anUnknownSessionIsNotFoundAndANewOneHasNoMessages() async throws {
        let house = OptaHouse()
        try await house.running {
            let none = await house.call("GET", "/v3/sessions/nobody")
            #expect(none.status == 404)
            #expect(none.body == ["error": "Session not found"])
            try await house.session()
            #expect(await house.call("GET", "/v3/sessions/s").body["messages"] == [])
        }
    }

    @Test func messagesThatASessionIsMadeWithAreSeenByTheModelAndGivenBack() async throws {
        let house = OptaHouse()
        let valid: [JSONValue] = [
            ["role": "system", "content": "Be brief"], ["role": "user", "content": "What is in a.txt?"],
            [
                "role": "assistant", "content": nil,
                "tool_calls": [["id": "c1", "type": "function", "function": ["name": "Read", "arguments": #"{"file_path":"a.txt"}"#]]],
            ],
            ["role": "tool", "content": "words", "tool_call_id": "c1"], ["role": "assistant", "content": "Words."],
        ]
        try await house.running {
            try await house.session("s", ["messages": .array([7, ["content": "no role"], nil, ["role": 3]] + valid)])
            #expect(await house.call("GET", "/v3/sessions/s").body["messages"] == .array(valid))
            #expect(try await house.events().first?.payload["messages"] == .array(valid))
            try await house.socket { peer in
                try await house.submit("And now?")
                try await peer.event("turn.done")
            }
        }
        let seen = try #require(house.model.requests.first).messages
        #expect(seen.count == 5, "\(seen)")
        guard case .assistant(let content) = seen[1], case .toolCall(let call) = content.first else {
            Issue.record("no call: \(seen)")
            return
        }
        #expect(call.input == ["file_path": "a.txt"])
        guard case .user(let texts, _) = seen[4] else {
            Issue.record("no prompt: \(seen)")
            return
        }
        #expect(texts.last == "And now?")
    }

    @Test func theConversationIsGivenBackWithItsCalls() async throws {
        let house = OptaHouse(
            ScriptedModel { _, number in
                number == 0 ? .init(.text(["Let me see"]), .call("c1", "Look", ["path": "a"])) : .text("It is empty")
            }, tools: [ScriptedTool("Look", says: "nothing")])
        try await house.running {
            try await house.session()
            try await house.socket { peer in
                try await house.submit("Look")
                try await peer.event("session.updated")
            }
            let body = await house.call("GET", "/v3/sessions/s").body
            #expect(
                body["messages"] == [
                    ["role": "user", "content": "Look"],
                    [
                        "role": "assistant", "content": "Let me see",
                        "tool_calls": [["id": "c1", "type": "function", "function": ["name": "Look", "arguments": #"{"path":"a"}"#]]],
                    ], ["role": "tool", "content": "nothing", "tool_call_id": "c1"], ["role": "assistant", "content": "It is empty"],
                ])
            #expect(body["toolCallCount"] == 1)
            #expect(body["title"] == "Look")
        }
    }

    @Test func healthAndMetricsSayTheSame() async throws {
        let house = OptaHouse()
        try await house.running {
            try await house.session()
            try await house.socket { peer in
                try await house.submit()
                try await peer.event("session.updated")
                let health = await house.call("GET", "/v3/health").body
                #expect(health.objectValue?.keys == ["status", "version", "daemonId", "contract", "runtime"])
                #expect(health["status"] == "ok")
                #expect(health["daemonId"] == "daemon_test1234")
                #expect(health["contract"] == ["name": "opta-daemon-v3", "version": 1])
                #expect(
                    health["runtime"] == [
                        "sessionCount": 1, "activeTurnCount": 0, "queuedTurnCount": 0, "subscriberCount": 1, "ingressSeq": 1,
                        "toolWorkers": ["workers": 8, "busy": 0, "queued": 0], "latency": ["p50Ms": 0, "p99Ms": 0, "samples": 1],
                    ])
                let metrics = await house.call("GET", "/v3/metrics").body
                #expect(metrics["runtime"] == health["runtime"])
                #expect(metrics["ts"] == "2023-11-14T22:13:20.000Z")
            }
            #expect(await house.call("GET", "/v3/health").body["runtime"]?["subscriberCount"] == 0)
        }
    }

    /// As the original counts: what nobody uses stays in memory for half an hour.
    @Test func aSessionCountsAsLongAsTheOriginalKeepsItInMemory() async throws {
        let time = ManualTime()
        let house = OptaHouse(time: time)
        @Sendable func count() async -> JSONValue? { await house.call("GET", "/v3/health").body["runtime"]?["sessionCount"] }
        try await house.running {
            #expect(await count() == 0)
            try await house.session("a")
            try await house.session("b")
            #expect(await count() == 2)
            time.advance(by: .seconds(29 * 60))
            #expect(await house.call("GET", "/v3/sessions/b").status == 200)
            #expect(await house.call("GET", "/v3/sessions/nobody").status == 404)
            #expect(await count() == 2)
            time.advance(by: .seconds(60))
            #expect(await count() == 1)
            // Whoever looks at it keeps it, however long.
            try await house.socket("sessionId=a") { peer in
                try await peer.event("session.snapshot")
                #expect(await count() == 2)
            }
        }
    }

    @Test func healthIsStreamedAtOnceAndAgain() async throws {
        let time = ManualTime()
        let house = OptaHouse(time: time)
        try await house.stream("/v3/health/stream") { peer in
            let first = try await peer.answer(1)
            #expect(first["ts"] == 1_700_000_000_000)
            try await time.sleeps(1)
            time.advance(by: .seconds(25))
            #expect(try await peer.answer(2)["ts"] == 1_700_000_025_000)
        }
    }
}
