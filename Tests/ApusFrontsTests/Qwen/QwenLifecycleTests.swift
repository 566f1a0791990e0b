import ApusBase
import ApusCore
import ApusEngine
import ApusFronts
import ApusTesting
import QwenWire
import Testing

struct QwenLifecycleTests {
    /// A session that an earlier process made, and that this one knows nothing of.
    private func old(_ house: QwenHouse, _ id: SessionID = "old") async throws {
        _ = try await house.engine.create(NewSession(id: id, workingDirectory: "/w"))
        await house.engine.close(id)
    }

    @Test func everySessionOfTheLogAnswersWithoutALoad() async throws {
        let house = QwenHouse()
        try await house.running {
            try await old(house)
            let client = "client_" + randomUUIDText()
            #expect(await house.call("GET", "/session/old/context").status == 200)
            #expect(await house.prompt("old", client: client).body == ["stopReason": "end_turn"])
            let text = try await house.replay("old").text
            #expect(text == "Hello you")
            #expect(await house.call("POST", "/session/old/heartbeat", [:], client: client).body["clientId"] == .string(client))
            let listed = await house.call("GET", "/workspace/%2Fw/sessions").body["sessions"]
            #expect(listed?[0]?["sessionId"] == "old")
            #expect(await house.call("POST", "/session", [:]).body["attached"] == false)
        }
    }

    @Test func aRestartChangesNothingOfWhatIsTold() async throws {
        let first = QwenHouse()
        let told = Watched<(session: String, events: [QwenEvent])>(("", []))
        try await first.running {
            let (session, client) = try await first.session()
            #expect(await first.prompt(session, client: client).status == 200)
            _ = await first.model("nonsense", in: session)
            let events = try await first.replay(session)
            told.change { $0 = (session, events) }
        }
        let (session, events) = told.value
        let second = QwenHouse(memory: first.memory)
        try await second.running {
            let again = try await second.replay(session)
            // The mark at the end of the first replay is the only thing that is new.
            #expect(Array(again.prefix(events.count)) == events)
            #expect(await second.prompt(session).status == 200)
            let cursor = try #require(events.last?.id)
            let rest = try await second.replay(session, after: "\(cursor)")
            #expect(rest.text == "Hello you")
            #expect(rest.compactMap(\.id).allSatisfy { $0 > cursor })
        }
    }

    /// A client that loses its connection wherever it may be ends with every word, each once.
    @Test(arguments: 0..<4 as Range<UInt64>)
    func whoIsCutOffAnywhereMissesNothing(seed: UInt64) async throws {
        let words = (0..<60).map { "w\($0) " }
        let house = QwenHouse(ScriptedModel { _, _ in ScriptedModel.Reply(.text(words)) })
        try await house.running {
            let (session, _) = try await house.session()
            let prompts = Task {
                for _ in 0..<5 { _ = await house.prompt(session) }
            }
            var random = SeededGenerator(seed: seed)
            var seen: [QwenEvent] = []
            while seen.count(where: { $0.type == "turn_complete" }) < 5 {
                let count = Int.random(in: 1...40, using: &random)
                let cursor = seen.last?.id ?? 0
                let got = Watched<[QwenEvent]>([])
                try await house.listening(session, after: "\(cursor)") { listener in
                    let events = try await listener.atLeast(count, orUntil: "turn_complete")
                    got.change { $0 = Array(events.prefix(count)) }
                }
                seen += got.value
            }
            await prompts.value
            let whole = try await house.replay(session)
            #expect(seen == whole)
            #expect(seen.text == String(repeating: words.joined(), count: 5))
        }
    }

