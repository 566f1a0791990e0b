import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Assertions 32 to 37 on the real executable: permission requests and votes.
@Suite struct QwenConformanceVoteTests {
    private static let script: Script = [.command("touch made.txt"), .text("Done.")]

    /// A session in which a permission request is open, with the request and the prompt that waits.
    private func opened(
        _ script: Script = script, _ words: [String] = [],
        _ body: (_ served: QwenServed, _ session: String, _ id: String, _ ear: QwenEar, _ asking: RawPeer) async throws -> Void
    ) async throws {
        try await withQwen(script, words) { served in
            let session = try await served.session()
            let ear = try await served.listen(session)
            let asking = try await served.asking(session)
            let id = try #require(try await ear.event("permission_request").data["requestId"]?.stringValue)
            try await body(served, session, id, ear, asking)
            await ear.close()
            await asking.close()
        }
    }

    private static let refusal: JSONValue = [
        "error": "`outcome` must be `{ outcome: \"cancelled\" }` or `{ outcome: \"selected\", optionId: string }`"
    ]

    /// 32
    @Test func whatIsNoVoteLeavesTheRequestOpenAndAVoteRunsTheCall() async throws {
        try await opened { served, session, id, _, asking in
            #expect(try await served.call("GET /health?deep").body["pendingPermissions"] == 1)
            for path in ["/permission/\(id)", "/session/\(session)/permission/\(id)"] {
                for body in [
                    [:], ["outcome": "selected"], ["outcome": ["outcome": "perhaps"]], ["outcome": ["outcome": "selected"]],
                    ["outcome": ["outcome": "selected", "optionId": ""]],
                ] as [JSONValue] {
                    let answer = try await served.call("POST \(path)", body)
                    #expect(answer.status == 400 && answer.body == Self.refusal, "\(body)")
                }
                let odd = try await served.call("POST \(path)", QwenServed.vote("nonsense"))
                #expect(odd.status == 400 && odd.body["code"] == "invalid_option_id")
                #expect(odd.body["requestId"] == .string(id) && odd.body["optionId"] == "nonsense")
            }
            let unknown = try await served.call("POST /permission/perm_none", QwenServed.vote(nil))
            #expect(unknown.status == 404)
            #expect(unknown.body == ["error": "No pending permission request", "requestId": "perm_none"])
            #expect(!served.stage.home.has("made.txt"))
            let vote = try await served.call("POST /permission/\(id)", QwenServed.vote("proceed_once"))
            #expect(vote.status == 200 && vote.text == "{}")
            #expect(try QwenAnswer(try await asking.all()).body == ["stopReason": "end_turn"])
            #expect(served.stage.home.has("made.txt"))
        }
    }

    /// 33, 34, 35, 36
    @Test func ofTwoVotesOneCountsAndAllReadersSeeTheSame() async throws {
        try await opened { served, session, id, ear, asking in
            let second = try await served.listen(session)
            let seen = try await second.event("permission_request")
            #expect(seen.data["requestId"] == .string(id) && seen.data["sessionId"] == .string(session))
            async let one = served.call("POST /session/\(session)/permission/\(id)", QwenServed.vote("proceed_once"))
            async let two = served.call("POST /session/\(session)/permission/\(id)", QwenServed.vote("proceed_once"))
            #expect(try await [one.status, two.status].sorted() == [200, 404])
            for reader in [ear, second] {
                let resolved = try await reader.event("permission_resolved")
                #expect(resolved.data == ["requestId": .string(id), "outcome": ["outcome": "selected", "optionId": "proceed_once"]])
                let late = try await reader.event("permission_already_resolved")
                #expect(late.data["requestId"] == .string(id) && late.data["sessionId"] == .string(session))
                #expect(late.data["outcome"] == ["outcome": "selected", "optionId": "proceed_once"])
            }
            #expect(try QwenAnswer(try await asking.all()).status == 200)
            await second.close()
        }
    }

