import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Assertions 34 to 41 and 47 on the real executable: events, as a list, on sockets and as server-sent events.
@Suite struct OptaConformanceEventTests {
    @Test(.opta(34, 35, 36)) func aCursorGivesWhatComesBehindItAndNothingElse() async throws {
        try await withOptaServed(.always(.text("Hel", "lo ", "world"))) { served in
            let (session, other) = (try await served.session(), try await served.session())
            for id in [session, other] { #expect(try await served.run(id).text == "Hello world") }
            let all = try await served.events(session)
            #expect(all.count > 7 && all.text == "Hello world")
            #expect(all.allSatisfy { $0["sessionId"] == .string(session) } && all.allSatisfy { $0["v"] == "3" })
            #expect(try await served.call("GET /v3/sessions/\(session)/events").body == ["events": .array(all)])
            for (index, event) in all.enumerated() {
                #expect(try await served.events(session, after: event.seq) == Array(all[(index + 1)...]))
                #expect(try await served.events(session, after: event.seq - 1).first == event)
            }
            let end = try #require(all.last?.seq)
            for beyond in [end, end + 1, 999_999, Int64.max / 16] { #expect(try await served.events(session, after: beyond) == []) }
            for query in ["", "?afterSeq=", "?afterSeq=0", "?afterSeq=%200", "?afterSeq=0e1", "?afterSeq=0x0"] {
                #expect(try await served.call("GET /v3/sessions/\(session)/events\(query)").body["events"]?.arrayValue == all, "\(query)")
            }
            for value in ["-1", "1.5", "x", "1x", "NaN"] {
                let answer = try await served.call("GET /v3/sessions/\(session)/events?afterSeq=\(value)")
                #expect(answer.status == 400 && answer.body["error"] == "Invalid query", "\(value) \(answer.text)")
            }
            for id in ["none", "a%2Fb"] {
                let answer = try await served.call("GET /v3/sessions/\(id)/events")
                #expect(answer.status == 200 && answer.text == #"{"events":[]}"#)
            }
            // The same on a socket, from every cursor.
            for event in all {
                let ear = try await served.listen(session, after: event.seq - 1)
                let told = try await ear.frames { $0.seq == end }
                #expect(told == all.filter { $0.seq >= event.seq })
                await ear.close()
            }
        }
    }

    @Test(.opta(37, 41, 47)) func whoJoinsInTheMiddleMissesNothingAndSeesNothingTwice() async throws {
        let (first, second) = (Gate(), Gate())
        let script: Script = [
            .blocks(
                .text(["one ", .wait(first), "two"]), .toolCall("Execute", ["command": "echo out", "riskLevel": "low"], id: "call-1")),
            .text("three ", .wait(second), "four"),
        ]
        try await withOptaServed(script) { served in
            let session = try await served.session()
            let ear = try await served.listen(session)
            // Silent, never reads, and is cut off.
            let deaf = try await served.socket(OptaServed.path(session))
            try await deaf.raw.stopReading()
            _ = try await served.submit(session, OptaServed.turn(mode: "do"))
            var told = try await ear.frames { $0["payload"]?["text"] == "one " }
            let middle = try await served.listen(session)
            let behind = try await served.listen(session, after: try #require(told.last?.seq))
            let future = try await served.listen(session, after: 100_000)
            try await eventually(within: .seconds(60)) { try await served.runtime()["subscriberCount"] == 5 }
            first.open()
            told += try await ear.frames { $0["payload"]?["text"] == "three " }
            await deaf.raw.close()
            second.open()
            told += try await ear.turns(1)

            #expect(told.text == "one twothree four")
            // What follows a call at once does not overtake its end (C1).
            let end = try #require(told.firstIndex { $0["event"] == "tool.end" })
            #expect(Array(told[end...]).names.starts(with: ["tool.end", "turn.token"]), "\(told.names)")
            #expect(try await middle.turns(1) == told)
            #expect(try await behind.turns(1).text == "twothree four")
            // Live events stay behind a cursor that is beyond them; an answer comes all the same.
            try await future.send(["type": "turn.cancel", "sessionId": .string(session)])
            #expect(try await future.next()["action"] == "turn.cancel")

            for gone in [middle, behind, future] { await gone.close() }
            try await eventually(within: .seconds(60)) { try await served.runtime()["subscriberCount"] == 1 }
            await ear.close()
            try await eventually(within: .seconds(60)) { try await served.runtime()["subscriberCount"] == 0 }
            #expect(try await served.events(session).filter { told.map(\.seq).contains($0.seq) } == told)
        }
    }

    @Test(.opta(39, 40)) func messagesOfClientsAreJudgedAndAnsweredOnTheSocket() async throws {
        try await withOptaServed(.always(.text("Done."))) { served in
            let session = try await served.session()
            let ear = try await served.listen(session, after: 1_000_000)
            for text in ["{", "nonsense", "", #"{"__proto__":{}}"#] {
                try await ear.peer.send(text)
                #expect(try await ear.next() == ["error": "Invalid JSON payload"], "\(text)")
            }
            let place: JSONValue = .string(session)
            let turn: JSONValue = [
                "type": "turn.submit", "clientId": "c", "writerId": "w", "sessionId": place, "content": "Go.",
            ]
            for (message, path) in [
                ([], nil), ("text", nil), (7, nil), (.null, nil), ([:], "type"), (["type": "ping"], "type"), (["type": 7], "type"),
                (["type": "hello", "clientId": "c"], "sessionId"), (["type": "hello", "sessionId": place], "clientId"),
                (["type": "hello", "clientId": "c", "sessionId": place, "afterSeq": -1], "afterSeq"),
                (["type": "hello", "clientId": "c", "sessionId": place, "afterSeq": 1.5], "afterSeq"),
                (["type": "hello", "clientId": "c", "sessionId": place, "afterSeq": "1"], "afterSeq"),
                (turn.merged(with: ["mode": "fast"]), "mode"), (turn.merged(with: ["content": ""]), "content"),
                (turn.merged(with: ["writerId": ""]), "writerId"), (["type": "turn.cancel"], "sessionId"),
                (["type": "permission.resolve", "sessionId": place, "requestId": "p", "decision": "allow"], "decidedBy"),
            ] as [(JSONValue, String?)] {
                try await ear.send(message)
                let answer = try await ear.next()
                #expect(answer["error"] == "Invalid WS payload", "\(message): \(answer)")
                #expect(answer["details"]?[0]?["path"] == path.map { [.string($0)] } ?? [], "\(message): \(answer)")
                if path == "type", message != [:] { #expect(answer["details"]?[0]?["code"] == "invalid_union_discriminator") }
            }
            // `hello` is heard in silence, and may name a place of its own.
            try await ear.send(["type": "hello", "clientId": "c", "sessionId": place])
            try await ear.send(["type": "hello", "clientId": "c", "sessionId": place, "afterSeq": 0])
            for (message, answer) in [
                (turn.merged(with: ["sessionId": "none"]), ["error": "Session not found: none"] as JSONValue),
                (
                    ["type": "turn.cancel", "sessionId": "none", "writerId": "w"],
                    ["type": "ack", "action": "turn.cancel", "cancelled": ["cancelledQueued": 0, "cancelledActive": false]]
                ),
                (
                    ["type": "permission.resolve", "sessionId": place, "requestId": "perm_x", "decision": "deny", "decidedBy": "x"],
                    [
                        "type": "ack", "action": "permission.resolve",
                        "result": ["ok": false, "conflict": false, "message": "Unknown permission request"],
                    ]
                ),
            ] as [(JSONValue, JSONValue)] {
                try await ear.send(message)
                #expect(try await ear.next() == answer)
            }
            await ear.close()

            let live = try await served.listen(session)
            try await live.event("session.snapshot")
            for mode in [nil, "chat", "do", "plan", "review", "research"] {
                try await live.send(mode.map { turn.merged(with: ["mode": .string($0)]) } ?? turn)
                let told = try await live.turns(1)
                // The event, and then the word for it.
                let queued = try #require(told.first?["payload"])
                let acks = told.filter { $0["event"] == nil }
                #expect(acks == [["type": "ack", "action": "turn.submit", "turnId": queued["turnId"] ?? nil, "queued": 0]])
                #expect(told.first?["event"] == "turn.queued" && queued["queueSize"] == 1)
                #expect(told.payloads("turn.start").map { $0["mode"] } == [.string(mode ?? "chat")])
                try await live.event("session.updated")
            }
            // Binary frames are read as well.
            let bytes = Array((["type": "turn.cancel", "sessionId": place] as JSONValue).serialized().utf8)
            try await live.peer.raw.send(WebSocketPeer.frame(2, bytes))
            #expect(try await live.next()["action"] == "turn.cancel")
        }
    }

    /// §3.1, §2.5 #12
    @Test func socketsAreRefusedBehindTheUpgradeAndStreamsTellTheSame() async throws {
        try await withOptaServed([.text("Hello.")]) { served in
            let session = try await served.session()
            let token = "&token=\(served.token)"
            let (stranger, nowhere) = ("Unauthorized", "Missing sessionId query parameter")
            for (path, headers, word, code, reason) in [
                ("/v3/ws?sessionId=\(session)", [], stranger, 4_001, "unauthorized"), ("/v3/ws", [], stranger, 4_001, "unauthorized"),
                ("/v3/ws?sessionId=\(session)&token=wrong", [], stranger, 4_001, "unauthorized"),
                // Unlike a request's, a header that is wrong is not rescued.
                ("/v3/ws?sessionId=\(session)\(token)", ["Authorization: Bearer wrong"], stranger, 4_001, "unauthorized"),
                ("/v3/ws?x=1\(token)", [], nowhere, 4_000, "missing sessionId"),
                ("/v3/ws?sessionId=\(token)", [], nowhere, 4_000, "missing sessionId"),
            ] as [(String, [String], String, Int, String)] {
                let peer = try await served.socket(path, headers: headers)
                let frame = try #require(try await peer.message())
                #expect(try JSONValue(parsing: frame.text) == ["error": .string(word)], "\(path)")
                let close = try #require(try await peer.message())
                #expect(close.code == code && String(decoding: close.payload.dropFirst(2), as: UTF8.self) == reason, "\(path)")
            }
            await #expect(throws: WebSocketPeer.Refused.self) { _ = try await served.socket("/v3/other?sessionId=x") }

            // A session may come later, and a cursor may be nonsense.
            let early = OptaEar(try await served.socket("/v3/ws?sessionId=later&afterSeq=x\(token)", headers: []), daemon: served.daemon)
            let missing = try await served.call("GET /v3/sse/events")
            #expect(missing.status == 400 && missing.body == ["error": "Missing sessionId query param"])
            let stream = try await served.open("GET /v3/sse/events?sessionId=later&afterSeq=junk")
            _ = try await stream.received { String(decoding: $0, as: UTF8.self).contains(": connected\n\n") }
            _ = try await served.session(["sessionId": "later"])
            try await early.event("session.snapshot")
            #expect(try await served.run("later").text == "Hello.")
            let told = try await early.turns(1)
            #expect(told.text == "Hello.")
            let all = try await served.events("later")
            let (bytes, _) = try await stream.received(within: .seconds(60)) {
                Self.streamed($0).contains { $0["event"] == "session.updated" }
            }
            #expect(Self.streamed(bytes) == all)
            let head = try OptaAnswer(String(decoding: bytes, as: UTF8.self))
            #expect(head.fields["content-type"]?.hasPrefix("text/event-stream") == true && head.fields["x-accel-buffering"] == "no")
            await stream.close()

            let health = try await served.open("GET /v3/health/stream", headers: served.bearer + ["Origin: http://localhost:1"])
            let (state, _) = try await health.received(within: .seconds(60)) { !Self.streamed($0).isEmpty }
            #expect(Self.streamed(state)[0]["contract"]?["name"] == "opta-daemon-v3" && Self.streamed(state)[0]["ts"]?.integerValue != nil)
            #expect(try OptaAnswer(String(decoding: state, as: UTF8.self)).fields["access-control-allow-origin"] == "http://localhost:1")
            await health.close()
        }
    }

    /// The events of a stream so far.
    private static func streamed(_ bytes: [UInt8]) -> [JSONValue] {
        QwenEar.body(of: bytes).text.components(separatedBy: "\n\n").dropLast().compactMap { block in
            block.hasPrefix("data: ") ? try? JSONValue(parsing: String(block.dropFirst(6))) : nil
        }
    }

    /// The end of the daemon is told with 1001, and every session at once is `*`.
    @Test func oneSocketHearsOfAllSessionsAndOfTheEnd() async throws {
        try await withOptaServed(.always(.text("Hello."))) { served in
            let ear = try await served.listen("*")
            let ids = [try await served.session(), try await served.session()]
            for id in ids { _ = try await served.submit(id) }
            let told = try await ear.turns(2)
            for id in ids { #expect(told.filter { $0["sessionId"] == .string(id) }.text == "Hello.") }
            served.running.process.send(SIGTERM)
            #expect(try await ear.peer.closeCode() == 1001)
            #expect(try await served.running.process.finish().status == .exited(0))
        }
    }
}