    @Test(arguments: ["load", "resume"])
    func aSessionIsBroughtBackOnceWithTheSameState(action: String) async throws {
        let house = QwenHouse()
        try await house.running {
            try await old(house)
            let before = try await house.engine.peek("old").lastEvent
            let first = await house.call("POST", "/session/old/\(action)", ["cwd": "/w"])
            #expect(first.status == 200)
            #expect(first.body.objectValue?.keys == ["sessionId", "workspaceCwd", "attached", "clientId", "createdAt", "state"])
            #expect(first.body["attached"] == false)
            #expect(first.body["state"]?["models"]?["currentModelId"] == "scripted")
            #expect(first.body["state"]?["modes"]?["currentModeId"] == "default")
            #expect(
                first.body["state"]?["modes"]?["availableModes"]?.arrayValue?.compactMap { $0["id"]?.stringValue } == [
                    "plan", "default", "auto-edit", "yolo",
                ])
            let second = await house.call("POST", "/session/old/\(action)", [:])
            #expect(second.body["attached"] == true)
            #expect(second.body["state"] == first.body["state"])
            let after = try await house.engine.peek("old").lastEvent
            #expect(after == before)
            // What was brought back is not what a workspace attaches to.
            #expect(await house.call("POST", "/session", [:]).body["sessionId"] != "old")
            let foreign = await house.call("POST", "/session/old/\(action)", ["cwd": "/elsewhere"])
            #expect(foreign.body["code"] == "workspace_mismatch")
        }
    }

    @Test func aLoadDuringAResumeIsAConflict() async throws {
        let gate = Gate()
        let house = QwenHouse(sessions: { engine in ForwardedSessions(engine, beforeOpen: { _ = await gate.pass() }) })
        try await house.running {
            try await old(house)
            async let first = house.call("POST", "/session/old/resume", [:])
            try await gate.reached()
            let conflict = await house.call("POST", "/session/old/load", [:])
            #expect(conflict.status == 409)
            #expect(conflict.field("retry-after") == "5")
            #expect(
                conflict.body == [
                    "error": "Session \"old\" is already being restored via session/resume; retry session/load after it completes",
                    "code": "restore_in_progress", "sessionId": "old", "activeAction": "resume", "requestedAction": "load",
                ])
            async let second = house.call("POST", "/session/old/resume", [:])
            gate.open()
            let replies = await [first, second]
            #expect(replies.map(\.status) == [200, 200])
            #expect(replies.count { $0.body["attached"] == false } == 1)
        }
    }

    @Test func metadataHasItsBoundsAndIsToldOnlyWhenItChanges() async throws {
        let house = QwenHouse()
        try await house.running {
            let (session, _) = try await house.session()
            let path = "/session/\(session)/metadata"
            for bad in [7, .null, .string(String(repeating: "a", count: 257)), "a\u{7}", "a\u{7F}", "a\nb"] as [JSONValue] {
                let reply = await house.call("PATCH", path, ["displayName": bad])
                #expect(reply.status == 400)
                #expect(reply.body["code"] == "invalid_metadata")
                #expect(reply.body["field"] == "displayName")
            }
            let long = String(repeating: "a", count: 256)
            for name in ["First", "First", long, "Second"] {
                let reply = await house.call("PATCH", path, ["displayName": .string(name)])
                #expect(reply.body == ["sessionId": .string(session), "displayName": .string(name)])
            }
            #expect(await house.call("PATCH", path, [:]).body["displayName"] == "Second")
            #expect(await house.call("PATCH", path, ["displayName": ""]).body == ["sessionId": .string(session)])
            let names = try await house.replay(session).filter { $0.type == "session_metadata_updated" }.map { $0.data["displayName"] }
            #expect(names == ["First", .string(long), "Second", .null])
        }
    }

    @Test func contextAndCommandsAreShown() async throws {
        let house = QwenHouse()
        let (session, _) = try await house.session()
        let context = await house.call("GET", "/session/\(session)/context")
        #expect(context.body["workspaceCwd"] == "/w")
        #expect(context.body["state"]?["modes"]?["currentModeId"] == "default")
        let commands = await house.call("GET", "/session/\(session)/supported-commands")
        #expect(
            commands.body == [
                "v": 1, "sessionId": .string(session),
                "availableCommands": [["name": "review", "description": "Reviews", "input": ["hint": "[branch]"]]],
                "availableSkills": ["release"],
            ])
    }

    @Test func withoutAWorkspaceClientIdsAreIgnored() async throws {
        let house = QwenHouse(ScriptedModel { _, _ in .text("x") }, QwenHouse.unbound)
        try await house.running {
            let (session, client) = try await house.session(["cwd": "/w"])
            #expect(client == nil)
            #expect(await house.prompt(session, client: "a b").status == 200)
        }
    }
}
