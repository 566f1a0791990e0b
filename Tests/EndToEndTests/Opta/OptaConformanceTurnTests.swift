import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Assertions 14 to 20 on the real executable: turns, their order, and how they run.
@Suite struct OptaConformanceTurnTests {
    @Test(.opta(14, 15, 16)) func whatIsNoTurnIsRefusedAndEveryTurnCounts() async throws {
        try await withOptaServed(.always(.text("Done."))) { served in
            let unknown = try await served.call("POST /v3/sessions/none/turns", OptaServed.turn())
            #expect(unknown.status == 404 && unknown.body == ["error": "Session not found: none"])
            let session = try await served.session()
            let valid = try #require(OptaServed.turn().objectValue)
            for (name, value, code) in [
                ("clientId", nil, "invalid_type"), ("writerId", nil, "invalid_type"), ("content", nil, "invalid_type"),
                ("mode", nil, "invalid_type"), ("clientId", "", "too_small"), ("writerId", "", "too_small"), ("content", "", "too_small"),
                ("content", 7, "invalid_type"), ("content", .null, "invalid_type"), ("mode", "fast", "invalid_enum_value"),
                ("metadata", "x", "invalid_type"), ("overrides", [], "invalid_type"), ("lastSeenSeq", -1, "too_small"),
                ("lastSeenSeq", 1.5, "invalid_type"), ("lastSeenSeq", "1", "invalid_type"),
            ] as [(String, JSONValue?, String)] {
                var body = valid
                body[name] = value
                let answer = try await served.call("POST /v3/sessions/\(session)/turns", .object(body))
                #expect(answer.status == 400 && answer.body["error"] == "Invalid request body", "\(name) \(answer.text)")
                let issue = answer.body["details"]?[0]
                #expect(issue?["path"] == [.string(name)] && issue?["code"] == .string(code), "\(name) \(answer.text)")
                #expect(issue?["message"]?.stringValue?.isEmpty == false)
                if value == nil { #expect(issue?["message"] == "Required") }
            }
            for (name, value) in [
                ("format", "xml"), ("dangerous", "yes"), ("autonomyMode", "own"), ("autonomyLevel", 0), ("autonomyLevel", 6), ("model", 7),
            ] as [(String, JSONValue)] {
                let body = OptaServed.turn(overrides: .object([name: value]))
                let answer = try await served.call("POST /v3/sessions/\(session)/turns", body)
                #expect(
                    answer.status == 400 && answer.body["details"]?[0]?["path"] == ["overrides", .string(name)], "\(name) \(answer.text)")
            }
            #expect(try await served.runtime()["ingressSeq"] == 0)
            #expect(try await served.events(session).names == ["session.snapshot"])

            for count in 1...3 {
                var body = valid
                body["metadata"] = ["any": ["thing": 1]]
                body["overrides"] = [
                    "provider": "local", "noCommit": true, "noCheckpoints": true, "autonomyMode": "ceo", "autonomyLevel": 5, "unknown": 1,
                ]
                body["lastSeenSeq"] = .integer(try #require(try await served.events(session).last?.seq))
                let told = try await served.run(session, .object(body))
                #expect(told.last?["event"] == "turn.done")
                #expect(try await served.runtime()["ingressSeq"] == .integer(Int64(count)))
            }
            // Optimistic: somebody else was faster.
            var late = valid
            late["lastSeenSeq"] = 1
            let stale = try await served.call("POST /v3/sessions/\(session)/turns", .object(late))
            #expect(stale.status == 409)
            #expect(stale.body == ["error": "Session state conflict: context has been modified since last seen"])
        }
    }

    @Test(.opta(17)) func turnsOfTwoWritersRunInTheirOrder() async throws {
        let gate = Gate()
        try await withOptaServed([.after(gate, .text("a")), .text("b"), .text("c"), .text("d")]) { served in
            let session = try await served.session()
            let ear = try await served.listen(session)
            var turns: [(turn: String, queued: Int64)] = []
            let writers = ["w1", "w2", "w1", "w2"]
            for writer in writers {
                turns.append(try await served.submit(session, OptaServed.turn("by \(writer)", writer: writer)))
                if turns.count == 1 { try await gate.reached() }
            }
            #expect(turns.map(\.queued) == [0, 1, 2, 3])
            let waiting = try await served.detail(session)
            #expect(waiting["activeTurnId"] == .string(turns[0].turn) && waiting["queuedTurns"] == 3 && waiting["writerCount"] == 2)
            #expect(try await served.runtime()["queuedTurnCount"] == 3)
            gate.open()
            let told = try await ear.turns(4)
            #expect(told.text == "abcd")
            #expect(told.payloads("turn.queued").map { $0["queueSize"] } == [1, 1, 2, 3])
            for name in ["turn.queued", "turn.start", "turn.done"] {
                let payloads = told.payloads(name)
                #expect(payloads.map { $0["turnId"]?.stringValue } == turns.map(\.turn), "\(name)")
                #expect(payloads.map { $0["writerId"]?.stringValue } == writers && payloads.allSatisfy { $0["clientId"] == "c" }, "\(name)")
            }
            // The end is told when it has come (C13).
            let updated = try await ear.event("session.updated")
            #expect(updated["payload"]?["snapshot"]?["activeTurnId"] == nil)
            let idle = try await served.detail(session)
            #expect(idle["activeTurnId"] == nil && idle["queuedTurns"] == 0 && idle["writerCount"] == 0)
            let runtime = try await served.runtime()
            #expect(runtime["activeTurnCount"] == 0 && runtime["queuedTurnCount"] == 0)
            #expect(runtime["latency"]?["samples"] == 4)
        }
    }

    @Test(.opta(18)) func turnsThatComeAtTheSameTimeRunAsTheyWereTaken() async throws {
        let gate = Gate()
        let script = Script([ScriptStep(.after(gate, .text("x")), times: .forever)])
        try await withOptaServed(script) { served in
            let session = try await served.session()
            let ear = try await served.listen(session)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<8 {
                    group.addTask { _ = try await served.submit(session, OptaServed.turn("\(number)", writer: "w\(number)")) }
                }
                try await group.waitForAll()
            }
            gate.open()
            let told = try await ear.turns(8)
            let queued = told.payloads("turn.queued").map { $0["turnId"] }
            #expect(Set(queued).count == 8)
            #expect(told.payloads("turn.start").map { $0["turnId"] } == queued)
            #expect(told.payloads("turn.done").map { $0["turnId"] } == queued)
        }
    }

