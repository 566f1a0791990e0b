import ApusBase
import ApusCore
import ApusEngine
import ApusFronts
import ApusTesting
import QwenWire
import Testing

struct QwenTurnTests {
    private static let hello: JSONValue = ["prompt": [["type": "text", "text": "Hi"]]]

    @Test func aPromptIsAnsweredWhenTheTurnEnds() async throws {
        let house = QwenHouse()
        try await house.running {
            let (session, _) = try await house.session()
            let reply = await house.call(
                "POST", "/session/\(session)/prompt", ["sessionId": "another", "prompt": [["type": "text", "text": "Hi"]]])
            #expect(reply.status == 200)
            #expect(reply.body == ["stopReason": "end_turn"])
            let events = try await house.replay(session)
            #expect(
                events.names == [
                    "available_commands_update", "user_message_chunk", "session_metadata_updated", "agent_message_chunk",
                    "agent_message_chunk", "agent_message_chunk", "turn_complete",
                ])
            #expect(events.text == "Hello you")
            #expect(events.compactMap(\.id) == events.compactMap(\.id).sorted())
        }
    }

    @Test(arguments: [
        ("{}", "`prompt` is required and must be a non-empty array of content blocks"),
        (#"{"prompt":[]}"#, "`prompt` is required and must be a non-empty array of content blocks"),
        (#"{"prompt":"Hi"}"#, "`prompt` is required and must be a non-empty array of content blocks"),
        (#"{"prompt":["Hi"]}"#, "each `prompt` element must be an object (content block)"),
        (#"{"prompt":[{"type":"text","text":"a"},null]}"#, "each `prompt` element must be an object (content block)"),
        (#"{"prompt":[[]]}"#, "each `prompt` element must be an object (content block)"),
    ])
    func whatIsNoPromptIsRefused(body: String, error: String) async throws {
        let house = QwenHouse()
        let (session, _) = try await house.session()
        let reply = await house.call("POST", "/session/\(session)/prompt", bytes: Array(body.utf8))
        #expect(reply.status == 400)
        #expect(reply.body == ["error": .string(error)])
    }

    /// A block that cannot be read is the caller's fault: no failure of the daemon, and nothing is begun.
    @Test(
        arguments: [
            ([:], "\"prompt[0].type\" is no known content block: none"),
            (["type": "video"], "\"prompt[0].type\" is no known content block: video"),
            (["type": "text"], "\"prompt[0].text\" must be a string"),
            (["type": "image"], "\"prompt[0]\" has no base64 data"),
            (["type": "image", "data": "AAAA"], "\"prompt[0]\" is no PNG, JPEG, GIF or WebP image and no PDF document"),
            (["type": "audio", "data": "AAAA"], "\"prompt[0]\" is audio, which no model here takes"),
            (["type": "text", "text": ""], "The prompt is empty"),
        ] as [(JSONValue, String)])
    func aBlockThatCannotBeReadIsTheCallersFault(block: JSONValue, error: String) async throws {
        let house = QwenHouse()
        let (session, _) = try await house.session()
        let reply = await house.call("POST", "/session/\(session)/prompt", ["prompt": [block]])
        #expect(reply.status == 400)
        #expect(reply.body == ["error": .string(error), "code": -32602, "data": ["reason": "invalid prompt"]])
        #expect(house.model.requests.isEmpty)
        #expect(house.said.value == [])
    }

    @Test(
        arguments: [
            ("POST", "prompt", hello), ("POST", "cancel", [:]), ("POST", "model", ["modelId": "scripted"]), ("GET", "events", nil),
            ("POST", "load", [:]), ("POST", "resume", [:]), ("PATCH", "metadata", [:]), ("POST", "heartbeat", [:]), ("GET", "context", nil),
            ("GET", "supported-commands", nil), ("DELETE", "", nil),
            ("POST", "permission/perm_1", ["outcome": ["outcome": "cancelled"]]),
        ] as [(String, String, JSONValue?)])
    func anUnknownSessionIsToldTheSameEverywhere(method: String, tail: String, body: JSONValue?) async {
        let reply = await QwenHouse().call(method, "/session/no%2Fsuch" + (tail.isEmpty ? "" : "/" + tail), body)
        #expect(reply.status == 404)
        #expect(reply.body == ["error": "No session with id \"no/such\"", "sessionId": "no/such"])
    }

    @Test(
        arguments: [
            (.outputLimit, "max_tokens"), (.refusal, "refusal"), (.endOfTurn, "end_turn"),
        ] as [(StopReason, String)])
    func stopReasonsAreThoseOfTheProtocol(stop: StopReason, word: String) async throws {
        let house = QwenHouse(ScriptedModel { _, _ in ScriptedModel.Reply(.text(["a"]), .stop(stop)) })
        try await house.running {
            let (session, _) = try await house.session()
            #expect(await house.prompt(session).body == ["stopReason": .string(word)])
        }
    }

    @Test func aFailedTurnIsAnErrorWithCodeAndDataAndTheNextOneRuns() async throws {
        let house = QwenHouse(ScriptedModel(.fail(.authentication), .text("fine")))
        try await house.running {
            let (session, _) = try await house.session()
            let reply = await house.prompt(session)
            #expect(reply.status == 500)
            #expect(reply.body["error"]?.stringValue?.contains("The script says: authentication") == true)
            #expect(reply.body["code"] == -32603)
            #expect(reply.body["data"]?["reason"] == "providerError")
            #expect(await house.prompt(session).body == ["stopReason": "end_turn"])
            let error = try await house.replay(session).first { $0.type == "turn_error" }
            #expect(error?.data["message"]?.stringValue?.contains("The script says: authentication") == true)
        }
    }

    @Test func promptsOfASessionRunOneAfterTheOther() async throws {
        let gate = Gate()
        let house = QwenHouse(
            ScriptedModel { request, number in
                number == 0 ? ScriptedModel.Reply(.text(["0"]), .stand(gate)) : .text("\(number)")
            })
        try await house.running {
            let (session, _) = try await house.session()
            async let first = house.prompt(session, "one")
            try await gate.reached()
            async let second = house.prompt(session, "two")
            _ = try await house.queued(1, in: session)
            async let third = house.prompt(session, "three")
            _ = try await house.queued(2, in: session)
            #expect(house.model.requests.count == 1)
            gate.open()
            let replies = await [first, second, third]
            #expect(replies.allSatisfy { $0.status == 200 })
            let prompts = try await house.replay(session).filter { $0.data["sessionUpdate"] == "user_message_chunk" }
            #expect(prompts.map { $0.data["content"]?["text"] } == ["one", "two", "three"])
        }
    }

    @Test func whoHangsUpInterruptsTheRunningPrompt() async throws {
        let gate = Gate()
        let house = QwenHouse(ScriptedModel { _, number in number == 0 ? ScriptedModel.Reply(.text(["a"]), .stand(gate)) : .text("b") })
        try await house.running {
            let (session, _) = try await house.session()
            let asking = Task { await house.prompt(session, "one") }
            try await gate.reached()
            asking.cancel()
            _ = await asking.value
            let end = try #require(try await house.engine.peek(SessionID(session)).lastTurn)
            #expect(end.reason == .interrupted)
            #expect(await house.prompt(session, "two").body == ["stopReason": "end_turn"])
        }
    }

    @Test func whoHangsUpWhileAPromptWaitsTakesItBack() async throws {
        let gate = Gate()
        let house = QwenHouse(ScriptedModel { _, number in number == 0 ? ScriptedModel.Reply(.text(["a"]), .stand(gate)) : .text("b") })
        try await house.running {
            let (session, _) = try await house.session()
            async let first = house.prompt(session, "one")
            try await gate.reached()
            let waiting = Task { await house.prompt(session, "two") }
            _ = try await house.queued(1, in: session)
            waiting.cancel()
            _ = await waiting.value
            let queue = try await house.engine.peek(SessionID(session)).queue
            #expect(queue.isEmpty)
            gate.open()
            #expect(await first.body == ["stopReason": "end_turn"])
            #expect(house.model.requests.count == 1)
        }
    }

    @Test func cancellingEndsTheRunningPromptOnly() async throws {
        let gate = Gate()
        let house = QwenHouse(ScriptedModel { _, number in number == 0 ? ScriptedModel.Reply(.text(["a"]), .stand(gate)) : .text("b") })
        try await house.running {
            let (session, _) = try await house.session()
            async let first = house.prompt(session, "one")
            try await gate.reached()
            async let second = house.prompt(session, "two")
            _ = try await house.queued(1, in: session)
            let reply = await house.call("POST", "/session/\(session)/cancel", ["sessionId": "another"])
            #expect(reply.status == 204)
            if case .none = reply.answer.body {} else { Issue.record("204 has a body") }
            #expect(await first.body == ["stopReason": "cancelled"])
            #expect(await second.body == ["stopReason": "end_turn"])
            #expect(await house.call("POST", "/session/\(session)/cancel", bytes: nil).status == 204)
        }
    }

    // MARK: 202

    private func nonBlocking(_ model: ScriptedModel) -> QwenHouse {
        var setting = QwenHouse.bound
        setting.isNonBlocking = true
        return QwenHouse(model, setting)
    }

    @Test func withoutBlockingTheEndComesAsAnEvent() async throws {
        let house = nonBlocking(ScriptedModel(.text("a"), .fail(.authentication)))
        try await house.running {
            let (session, client) = try await house.session()
            let reply = await house.prompt(session, client: client)
            #expect(reply.status == 202)
            #expect(reply.body.objectValue?.keys == ["promptId", "lastEventId", "eventEpoch"])
            let cursor = try #require(reply.body["lastEventId"]?.integerValue)
            let prompt = try #require(reply.body["promptId"]?.stringValue)
            try await house.listening(session, after: "\(cursor)") { listener in
                let end = try await listener.event("turn_complete")
                #expect(end.data == ["sessionId": .string(session), "promptId": .string(prompt), "stopReason": "end_turn"])
                #expect(end.originatorClientId == client)
                let failing = await house.prompt(session)
                let error = try await listener.event("turn_error")
                #expect(error.data["promptId"] == failing.body["promptId"])
            }
        }
    }

    /// Hanging up ends a prompt that blocks; after the death of the process nobody is there to hang up.
    @Test(arguments: [true, false]) func onlyAPromptThatNobodyWaitsForOutlivesItsProcess(isBlocking: Bool) async throws {
        let gate = Gate()
        var setting = QwenHouse.bound
        setting.isNonBlocking = !isBlocking
        let house = QwenHouse(
            ScriptedModel { _, _ in ScriptedModel.Reply(.text(["a"]), .stand(gate)) }, setting, resumesTurns: true)
        try await house.running {
            let (session, _) = try await house.session()
            async let reply = house.prompt(session, "one")
            try await gate.reached()
            let origin = try await house.engine.peek(SessionID(session)).running?.input.origin
            #expect(origin?.onOwnerDeath == (isBlocking ? .end : .goOn))
            gate.open()
            #expect(await reply.status == (isBlocking ? 200 : 202))
        }
    }

    @Test(arguments: [0, -1, "5", 1.5] as [JSONValue])
    func aDeadlineIsAPositiveNumber(deadline: JSONValue) async throws {
        let house = nonBlocking(ScriptedModel(.text("a")))
        let (session, _) = try await house.session()
        let reply = await house.call(
            "POST", "/session/\(session)/prompt", ["prompt": [["type": "text", "text": "x"]], "deadlineMs": deadline])
        #expect(reply.status == 400)
        #expect(reply.body["code"] == "invalid_deadline_ms")
    }

    // MARK: Models

    @Test func aModelIsSwitchedOrNotAndAllHearOfIt() async throws {
        let house = QwenHouse()
        try await house.running {
            let (session, _) = try await house.session()
            for body in [[:], ["modelId": ""], ["modelId": 7]] as [JSONValue] {
                let reply = await house.call("POST", "/session/\(session)/model", body)
                #expect(reply.status == 400)
                #expect(reply.body == ["error": "`modelId` is required and must be a non-empty string"])
            }
            #expect(await house.model("scripted", in: session).body == ["modelId": "scripted"])
            let refused = await house.model("nonsense", in: session)
            #expect(refused.status == 500)
            #expect(refused.body["code"] == -32602)
            // The same once more is told once more.
            #expect(await house.model("scripted", in: session).status == 200)
            let names = try await house.replay(session).names
            #expect(names == ["available_commands_update", "model_switched", "model_switch_failed", "model_switched"])
        }
    }

    /// Other clients change what they like meanwhile: a switch is told once, and takes nothing back.
    @Test func switchesAmongOtherChangesAreToldOnceEach() async throws {
        let house = QwenHouse()
        try await house.running {
            let (session, _) = try await house.session()
            let id = SessionID(session)
            _ = try await house.clients.attendance.enter(id)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { for _ in 0..<50 { #expect(await house.model("scripted", in: session).status == 200) } }
                group.addTask {
                    for number in 0..<50 {
                        try await house.engine.change(id, settings: SessionSettings(model: "other \(number)"))
                    }
                }
                try await group.waitForAll()
            }
            let events = try await house.replay(session)
            let switched = events.filter { $0.type == "model_switched" }.compactMap { $0.data["modelId"]?.stringValue }
            #expect(switched.count { $0 == "scripted" } == 50)
            #expect(switched.count { $0 != "scripted" } == 50)
        }
    }

    // MARK: Blocks

    @Test func blocksBecomeAPromptWithItsMedia() async throws {
        let house = QwenHouse()
        try await house.running {
            let (session, _) = try await house.session()
            let image = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
            let reply = await house.call(
                "POST", "/session/\(session)/prompt",
                [
                    "prompt": [
                        ["type": "text", "text": "Look"], ["type": "image", "data": .string(image), "mimeType": "image/png"],
                        ["type": "resource_link", "uri": "file:///a", "name": "a"],
                        ["type": "resource", "resource": ["uri": "file:///b", "text": "body"]],
                    ]
                ])
            #expect(reply.status == 200, "\(reply)")
            let chunks = try await house.replay(session).filter { $0.data["sessionUpdate"] == "user_message_chunk" }
            #expect(
                chunks.map { $0.data["content"]?["text"] } == [
                    "Look\n\na: file:///a\n\nfile:///b:\nbody", "[a PNG image, 70 bytes]",
                ])
        }
    }
}

extension QwenHouse {
    /// Waits until so many prompts wait behind the running one.
    @discardableResult
    func queued(_ count: Int, in session: String) async throws -> SessionState {
        let id = SessionID(session)
        var cursor = EventNumber(0)
        while true {
            let state = try await engine.peek(id)
            if state.queue.count >= count { return state }
            cursor = max(cursor, state.lastEvent)
            let place = cursor
            _ = try await within { [engine] in try await engine.follow(id, after: place).next(limit: 1) }
        }
    }
}
