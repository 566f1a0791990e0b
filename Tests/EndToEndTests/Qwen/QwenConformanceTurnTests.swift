import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Assertions 24 to 29 and 31 on the real executable: prompts, their queue, hanging up, cancelling, models.
@Suite struct QwenConformanceTurnTests {
    /// 24
    @Test func aPromptIsAnsweredWhenItsTurnEnds() async throws {
        try await withQwen([.text("Hello ", "you."), .failure(status: 400, message: "quota exceeded"), .text("Again.")]) { served in
            let session = try await served.session()
            for body in [[:], ["prompt": []], ["prompt": "x"], [], .null] as [JSONValue] {
                let answer = try await served.call("POST /session/\(session)/prompt", body)
                #expect(answer.status == 400, "\(body)")
                #expect(answer.body == ["error": "`prompt` is required and must be a non-empty array of content blocks"])
            }
            let odd = try await served.call("POST /session/\(session)/prompt", ["prompt": [[]]])
            #expect(odd.status == 400 && odd.body == ["error": "each `prompt` element must be an object (content block)"])

            var body = QwenServed.prompt("Go.").objectValue ?? [:]
            body["sessionId"] = "another"
            let answer = try await served.call("POST /session/\(session)/prompt", .object(body))
            #expect(answer.status == 200 && answer.body == ["stopReason": "end_turn"])
            #expect(try await served.replay(session, turns: 1).text == "Hello you.")

            let failed = try await served.prompt(session)
            #expect(failed.status == 500 && failed.body["code"] == -32603)
            #expect(failed.body["data"]?["reason"] == "providerError" && failed.body["error"]?.stringValue?.isEmpty == false)
            #expect(try await served.prompt(session).body == ["stopReason": "end_turn"])
        }
    }

    /// 25
    @Test func promptsOfASessionRunOneAfterTheOther() async throws {
        let gate = Gate()
        try await withQwen([.after(gate, .text("one")), .text("two"), .text("three")]) { served in
            let session = try await served.session()
            let first = try await served.asking(session, "first")
            try await gate.reached()
            let second = try await served.asking(session, "second")
            try await served.queued(1, in: session)
            let third = try await served.asking(session, "third")
            try await served.queued(2, in: session)
            #expect(served.stage.server.requests.count == 1)
            gate.open()
            for peer in [first, second, third] {
                #expect(try QwenAnswer(try await peer.all()).body == ["stopReason": "end_turn"])
            }
            let told = try await served.replay(session, turns: 3)
            #expect(told.text == "onetwothree")
            let prompts = told.filter { $0.update == "user_message_chunk" }.map { $0.data["update"]?["content"]?["text"] }
            #expect(prompts == ["first", "second", "third"])
        }
    }

    /// 26
    @Test func whoHangsUpInterruptsWhatRuns() async throws {
        let gate = Gate()
        try await withQwen([.after(gate, .text("never")), .text("second")]) { served in
            let session = try await served.session()
            let asking = try await served.asking(session)
            try await gate.reached()
            await asking.close()
            // The gate stays closed: the next prompt can only run when the first was interrupted.
            #expect(try await served.prompt(session).body == ["stopReason": "end_turn"])
            #expect(try await served.replay(session, turns: 2).text == "second")
        }
    }

    /// 26: while it waits
    @Test func whoHangsUpInTheQueueNeverStarts() async throws {
        let gate = Gate()
        try await withQwen([.after(gate, .text("first")), .text("third")]) { served in
            let session = try await served.session()
            let first = try await served.asking(session)
            try await gate.reached()
            let second = try await served.asking(session, "never-started")
            try await served.queued(1, in: session)
            await second.close()
            try await served.queued(0, in: session)
            gate.open()
            #expect(try QwenAnswer(try await first.all()).body == ["stopReason": "end_turn"])
            #expect(try await served.prompt(session).body == ["stopReason": "end_turn"])
            #expect(served.stage.server.requests.count == 2)
            #expect(!served.stage.server.requests.contains { $0.bodyText.contains("never-started") })
        }
    }

    /// 26: the end of an upload is no hanging up
    @Test func whoOnlyEndsTheUploadGetsTheAnswer() async throws {
        let gate = Gate()
        try await withQwen([.after(gate, .text("first"))]) { served in
            let session = try await served.session()
            let asking = try await served.asking(session)
            try await gate.reached()
            try await asking.endOutput()
            // It is asked whether it is there, and takes that.
            _ = try await asking.received { String(decoding: $0, as: UTF8.self).hasPrefix("HTTP/1.1 1") }
            gate.open()
            let answer = try await asking.all()
            #expect(try QwenAnswer(answer).body == ["stopReason": "end_turn"], "\(answer)")
        }
    }

