import Testing

@testable import QwenSDK

/// What is made of the data of events (`qwen-serve.md` §3.5, §6.3).
struct DaemonEventTests {
    private func kind(_ type: String, _ data: String) throws -> DaemonEventKind {
        DaemonEvent(type: type, data: try JSON(parsing: data)).kind
    }

    @Test(arguments: [
        ("session_update", "{}"), ("permission_request", #"{"requestId":"r","sessionId":"s","toolCall":{},"options":[]}"#),
        ("permission_resolved", #"{"requestId":"r","outcome":{"outcome":"selected","optionId":"o"}}"#),
        ("permission_already_resolved", #"{"requestId":"r","sessionId":"s","outcome":{"outcome":"cancelled"}}"#),
        ("model_switched", #"{"sessionId":"s","modelId":"m"}"#),
        ("model_switch_failed", #"{"sessionId":"s","requestedModelId":"m","error":"e"}"#),
        ("session_metadata_updated", #"{"sessionId":"s","displayName":null}"#),
        ("session_died", #"{"sessionId":"s","reason":"r","exitCode":null,"signalCode":"SIGKILL"}"#),
        ("session_died", #"{"sessionId":"s","reason":"r","exitCode":1}"#),
        ("session_closed", #"{"sessionId":"s","reason":"r","closedBy":"c"}"#),
        ("slow_client_warning", #"{"queueSize":1,"maxQueued":2,"lastEventId":3}"#),
        ("client_evicted", #"{"reason":"r"}"#), ("client_evicted", #"{"reason":"r","droppedAfter":7}"#),
        ("stream_error", #"{"error":"e"}"#),
        ("turn_complete", #"{"promptId":"p"}"#), ("turn_error", #"{"promptId":"p","message":"m"}"#),
        ("state_resync_required", #"{"reason":"ring_evicted","lastDeliveredId":1,"earliestAvailableId":5}"#), ("replay_complete", "{}"),
    ])
    func whatIsAsItShouldBeIsKnown(type: String, data: String) throws {
        let kind = try kind(type, data)
        #expect(kind != .malformed)
        #expect(kind != .unknown)
    }

    @Test(arguments: [
        ("session_update", "[]"), ("permission_request", #"{"requestId":"","sessionId":"s","toolCall":{},"options":[]}"#),
        ("permission_request", #"{"requestId":"r","toolCall":{},"options":[]}"#),
        ("permission_request", #"{"requestId":"r","sessionId":"s","options":[]}"#),
        ("permission_request", #"{"requestId":"r","sessionId":"s","toolCall":[],"options":[]}"#),
        ("permission_request", #"{"requestId":"r","sessionId":"s","toolCall":{},"options":[{"name":"n"}]}"#),
        ("permission_resolved", #"{"requestId":"r"}"#), ("permission_resolved", #"{"requestId":"r","outcome":{"outcome":"selected"}}"#),
        ("permission_resolved", #"{"requestId":"r","outcome":{"outcome":"odd"}}"#),
        ("permission_already_resolved", #"{"requestId":"r","outcome":{"outcome":"cancelled"}}"#),
        ("model_switched", #"{"sessionId":"s"}"#), ("model_switch_failed", #"{"sessionId":"s","requestedModelId":"m","error":""}"#),
        ("session_metadata_updated", #"{"sessionId":"s","displayName":1}"#), ("session_died", #"{"sessionId":"s"}"#),
        ("session_died", #"{"sessionId":"s","reason":"r","exitCode":"1"}"#), ("session_closed", #"{"reason":"r"}"#),
        ("slow_client_warning", #"{"queueSize":1,"maxQueued":2}"#), ("client_evicted", "{}"),
        ("client_evicted", #"{"reason":"r","droppedAfter":"7"}"#), ("stream_error", #"{"error":""}"#), ("turn_complete", "{}"),
    ])
    func whatIsNotIsMalformed(type: String, data: String) throws { #expect(try kind(type, data) == .malformed) }

    @Test func updatesAreReadNestedAndFlat() throws {
        let nested = DaemonEvent(
            type: "session_update",
            data: ["sessionId": "s", "update": ["sessionUpdate": "agent_message_chunk", "content": ["type": "text", "text": "hi"]]])
        let flat = DaemonEvent(
            type: "session_update", data: ["sessionUpdate": "agent_message_chunk", "content": ["type": "text", "text": "hi"]])
        for event in [nested, flat] {
            #expect(event.update?["sessionUpdate"] == "agent_message_chunk")
            #expect(event.kind == .sessionUpdate(.agentMessageChunk(.text("hi"))))
            #expect(event.text == "hi")
        }
        #expect(DaemonEvent(type: "other", data: ["update": [:]]).update == nil)
        #expect(
            DaemonEvent(type: "session_update", data: ["update": .null, "sessionUpdate": "x"]).kind
                == .sessionUpdate(.other(sessionUpdate: "x", ["update": .null, "sessionUpdate": "x"])))
    }

    @Test(arguments: [
        (#"{"sessionUpdate":"user_message_chunk","content":{"type":"text","text":"a"}}"#, SessionUpdate.userMessageChunk("a")),
        (#"{"sessionUpdate":"agent_thought_chunk","content":{"type":"odd"}}"#, .agentThoughtChunk(.other(["type": "odd"]))),
        (
            #"{"sessionUpdate":"plan","entries":[{"content":"c","priority":"high","status":"pending"}]}"#,
            .plan([PlanEntry(["content": "c", "priority": "high", "status": "pending"])!])
        ),
        (#"{"sessionUpdate":"current_mode_update","currentModeId":"plan"}"#, .currentMode(id: "plan")),
        (#"{"sessionUpdate":"config_option_update","configOptions":[1]}"#, .configOptions([1])),
        (#"{"sessionUpdate":"session_info_update","title":"t"}"#, .sessionInfo(title: "t", updatedAt: nil)),
        (#"{"sessionUpdate":"usage_update","used":5,"size":10}"#, .usage(used: 5, size: 10)),
        (
            #"{"sessionUpdate":"available_commands_update","availableCommands":[{"name":"n","description":"d"}]}"#,
            .availableCommands([AvailableCommand(name: "n", description: "d", hint: nil)])
        ),
        (#"{"sessionUpdate":"plan"}"#, .other(sessionUpdate: "plan", ["sessionUpdate": "plan"])),
        (#"{"x":1}"#, .other(sessionUpdate: "", ["x": 1])),
    ])
    func updatesAreTyped(text: String, update: SessionUpdate) throws { #expect(SessionUpdate(try JSON(parsing: text)) == update) }

    @Test func aToolCallIsRead() throws {
        let json = try JSON(
            parsing: #"""
                {"sessionUpdate":"tool_call","toolCallId":"t","title":"Edit: a","kind":"edit","status":"pending","rawInput":{"a":1},
                 "locations":[{"path":"/a","line":3},{"line":1}],
                 "content":[{"type":"diff","path":"/a","oldText":null,"newText":"n"},{"type":"content","content":{"type":"text","text":"x"}},
                            {"type":"terminal","terminalId":"1"},{"type":"odd"}]}
                """#)
        guard case .toolCall(let call) = SessionUpdate(json) else {
            Issue.record("no tool call")
            return
        }
        #expect(call.toolCallId == "t")
        #expect(call.kind == .edit)
        #expect(call.status == .pending)
        #expect(call.title == "Edit: a")
        #expect(call.rawInput == ["a": 1])
        #expect(call.rawOutput == nil)
        #expect(call.locations == [ToolCall.Location(path: "/a", line: 3)])
        #expect(
            call.content == [.diff(path: "/a", oldText: nil, newText: "n"), .content("x"), .terminal(id: "1"), .other(["type": "odd"])])
    }

    @Test(arguments: [
        ContentBlock.text("a"), .image(data: "AA==", mimeType: "image/png"), .audio(data: "AA==", mimeType: "audio/wav"),
        .resourceLink(uri: "file:///a", name: "a"), .resourceLink(uri: "file:///a", name: "a", mimeType: "text/plain"),
        .textResource(uri: "file:///a", text: "t", mimeType: "text/plain"), .blobResource(uri: "file:///a", blob: "AA=="),
        .other(["type": "odd", "x": 1]),
    ])
    func aBlockComesBackAsItWas(block: ContentBlock) { #expect(ContentBlock(block.json) == block) }

    @Test func aRequestKnowsItsOptions() throws {
        guard
            case .permissionRequest(let request) = try kind(
                "permission_request",
                #"{"requestId":"r","sessionId":"s","toolCall":{"toolCallId":"t","title":"Shell: ls"},"options":[{"optionId":"proceed_always","name":"Always","kind":"allow_always"},{"optionId":"proceed_once","name":"Yes","kind":"allow_once"},{"optionId":"x"}]}"#
            )
        else {
            Issue.record("no request")
            return
        }
        #expect(request.option(.allowOnce)?.optionId == "proceed_once")
        #expect(request.option(.rejectOnce) == nil)
        #expect(request.options.map(\.name) == ["Always", "Yes", "x"])
        #expect(request.toolCall.title == "Shell: ls")
    }
}
