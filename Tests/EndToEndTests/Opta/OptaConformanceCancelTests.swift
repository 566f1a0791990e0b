import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Assertions 24 to 28 and 49 on the real executable: what a cancel ends, and what it leaves.
@Suite struct OptaConformanceCancelTests {
    private static func cancelled(_ queued: Int64, _ isActive: Bool) -> JSONValue {
        [
            "ok": true, "cancelled": .integer(queued + (isActive ? 1 : 0)), "cancelledQueued": .integer(queued),
            "cancelledActive": .bool(isActive),
        ]
    }

    @Test(.opta(24, 25, 26, 27, 28)) func aCancelEndsWhatItNamesAndNothingElse() async throws {
        let gate = Gate()
        try await withOptaServed([.after(gate, .text("never")), .text("four")]) { served in
            let unknown = try await served.call("POST /v3/sessions/none/cancel", ["writerId": "w"])
            #expect(unknown.status == 404 && unknown.body == ["error": "Session not found"])
            let session = try await served.session()
            let ear = try await served.listen(session)
            let path = "POST /v3/sessions/\(session)/cancel"
            for body in [nil, [:], .null, ["turnId": "none"], ["writerId": "w1"], ["turnId": 7, "writerId": []]] as [JSONValue?] {
                let answer = try await served.call(path, body)
                #expect(answer.status == 200 && answer.body == Self.cancelled(0, false), "\(answer.text)")
            }

            var turns: [String] = []
            for (index, writer) in ["w1", "w2", "w2", "w3", "w2"].enumerated() {
                turns.append(try await served.submit(session, OptaServed.turn("prompt \(index)", writer: writer)).turn)
                if index == 0 { try await gate.reached() }
            }
            #expect(try await served.call(path, ["turnId": .string(turns[1]), "writerId": "w3"]).body == Self.cancelled(1, false))
            #expect(try await served.detail(session)["queuedTurns"] == 3)
            #expect(try await served.call(path, ["writerId": "w2"]).body == Self.cancelled(2, false))
            let waiting = try await served.detail(session)
            #expect(waiting["queuedTurns"] == 1 && waiting["activeTurnId"] == .string(turns[0]))
            #expect(try await served.call(path, ["writerId": "w1"]).body == Self.cancelled(0, true))

            // The gate is still closed: only an end of the first turn lets the next one begin.
            let told = try await ear.turns(2)
            #expect(
                told.payloads("session.cancelled") == [
                    ["cancelled": 1, "turnId": .string(turns[1]), "writerId": "w3"], ["cancelled": 2, "writerId": "w2"],
                    ["cancelled": 1, "writerId": "w1"],
                ])
            #expect(
                told.payloads("turn.error") == [
                    ["turnId": .string(turns[0]), "writerId": "w1", "clientId": "c", "message": "Turn cancelled"]
                ])
            #expect(told.payloads("turn.done").map { $0["turnId"] } == [.string(turns[3])] && told.text == "four")
            let names = told.names
            let last = try #require(names.lastIndex(of: "session.cancelled"))
            #expect(try last < #require(names.firstIndex(of: "turn.error")))
            // Those that were taken from the queue have no event of their own, and were never asked.
            for turn in [turns[1], turns[2], turns[4]] {
                #expect(
                    told.filter { $0["payload"]?["turnId"] == .string(turn) }.names.filter { $0 != "session.cancelled" } == ["turn.queued"])
            }
            #expect(served.stage.server.modelRequests.count == 2)
            let prompts = try await served.detail(session)["messages"]?.arrayValue?.filter { $0["role"] == "user" }.map { $0["content"] }
            #expect(prompts == ["prompt 0", "prompt 3"])
            #expect(try await served.call(path, ["turnId": .string(turns[3])]).body == Self.cancelled(0, false))
        }
    }

    @Test(.opta(49)) func aTurnThatWaitsForPermissionEndsAtOnce() async throws {
        try await withOptaServed([.command("touch never.txt"), .text("Next.")]) { served in
            let session = try await served.session()
            let ear = try await served.listen(session)
            let turn = try await served.submit(session).turn
            let asked = try await ear.event("permission.request")
            let id = try #require(asked["payload"]?["requestId"]?.stringValue)
            #expect(try await served.call("POST /v3/sessions/\(session)/cancel", ["turnId": .string(turn)]).body == Self.cancelled(0, true))
            let told = try await ear.turns(1)
            #expect(
                told.payloads("permission.resolved") == [["turnId": .string(turn), "requestId": .string(id), "decision": "deny"]])
            #expect(
                told.payloads("turn.error").map { $0["message"] } == ["Turn cancelled"] && told.payloads("turn.error")[0]["code"] == nil)
            #expect(try #require(told.names.firstIndex(of: "permission.resolved")) < told.count - 1)
            let late = try await served.vote(session, id, "allow")
            #expect(late.status == 404 && late.body["message"] == "Unknown permission request", "\(late.text)")
            #expect(try await served.run(session).text == "Next." && !served.stage.home.has("never.txt"))
        }
    }
}
