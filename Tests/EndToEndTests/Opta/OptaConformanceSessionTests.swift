import ApusBase
import ApusTestServer
import Foundation
import Testing

/// Assertions 9 to 13, 22, 46, 48 and 50 on the real executable: sessions, their models, and what a restart leaves of them.
@Suite struct OptaConformanceSessionTests {
    private static let members: Set = [
        "sessionId", "model", "createdAt", "updatedAt", "queuedTurns", "toolCallCount", "writerCount",
    ]

    @Test(.opta(9, 10, 11)) func aSessionIsMadeAsItIsAskedForAndOnlyOnce() async throws {
        try await withOptaServed([], models: ["custom:second"]) { served in
            async let one = served.call("POST /v3/sessions", [:])
            async let two = served.call("POST /v3/sessions")
            let made = try await [one, two]
            for answer in made {
                #expect(answer.status == 201 && Set((answer.body.objectValue ?? [:]).map(\.key)) == Self.members, "\(answer.text)")
                #expect(answer.body["model"] == "custom:scripted")
                for name in ["queuedTurns", "toolCallCount", "writerCount"] { #expect(answer.body[name] == 0) }
            }
            #expect(Set(made.compactMap { $0.body["sessionId"]?.stringValue }.filter { !$0.isEmpty }).count == 2)

            let before = OptaServed.now
            let wish: JSONValue = ["sessionId": "mine_-1", "model": "custom:second", "title": "First", "mode": "do", "metadata": ["a": 1]]
            let given = try await served.call("POST /v3/sessions", wish)
            let after = OptaServed.now
            #expect(given.status == 201 && given.body["sessionId"] == "mine_-1" && given.body["model"] == "custom:second")
            #expect(given.body["title"] == "First" && given.body["metadata"] == nil)
            for name in ["createdAt", "updatedAt"] {
                let date = try #require(given.body[name]?.stringValue)
                #expect(before <= date && date <= after, "\(before) \(date) \(after)")
            }
            let again = try await served.call(
                "POST /v3/sessions", ["sessionId": "mine_-1", "model": "custom:scripted", "title": "Second", "messages": []])
            #expect(again.status == 201 && again.body["title"] == "First" && again.body["model"] == "custom:second")
            #expect(try await served.events("mine_-1").names == ["session.snapshot", "session.snapshot"])
        }
    }

    @Test(.opta(12, 13)) func messagesAreKeptAndWhatIsNoneIsDropped() async throws {
        try await withOptaServed { served in
            let unknown = try await served.call("GET /v3/sessions/none")
            #expect(unknown.status == 404 && unknown.body == ["error": "Session not found"])
            let plain = try await served.detail(try await served.session())
            #expect(Set((plain.objectValue ?? [:]).map(\.key)) == Self.members.union(["messages"]) && plain["messages"] == [])
            let said: [JSONValue] = [
                ["role": "system", "content": "Be kind."], ["role": "user", "content": "Hello"], ["role": "assistant", "content": "Hi"],
            ]
            let odd: [JSONValue] = [7, "text", [:], ["role": 7], .null, []]
            let id = try await served.session(["sessionId": "said", "messages": .array(odd + said + odd)])
            #expect(try await served.detail(id)["messages"] == .array(said))

            for body in [[], "text", 7, .null] as [JSONValue] {
                let answer = try await served.call("POST /v3/sessions", body)
                #expect(answer.status == 400 && answer.body["error"] == "Invalid request body", "\(body): \(answer.text)")
                let issue = answer.body["details"]?[0]
                #expect(issue?["code"] == "invalid_type" && issue?["path"] == [] && issue?["expected"] == "object", "\(answer.text)")
            }
            for (body, place) in [
                (["sessionId": .null], "sessionId"), (["model": 7], "model"), (["title": []], "title"), (["messages": "x"], "messages"),
                (["metadata": "x"], "metadata"), (["sessionId": "a/b"], "sessionId"), (["sessionId": ""], "sessionId"),
                (["sessionId": .string(String(repeating: "x", count: 65))], "sessionId"), (["sessionId": "../x"], "sessionId"),
            ] as [(JSONValue, String)] {
                let answer = try await served.call("POST /v3/sessions", body)
                #expect(answer.status == 400 && answer.body["error"] == "Invalid request body", "\(body): \(answer.text)")
                #expect(answer.body["details"]?[0]?["path"] == [.string(place)], "\(body): \(answer.text)")
            }
            // Nothing of them is kept (C7).
            #expect(try await served.call("GET /v3/sessions/a%2Fb").status == 404)
        }
    }

    @Test(.opta(22, 50)) func theModelOfTheSessionIsTheOneThatIsAsked() async throws {
        try await withOptaServed([.text("One."), .text("Two.")], models: ["custom:second"]) { served in
            // By its shorthand.
            let session = try await served.session(["model": "SECOND"])
            #expect(try await served.run(session).text == "One.")
            #expect(served.stage.server.modelRequests.map { $0.body["model"] } == ["second-model"])
            #expect(try await served.detail(session)["model"] == "custom:second")
            let other = try await served.session()
            #expect(try await served.run(other, OptaServed.turn(overrides: ["model": "SECOND"])).text == "Two.")
            #expect(served.stage.server.modelRequests.last?.body["model"] == "second-model")
            #expect(try await served.detail(other)["model"] == "custom:second")

            let later = try await served.restarted()
            defer { later.running.process.send(SIGKILL) }
            for id in [session, other] { #expect(try await later.detail(id)["model"] == "custom:second") }
        }
    }

    @Test(.opta(46, 48)) func aRestartKeepsSessionsAndGivesNoNumberTwice() async throws {
        try await withOptaServed([.text("One."), .text("Two."), .text("Three.")]) { served in
            let unused = try await served.session(["title": "Unused"])
            let used = try await served.session([
                "sessionId": "used", "title": "Used", "messages": [["role": "user", "content": "Before"]],
            ])
            #expect(try await served.run(used).text == "One.")
            let before = try await served.events(used)
            let history = try await served.detail(used)["messages"]
            #expect(history?.arrayValue?.compactMap { $0["content"] } == ["Before", "Go.", "One."])

            let later = try await served.restarted()
            defer { later.running.process.send(SIGKILL) }
            #expect(later.daemon != served.daemon && later.token != served.token)
            #expect(try await later.detail(unused)["title"] == "Unused")
            let detail = try await later.detail(used)
            #expect(detail["title"] == "Used" && detail["model"] == "custom:scripted" && detail["messages"] == history)
            for id in [unused, used] {
                let cursor = try #require(try await later.events(id).last?.seq)
                let ear = try await later.listen(id, after: cursor)
                _ = try await later.submit(id)
                _ = try await ear.turns(1)
                await ear.close()
                let seqs = try await later.events(id).map(\.seq)
                #expect(zip(seqs, seqs.dropFirst()).allSatisfy { $0 < $1 }, "\(seqs)")
            }
            // The history is the same, told by another daemon.
            let after = try await later.events(used).prefix(before.count)
            #expect(after.map(\.seq) == before.map(\.seq) && after.map { $0["payload"] } == before.map { $0["payload"] })
        }
    }
}