    /// The one table of modes: what runs unasked, what is asked for, and what does not run at all.
    @Test(.opta(19)) func modesAndOverridesDecideHowATurnRuns() async throws {
        let cases: [(marker: String, mode: String, overrides: JSONValue, asks: Bool, runs: Bool)] = [
            ("alpha", "do", [:], false, true), ("bravo", "chat", ["auto": true], false, true),
            ("charlie", "plan", ["dangerous": true], false, true), ("delta", "chat", ["auto": false, "dangerous": true], false, true),
            ("echo", "chat", [:], true, false), ("foxtrot", "plan", [:], false, false), ("golf", "review", [:], false, false),
            ("hotel", "research", [:], false, false),
        ]
        let script = Script.conversations(
            cases.map { ("marker-\($0.marker)", [.command("touch \($0.marker).txt"), .text("Done.")]) } + [("marker-json", [.text("{}")])])
        try await withOptaServed(script) { served in
            for (marker, mode, overrides, asks, runs) in cases {
                let session = try await served.session()
                let ear = try await served.listen(session)
                let turn = OptaServed.turn("marker-\(marker)", mode: mode, overrides: overrides)
                _ = try await served.submit(session, turn)
                var told: [JSONValue] = []
                if asks {
                    told = try await ear.events(through: "permission.request")
                    let id = try #require(told.last?["payload"]?["requestId"]?.stringValue)
                    #expect(try await served.vote(session, id, "deny").status == 200)
                }
                told += try await ear.turns(1)
                #expect(told.last?["event"] == "turn.done" && told.text == "Done.", "\(marker) \(told.names)")
                #expect(told.payloads("turn.start").map { $0["mode"] } == [.string(mode)], "\(marker)")
                #expect(told.names.contains("permission.request") == asks, "\(marker)")
                #expect(served.stage.home.has("\(marker).txt") == runs, "\(marker) \(told.names)")
                #expect(told.names.contains("tool.start") == runs, "\(marker) \(told.names)")
                await ear.close()
            }
            let session = try await served.session()
            let turn = OptaServed.turn("marker-json", overrides: ["format": "json", "noCommit": true])
            #expect(try await served.run(session, turn).text == "{}")
            let asked = try #require(served.stage.server.modelRequests.last?.bodyText)
            #expect(asked.contains("Answer with one JSON value and nothing else") && asked.contains("Make no commits."))
        }
    }

    @Test(.opta(20)) func whereThereIsNoModelTheTurnDoesNotBegin() async throws {
        let missing = Reply.failure(status: 404, message: "model: scripted-model")
        try await withOptaServed([missing, .text("Later.")]) { served in
            let session = try await served.session(["model": "no-such-model"])
            for id in [session, try await served.session()] {
                let told = try await served.run(id)
                #expect(told.names == ["turn.queued", "turn.error"], "\(told)")
                let error = try #require(told.last?["payload"])
                #expect(error["code"] == "no-model-loaded", "\(error)")
                #expect(error["message"]?.stringValue?.contains("No Model Loaded - Use Opta Menu to begin") == true, "\(error)")
                #expect(error["writerId"] == "w" && error["clientId"] == "c")
            }
            // Only the second model was there to be asked.
            #expect(served.stage.server.modelRequests.count == 1)
            #expect(try await served.run(try await served.session()).text == "Later.")
        }
    }
}
