import ApusBase
import ApusCore
import ApusEngine
import ApusFronts
import ApusTesting
import QwenWire
import Testing

struct QwenStreamTests {
    /// Titles that change are facts of one frame each.
    private func say(_ texts: some Sequence<String> & Sendable, in session: String, _ house: QwenHouse) async throws {
        for text in texts { try await house.engine.note(.modelRefused(text, reason: "r", by: nil), in: SessionID(session)) }
    }

    private func noted(_ events: [QwenEvent]) -> [String] { events.compactMap { $0.data["requestedModelId"]?.stringValue } }

    /// Where the log ends is asked of the follower: at many sends a second, questions to the engine would wait for those who prompt.
    @Test func sendingAsksTheEngineForNothing() async throws {
        let asked = Watched<CountedMaintenance?>(nil)
        let house = QwenHouse(maintenance: { engine in
            let maintenance = CountedMaintenance(engine)
            asked.change { $0 = maintenance }
            return maintenance
        })
        try await house.running {
            let (session, _) = try await house.session()
            try await self.say((0..<500).map { "before \($0)" }, in: session, house)
            let peeks = try #require(asked.value).peeks
            let before = peeks.value
            try await house.listening(session, after: "0") { listener in
                try await listener.until { $0.data["requestedModelId"] == "before 499" }
                for number in 0..<50 {
                    try await self.say(["\(number)"], in: session, house)
                    try await listener.until { $0.data["requestedModelId"] == .string("\(number)") }
                }
            }
            // The subscription itself looks once whether there is such a session.
            #expect(peeks.value - before == 1)
        }
    }

    // MARK: The handshake

    @Test func aStreamBeginsWithItsFieldsAndTheRetry() async throws {
        let house = QwenHouse()
        try await house.running {
            let (session, _) = try await house.session()
            let reply = await house.call("GET", "/session/\(session)/events")
            #expect(reply.field("content-type") == "text/event-stream")
            #expect(reply.field("cache-control") == "no-cache, no-transform")
            #expect(reply.field("x-accel-buffering") == "no")
            try await house.listening(session) { listener in
                try await listener.comment()
                #expect(listener.other == ["retry: 3000\n\n"])
            }
        }
    }

