import ApusBase
import ApusCore
import ApusEngine
import ApusFronts
import ApusTesting
import OptaWire
import Testing

@Suite(.timeLimit(.minutes(5))) struct OptaTurnTests {
    /// Replies that stand still until the test says go, one gate for each.
    private static func standing(_ gates: [Gate]) -> ScriptedModel {
        ScriptedModel { _, number in
            number < gates.count ? .init(.text(["a"]), .stand(gates[number]), .text(["b"])) : .text("ok")
        }
    }

    @Test func aTurnIsToldFromItsQueueToItsEnd() async throws {
        let house = OptaHouse(
            ScriptedModel { _, _ in
                .init(.reasoning(["hm"]), .text(["Hel", "lo"]), .usage(Usage(inputTokens: 10, outputTokens: 4, cacheReadTokens: 1)))
            })
        try await house.running {
            try await house.session()
            try await house.socket { peer in
                let turn = try await house.submit(writer: "me")
                let events = try await peer.until { $0.event == "session.updated" }
                #expect(
                    events.names == [
                        "session.snapshot", "turn.queued", "turn.start", "turn.thinking", "turn.token", "turn.token", "turn.done",
                        "session.updated",
                    ])
                #expect(events.isAscending)
                let told = events.of(turn)
                let author: JSONObject = ["turnId": .string(turn), "writerId": "me", "clientId": "c"]
                func with(_ key: String, _ value: JSONValue) -> JSONValue {
                    var members = author
                    members[key] = value
                    return .object(members)
                }
                #expect(told[0].payload == with("queueSize", 1))
                #expect(told[1].payload == with("mode", "chat"))
                #expect(told[2].payload == ["turnId": .string(turn), "text": "hm"])
                #expect(
                    told.last?.payload
                        == with(
                            "stats",
                            [
                                "tokens": 4, "promptTokens": 11, "completionTokens": 4, "toolCalls": 0, "elapsed": 0.0, "speed": 0.0,
                                "firstTokenLatencyMs": 0,
                            ]))
                let snapshot = events.last?.payload["snapshot"]
                #expect(snapshot?["activeTurnId"] == nil)
                #expect(snapshot?["writerCount"] == 0)
                // The end and the state that follows from it are one event.
                #expect(events[6].seq + 1 == events[7].seq && events[6].seq % 4 == 0)
                // What was live is what is replayed.
                #expect(try await house.events() == events)
            }
        }
    }

    @Test func turnsRunInTheirOrderAndEachKeepsItsWriter() async throws {
        let gates = [Gate()]
        let house = OptaHouse(Self.standing(gates))
        try await house.running {
            try await house.session()
            try await house.socket { peer in
                let first = try await house.submit("1", writer: "w1")
                try await gates[0].reached()
                let second = await house.call("POST", "/v3/sessions/s/turns", OptaHouse.prompt("2", writer: "w2"))
                #expect(second.body["queued"] == 1)
                let third = await house.call("POST", "/v3/sessions/s/turns", OptaHouse.prompt("3", writer: "w1"))
                #expect(third.body["queued"] == 2)
                let body = await house.call("GET", "/v3/sessions/s").body
                #expect(body["activeTurnId"] == .string(first))
                #expect(body["queuedTurns"] == 2)
                #expect(body["writerCount"] == 2)
                let runtime = await house.call("GET", "/v3/health").body["runtime"]
                #expect(runtime?["activeTurnCount"] == 1 && runtime?["queuedTurnCount"] == 2 && runtime?["ingressSeq"] == 3)
                gates[0].open()
                let last = third.body["turnId"]?.stringValue ?? ""
                let events = try await peer.until { $0.event == "turn.done" && $0.payload["turnId"] == .string(last) }
                let starts = events.filter { $0.event == "turn.start" }
                #expect(starts.map { $0.payload["turnId"]?.stringValue } == [first, second.body["turnId"]?.stringValue, last])
                #expect(starts.map { $0.payload["writerId"]?.stringValue } == ["w1", "w2", "w1"])
                #expect(
                    events.filter { $0.event == "turn.queued" }.map { $0.payload["queueSize"]?.integerValue } == [1, 1, 2])
            }
        }
    }

    @Test func anUnknownSessionIsNamed() async {
        let reply = await OptaHouse().call("POST", "/v3/sessions/nobody/turns", OptaHouse.prompt("x"))
        #expect(reply.status == 404)
        #expect(reply.body == ["error": "Session not found: nobody"])
    }

    @Test(
        arguments: [
            (["clientId": ""], "clientId", "too_small", "String must contain at least 1 character(s)"),
            (["writerId": 7], "writerId", "invalid_type", "Expected string, received number"),
            (["writerId": .string(String(repeating: "w", count: 257))], "writerId", "too_big", "String must contain at most 256 byte(s)"),
            (["clientId": .string(String(repeating: "ü", count: 129))], "clientId", "too_big", "String must contain at most 256 byte(s)"),
            (["content": ""], "content", "too_small", "String must contain at least 1 character(s)"),
            (
                ["mode": "yolo"], "mode", "invalid_enum_value",
                "Invalid enum value. Expected 'chat' | 'do' | 'plan' | 'review' | 'research', received 'yolo'"
            ), (["metadata": []], "metadata", "invalid_type", "Expected object, received array"),
            (["lastSeenSeq": -1], "lastSeenSeq", "too_small", "Number must be greater than or equal to 0"),
            (["lastSeenSeq": 1.5], "lastSeenSeq", "invalid_type", "Expected integer, received float"),
            (["overrides": "x"], "overrides", "invalid_type", "Expected object, received string"),
        ] as [(JSONObject, String, String, String)])
    func whatDoesNotFitIsNamed(change: JSONObject, key: String, code: String, message: String) async {
        let reply = await OptaHouse().call("POST", "/v3/sessions/s/turns", OptaHouse.prompt("x", change))
        #expect(reply.status == 400)
        #expect(reply.body["error"] == "Invalid request body")
        let issue = reply.body["details"]?[0]
        #expect(issue?["path"] == [.string(key)])
        #expect(issue?["code"] == .string(code))
        #expect(issue?["message"] == .string(message))
    }

    /// Models that there are, and what happens while one is looked up.
    private struct WatchedModels: ModelSource {
        let models: any ModelSource
        let hook = Watched<(@Sendable () async -> Void)?>(nil)

        func provider(for model: String?) async throws(ModelLookupError) -> any ModelProvider {
            if model == "other" { await hook.value?() }
            return try await models.provider(for: model == "other" ? nil : model)
        }
    }

    /// Somebody else changes the session while the model of a turn is looked up: both changes stay.
    @Test func theModelOfATurnUndoesNoChangeOfOthers() async throws {
        let models = WatchedModels(models: ScriptedModel { _, _ in .text("x") })
        let house = OptaHouse(models: models)
        try await house.running {
            try await house.session()
            models.hook.change { hook in
                hook = {
                    do { try await house.engine.change("s", settings: SessionSettings(autonomy: .medium)) } catch { Issue.record(error) }
                }
            }
            try await house.submit(with: ["overrides": ["model": "other"]])
            models.hook.change { $0 = nil }
            let settings = try await house.engine.peek("s").settings
            #expect(settings.autonomy == .medium)
            #expect(settings.model != nil)
        }
    }

    @Test func aTurnThatIsRefusedLeavesTheModelAsItWas() async throws {
        let gate = Gate()
        let house = OptaHouse(Self.standing([gate]))
        try await house.running {
            try await house.session()
            try await house.submit()
            try await gate.reached()
            for _ in 0..<100 { try await house.submit() }
            let before = try await house.engine.peek("s").settings
            let refused = await house.call(
                "POST", "/v3/sessions/s/turns", OptaHouse.prompt("x", ["overrides": ["model": "scripted"]]))
            #expect(refused.status == 503, "\(refused)")
            #expect(try await house.engine.peek("s").settings == before)
            _ = await house.call("POST", "/v3/sessions/s/cancel", ["writerId": "w"])
            gate.open()
        }
    }

    /// Names are in every event of a turn; a longer one is no turn's.
    @Test func namesAreBounded() async throws {
        let house = OptaHouse()
        try await house.running {
            try await house.session()
            let longest = String(repeating: "n", count: 256)
            try await house.submit(writer: longest, with: ["clientId": .string(longest)])
            let none = await house.call("POST", "/v3/sessions/s/cancel", ["writerId": .string(longest + "n")])
            #expect(none.status == 200 && none.body["cancelled"] == 0)
            try await house.socket { peer in
                for (message, key) in [
                    (["type": "hello", "clientId": .string(longest + "n"), "sessionId": "s"], "clientId"),
                    (["type": "turn.cancel", "sessionId": "s", "turnId": .string(longest + "n")], "turnId"),
                    (["type": "turn.cancel", "sessionId": "s", "writerId": .string(longest + "n")], "writerId"),
                ] as [(JSONValue, String)] {
                    let count = peer.answers.count
                    peer.say(message)
                    let answer = try await peer.answer(count + 1)
                    #expect(
                        answer["error"] == "Invalid WS payload" && answer["details"]?[0]?["code"] == "too_big", "\(answer.serialized())")
                    #expect(answer["details"]?[0]?["path"] == [.string(key)])
                }
            }
        }
    }

    @Test func everyMissingFieldAndEveryWrongOverrideIsNamed() async {
        let none = await OptaHouse().call("POST", "/v3/sessions/s/turns", [:])
        #expect(
            none.body["details"]?.arrayValue?.compactMap { $0["path"]?[0]?.stringValue } == ["clientId", "writerId", "content", "mode"])
        #expect(none.body["details"]?.arrayValue?.allSatisfy { $0["message"] == "Required" } == true)
        let overrides: JSONValue = [
            "model": 1, "provider": 1, "dangerous": 1, "auto": 1, "noCommit": 1, "noCheckpoints": 1, "format": "html", "autonomyMode": "x",
            "autonomyLevel": 6, "unknown": 1,
        ]
        let wrong = await OptaHouse().call("POST", "/v3/sessions/s/turns", OptaHouse.prompt("x", ["overrides": overrides]))
        #expect(
            wrong.body["details"]?.arrayValue?.compactMap { $0["path"] } == [
                ["overrides", "model"], ["overrides", "provider"], ["overrides", "dangerous"], ["overrides", "auto"],
                ["overrides", "noCommit"], ["overrides", "noCheckpoints"], ["overrides", "format"], ["overrides", "autonomyMode"],
                ["overrides", "autonomyLevel"],
            ])
    }

    @Test func whoHasNotSeenEverythingIsRefusedWhenItAsksForThat() async throws {
        let house = OptaHouse()
        try await house.running {
            try await house.session()
            try await house.socket { peer in
                try await house.submit()
                let last = try await peer.event("session.updated").seq
                for seen in [0, last - 1] {
                    let stale = await house.call(
                        "POST", "/v3/sessions/s/turns", OptaHouse.prompt("x", ["lastSeenSeq": .integer(seen)]))
                    #expect(stale.status == 409)
                    #expect(stale.body == ["error": "Session state conflict: context has been modified since last seen"])
                }
                // Two who have seen the same: one of them is first.
                async let one = house.call("POST", "/v3/sessions/s/turns", OptaHouse.prompt("x", ["lastSeenSeq": .integer(last)]))
                async let two = house.call("POST", "/v3/sessions/s/turns", OptaHouse.prompt("y", ["lastSeenSeq": .integer(last)]))
                #expect(await [one.status, two.status].sorted() == [202, 409])
            }
        }
    }

    @Test func aFullDiskIsSaidAsSuch() async throws {
        let sentence = "The session store cannot grow: free some space on its disk and try again."
        let house = OptaHouse(sessions: { BrokenSessions($0, submit: .log(.store(sentence))) })
        try await house.running {
            try await house.session()
            let reply = await house.call("POST", "/v3/sessions/s/turns", OptaHouse.prompt("x"))
            #expect(reply.status == 507)
            #expect(reply.body == ["error": .string(sentence)])
        }
    }

    // MARK: Modes

    /// One table of modes.
    @Test(
        arguments: [
            ("chat", [:], .off, .auto), ("do", [:], .medium, .auto), ("plan", [:], .off, .spec), ("review", [:], .off, .spec),
            ("research", [:], .off, .spec), ("do", ["dangerous": true], .high, .auto), ("chat", ["auto": true], .medium, .auto),
            ("plan", ["dangerous": true, "auto": true], .high, .auto),
        ] as [(String, JSONObject, AutonomyLevel, InteractionMode)])
    func modesAreThoseOfTheTable(mode: String, overrides: JSONObject, level: AutonomyLevel, interaction: InteractionMode) async throws {
        let origin = try await input(mode, overrides)
        #expect(origin.overrides.autonomy == level)
        #expect(origin.overrides.interaction == interaction)
        #expect(origin.origin.mode == mode)
    }

    @Test func noModeGoesBeyondTheDaemonsOwnLimit() async throws {
        #expect(try await input("do", ["dangerous": true], OptaHouse(maximumAutonomy: .low)).overrides.autonomy == .low)
    }

    @Test func whoMayNotAnswerRaisesNoLevel() async throws {
        let keys = TestKeys([OptaHouse.token + "2": ClientIdentity(name: "p", scopes: [.prompter])])
        let input = try await input("do", ["dangerous": true], OptaHouse(access: .keys(keys)), token: OptaHouse.token + "2")
        #expect(input.overrides.autonomy == .off)
        #expect(input.origin.maximumAutonomy == .off)
    }

    @Test func aTurnOfThisProtocolAsksForTwoMinutesAndIsAskedNothingElse() async throws {
        let origin = try await input("do", [:]).origin
        #expect(
            origin
                == TurnOrigin(
                    front: .opta, writer: "opta/w",
                    approvals: .ask(TurnOrigin.ApprovalTerms(deadlineMilliseconds: 120_000, afterCancel: .goOn, afterDeadline: .goOn)),
                    maximumAutonomy: .unrestricted, answersQuestions: false, client: "c", mode: "do"))
    }

    @Test(arguments: [("json", "Answer with one JSON value"), ("text", "plain text"), ("markdown", nil)] as [(String, String?)])
    func aFormatIsAnInstructionToTheModel(format: String, words: String?) async throws {
        let house = OptaHouse()
        let instruction = try await input("chat", ["format": .string(format)], house).overrides.instruction
        if let words { #expect(instruction?.contains(words) == true) } else { #expect(instruction == nil) }
        guard case .user(let texts, _)? = house.model.requests.first?.messages.first else {
            Issue.record("no prompt")
            return
        }
        #expect(texts.contains { $0.contains(words ?? "Hi") })
    }

    private func input(
        _ mode: String, _ overrides: JSONObject, _ house: OptaHouse = OptaHouse(), token: String = OptaHouse.token
    ) async throws -> TurnInput {
        let found = Watched<TurnInput?>(nil)
        try await house.running {
            try await house.session()
            try await house.socket { peer in
                let turn = try await house.submit(mode: mode, token: token, with: ["overrides": .object(overrides)])
                try await peer.event("session.updated")
                for event in try await house.memory.events(in: "s", after: 0, limit: .max) {
                    if case .turnQueued(let input) = event.kind, input.turn.rawValue == turn { found.change { $0 = input } }
                }
            }
        }
        return try #require(found.value)
    }

    @Test func theModelOfATurnIsThatOfItsSessionFromThenOn() async throws {
        let models = TwoModels()
        let house = OptaHouse(models: models)
        try await house.running {
            try await house.session("s", ["model": "one"])
            try await house.socket { peer in
                try await house.submit()
                try await peer.until { $0.event == "session.updated" }
                let turn = try await house.submit(with: ["overrides": ["model": "second"]])
                try await peer.until { $0.event == "turn.done" && $0.payload["turnId"] == .string(turn) }
            }
            #expect(await house.call("GET", "/v3/sessions/s").body["model"] == "two")
        }
        #expect(models.one.requests.count == 1)
        #expect(models.two.requests.count == 1)
    }

    // MARK: Failures

    @Test func aModelThatIsNotThereIsNotLoadedAndTheTurnNeverStarts() async throws {
        let house = OptaHouse()
        try await house.running {
            try await house.session("s", ["model": "nope"])
            try await house.socket { peer in
                let turn = try await house.submit()
                let events = try await peer.until { $0.event == "turn.error" }.of(turn)
                #expect(events.names == ["turn.queued", "turn.error"])
                #expect(events.last?.payload["code"] == "no-model-loaded")
                let message = events.last?.payload["message"]?.stringValue ?? ""
                #expect(message.hasPrefix(#"No Model Loaded - Use Opta Menu to begin. Session model "nope" is not loaded."#))
            }
        }
        #expect(house.model.requests.isEmpty)
    }

    @Test(
        arguments: [
            (.network, "lmx-connection-refused"), (.timeout, "lmx-timeout"), (.streamBroken, "lmx-ws-closed"), (.authentication, nil),
        ] as [(ModelError.Kind, String?)])
    func aModelThatCannotBeAskedHasItsCodeAndNoStart(kind: ModelError.Kind, code: String?) async throws {
        let time = ManualTime()
        let house = OptaHouse(ScriptedModel { _, _ in .fail(kind) }, time: time)
        try await house.running {
            try await house.session()
            try await house.socket { peer in
                try await house.submit()
                let events = try await withThrowingTaskGroup(of: [OptaEnvelope]?.self) { group in
                    group.addTask { try await peer.until { $0.event == "turn.error" } }
                    group.addTask {
                        while !Task.isCancelled {
                            time.advance(by: .seconds(120))
                            await Task.yield()
                        }
                        return nil
                    }
                    let events = try await group.next() ?? nil
                    group.cancelAll()
                    return try #require(events)
                }
                #expect(!events.names.contains("turn.start"))
                #expect(events.last?.payload["code"]?.stringValue == code)
                #expect(events.names.contains("turn.progress") == (code != nil))
                if code != nil { #expect(events.last?.payload["message"]?.stringValue?.contains("LMX preflight failed: ") == true) }
            }
            // The prompt is kept all the same.
            #expect(await house.call("GET", "/v3/sessions/s").body["messages"] == [["role": "user", "content": "Hi"]])
        }
    }

    // MARK: Cancelling

    @Test func cancellingByWriterTakesAllOfItsTurnsAndNobodyElses() async throws {
        let gates = [Gate()]
        let house = OptaHouse(Self.standing(gates))
        try await house.running {
            try await house.session()
            try await house.socket { peer in
                let running = try await house.submit("1", writer: "w1")
                try await gates[0].reached()
                let mine = [try await house.submit("2", writer: "w2"), try await house.submit("3", writer: "w2")]
                let other = try await house.submit("4", writer: "w3")
                let reply = await house.call("POST", "/v3/sessions/s/cancel", ["writerId": "w2"])
                #expect(reply.status == 200)
                #expect(reply.body == ["ok": true, "cancelled": 2, "cancelledQueued": 2, "cancelledActive": false])
                #expect(try await peer.event("session.cancelled").payload == ["cancelled": 2, "writerId": "w2"])
                gates[0].open()
                let events = try await peer.until { $0.event == "turn.done" && $0.payload["turnId"] == .string(other) }
                #expect(events.of(running).names.last == "turn.done")
                for turn in mine { #expect(events.of(turn).names == ["turn.queued"]) }
            }
        }
    }

    @Test func cancellingTheRunningTurnEndsItWithoutACodeAndKeepsWhatWasSaid() async throws {
        let gates = [Gate()]
        let house = OptaHouse(Self.standing(gates))
        try await house.running {
            try await house.session()
            try await house.socket { peer in
                let turn = try await house.submit("Hello", writer: "w1")
                try await peer.event("turn.token")
                let reply = await house.call("POST", "/v3/sessions/s/cancel", ["writerId": "w1"])
                #expect(reply.body == ["ok": true, "cancelled": 1, "cancelledQueued": 0, "cancelledActive": true])
                let events = try await peer.until { $0.event == "turn.error" }
                #expect(events.suffix(2).map(\.event) == ["session.cancelled", "turn.error"])
                #expect(
                    events.last?.payload
                        == ["turnId": .string(turn), "writerId": "w1", "clientId": "c", "message": "Turn cancelled"])
            }
            #expect(
                await house.call("GET", "/v3/sessions/s").body["messages"]
                    == [["role": "user", "content": "Hello"], ["role": "assistant", "content": "a"]])
        }
    }

    @Test func cancellingByTurnTakesThatOneOnly() async throws {
        let gates = [Gate()]
        let house = OptaHouse(Self.standing(gates))
        try await house.running {
            try await house.session()
            try await house.socket { peer in
                try await house.submit("1")
                try await gates[0].reached()
                let second = try await house.submit("2")
                let third = try await house.submit("3")
                let reply = await house.call("POST", "/v3/sessions/s/cancel", ["turnId": .string(second), "writerId": "w"])
                #expect(reply.body["cancelledQueued"] == 1)
                // The running one has that writer.
                #expect(reply.body["cancelledActive"] == true)
                try await peer.until { $0.event == "turn.done" && $0.payload["turnId"] == .string(third) }
            }
        }
    }

    @Test(arguments: ["{}", "null", #"{"turnId":7}"#, #""x""#, #"{"writerId":"nobody"}"#, #"{"turnId":"none"}"#])
    func whatNamesNothingCancelsNothing(body: String) async throws {
        let gates = [Gate()]
        let house = OptaHouse(Self.standing(gates))
        try await house.running {
            try await house.session()
            try await house.submit()
            try await gates[0].reached()
            let reply = await house.call("POST", "/v3/sessions/s/cancel", bytes: Array(body.utf8))
            #expect(reply.status == 200)
            #expect(reply.body == ["ok": true, "cancelled": 0, "cancelledQueued": 0, "cancelledActive": false])
            let names = try await house.events().names
            #expect(!names.contains("session.cancelled"))
            gates[0].open()
        }
        #expect(await house.call("POST", "/v3/sessions/nobody/cancel", [:]).body == ["error": "Session not found"])
    }

    @Test func aConnectionOfAnotherProtocolIsNoWriterHere() async throws {
        let gate = Gate()
        let house = OptaHouse(Self.standing([gate]))
        try await house.running {
            try await house.session()
            _ = try await house.engine.open("s")
            let input = TurnInput(turn: "t", prompt: "x", origin: TurnOrigin(front: .droid, writer: "connection-1", approvals: .refuse))
            _ = try await house.engine.submit(input, to: "s")
            try await gate.reached()
            let reply = await house.call("POST", "/v3/sessions/s/cancel", ["writerId": "connection-1"])
            #expect(reply.body["cancelled"] == 0)
            gate.open()
            try await house.socket { peer in
                let start = try await peer.event("turn.start")
                #expect(start.payload == ["turnId": "t", "writerId": "droid", "clientId": "droid", "mode": "chat"])
                try await peer.event("turn.done")
            }
        }
    }
}

/// Sessions in which something cannot be stored.
struct BrokenSessions: SessionService {
    private let engine: Engine
    private let submitting: SessionError?

    init(_ engine: Engine, submit: SessionError? = nil) {
        self.engine = engine
        submitting = submit
    }

    func create(_ request: NewSession) async throws(SessionError) -> SessionID { try await engine.create(request) }
    func open(_ session: SessionID) async throws(SessionError) -> SessionState { try await engine.open(session) }
    func fork(_ session: SessionID) async throws(SessionError) -> SessionID { try await engine.fork(session) }
    func change(_ session: SessionID, settings: SessionSettings) async throws(SessionError) {
        try await engine.change(session, settings: settings)
    }
    func submit(_ input: TurnInput, with media: [Media], to session: SessionID) async throws(SessionError) -> TurnID {
        if let submitting { throw submitting }
        return try await engine.submit(input, with: media, to: session)
    }
    func interrupt(_ session: SessionID) async { await engine.interrupt(session) }
    func follow(_ session: SessionID, after cursor: EventNumber) async throws(SessionError) -> any EventFollower {
        try await engine.follow(session, after: cursor)
    }
    func close(_ session: SessionID) async { await engine.close(session) }
}

/// `one`, and `two` that is also called `second`.
struct TwoModels: ModelSource {
    let one = ScriptedModel(id: "one") { _, _ in .text("1") }
    let two = ScriptedModel(id: "two") { _, _ in .text("2") }

    func provider(for model: String?) async throws(ModelLookupError) -> any ModelProvider {
        ["two", "second"].contains(model) ? two : one
    }
}
