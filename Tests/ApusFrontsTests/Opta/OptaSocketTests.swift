import ApusBase
import ApusCore
import ApusEngine
import ApusFronts
import ApusTesting
import OptaWire
import Testing

@Suite(.timeLimit(.minutes(5))) struct OptaSocketTests {
    private static let prompt: JSONValue = [
        "type": "turn.submit", "clientId": "c", "writerId": "w", "sessionId": "s", "content": "hello",
    ]

    // MARK: Opening

    @Test(
        arguments: [
            (nil, "sessionId=s"), ("wrong", "sessionId=s"), (nil, "sessionId=s&token=wrong"), ("wrong", "sessionId=s&token=secret"),
            (nil, ""),
        ] as [(String?, String)])
    func aWrongTokenIsToldBehindTheUpgrade(token: String?, query: String) async throws {
        try await OptaHouse().socket(query, token: token) { peer in
            let close = try await peer.close()
            #expect(close == OptaPeer.Close(code: 4001, reason: "unauthorized"))
            #expect(peer.all == [["error": "Unauthorized"]])
        }
    }

    @Test(arguments: ["", "afterSeq=3", "sessionId="])
    func aSocketBelongsToASession(query: String) async throws {
        try await OptaHouse().socket(query) { peer in
            let close = try await peer.close()
            #expect(close == OptaPeer.Close(code: 4000, reason: "missing sessionId"))
            #expect(peer.all == [["error": "Missing sessionId query parameter"]])
        }
    }

    @Test func browsersHaveTheirTokenInTheQuery() async throws {
        let house = OptaHouse()
        try await house.running {
            try await house.session()
            try await house.socket("sessionId=s&token=secret", token: nil) { peer in try await peer.event("session.snapshot") }
        }
    }

    @Test func otherPathsHaveNoSocket() async {
        guard case .refused(let answer) = await OptaHouse().front.upgrade(OptaHouse.head("GET", "/v3/events?sessionId=s")) else {
            Issue.record("a socket")
            return
        }
        #expect(answer.status == 404)
    }

    // MARK: Events

    @Test func theWholeConversationIsThatOfTheProtocol() async throws {
        let house = OptaHouse(ScriptedModel { _, _ in .init(.reasoning(["hmm"]), .text(["Hel", "lo ", "world"])) })
        try await house.running {
            try await house.session("s", ["title": "T"])
            try await house.socket { peer in
                peer.say(Self.prompt)
                let ack = try await peer.answer()
                let turn = try #require(ack["turnId"])
                #expect(ack == ["type": "ack", "action": "turn.submit", "turnId": turn, "queued": 0])
                let events = try await peer.event("session.updated")
                #expect(events.payload["snapshot"]?["title"] == "T")
                #expect(
                    peer.events.names == [
                        "session.snapshot", "turn.queued", "turn.start", "turn.thinking", "turn.token", "turn.token", "turn.token",
                        "turn.done", "session.updated",
                    ])
                let place = try #require(peer.all.firstIndex { $0["type"] == "ack" })
                let queued = try #require(peer.all.firstIndex { $0["event"] == "turn.queued" })
                #expect(queued < place, "the answer comes behind what it has brought about")
            }
        }
    }

    @Test func aClientThatComesBackMissesNothingAndHearsNothingTwice() async throws {
        let gate = Gate()
        let house = OptaHouse(
            ScriptedModel { _, number in
                number == 0
                    ? .init(.text(["a", "b", "c"]), .stand(gate), .text(["d", "e"]), .call("c1", "Look", [:])) : .text("f")
            }, tools: [ScriptedTool("Look", says: "nothing")])
        try await house.running {
            try await house.session()
            let all = Watched<[OptaEnvelope]>([])
            try await house.socket { peer in
                try await house.submit()
                try await gate.reached()
                try await peer.until { $0.payload["text"] == "c" }
                gate.open()
                all.change { $0 = [] }
                let events = try await peer.until { $0.event == "session.updated" }
                all.change { $0 = events }
            }
            #expect(all.value.isAscending)
            #expect(all.value.text == "abcdef")
            // From every place, on a socket, as a stream and as a list.
            for (index, event) in all.value.enumerated() {
                let rest = Array(all.value.dropFirst(index + 1))
                #expect(try await house.events(query: "?afterSeq=\(event.seq)") == rest)
                if rest.isEmpty { continue }
                try await house.socket("sessionId=s&afterSeq=\(event.seq)") { peer in
                    let events = try await peer.until { $0.event == "session.updated" }
                    #expect(events == rest)
                }
            }
        }
    }

    @Test func aCursorBeyondTheEndHoldsBackWhatIsBeforeIt() async throws {
        let house = OptaHouse()
        try await house.running {
            try await house.session()
            let last = try await house.events().last?.seq ?? 0
            try await house.socket("sessionId=s&afterSeq=\(last + 12)") { peer in
                try await house.submit()
                let events = try await peer.until { $0.event == "session.updated" }
                #expect(events.allSatisfy { $0.seq > last + 12 })
                #expect(!events.names.contains("turn.queued"))
            }
        }
    }

    @Test(arguments: ["abc", "-5", "", "0x10", " 0", "-"])
    func whatIsNoCursorBeginsAtTheBeginning(cursor: String) async throws {
        let house = OptaHouse()
        try await house.running {
            try await house.session()
            try await house.socket("sessionId=s&afterSeq=\(cursor)") { peer in try await peer.event("session.snapshot") }
        }
    }

    @Test(arguments: [TurnOrigin.Front.opta, .droid])
    func aSessionIsJoinedWhenItIsMadeByWhomever(front: TurnOrigin.Front) async throws {
        let house = OptaHouse()
        try await house.running {
            try await house.socket { peer in
                peer.say(Self.prompt)
                #expect(try await peer.answer() == ["error": "Session not found: s"])
                if front == .opta {
                    try await house.session()
                } else {
                    _ = try await house.engine.create(NewSession(id: "s", workingDirectory: "/w"))
                }
                let snapshot = try await peer.event("session.snapshot")
                #expect(snapshot.seq >= 4)
                peer.say(Self.prompt)
                try await peer.event("turn.done")
                #expect(peer.events.isAscending)
            }
        }
    }

    @Test func aSessionThatIsGivenUpIsJoinedAgain() async throws {
        let house = OptaHouse()
        try await house.running {
            try await house.session()
            try await house.socket { peer in
                try await house.submit()
                try await peer.event("session.updated")
                await house.engine.close("s")
                let turn = try await house.submit("again")
                try await peer.until { $0.event == "turn.done" && $0.payload["turnId"] == .string(turn) }
                #expect(peer.events.isAscending)
                let logged = try await house.events()
                #expect(Array(logged.prefix(peer.events.count)) == peer.events)
            }
        }
    }

    @Test func eventsOfASessionAreItsOwn() async throws {
        let house = OptaHouse()
        try await house.running {
            try await house.session("a")
            try await house.session("b")
            try await house.socket("sessionId=a") { peer in
                try await house.submit(to: "b")
                try await house.submit(to: "a")
                try await peer.event("session.updated")
                #expect(peer.events.allSatisfy { $0.sessionId == "a" })
            }
            #expect(try await house.events("b").allSatisfy { $0.sessionId == "b" })
        }
    }

    @Test func theDocumentedDialectIsGivenToWhoAsksForIt() async throws {
        let house = OptaHouse(
            ScriptedModel { _, number in number == 0 ? .init(.call("c", "Look", ["path": "a"])) : .text("hi") },
            tools: [ScriptedTool("Look", says: "x")])
        try await house.running {
            try await house.session()
            try await house.socket("sessionId=s&dialect=doc") { peer in
                try await house.submit()
                try await peer.until { $0.event == "session.updated" }
                let call = try #require(peer.all.first { $0["event"] == "turn.tool_call" })
                #expect(call["data"]?["args"] == ["path": "a"])
                #expect(call["data"]?["toolName"] == "Look")
                #expect(peer.all.contains { $0["event"] == "turn.tool_result" })
                #expect(peer.all.contains { $0["event"] == "turn.token" && $0["data"]?["token"] == "hi" })
                #expect(peer.all.contains { $0["event"] == "turn.done" && $0["stats"]?["toolCalls"] == 1 })
                let polled = await house.call("GET", "/v3/sessions/s/events?dialect=doc")
                #expect(polled.body["events"]?.arrayValue == peer.all)
            }
        }
    }

    // MARK: Messages

    @Test(
        arguments: [
            ("{", ["error": "Invalid JSON payload"]), (#"{"type":"hello","clientId":"c","sessionId":"s"}"#, nil),
            (#"{"type":"hello","clientId":"c","sessionId":"s","afterSeq":4}"#, nil),
            (
                #"{"type":"turn.cancel","sessionId":"nobody","writerId":"w"}"#,
                ["type": "ack", "action": "turn.cancel", "cancelled": ["cancelledQueued": 0, "cancelledActive": false]]
            ),
            (
                #"{"type":"permission.resolve","sessionId":"s","requestId":"p","decision":"allow","decidedBy":"me"}"#,
                [
                    "type": "ack", "action": "permission.resolve",
                    "result": ["ok": false, "conflict": false, "message": "Unknown permission request"],
                ]
            ),
        ] as [(String, JSONValue?)])
    func messagesAreAnsweredAsTheProtocolSays(message: String, answer: JSONValue?) async throws {
        let house = OptaHouse()
        try await house.running {
            try await house.session()
            try await house.socket { peer in
                peer.say(text: message)
                // Behind one that is not answered comes one that is.
                if answer == nil { peer.say(["type": "ping"]) }
                let got = try await peer.answer()
                if let answer { #expect(got == answer) } else { #expect(got["details"]?[0]?["code"] == "invalid_union_discriminator") }
            }
        }
    }

    @Test(
        arguments: [
            (#"{"type":"ping"}"#, ["invalid_union_discriminator"]), ("{}", ["invalid_union_discriminator"]), ("[1]", ["invalid_type"]),
            ("null", ["invalid_type"]), (#"{"type":"turn.submit"}"#, ["invalid_type", "invalid_type", "invalid_type", "invalid_type"]),
            (#"{"type":"hello","clientId":"c","sessionId":"s","afterSeq":-1}"#, ["too_small"]),
            (#"{"type":"hello","clientId":"c","sessionId":"s","afterSeq":1.5}"#, ["invalid_type"]),
            (#"{"type":"permission.resolve","sessionId":"s","requestId":"p","decision":"ok","decidedBy":"m"}"#, ["invalid_enum_value"]),
            (#"{"type":"turn.cancel","sessionId":""}"#, ["too_small"]),
        ])
    func whatIsNoMessageIsNamedAndTheSocketStaysOpen(message: String, codes: [String]) async throws {
        let house = OptaHouse()
        try await house.running {
            try await house.session()
            try await house.socket { peer in
                peer.say(text: message)
                let answer = try await peer.answer()
                #expect(answer["error"] == "Invalid WS payload")
                #expect(answer["details"]?.arrayValue?.compactMap { $0["code"]?.stringValue } == codes)
                peer.say(Self.prompt)
                try await peer.event("turn.done")
                #expect(peer.closed.value == nil)
            }
        }
    }

    @Test(arguments: ["chat", "do", "plan", "review", "research"])
    func everyModeIsTakenOnASocket(mode: String) async throws {
        let house = OptaHouse()
        try await house.running {
            try await house.session()
            try await house.socket { peer in
                var prompt = try #require(Self.prompt.objectValue)
                prompt["mode"] = .string(mode)
                peer.say(.object(prompt))
                #expect(try await peer.event("turn.start").payload["mode"] == .string(mode))
                try await peer.event("turn.done")
            }
        }
    }

    @Test func aMessageNeedsTheScopeOfWhatItAsksFor() async throws {
        let keys = TestKeys(["see": ClientIdentity(name: "see", scopes: [.observer])])
        let house = OptaHouse(access: .keys(keys))
        try await house.running {
            try await house.session()
            try await house.socket(token: "see") { peer in
                try await peer.event("session.snapshot")
                peer.say(Self.prompt)
                #expect(try await peer.answer(1) == ["error": #""see" may not do this: it needs the scope prompter"#])
                peer.say(["type": "permission.resolve", "sessionId": "s", "requestId": "p", "decision": "allow", "decidedBy": "m"])
                #expect(try await peer.answer(2) == ["error": #""see" may not do this: it needs the scope approver"#])
                peer.say(["type": "turn.cancel", "sessionId": "s", "writerId": "w"])
                #expect(try await peer.answer(3) == ["error": #""see" may not do this: it needs the scope prompter"#])
            }
            #expect(house.model.requests.isEmpty)
        }
    }

    // MARK: Ends

    @Test func aRevokedKeyEndsItsSockets() async throws {
        let keys = TestKeys(["k": ClientIdentity(name: "k", scopes: [.observer])])
        let house = OptaHouse(access: .keys(keys))
        try await house.running {
            try await house.session()
            try await house.socket(token: "k") { peer in
                try await peer.event("session.snapshot")
                keys.clients.change { $0 = [:] }
                let close = try await peer.close()
                #expect(close == OptaPeer.Close(code: 4001, reason: "unauthorized"))
                #expect(peer.answers == [["error": "Unauthorized"]])
            }
        }
    }

    /// Whoever takes nothing cannot keep a socket that way (threat S6).
    @Test func aRevokedKeyEndsTheSocketOfOneWhoReadsNothing() async throws {
        let keys = TestKeys(["k": ClientIdentity(name: "k", scopes: [.observer])])
        let house = OptaHouse(access: .keys(keys))
        try await house.running {
            try await house.session()
            let never = Gate()
            try await house.socket(token: "k", gate: never, holdsAll: true) { peer in
                try await never.reached()
                keys.clients.change { $0 = [:] }
                let close = try await peer.close()
                #expect(close == OptaPeer.Close(code: 4001, reason: "unauthorized"))
                #expect(peer.all == [["error": "Unauthorized"]])
            }
        }
    }

    @Test func aLogThatCannotBeReadAtAllIsTheEnd() async throws {
        let house = OptaHouse(sessions: { ForgetfulSessions($0, forgetsAll: true) })
        try await house.running {
            try await house.session()
            try await house.socket { peer in
                let close = try await peer.close()
                #expect(close.code == 1011)
                #expect(peer.all.map { $0["error"] } == ["Event replay failed", "The disk is gone"])
            }
        }
    }

    @Test func theEndOfTheDaemonIsSaidInTheClose() async throws {
        let house = OptaHouse()
        try await house.running {
            try await house.session()
            try await house.socket { peer in
                try await peer.event("session.snapshot")
                await house.front.shutDown()
                let close = try await peer.close()
                #expect(close.code == 1001)
            }
        }
    }

    @Test func whoFallsTooFarBehindIsSentAwayAndMissesNothingWhenItComesBack() async throws {
        var setting = OptaHouse.setting
        setting.maximumWaitingEvents = 64
        let pieces = (0..<200).map { "\($0) " }
        let model = Gate()
        let house = OptaHouse(ScriptedModel { _, _ in .init(.text(["x"]), .stand(model), .text(pieces)) }, setting)
        try await house.running {
            try await house.session()
            let last = Watched<Int64>(0)
            let slow = Gate()
            try await house.socket(gate: slow) { peer in
                try await peer.event("session.snapshot")
                try await house.submit()
                // It takes nothing while all of it comes.
                try await slow.reached()
                try await model.reached()
                model.open()
                try await house.recorder("s") { if case .turnFinished = $0 { true } else { false } }
                slow.open()
                let close = try await peer.close()
                #expect(close.code == 1013)
                last.change { $0 = peer.events.last?.seq ?? 0 }
                #expect(peer.events.count < 64)
            }
            try await house.socket("sessionId=s&afterSeq=\(last.value)") { peer in
                let events = try await peer.until { $0.event == "session.updated" }
                #expect(events.text.hasSuffix(pieces.joined()))
            }
        }
    }
}

extension OptaHouse {
    /// Returns when an event that fits is in the log.
    func recorder(_ session: SessionID, until fits: @escaping @Sendable (EventKind) -> Bool) async throws {
        try await Recorder(try await engine.follow(session, after: 0)).read(until: fits)
    }
}