    @Test(
        arguments: [
            ("15", "`maxQueued` must be in [16, 2048]"), ("2049", "`maxQueued` must be in [16, 2048]"),
            ("abc", "`maxQueued` must be a decimal integer"), ("", "`maxQueued` must be a decimal integer"),
            ("-16", "`maxQueued` must be a decimal integer"), ("16", nil), ("2048", nil),
            ("99999999999999999999", "`maxQueued` must be in [16, 2048]"),
        ] as [(String, String?)])
    func theQueueHasBounds(value: String, error: String?) async throws {
        let house = QwenHouse()
        let (session, _) = try await house.session()
        let reply = await house.call("GET", "/session/\(session)/events?maxQueued=" + value)
        #expect(reply.status == (error == nil ? 200 : 400))
        if let error { #expect(reply.body == ["error": .string(error), "code": "invalid_max_queued"]) }
    }

    @Test func aCommentComesAgainAndAgain() async throws {
        let time = ManualTime()
        let house = QwenHouse(time: time)
        try await house.running {
            let (session, _) = try await house.session()
            try await house.listening(session) { listener in
                for count in 1...3 {
                    try await time.sleeps(count) { $0 == .seconds(15) }
                    time.advance(by: .seconds(15))
                    try await listener.comment(count + 1)
                }
                #expect(listener.other.dropFirst().allSatisfy { $0 == ": heartbeat\n\n" })
            }
        }
    }

    // MARK: Cursors

    @Test func numbersRiseAndAreTheSameForEverybody() async throws {
        let house = QwenHouse()
        try await house.running {
            let (session, _) = try await house.session()
            try await house.listening(session, after: "0") { first in
                try await house.listening(session, after: "0") { second in
                    #expect(await house.prompt(session).status == 200)
                    let left = try await first.until { $0.type == "turn_complete" }
                    let right = try await second.until { $0.type == "turn_complete" }
                    #expect(left == right)
                    let ids = left.compactMap(\.id)
                    #expect(ids == ids.sorted() && Set(ids).count == ids.count && ids.count == left.count)
                }
            }
            let again = try await house.replay(session)
            #expect(again.text == "Hello you")
        }
    }

    @Test func aCursorGivesWhatComesBehindItAndNothingElse() async throws {
        let house = QwenHouse()
        try await house.running {
            let (session, _) = try await house.session()
            #expect(await house.prompt(session).status == 200)
            let all = try await house.replay(session)
            for (index, event) in all.enumerated() {
                let id = try #require(event.id)
                let rest = try await house.replay(session, after: "\(id)")
                #expect(rest == Array(all[(index + 1)...]) + rest.suffix(rest.count - (all.count - index - 1)))
                #expect(noted(rest).isEmpty)
            }
        }
    }

    @Test(arguments: ["1abc", "-1", "", "9007199254740993", " 0", "0x1", "99999999999999999999999"])
    func whatIsNoCursorIsAbsent(cursor: String) async throws {
        let house = QwenHouse()
        try await house.running {
            let (session, _) = try await house.session()
            try await say(["old"], in: session, house)
            try await house.listening(session, after: cursor) { listener in
                try await say(["new"], in: session, house)
                let first = try await listener.event("model_switch_failed")
                #expect(noted([first]) == ["new"])
            }
        }
    }

    @Test func aCursorBeyondTheEndHearsWhatComes() async throws {
        let house = QwenHouse()
        try await house.running {
            let (session, _) = try await house.session()
            try await house.listening(session, after: "9007199254740991") { listener in
                try await say(["new"], in: session, house)
                try await listener.event("model_switch_failed")
                #expect(noted(listener.all) == ["new"])
            }
        }
    }

    @Test func theSubscriptionBeginsWithTheAnswerAndNotWithTheFirstByte() async throws {
        let house = QwenHouse()
        try await house.running {
            let (session, _) = try await house.session()
            let reply = await house.call("GET", "/session/\(session)/events")
            try await say(["between"], in: session, house)
            let stream = try #require(reply.stream)
            let listener = QwenListener(nil)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await stream(listener) }
                let first = try await listener.event("model_switch_failed")
                #expect(noted([first]) == ["between"])
                group.cancelAll()
                try await group.waitForAll()
            }
        }
    }

    @Test func aRingGivesExactlyItsLastFrames() async throws {
        var setting = QwenHouse.bound
        setting.ringSize = 3
        let house = QwenHouse(ScriptedModel { _, _ in .text("x") }, setting)
        try await house.running {
            let (session, _) = try await house.session()
            try await say(["1", "2", "3", "4", "5"], in: session, house)
            try await house.listening(session, after: "0") { listener in
                let events = try await listener.until { $0.data["requestedModelId"] == "5" }
                #expect(noted(events) == ["3", "4", "5"])
                try await say(["6"], in: session, house)
                let more = try await listener.until { $0.data["requestedModelId"] == "6" }
                #expect(noted(more) == ["3", "4", "5", "6"])
            }
            let near = try #require(try await house.replay(session, after: "0").first?.id)
            #expect(near > 4)
        }
    }

    @Test func aReplayLargerThanTheQueueIsCompleteAndWhatFollowsDoesNotEvict() async throws {
        let house = QwenHouse()
        try await house.running {
            let (session, _) = try await house.session()
            let texts = (0..<700).map { "\($0)" }
            try await say(texts, in: session, house)
            try await house.listening(session, after: "0", query: "?maxQueued=16") { listener in
                try await listener.until { $0.data["requestedModelId"] == "699" }
                try await say(["live"], in: session, house)
                let events = try await listener.until { $0.data["requestedModelId"] == "live" }
                #expect(noted(events) == texts + ["live"])
            }
        }
    }

    // MARK: Slow readers

    @Test func whoIsTooSlowGetsTheQueueAndThenTheWordAndNobodyElseSuffers() async throws {
        let gate = Gate()
        let house = QwenHouse()
        try await house.running {
            let (session, _) = try await house.session()
            try await house.listening(session) { healthy in
                try await house.listening(session, query: "?maxQueued=16", gate: gate) { slow in
                    try await slow.comment()
                    try await say(["first"], in: session, house)
                    try await gate.reached()
                    let texts = (0..<40).map { "\($0)" }
                    try await say(texts, in: session, house)
                    gate.open()
                    let events = try await slow.ended()
                    #expect(noted(events) == ["first"] + texts.prefix(16))
                    // It never had a chance to be warned before, and is told where the warning was due.
                    let numbers = events.compactMap(\.id)
                    let place = try #require(events.firstIndex { $0.type == "slow_client_warning" })
                    #expect(events[place].id == nil && events[place - 1].id == numbers[12])
                    #expect(events[place].data == ["queueSize": 12, "maxQueued": 16, "lastEventId": .integer(numbers[12])])
                    let last = try #require(events.last)
                    #expect(last.type == "client_evicted")
                    #expect(last.id == nil)
                    let next = try #require(events.compactMap(\.id).last) + 4
                    #expect(last.data == ["reason": "queue_overflow", "droppedAfter": .integer(next)])
                    let heard = try await healthy.until { $0.data["requestedModelId"] == "39" }
                    #expect(noted(heard) == ["first"] + texts)
                }
            }
        }
    }

    @Test func whoFallsBehindIsWarnedOnceUntilItHasCaughtUp() async throws {
        let gates = Gates()
        let house = QwenHouse()
        try await house.running {
            let (session, _) = try await house.session()
            let reply = await house.call("GET", "/session/\(session)/events?maxQueued=16")
            let stream = try #require(reply.stream)
            let listener = QwenListener(nil)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { await stream(SteppedSink(listener, gates)) }
                // Each step: one event that is being sent, and so many that come meanwhile.
                var number = 0
                for waiting in [12, 13, 5, 12] {
                    if number == 0 {
                        try await say(["go"], in: session, house)
                        try await gates.next()
                    }
                    number += 1
                    try await say((0..<waiting).map { "\(number).\($0)" }, in: session, house)
                    gates.open()
                    try await gates.next()
                }
                gates.openAll()
                try await listener.until { $0.data["requestedModelId"] == "4.11" }
                let warnings = listener.all.filter { $0.type == "slow_client_warning" }
                #expect(warnings.map { $0.data["queueSize"] } == [12, 12])
                #expect(warnings.allSatisfy { $0.id == nil && $0.data["maxQueued"] == 16 })
                group.cancelAll()
                try await group.waitForAll()
            }
        }
    }

    @Test func aSessionHasSixtyFourSubscribersAtMostAndAPlaceIsGivenBackAtOnce() async throws {
        let house = QwenHouse()
        try await house.running {
            let (session, _) = try await house.session()
            var streams: [QwenReply] = []
            for _ in 0..<64 { streams.append(await house.call("GET", "/session/\(session)/events")) }
            #expect(streams.allSatisfy { $0.status == 200 })
            let refused = await house.call("GET", "/session/\(session)/events")
            #expect(refused.status == 429)
            #expect(refused.field("retry-after") == "5")
            #expect(
                refused.body == [
                    "error": "EventBus subscriber limit reached (64)", "code": "subscriber_limit_exceeded", "limit": 64,
                ])
            // One that was never begun.
            streams.removeLast()
            try await house.listening(session) { _ in
                #expect(await house.call("GET", "/session/\(session)/events").status == 429)
            }
            #expect(await house.call("GET", "/session/\(session)/events").status == 200)
        }
    }

    // MARK: Ends

    @Test func aShutdownIsToldOnceAndIsInNoLog() async throws {
        let gate = Gate()
        let house = QwenHouse(ScriptedModel { _, _ in ScriptedModel.Reply(.text(["a"]), .stand(gate)) })
        try await house.running {
            let (session, _) = try await house.session()
            try await house.listening(session, after: "0") { listener in
                let prompt = Task { await house.prompt(session) }
                try await gate.reached()
                try await listener.until { $0.data["content"]?["text"] == "a" }
                await house.front.shutDown()
                await house.front.shutDown()
                let events = try await listener.ended()
                #expect(events.count { $0.type == "session_died" } == 1)
                let last = try #require(events.last)
                #expect(last.data == ["sessionId": .string(session), "reason": "daemon_shutdown"])
                let before = try #require(events.dropLast().last?.id)
                let id = try #require(last.id)
                #expect(id > before && id % 4 == 3)
                let reply = await prompt.value
                #expect(reply.status == 500)
                #expect(reply.body == ["error": .string("agent channel closed mid-request (session \(session))")])
                // No hanging up: the turn is the engine's.
                let state = try await house.engine.peek(SessionID(session))
                #expect(state.running != nil)
            }
            #expect(await house.call("POST", "/session", [:]).body == ["error": "HttpAcpBridge is shutting down"])
            let after = house.front(QwenHouse.bound)
            try await house.listening(session, after: "0", through: after) { listener in
                try await listener.until { $0.data["content"]?["text"] == "a" }
                #expect(!listener.all.names.contains("session_died"))
            }
        }
    }

    @Test func aSessionThatIsGivenUpDiesForItsClientsAndItsIdAnswersAgain() async throws {
        let house = QwenHouse()
        try await house.running {
            let (session, _) = try await house.session()
            let (other, _) = try await house.session(["sessionScope": "thread"])
            try await house.listening(other) { untouched in
                try await house.listening(session) { listener in
                    try await listener.comment()
                    // As when its log breaks.
                    await house.engine.close(SessionID(session))
                    let last = try #require(try await listener.ended().last)
                    #expect(
                        last.data == [
                            "sessionId": .string(session), "reason": "channel_closed", "exitCode": .null, "signalCode": .null,
                        ])
                }
                let listed = await house.call("GET", "/workspace/%2Fw/sessions").body["sessions"]?.arrayValue ?? []
                #expect(listed.map { $0["sessionId"] } == [.string(other)])
                let next = await house.call("POST", "/session", [:])
                #expect(next.body["attached"] == false)
                #expect(next.body["sessionId"] != .string(session))
                #expect(await house.prompt(session).status == 200)
                try await say(["alive"], in: other, house)
                try await untouched.event("model_switch_failed")
            }
        }
    }

    @Test func deletingEndsTheSessionForAllAndALoadBringsItBack() async throws {
        let gate = Gate()
        let house = QwenHouse(ScriptedModel { _, _ in ScriptedModel.Reply(.text(["a"]), .stand(gate)) })
        try await house.running {
            let (session, made) = try await house.session()
            let client = try #require(made)
            try await house.listening(session, after: "0") { listener in
                let prompt = Task { await house.prompt(session) }
                try await gate.reached()
                #expect(await house.call("DELETE", "/session/\(session)", client: client).status == 204)
                let last = try #require(try await listener.ended().last)
                #expect(last.type == "session_closed")
                #expect(
                    last.data == [
                        "sessionId": .string(session), "reason": "client_close", "closedBy": .string(client),
                    ])
                #expect(await prompt.value.body == ["stopReason": "cancelled"])
            }
            #expect(await house.call("DELETE", "/session/\(session)").status == 404)
            #expect(await house.call("GET", "/session/\(session)/events").status == 404)
            #expect(await house.call("GET", "/workspace/%2Fw/sessions").body == ["sessions": []])
            let loaded = await house.call("POST", "/session/\(session)/load", [:])
            #expect(loaded.status == 200)
            #expect(loaded.body["attached"] == false)
            try await house.listening(session, after: "0") { listener in
                try await listener.until { $0.data["content"]?["text"] == "a" }
            }
        }
    }

    @Test func revokingAKeyEndsItsStreams() async throws {
        let keys = TestKeys(["k": ClientIdentity(name: "phone", scopes: [.prompter])])
        var setting = QwenHouse.bound
        setting.isOpen = false
        let house = QwenHouse(ScriptedModel { _, _ in .text("x") }, setting, access: .keys(keys))
        let bearer = [(name: "authorization", value: "Bearer k")]
        try await house.running {
            let session = try #require(
                await house.call("POST", "/session", [:], fields: bearer).body["sessionId"]?.stringValue)
            try await house.listening(session, fields: bearer) { listener in
                try await listener.comment()
                keys.clients.change { $0 = [:] }
                let types = try await listener.ended().map(\.type)
                #expect(types == ["stream_error"])
            }
            #expect(await house.call("GET", "/session/\(session)/context", fields: bearer).status == 401)
        }
    }

    @Test func whatOtherListenersAndFrontsLookAtStaysOpen() async throws {
        let house = QwenHouse()
        try await house.running {
            let (session, _) = try await house.session()
            let second = house.front(QwenHouse.bound)
            try await house.listening(session) { first in
                try await house.listening(session, through: second) { other in try await other.comment() }
                // A client of another protocol that comes and goes.
                _ = try await house.clients.attendance.enter(SessionID(session))
                await house.clients.attendance.leave(SessionID(session))
                try await say(["still"], in: session, house)
                try await first.event("model_switch_failed")
                #expect(!first.isOver.value)
            }
        }
    }
}

/// Gates one behind the other.
final class Gates: Sendable {
    private let passed = Watched(0)
    private let opened = Watched(0)
    private let reached = Watched(0)

    func pass() async -> Bool {
        let mine = passed.change {
            $0 += 1; return $0
        }
        reached.change { $0 = max($0, mine) }
        return await opened.first { $0 >= mine } >= mine
    }

    /// Waits until somebody stands at the next gate.
    func next() async throws {
        let mine = opened.value + 1
        _ = try await within(.seconds(120)) { [reached] in await reached.first { $0 >= mine } }
    }

    func open() { opened.change { $0 += 1 } }
    func openAll() { opened.change { $0 = 1_000_000 } }
}

/// Takes events one send at a time.
struct SteppedSink: FrameSink {
    let listener: QwenListener
    let gates: Gates

    init(_ listener: QwenListener, _ gates: Gates) {
        self.listener = listener
        self.gates = gates
    }

    func send(_ frames: [[UInt8]]) async throws(ConnectionOver) {
        if frames.contains(where: { !$0.starts(with: "retry".utf8) }), await !gates.pass() { throw ConnectionOver() }
        try await listener.send(frames)
    }
}