    /// 35: the other answers
    @Test(arguments: [nil, "cancel"])
    func aNoIsForTheModelToRead(option: String?) async throws {
        try await opened { served, _, id, ear, asking in
            #expect(try await served.call("POST /permission/\(id)", QwenServed.vote(option)).text == "{}")
            let resolved = try await ear.event("permission_resolved")
            let outcome: JSONValue = option.map { ["outcome": "selected", "optionId": .string($0)] } ?? ["outcome": "cancelled"]
            #expect(resolved.data == ["requestId": .string(id), "outcome": outcome])
            #expect(try QwenAnswer(try await asking.all()).body == ["stopReason": "end_turn"])
            #expect(!served.stage.home.has("made.txt"))
        }
    }

    /// 36
    @Test func aVoteThroughAnotherSessionTouchesNothing() async throws {
        try await opened { served, session, id, _, asking in
            let other = try await served.session(["sessionScope": "thread"])
            let wrong = try await served.call("POST /session/\(other)/permission/\(id)", QwenServed.vote("proceed_once"))
            #expect(wrong.status == 404)
            #expect(
                wrong.body == [
                    "error": "No pending permission request for session", "sessionId": .string(other), "requestId": .string(id),
                ])
            let none = try await served.call("POST /session/none/permission/\(id)", QwenServed.vote("proceed_once"))
            #expect(none.status == 404 && none.body == ["error": "No session with id \"none\"", "sessionId": "none"])
            #expect(try await served.call("GET /health?deep").body["pendingPermissions"] == 1)
            let right = try await served.call("POST /session/\(session)/permission/\(id)", QwenServed.vote("proceed_once"))
            #expect(right.status == 200)
            _ = try await asking.all()
        }
    }

    /// 37, 54, and who is named as the author
    @Test func aClientThatTheSessionDoesNotKnowIsRefused() async throws {
        try await withQwen([.text("x")]) { first in
            #expect(try await first.stop().status == .exited(0))
            let served = try await QwenServed.start(first.stage, ["--workspace", first.work])
            defer { served.server.process.send(SIGKILL) }
            let made = try await served.call("POST /session", [:])
            let session = try #require(made.body["sessionId"]?.stringValue)
            let client = try #require(made.body["clientId"]?.stringValue)
            let known = "X-Qwen-Client-Id: \(client)"
            let before = try await served.call("POST /session/\(session)/heartbeat", [:], headers: [known])
            #expect(before.status == 200 && before.body["clientId"] == .string(client))
            for (line, body) in [
                ("POST /session/\(session)/prompt", QwenServed.prompt("x")), ("POST /session/\(session)/heartbeat", [:]),
                ("POST /session/\(session)/permission/p", QwenServed.vote(nil)), ("DELETE /session/\(session)", nil),
            ] as [(String, JSONValue?)] {
                for stranger in ["not a token", String(repeating: "x", count: 129)] {
                    let answer = try await served.call(line, body, headers: ["X-Qwen-Client-Id: \(stranger)"])
                    #expect(answer.status == 400 && answer.body["code"] == "invalid_client_id", "\(line) \(stranger)")
                }
            }
            let prompt = try await served.prompt(session, headers: ["X-Qwen-Client-Id: stranger"])
            #expect(prompt.status == 400 && prompt.body["code"] == "invalid_client_id")
            #expect(prompt.body["clientId"] == "stranger" && prompt.body["sessionId"] == .string(session))
            #expect(try await served.prompt(session, headers: [known]).status == 200)
            let told = try await served.replay(session, turns: 1)
            #expect(told.filter { $0.update == "agent_message_chunk" }.allSatisfy { $0.envelope["originatorClientId"] == .string(client) })
            let anonymous = try await served.call("POST /session/\(session)/heartbeat", [:])
            #expect(anonymous.body.objectValue?.keys == ["sessionId", "lastSeenAt"])
        }
    }

    /// 29: nobody answers
    @Test func aRequestThatNobodyAnswersIsCancelledAfterTheFlagsTime() async throws {
        try await opened(Self.script, ["--permission-response-timeout-ms", "200"]) { served, _, id, ear, asking in
            let resolved = try await ear.event("permission_resolved")
            #expect(resolved.data == ["requestId": .string(id), "outcome": ["outcome": "cancelled"]])
            #expect(try QwenAnswer(try await asking.all()).body == ["stopReason": "end_turn"])
            #expect(!served.stage.home.has("made.txt"))
            #expect(try await served.call("POST /permission/\(id)", QwenServed.vote("proceed_once")).status == 404)
        }
    }
}
