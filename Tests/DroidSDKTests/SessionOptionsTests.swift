import Testing

@testable import DroidSDK

/// Every field of the three kinds of options, on the wire.
@Suite struct SessionOptionsTests {
    static let rows: [(String, DaemonSessionOptions, String)] = [
        ("cwd", DaemonSessionOptions(cwd: "/srv/p"), #""cwd":"/srv/p","#),
        ("modelId", DaemonSessionOptions(modelId: "m9"), #""cwd":".","modelId":"m9","#),
        ("autonomyLevel", DaemonSessionOptions(autonomyLevel: .high), #""autonomyLevel":"high","#),
        ("interactionMode", DaemonSessionOptions(interactionMode: .agi), #""interactionMode":"agi","#),
        ("reasoningEffort", DaemonSessionOptions(reasoningEffort: .extraHigh), #""reasoningEffort":"xhigh","#),
        ("specModeModelId", DaemonSessionOptions(specModeModelId: "m2"), #""specModeModelId":"m2","#),
        ("specModeReasoningEffort", DaemonSessionOptions(specModeReasoningEffort: .max), #""specModeReasoningEffort":"max","#),
        (
            "mcpServers",
            DaemonSessionOptions(mcpServers: [.config(.http(name: "t", url: "http://x/mcp")), .config(.stdio(name: "s", command: "c"))]),
            #""mcpServers":[{"type":"http","name":"t","url":"http://x/mcp","headers":[]},{"name":"s","command":"c","args":[],"env":{}}],"#
        ),
        ("enabledToolIds", DaemonSessionOptions(enabledToolIds: ["read-cli"]), #""enabledToolIds":["read-cli"],"#),
        ("disabledToolIds", DaemonSessionOptions(disabledToolIds: ["execute-cli"]), #""disabledToolIds":["execute-cli"],"#),
        (
            "sessionSource", DaemonSessionOptions(sessionSource: SessionSource(platform: .slack, details: ["delegationSessionId": "d"])),
            #""sessionSource":{"platform":"slack","delegationSessionId":"d"},"#
        ),
        (
            "tags", DaemonSessionOptions(tags: [SessionTag(name: "bot", metadata: ["k": "v"])]),
            #""tags":[{"name":"bot","metadata":{"k":"v"}},{"name":"sdk","#
        ),
    ]

    @Test(arguments: rows.indices) func aFieldStandsOnTheWire(row: Int) async throws {
        let (name, options, expected) = SessionOptionsTests.rows[row]
        try await withScriptedDaemon { connection, daemon in
            _ = try await connection.createSession(options)
            let text = try await daemon.params("initialize_session").text
            #expect(text.contains(expected), "\(name): \(text)")
        }
    }

    @Test func withoutOptionsOnlyWhatIsNeededIsSent() async throws {
        try await withScriptedDaemon { connection, daemon in
            _ = try await connection.createSession()
            let text = try await daemon.params("initialize_session").text
            let tag = #"{"name":"sdk","metadata":{"language":"swift","version":"\#(DroidSDKVersion.current)"}}"#
            #expect(text == #"{"machineId":"default","cwd":".","tags":[\#(tag)],"token":"fk-1"}"#)
        }
    }

    @Test func theFramesHaveNoMetaAndTheKeysOfEveryFrame() async throws {
        try await withScriptedDaemon { connection, daemon in
            _ = try await connection.createSession()
            let frame = try await daemon.requests("initialize_session")[0]
            #expect(
                frame.objectValue?.keys == ["jsonrpc", "factoryApiVersion", "factoryProtocolVersion", "type", "id", "method", "params"])
        }
    }

    @Test func resumingSendsTheSessionAndTheKeyAlone() async throws {
        try await withScriptedDaemon { connection, daemon in
            let session = try await connection.resumeSession("old")
            #expect(try await daemon.params("load_session").text == #"{"sessionId":"old","token":"fk-1"}"#)
            #expect(session.sessionId == "old")
            #expect(session.loaded?.cwd == "/tmp")
        }
    }

    @Test func resumingWithServersNamesThem() async throws {
        try await withScriptedDaemon { connection, daemon in
            let servers: [SessionMcpServer] = [.config(.sse(name: "s", url: "http://x"))]
            _ = try await connection.resumeSession("old", options: DaemonResumeOptions(mcpServers: servers))
            let text = try await daemon.params("load_session").text
            #expect(text == #"{"sessionId":"old","mcpServers":[{"type":"sse","name":"s","url":"http://x","headers":[]}],"token":"fk-1"}"#)
        }
    }

    static let sends: [(SendOptions, String)] = [
        (
            SendOptions(images: [Base64ImageSource(data: "AAAA", mediaType: .png)]),
            #""images":[{"type":"base64","data":"AAAA","mediaType":"image/png"}]"#
        ),
        (
            SendOptions(files: [.text("hi", name: "a.txt")]),
            #""files":[{"type":"text","mediaType":"text/plain","data":"hi","name":"a.txt"}]"#
        ),
        (
            SendOptions(outputFormat: OutputFormat(schema: ["type": "object"])),
            #""outputFormat":{"type":"json_schema","schema":{"type":"object"}}"#
        ),
    ]

    @Test(arguments: sends.indices) func whatGoesAlongStandsOnTheWire(row: Int) async throws {
        let (options, expected) = SessionOptionsTests.sends[row]
        try await withScriptedDaemon { connection, daemon in
            let session = try await connection.createSession()
            let id = try await session.send("do it", options: options)
            let text = try await daemon.params("add_user_message").text
            #expect(text == #"{"sessionId":"sess-1","text":"do it","messageId":"\#(id)",\#(expected)}"#)
        }
    }

    @Test func handlersAreAskedByWhatTheyWereGivenFor() async throws {
        try await withScriptedDaemon { connection, daemon in
            let options = DaemonSessionOptions(
                permissionHandler: { params in params.toolUses.allSatisfy { $0.confirmationType == .create } ? .proceedOnce : .cancel },
                askUserHandler: { params in
                    .answers(params.questions.map { AskUserAnswer(index: $0.index, question: $0.question, answer: $0.options[0]) })
                })
            _ = try await connection.createSession(options)
            await daemon.permission("srv-1", session: "sess-1")
            #expect(try await daemon.response(to: "srv-1")["result"]?.text == #"{"selectedOption":"cancel"}"#)
            await daemon.ask(
                "srv-2", "daemon.ask_user",
                [
                    "sessionId": "sess-1", "toolCallId": "t",
                    "questions": [["index": 0, "topic": "x", "question": "Which?", "options": ["a", "b"]]],
                ])
            #expect(
                try await daemon.response(to: "srv-2")["result"]?.text
                    == #"{"cancelled":false,"answers":[{"index":0,"question":"Which?","answer":"a"}]}"#)
        }
    }
}