    /// 27
    @Test func cancellingEndsWhatRunsAndNothingElse() async throws {
        let gate = Gate()
        try await withQwen([.after(gate, .text("never")), .text("second")]) { served in
            let session = try await served.session()
            let other = try await served.session(["sessionScope": "thread"])
            for body in [nil, [:]] as [JSONValue?] {
                let idle = try await served.call("POST /session/\(session)/cancel", body)
                #expect(idle.status == 204 && idle.text == "" && idle.fields["content-type"] == nil)
            }
            let first = try await served.asking(session)
            try await gate.reached()
            let second = try await served.asking(session)
            try await served.queued(1, in: session)
            // The path decides.
            #expect(try await served.call("POST /session/\(other)/cancel", ["sessionId": .string(session)]).status == 204)
            #expect(try await served.call("POST /session/\(session)/cancel", ["sessionId": .string(other)]).status == 204)
            #expect(try QwenAnswer(try await first.all()).body == ["stopReason": "cancelled"])
            #expect(try QwenAnswer(try await second.all()).body == ["stopReason": "end_turn"])
        }
    }

    /// 28, 29
    @Test(arguments: ["cancel", "hang up", "delete"])
    func whatEndsTheTurnResolvesWhatIsOpenFirst(how: String) async throws {
        try await withQwen([.command("touch never.txt")]) { served in
            let session = try await served.session()
            let ear = try await served.listen(session)
            let asking = try await served.asking(session)
            let id = try #require(try await ear.event("permission_request").data["requestId"]?.stringValue)
            switch how {
            case "cancel": #expect(try await served.call("POST /session/\(session)/cancel").status == 204)
            case "delete": #expect(try await served.call("DELETE /session/\(session)").status == 204)
            default: await asking.close()
            }
            let resolved = try await ear.event("permission_resolved")
            #expect(resolved.data == ["requestId": .string(id), "outcome": ["outcome": "cancelled"]])
            let types: [String]
            if how == "delete" {
                types = try await ear.whole().types
                #expect(types.last == "session_closed")
            } else {
                _ = try await ear.event("turn_complete")
                types = try await ear.frames { $0.types.contains("turn_complete") }.types
                #expect(try #require(types.firstIndex(of: "permission_resolved")) < #require(types.firstIndex(of: "turn_complete")))
            }
            if how == "cancel" { #expect(try QwenAnswer(try await asking.all()).body == ["stopReason": "cancelled"]) }
            #expect(types.count { $0 == "permission_resolved" } == 1)
            #expect(!served.stage.home.has("never.txt"))
            let late = try await served.call("POST /permission/\(id)", QwenServed.vote("proceed_once"))
            #expect(late.status == 404)
        }
    }

    /// 31
    @Test func aModelIsSwitchedAndTwoSwitchesComeOneAfterTheOther() async throws {
        try await withQwen([], models: ["custom:second", "custom:third"]) { served in
            let session = try await served.session()
            let path = "POST /session/\(session)/model"
            for body in [[:], ["modelId": ""], ["modelId": 7]] as [JSONValue] {
                let answer = try await served.call(path, body)
                #expect(answer.status == 400 && answer.body == ["error": "`modelId` is required and must be a non-empty string"])
            }
            let unknown = try await served.call(path, ["modelId": "no-such-model"])
            #expect(unknown.status == 500 && unknown.body["code"] == -32602)
            async let one = served.call(path, ["modelId": "custom:second"])
            async let two = served.call(path, ["modelId": "custom:third"])
            #expect(try await [one.body, two.body] == [["modelId": "custom:second"], ["modelId": "custom:third"]])
            let ear = try await served.listen(session)
            let told = try await ear.frames { $0.types.count { $0.hasPrefix("model_") } == 3 }.filter { $0.type.hasPrefix("model_") }
            #expect(told[0].type == "model_switch_failed" && told[0].data["requestedModelId"] == "no-such-model")
            #expect(Set(told[1...].map { $0.data["modelId"] }) == ["custom:second", "custom:third"])
            let context = try await served.call("GET /session/\(session)/context")
            #expect(context.body["state"]?["models"]?["currentModelId"] == told[2].data["modelId"])
            await ear.close()
        }
    }
}
