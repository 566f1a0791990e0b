import ApusBase
import ApusCore
import ApusEngine
import ApusFronts
import ApusTesting
import DroidWire
import Testing

/// Every method once, with what it does.
struct DroidMethodTests {
    @Test func aSessionHasTheSettingsItsClientAskedFor() async throws {
        let house = DroidHouse(ScriptedModel(), tools: [.execute()])
        try await house.serving { client in
            let made = try await client.open(
                "s1",
                [
                    "autonomyLevel": "high", "interactionMode": "agi", "reasoningEffort": "xhigh", "specModeModelId": "scripted",
                    "specModeReasoningEffort": "low", "disabledToolIds": ["Execute"], "restrictToolIds": ["execute-scripted"],
                    "tags": [["name": "sdk"]], "sessionOriginHint": "sdk",
                ])
            #expect(
                made["settings"]
                    == [
                        "modelId": "scripted", "reasoningEffort": "xhigh", "interactionMode": "agi", "autonomyLevel": "high",
                        "specModeModelId": "scripted", "specModeReasoningEffort": "low", "tags": [["name": "sdk"]],
                        "disabledToolIds": ["Execute"], "restrictToolIds": ["execute-scripted"],
                    ])
            let settings = try await house.engine.open("s1").settings
            #expect(settings.tools == ToolSelection(only: ["Execute"], disabled: ["Execute"]))
            #expect(settings.attribution == ["origin": "sdk"])
        }
    }

    /// Every list and every change of settings tells these again.
    @Test func whatIsTooLongIsRefused() async throws {
        try await DroidHouse(ScriptedModel()).serving { client in
            let long = String(repeating: "x", count: 5_000)
            let cases: [(String, JSONValue)] = [
                ("tags", [["name": .string(long)]]), ("tags", .array((0..<65).map { ["name": .string("t\($0)")] })),
                ("sessionLocation", .string(long)), ("systemPrompt", .string(String(repeating: "x", count: 1 << 20 | 1))),
                ("enabledToolIds", .array((0..<1_025).map { .string("t\($0)") })),
            ]
            for (name, value) in cases {
                let params: JSONObject = ["machineId": "default", "cwd": "/w", "token": "k"]
                var all = params
                all[name] = value
                let error = try await client.error("initialize_session", .object(all))
                #expect(error["code"] == -32602, "\(name)")
                #expect(error["message"]?.stringValue?.contains("too long") == true, "\(name)")
            }
        }
    }

    @Test func whatCannotBeIsRefusedAtInit() async throws {
        try await DroidHouse(ScriptedModel(), maximumAutonomy: .medium).serving { client in
            func refusal(_ params: JSONObject) async throws -> JSONValue {
                var all: JSONObject = ["machineId": "default", "cwd": "/w", "token": "k"]
                for (key, value) in params { all[key] = value }
                return try await client.error("initialize_session", .object(all))
            }
            let cwd = try await refusal(["cwd": "/missing/x"])
            #expect(cwd["code"] == -32_602 && cwd["message"]?.stringValue?.contains("/missing/x") == true)
            #expect(try await refusal(["modelId": "gpt-9"])["code"] == -32_602)
            #expect(try await refusal(["disabledToolIds": ["Nonsense"]])["message"] == "Unknown tool identifier(s): Nonsense")
            #expect(try await refusal(["sessionId": "not/an/id"])["code"] == -32_602)
            #expect(try await refusal(["unknownKey": 1])["code"] == -32_602)
            #expect(try await refusal(["worktree": true])["code"] == -32_602)
            #expect(try await refusal(["autonomyLevel": "extreme"])["code"] == -32_602)
            let capped = try await client.open("s1", ["autonomyLevel": "high"])
            #expect(capped["settings"]?["autonomyLevel"] == "medium")
            #expect(try await refusal(["sessionId": "s1"])["code"] == -32_602)
            let relative = try await client.call("initialize_session", ["machineId": "default", "cwd": ".", "token": "k"])
            let loaded = try await client.load(try #require(relative["sessionId"]?.stringValue))
            #expect(loaded["cwd"] == "/home/test")
        }
    }

    /// `settled.md`, one table of modes.
    @Test(arguments: [
        ("normal", "auto", "off"), ("spec", "spec", "off"), ("auto-low", "auto", "low"), ("auto-medium", "auto", "medium"),
        ("auto-high", "auto", "high"),
    ])
    func theOldWordForModeAndLevelIsTaken(word: String, mode: String, level: String) async throws {
        try await DroidHouse(ScriptedModel()).serving { client in
            let settings = try await client.open("s1", ["autonomyMode": .string(word)])["settings"]
            #expect(settings?["interactionMode"] == .string(mode) && settings?["autonomyLevel"] == .string(level))
        }
    }

    @Test func settingsCanBeTakenBack() async throws {
        try await DroidHouse(ScriptedModel()).serving { client in
            try await client.open("s1", ["specModeModelId": "scripted", "autonomyLevel": "high"])
            try await client.call(
                "update_session_settings", ["sessionId": "s1", "specModeModelId": nil, "autonomyLevel": "off", "tags": [["name": "x"]]])
            #expect(
                client.told("settings_updated").map { $0["settings"] }
                    == [
                        [
                            "modelId": "scripted", "reasoningEffort": "none", "interactionMode": "auto", "autonomyLevel": "off",
                            "tags": [["name": "x"]],
                        ]
                    ])
            try await client.call("update_session_settings", ["sessionId": "s1", "autonomyLevel": "off"])
            #expect(client.told("settings_updated").count == 1)
        }
    }

    @Test func attachmentsReachTheModel() async throws {
        let model = ScriptedModel(.text("Seen"))
        try await DroidHouse(model).serving { client in
            try await client.open()
            try await client.call(
                "add_user_message",
                [
                    "sessionId": "s1", "text": "look", "messageId": "m1",
                    "images": [["type": "base64", "data": "iVBORw0KGgo=", "mediaType": "image/png"]],
                    "files": [
                        ["type": "base64", "mediaType": "application/pdf", "data": "JVBERi0xLjQ=", "name": "a.pdf", "parsedData": "text"],
                        ["type": "text", "mediaType": "text/plain", "data": "words", "name": "b.txt"],
                    ],
                ])
            try await client.ended("m1")
            guard case .user(let texts, let media)? = model.requests.first?.messages.first else {
                Issue.record("no prompt")
                return
            }
            #expect(texts.contains { $0.contains("Attached file \"b.txt\":\nwords") })
            #expect(media.map(\.details.type) == [.png, .pdf])
        }
    }

    @Test(arguments: [
        (#""images":[{"type":"base64","data":"%%%","mediaType":"image/png"}]"#, "not base64"),
        (#""images":[{"type":"base64","data":"iVBORw0KGgo=","mediaType":"image/jpeg"}]"#, "a PNG image"),
        (#""images":[{"type":"base64","data":"aGVsbG8=","mediaType":"image/png"}]"#, "no PNG"),
        (#""files":[{"type":"base64","mediaType":"application/pdf","data":"aGVsbG8="}]"#, "no PDF"),
        (#""outputFormat":{"type":"json_schema","schema":{"type":7}}"#, "outputFormat.schema"),
        (#""messageId":"""#, "messageId"), (#""skipAgentLoop":true"#, "skipAgentLoop"), (#""role":"system""#, "role"),
        (#""nonsense":1"#, "nonsense"),
    ])
    func aPromptThatCannotBeTakenIsRefused(members: String, word: String) async throws {
        let params = try JSONValue(parsing: #"{"sessionId":"s1","text":"x",\#(members)}"#)
        try await DroidHouse(ScriptedModel()).serving { client in
            try await client.open()
            let error = try await client.error("add_user_message", params)
            #expect(error["code"] == -32_602 && error["message"]?.stringValue?.contains(word) == true, "\(error)")
        }
    }

    @Test func anIDThatWasUsedForAnotherPromptIsRefused() async throws {
        try await DroidHouse(ScriptedModel { _, _ in .text("x") }).serving { client in
            try await client.open()
            try await client.prompt("one", "m1")
            try await client.prompt("one", "m1")
            try await client.ended("m1")
            #expect(try await client.code("add_user_message", ["sessionId": "s1", "text": "two", "messageId": "m1"]) == -32_602)
        }
    }

    @Test(
        arguments: [
            ("fork_session", "tags", .array((0..<65).map { ["name": .string("t\($0)")] })),
            ("fork_session", "tags", [["name": .string(String(repeating: "x", count: 5_000))]]),
            ("compact_session", "customInstructions", .string(String(repeating: "x", count: (1 << 20) + 1))),
        ] as [(String, String, JSONValue)])
    func whatIsSaidAboutACopyIsBoundedToo(method: String, key: String, value: JSONValue) async throws {
        let house = DroidHouse(ScriptedModel())
        try await house.serving { client in
            try await client.open()
            let error = try await client.error(method, ["sessionId": "s1", key: value])
            #expect(error["code"] == -32_602 && error["message"]?.stringValue?.contains("too long: at most") == true, "\(error)")
        }
        #expect(house.maintenance.calls.value == [])
        #expect(try await house.memory.sessions(withPrefix: "", limit: 9).count == 1)
    }

    @Test func listsOfServersWaitForTheirFirstAnswersAndNothingElseDoes() async throws {
        let house = DroidHouse(ScriptedModel { _, _ in .text("x") })
        try await house.serving { client in
            try await client.open()
            _ = try await client.load()
            try await client.prompt("go", "m1")
            try await client.ended("m1")
            #expect(house.servers.attached.value == ["s1: "])
            for method in ["list_mcp_servers", "list_mcp_tools"] { try await client.call(method, ["sessionId": "s1"]) }
            #expect(house.servers.attached.value == ["s1: ", "s1 settled", "s1 settled"])
        }
    }

    @Test func copiesAreMadeAndGivenUp() async throws {
        let house = DroidHouse(ScriptedModel { _, _ in .text("x") })
        try await house.serving { client in
            try await client.open()
            try await client.prompt("one", "m1")
            try await client.ended("m1")
            let fork = try await client.call("fork_session", ["sessionId": "s1", "tags": [["name": "copy"]]])
            let copy = try #require(fork["newSessionId"]?.stringValue)
            #expect(fork["sessionId"] == nil)
            let loaded = try await client.load(copy)
            #expect(loaded["session"]?["messages"]?.arrayValue?.count == 2)
            #expect(loaded["settings"]?["tags"] == [["name": "copy"]])
            #expect(
                try await client.call("get_rewind_info", ["sessionId": "s1", "messageId": "m1"])
                    == [
                        "availableFiles": [["filePath": "/w/a", "contentHash": "abc", "size": 3]], "createdFiles": [["filePath": "/w/b"]],
                        "evictedFiles": [["filePath": "/w/c", "reason": "too large"]],
                    ])
            #expect(try await client.code("get_rewind_info", ["sessionId": "s1", "messageId": "m9"]) == -32_004)
            let rewound = try await client.call(
                "execute_rewind",
                [
                    "sessionId": "s1", "messageId": "m1", "filesToRestore": [["filePath": "/w/a", "contentHash": "abc", "size": 3]],
                    "filesToDelete": [["filePath": "/w/b"]], "forkTitle": "Back",
                ])
            #expect(rewound["newSessionId"] == "rewound" && rewound["restoredCount"] == 1)
            #expect(house.maintenance.calls.value == [#"rewind s1 m1 ["/w/a"] ["/w/b"] Back"#])
            #expect(house.maintenance.retired.value.map(\.rawValue).contains(copy))
        }
    }

    @Test func compactionDuringATurnIsRefused() async throws {
        let gate = Gate()
        try await DroidHouse(ScriptedModel(.init(.stand(gate), .text(["x"])))).serving { client in
            try await client.open()
            try await client.prompt("one", "m1")
            _ = try await client.notification("create_message")
            #expect(try await client.code("compact_session", ["sessionId": "s1"]) == -32_600)
            gate.open()
            try await client.ended("m1")
        }
    }

    @Test func contextIsCounted() async throws {
        try await DroidHouse(ScriptedModel()).serving(.exec) { client in
            try await client.open()
            #expect(
                try await client.call("get_context_stats")
                    == ["used": 400, "remaining": 600, "limit": 1_000, "accuracy": "exact", "updatedAt": "2023-11-14T22:13:20.000Z"])
            let breakdown = try await client.call("get_context_breakdown")
            #expect(breakdown["contextBudget"] == 1_000 && breakdown["freeTokens"] == 600)
            #expect(breakdown["categories"]?[0] == ["name": "System prompt", "tokens": 100, "colorKey": "systemPrompt"])
            #expect(breakdown["skills"] == [["name": "release", "location": "personal", "tokens": 7]])
            #expect(breakdown["droids"] == [["name": "reviewer", "location": "project", "tokens": 5]])
            #expect(breakdown["mcpServers"] == [["name": "issues", "toolCount": 2, "tokens": 50]])
        }
    }

    @Test func sessionsAreListedSearchedAndArchived() async throws {
        let house = DroidHouse(ScriptedModel { _, _ in .text("Hello") })
        try await house.serving { client in
            try await client.open()
            try await client.prompt("one", "m1")
            try await client.ended("m1")
            let opened = try await client.call("list_opened_sessions")
            #expect(
                opened["sessions"]
                    == [["sessionId": "s1", "updatedAt": 1_700_000_000, "workingState": "idle", "cwd": "/w", "messagesCount": 2]])
            let available = try await client.call("list_available_sessions", ["limit": 5])
            #expect(available["hasMore"] == true && available["sessions"]?[0]?["messagesCount"] == 5)
            #expect(available["sessions"]?[0]?["updatedAt"] == 1_700_000_000.5)
            #expect(try await client.call("list_available_sessions", ["endBefore": 5.5])["hasMore"] == false)
            #expect(try await client.code("list_available_sessions", ["limit": 101]) == -32_602)
            let page = try await client.call("get_session_messages", ["sessionId": "s1", "limit": 1])
            #expect(page["messages"]?[0]?["content"] == [["type": "text", "text": "Hello"]] && page["hasMore"] == true)
            let cursor = try #require(page["nextCursor"])
            let older = try await client.call("get_session_messages", ["sessionId": "s1", "cursor": cursor])
            #expect(older["messages"]?[0]?["id"] == "m1" && older["hasMore"] == false)
            #expect(try await client.code("get_session_messages", ["sessionId": "s9"]) == -32_004)
            let found = try await client.call("search_sessions", ["query": "word", "kind": "message_text"])
            #expect(found["sessions"]?[0]?["hits"]?[0]?["snippets"] == ["… word …"] && found["sessions"]?[0]?["totals"] == ["hits": 7])
            #expect(
                try await client.call("archive_session", ["sessionId": "s1"])
                    == ["success": true, "archivedAt": "2023-11-14T22:13:20.000Z"])
            #expect(try await client.call("unarchive_session", ["sessionId": "s1"]) == ["success": true])
            #expect(house.maintenance.calls.value == ["archive s1 true", "archive s1 false"])
            #expect(
                try await client.call("validate_working_directory", ["workingDirectory": "/missing"])["isValid"] == false)
        }
    }

    @Test func modelsToolsSkillsAndCommandsNeedNoSession() async throws {
        let house = DroidHouse(ScriptedModel(), tools: [.execute()])
        try await house.serving(.exec) { client in
            let models = try await client.call("list_models")
            #expect(models["models"]?.arrayValue?.count == 1)
            #expect(models["models"]?[0]?["modelProvider"] == "factory" && models["models"]?[0]?["defaultReasoningEffort"] == "medium")
            let every = try await client.call("list_models", ["includeDisabled": true])
            #expect(every["models"]?[1]?["disabled"] == true && every["models"]?[1]?["disabledReason"] == "No key")
            let tools = try await client.call("list_tools", ["includeSchemas": true])
            #expect(tools["tools"]?[0]?["llmId"] == "Execute" && tools["tools"]?[0]?["schemas"] == ["input": ["type": "object"]])
            let without = try await client.call("list_tools", ["disabledToolIds": ["Execute"]])
            #expect(without["tools"]?[0]?["currentlyAllowed"] == false && without["tools"]?[0]?["schemas"] == nil)
            #expect(try await client.call("list_skills")["skills"]?[0]?["filePath"] == "/home/test/SKILL.md")
            #expect(try await client.call("list_commands")["commands"]?[0]?["argumentHint"] == "[branch]")
            try await client.open()
            #expect(try await client.call("list_tools")["tools"]?[1]?["source"] == "mcp")
            #expect(try await client.call("list_skills")["skills"]?[0]?["filePath"] == "/w/SKILL.md")
            try await client.call("set_skill_disabled", ["skillName": "release", "disabled": true, "settingsLevel": "project"])
            #expect(house.catalogue.disabled.value == ["release true /w"])
            #expect(try await client.code("set_skill_disabled", ["skillName": "nothing", "disabled": true]) == -32_602)
        }
    }

    @Test func whatOnlyTheExecFamilyHasIsAnsweredOnASocketToo() async throws {
        try await DroidHouse(ScriptedModel(), tools: [.execute()]).serving { client in
            try await client.call("list_models")
            #expect(try await client.call("list_tools")["tools"]?.arrayValue?.count == 1)
            try await client.open()
            #expect(try await client.call("list_tools", ["sessionId": "s1"])["tools"]?.arrayValue?.count == 2)
            #expect(try await client.call("get_context_stats", ["sessionId": "s1"])["used"] == 400)
        }
        try await DroidHouse(ScriptedModel()).serving(.exec) { client in
            let code = try await client.code("list_opened_sessions")
            #expect(code == -32_601)
        }
    }

    @Test func serversAreAttachedListedAndChanged() async throws {
        let house = DroidHouse(ScriptedModel())
        try await house.serving { client in
            try await client.open(
                "s1",
                ["mcpServers": [["name": "cmd", "command": "run"], ["type": "http", "name": "web", "url": "http://127.0.0.1:1/mcp"]]])
            try await client.open("s2")
            #expect(house.servers.attached.value == ["s1: cmd web", "s2: "])
            let listed = try await client.call("list_mcp_servers", ["sessionId": "s1"])
            #expect(
                listed["servers"]
                    == [
                        [
                            "name": "issues", "status": "connected", "source": "dynamic", "isManaged": false, "serverType": "http",
                            "toolCount": 1,
                        ]
                    ])
            #expect(listed["summary"]?["connected"] == 1)
            #expect(try await client.call("list_mcp_tools", ["sessionId": "s1"])["tools"]?[0]?["serverName"] == "issues")
            try await client.call("add_mcp_server", ["sessionId": "s1", "name": "n", "type": "stdio", "command": "run"])
            #expect(try await client.code("add_mcp_server", ["sessionId": "s1", "name": "n", "type": "http"]) == -32_602)
            #expect(
                try await client.code("add_mcp_server", ["sessionId": "s1", "name": "taken", "type": "stdio", "command": "r"]) == -32_602)
            try await client.call("toggle_mcp_server", ["sessionId": "s1", "serverName": "n", "enabled": false, "settingsLevel": "user"])
            try await client.call("toggle_mcp_tool", ["sessionId": "s1", "serverName": "n", "toolName": "t", "enabled": true])
            try await client.call("remove_mcp_server", ["sessionId": "s1", "serverName": "n", "settingsLevel": "user"])
            #expect(
                try await client.code("remove_mcp_server", ["sessionId": "s1", "serverName": "nobody", "settingsLevel": "user"])
                    == -32_004)
            #expect(house.servers.calls.value == ["add n", "enable n false", "enable n t true", "remove n"])
            _ = await house.servers.streams.first { $0["s1"] != nil }
            house.servers.streams.value["s1"]?.yield([NotedServers.status])
            #expect(try await client.notification("mcp_status_changed")["summary"]?["total"] == 1)
        }
    }

    @Test(arguments: [
        "submit_bug_report", "warmup_cache", "start_loop", "git_push",
        "request_permission",
    ])
    func whatIsNotHereIsNotFound(method: String) async throws {
        try await DroidHouse(ScriptedModel()).serving { client in
            let code = try await client.code(method)
            #expect(code == -32_601)
        }
    }

    /// Only subagents of the session may be ended through it.
    @Test func anotherSessionIsNoWorker() async throws {
        try await DroidHouse(ScriptedModel()).serving { client in
            try await client.open("s1")
            try await client.open("s2")
            let error = try await client.error("kill_worker_session", ["sessionId": "s1", "workerSessionId": "s2"])
            #expect(error["code"] == -32_004 && error["data"] == ["sessionId": "s2"], "\(error)")
            #expect(try await client.code("kill_worker_session", ["sessionId": "nobody", "workerSessionId": "s2"]) == -32_004)
            #expect(try await client.code("kill_worker_session", ["sessionId": "s1"]) == -32_602)
        }
    }

    @Test func everySessionMethodOnAnUnknownSessionSaysSo() async throws {
        try await DroidHouse(ScriptedModel()).serving { client in
            for method in ["interrupt_session", "close_session", "fork_session", "compact_session", "update_session_settings"] {
                let error = try await client.error(method, ["sessionId": "nobody"])
                #expect(error["code"] == -32_004 && error["data"] == ["sessionId": "nobody"], "\(method): \(error)")
            }
            #expect(try await client.code("interrupt_session") == -32_602)
        }
    }

    @Test func theExecFamilyHasOneCurrentSession() async throws {
        try await DroidHouse(ScriptedModel { _, number in .text("\(number)") }).serving(.exec) { client in
            let none = try await client.error("add_user_message", ["text": "x"])
            #expect(none["message"] == "No active session. Call initialize_session or load_session first.")
            try await client.open("s1")
            try await client.open("s2")
            try await client.prompt("x", "m1")
            try await client.ended("m1", in: "s2")
            _ = try await client.load("s1")
            try await client.prompt("x", "m2")
            try await client.ended("m2", in: "s1")
            #expect(client.told("agent_turn_completed", in: "s2").count == 1)
            try await client.call("close_session")
            #expect(try await client.code("interrupt_session") == -32_600)
        }
    }
}
