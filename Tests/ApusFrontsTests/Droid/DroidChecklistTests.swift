import ApusBase
import ApusCore
import ApusEngine
import ApusFronts
import ApusTesting
import DroidWire
import Testing

/// The one-page checklist of `droid.md` §0, by its numbers.
struct DroidChecklistTests {
    /// One of everything: a turn with text, thinking, a call and an answer, an error, a settings change, a list.
    private static func everything() -> DroidHouse {
        DroidHouse(
            ScriptedModel(
                .init(.reasoning(["Hm."]), .text(["Look"]), .call("c1", "Execute", ["command": "ls"])), .text("Done"),
                .fail(.invalidRequest)),
            tools: [.execute()], policy: .askingAboutCommands)
    }

    private func frames() async throws -> [JSONValue] {
        let frames = Watched<[JSONValue]>([])
        try await Self.everything().serving { client in
            try await client.open()
            try await client.prompt("go", "m1")
            let request = try await client.asked()
            client.answer(try #require(request["id"]?.stringValue), ["selectedOption": "proceed_once"])
            try await client.ended("m1")
            try await client.prompt("fail", "m2")
            try await client.ended("m2")
            _ = try await client.load()
            try await client.call("list_mcp_servers", ["sessionId": "s1"])
            _ = try await client.error("no_such_method")
            frames.change { $0 = client.all }
        }
        return frames.value
    }

    @Test("1–4: every frame has its constant keys, a result or an error, the id as it came, and a known code")
    func envelopes() async throws {
        for frame in try await frames() {
            #expect(frame["jsonrpc"] == "2.0" && frame["factoryApiVersion"] == "1.0.0")
            #expect(["request", "response", "notification"].contains(frame["type"]?.stringValue ?? ""))
            guard frame["type"] == "response" else { continue }
            #expect((frame["result"] == nil) != (frame["error"] == nil), "\(frame)")
            #expect(frame["id"]?.stringValue?.hasPrefix("c-") == true)
            if let code = frame["error"]?["code"]?.integerValue {
                #expect(DroidErrorCode.known.map { Int64($0.number) }.contains(code))
            }
        }
    }

    @Test("5: every notification and request names its session, and the result of load too")
    func sessions() async throws {
        let frames = try await frames()
        for frame in frames where frame["type"] != "response" { #expect(frame["params"]?["sessionId"] == "s1", "\(frame)") }
        #expect(frames.count { $0["result"]?["sessionId"] == "s1" } == 2)
    }

    @Test("6–8: idle comes before the end of the turn, after a state that old clients know, and the end has the id of the prompt")
    func endOfTurn() async throws {
        try await Self.everything().serving { client in
            try await client.open()
            try await client.prompt("go", "m1")
            client.answer(try #require(try await client.asked()["id"]?.stringValue), ["selectedOption": "proceed_once"])
            let end = try await client.ended("m1")
            #expect(end["tokenUsage"]?["inputTokens"] == 0)
            let types = client.types()
            #expect(Array(types.suffix(2)) == ["idle", "agent_turn_completed"])
            #expect(types.prefix(3) == ["create_message", "streaming_assistant_message", "session_title_updated"])
            #expect(types.count { $0 == "idle" } == 1)
        }
    }

    @Test("8: a prompt without an id gets one, as its own and that of its turn")
    func inventedID() async throws {
        try await DroidHouse(ScriptedModel(.text("Hi"))).serving { client in
            try await client.open()
            try await client.prompt("go")
            let id = try await client.notification("create_message")["message"]?["id"]?.stringValue
            try await client.ended(try #require(id))
        }
    }

    @Test("9: the answer to a prompt comes before everything of its turn")
    func answerFirst() async throws {
        try await DroidHouse(ScriptedModel { _, _ in .text("Hi") }).serving { client in
            try await client.open()
            for number in 1...20 {
                try await client.prompt("go", "m\(number)")
                try await client.ended("m\(number)")
            }
            let frames = client.all
            for number in 1...20 {
                let answer = try #require(frames.firstIndex { $0["id"] == .string("c-\(number + 1)") })
                let message = try #require(
                    frames.firstIndex { $0["params"]?["notification"]?["message"]?["id"] == .string("m\(number)") })
                #expect(answer < message)
            }
        }
    }

    @Test("10: structured output has both keys, whether it came or not")
    func structuredOutput() async throws {
        let format: JSONValue = ["type": "json_schema", "schema": ["type": "object", "required": ["a"]]]
        let model = ScriptedModel(.text(#"{"a":1}"#), .text("no"), .text("no"), .text("no"))
        try await DroidHouse(model).serving { client in
            try await client.open()
            try await client.call(
                "add_user_message", ["sessionId": "s1", "text": "go", "messageId": "m1", "outputFormat": format])
            #expect(try await client.ended("m1")["reason"] == "completed")
            try await client.call(
                "add_user_message", ["sessionId": "s1", "text": "go", "messageId": "m2", "outputFormat": format])
            #expect(try await client.ended("m2")["reason"] == "structured_output_invalid")
            let told = client.told("structured_output")
            #expect(told.map { $0["structuredOutput"] } == [["a": 1], .some(.null)])
            #expect(told[0]["structuredOutputError"] == .some(.null))
            #expect(told[1]["structuredOutputError"]?["code"] == "invalid_structured_output")
        }
    }

    @Test("11–13: times of messages are numbers, those of errors have a zone, thinking has a signature")
    func formats() async throws {
        let notifications = try await frames().compactMap { $0["params"]?["notification"] }
        let messages = notifications.compactMap { $0["message"]?.objectValue }.map { JSONValue.object($0) }
        #expect(messages.count == 4)
        for message in messages { #expect(message["createdAt"] == 1_700_000_000_000 && message["updatedAt"] == 1_700_000_000_000) }
        let error = try #require(notifications.first { $0["type"] == "error" })
        #expect(error["timestamp"] == "2023-11-14T22:13:20.000Z" && error["errorType"] == "Error")
        let thinking = messages.flatMap { $0["content"]?.arrayValue ?? [] }.first { $0["type"] == "thinking" }
        #expect(thinking?["signature"] == "")
    }

    @Test("14: every notification is one that its own types can read")
    func wellFormed() async throws {
        for frame in try await frames() {
            guard let json = frame["params"]?["notification"] else { continue }
            let notification = try SessionNotification(from: json, .closed)
            if case .unknown = notification { Issue.record("unknown: \(json)") }
        }
    }

    @Test("15–16: a client of no known version is offered only what every version knows", arguments: [nil, "1.62.0", "1.221.0"])
    func options(version: String?) async throws {
        try await Self.everything().serving { client in
            if let version { try await client.call("validate_working_directory", ["workingDirectory": "/w"], version: version) }
            try await client.open()
            try await client.prompt("go", "m1")
            let params = try #require(try await client.asked()["params"])
            let offered = params["options"]?.arrayValue?.compactMap { $0["value"]?.stringValue } ?? []
            #expect(offered.contains("proceed_always_tools") == (version == "1.221.0"))
            #expect(offered.contains("proceed_once") && offered.contains("cancel") && !offered.contains("proceed_edit"))
            try await client.call("interrupt_session", ["sessionId": "s1"])
        }
    }

    @Test("17–19: no servers in results, renaming succeeds in that word, the system prompt is told again")
    func results() async throws {
        try await DroidHouse(ScriptedModel()).serving { client in
            let made = try await client.open(
                "s1", ["systemPrompt": "Be brief", "mcpServers": [["type": "http", "name": "t", "url": "http://127.0.0.1:1/mcp"]]])
            #expect(made["mcpServers"] == nil && made["settings"]?["systemPrompt"] == "Be brief")
            let loaded = try await client.load()
            #expect(loaded["mcpServers"] == nil && loaded["settings"]?["systemPrompt"] == "Be brief")
            #expect(try await client.call("rename_session", ["sessionId": "s1", "title": "T"]) == ["success": true])
            #expect(try await client.call("interrupt_session", ["sessionId": "s1"]) == [:])
            let preset: JSONValue = ["type": "preset", "preset": "droid", "append": "Also this"]
            #expect(try await client.open("s2", ["systemPrompt": preset])["settings"]?["systemPrompt"] == preset)
        }
    }

    @Test("20: a session that is given up in the middle of a turn ends it for its viewers")
    func givenUp() async throws {
        let house = DroidHouse(ScriptedModel(.init(.stand(Gate()))))
        try await house.serving { client in
            try await client.open()
            try await client.prompt("go", "m1")
            _ = try await client.notification("create_message")
            await house.engine.close("s1")
            try await client.ended("m1")
            #expect(client.types().suffix(2) == ["idle", "agent_turn_completed"])
        }
    }

    @Test("22: a missing key is a parse error, another key is refused, and before it nothing is answered")
    func keys() async throws {
        let keys = TestKeys(["good": ClientIdentity(name: "me", scopes: [.admin])])
        try await DroidHouse(ScriptedModel()).serving(access: .credentials(keys)) { client in
            let first = try await client.code("list_opened_sessions")
            #expect(first == -32_001)
            #expect(try await client.code("nonsense") == -32_001)
            #expect(try await client.error("authenticate", ["caller": "x"]) == ["code": -32_700, "message": "Parse error"])
            #expect(try await client.error("authenticate", ["caller": "x", "apiKey": ""])["code"] == -32_700)
            #expect(try await client.error("authenticate", ["apiKey": "good"])["code"] == -32_700)
            #expect(try await client.code("authenticate", ["caller": "x", "apiKey": "bad"]) == -32_001)
            #expect(try await client.code("list_opened_sessions") == -32_001)
            #expect(try await client.call("authenticate", ["caller": "x", "token": "good"]) == ["userId": "me", "orgId": "local"])
            #expect(try await client.call("list_opened_sessions") == ["sessions": []])
            #expect(try await client.call("logout") == ["accepted": true])
            #expect(try await client.code("list_opened_sessions") == -32_001)
        }
    }
}
