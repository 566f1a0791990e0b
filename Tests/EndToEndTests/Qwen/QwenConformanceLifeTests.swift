import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Assertions 51 and 53 to 56 on the real executable: the end of the daemon, what is there after it, load, metadata, delete.
@Suite struct QwenConformanceLifeTests {
    /// 51, 29
    @Test func aStopIsToldOnceAndComesInTime() async throws {
        let gate = Gate()
        try await withQwen([.after(gate, .text("late"))]) { served in
            let session = try await served.session()
            let ears = [try await served.listen(session), try await served.listen(session)]
            let asking = try await served.asking(session)
            try await gate.reached()
            let start = ContinuousClock.now
            served.server.process.send(SIGTERM)
            for ear in ears {
                let frames = try await ear.whole()
                let last = try #require(frames.last)
                #expect(last.type == "session_died" && frames.count { $0.type == "session_died" } == 1)
                #expect(last.data == ["sessionId": .string(session), "reason": "daemon_shutdown"])
            }
            let answer = try QwenAnswer(try await asking.all())
            #expect(answer.status == 500)
            #expect(answer.body == ["error": .string("agent channel closed mid-request (session \(session))")])
            #expect(try await served.server.process.finish().status == .exited(0))
            // Generous: five and a half seconds are the protocol's, on a machine that does nothing else.
            #expect(ContinuousClock.now - start < .seconds(20))
        }
    }

    /// 51, 53: numbers go on, and no stop is ever replayed
    @Test func afterARestartEverySessionAnswersWithoutALoad() async throws {
        try await withQwen([.text("One."), .text("Two."), .text("Three.")]) { served in
            let one = try await served.session()
            let two = try await served.session(["sessionScope": "thread"])
            for session in [one, two] { #expect(try await served.prompt(session).status == 200) }
            let before = try await served.replay(one, turns: 1)
            #expect(try await served.stop().status == .exited(0))

            let again = try await QwenServed.start(served.stage)
            defer { again.server.process.send(SIGKILL) }
            #expect(Set(try await again.listed().map { $0["sessionId"] }) == [.string(one), .string(two)])
            for session in [one, two] { #expect(try await again.call("GET /session/\(session)/context").status == 200) }
            let after = try await again.replay(one, turns: 1)
            #expect(after.prefix(before.count) == before[...])
            #expect(!after.types.contains("session_died"))
            #expect(try await again.prompt(one).body == ["stopReason": "end_turn"])
            let ear = try await again.listen(one, after: "\(try #require(before.last?.id))")
            let rest = try await ear.frames { $0.types.contains("turn_complete") }
            #expect(rest.text == "Three." && rest.compactMap(\.id).allSatisfy { $0 > (before.last?.id ?? 0) })
            await ear.close()
        }
    }

    /// 29 and its exception: a request is asked again under its id after a death
    @Test func aRequestThatWasOpenAtADeathIsAskedAgainUnderItsId() async throws {
        try await withQwen([.command("touch made.txt"), .text("Done.")], ["--non-blocking-prompts"]) { served in
            let session = try await served.session()
            let ear = try await served.listen(session)
            #expect(try await served.prompt(session).status == 202)
            let asked = try await ear.event("permission_request")
            let id = try #require(asked.data["requestId"]?.stringValue)
            try await served.stop(SIGKILL)

            let again = try await QwenServed.start(served.stage)
            defer { again.server.process.send(SIGKILL) }
            let second = try await again.listen(session)
            #expect(try await second.event("permission_request") == asked)
            #expect(!served.stage.home.has("made.txt"))
            #expect(try await again.call("POST /permission/\(id)", QwenServed.vote("proceed_once")).status == 200)
            let told = try await second.frames { $0.types.contains("turn_complete") }
            #expect(told.text == "Done." && told.count { $0.type == "permission_request" } == 1)
            #expect(served.stage.home.has("made.txt"))
            await second.close()
        }
    }

    /// 53
    @Test func aLoadBringsTheHistoryAndNeverBecomesTheOneToAttachTo() async throws {
        try await withQwen([.text("One.")]) { served in
            let session = try await served.session()
            #expect(try await served.prompt(session).status == 200)
            #expect(try await served.stop().status == .exited(0))
            let again = try await QwenServed.start(served.stage)
            defer { again.server.process.send(SIGKILL) }
            let cwd = JSONValue.object(["cwd": .string(served.work)])
            let first = try await again.call("POST /session/\(session)/load", cwd)
            #expect(first.status == 200 && first.body["sessionId"] == .string(session))
            #expect(first.body["state"]?["models"]?["currentModelId"] == "custom:scripted")
            #expect(try await again.replay(session, turns: 1).text == "One.")
            for action in ["load", "resume"] {
                let late = try await again.call("POST /session/\(session)/\(action)", cwd)
                #expect(late.status == 200 && late.body["attached"] == true && late.body["state"] == first.body["state"])
            }
            #expect(try await again.session() != session)
            let unknown = try await again.call("POST /session/none/load", cwd)
            #expect(unknown.status == 404 && unknown.body == ["error": "No session with id \"none\"", "sessionId": "none"])
        }
    }

    /// 55
    @Test func metadataHasItsBoundsAndIsToldOnlyWhenItChanges() async throws {
        try await withQwen { served in
            let session = try await served.session()
            let path = "PATCH /session/\(session)/metadata"
            for name in [7, .null, "a\nb", "\u{7F}", .string(String(repeating: "n", count: 257))] as [JSONValue] {
                let answer = try await served.call(path, ["displayName": name])
                #expect(answer.status == 400, "\(name)")
                #expect(answer.body["code"] == "invalid_metadata" && answer.body["field"] == "displayName", "\(name)")
            }
            let longest = String(repeating: "n", count: 256)
            for name in [longest, longest, "A name", ""] {
                let answer = try await served.call(path, ["displayName": .string(name)])
                var expected: JSONObject = ["sessionId": .string(session)]
                if !name.isEmpty { expected["displayName"] = .string(name) }
                #expect(answer.status == 200 && answer.body == .object(expected), "\(name)")
            }
            let ear = try await served.listen(session)
            #expect(try await served.call("DELETE /session/\(session)").status == 204)
            let told = try await ear.whole().filter { $0.type == "session_metadata_updated" }
            #expect(told.count == 3)
            #expect(told.prefix(2).map { $0.data["displayName"] } == [.string(longest), "A name"])
        }
    }

    /// 56
    @Test func deletingEndsTheSessionForAllAndALoadBringsItBack() async throws {
        try await withQwen([.text("One.")]) { served in
            let session = try await served.session()
            #expect(try await served.prompt(session).status == 200)
            let ears = [try await served.listen(session), try await served.listen(session)]
            let deleted = try await served.call("DELETE /session/\(session)")
            #expect(deleted.status == 204 && deleted.text == "")
            for ear in ears {
                let frames = try await ear.whole()
                #expect(frames.last?.type == "session_closed" && frames.types.count { $0 == "session_closed" } == 1)
                #expect(frames.last?.data["reason"] == "client_close")
            }
            #expect(try await served.call("DELETE /session/\(session)").status == 404)
            #expect(try await served.call("GET /session/\(session)/events").status == 404)
            #expect(try await served.listed().isEmpty)
            #expect(try await served.session() != session)
            #expect(try await served.call("POST /session/\(session)/load", ["cwd": .string(served.work)]).status == 200)
            #expect(try await served.replay(session, turns: 1).text == "One.")
        }
    }
}
