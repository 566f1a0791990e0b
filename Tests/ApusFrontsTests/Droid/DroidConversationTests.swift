import ApusBase
import ApusCore
import ApusFronts
import ApusTesting
import DroidWire
import Testing

/// The transcripts of `droid.md` §9, as this server speaks them.
struct DroidConversationTests {
    private static let keys = TestKeys(["fk-123": ClientIdentity(name: "u1", scopes: Set(ClientScope.allCases))])

    private func hold(_ text: String, _ house: DroidHouse, _ family: DroidFamily = .daemon, keys: TestKeys? = nil) async throws {
        try await house.serving(family, access: keys.map { .credentials($0) } ?? .open(.local)) { client in
            var conversation = DroidConversation(text)
            try await conversation.run(with: client)
        }
    }

    @Test func aClientAuthenticatesAndMakesASession() async throws {
        try await hold(
            #"""
            → {"type":"request","id":"uuid-a","method":"daemon.authenticate","params":{"caller":"droid-sdk"}}
            ← {"type":"response","id":"uuid-a","error":{"code":-32700,"message":"Parse error"}}
            → {"type":"request","id":"uuid-b","method":"daemon.authenticate","params":{"apiKey":"fk-123","caller":"droid-sdk"}}
            ← {"type":"response","id":"uuid-b","result":{"userId":"u1","orgId":"local"}}
            → {"type":"request","id":"uuid-c","method":"daemon.initialize_session","params":{"machineId":"default","cwd":"/w/p","sessionId":"sess-1","modelId":"scripted","tags":[{"name":"sdk","metadata":{"language":"typescript","version":"unknown"}}],"token":"fk-123"}}
            ← {"type":"response","id":"uuid-c","result":{"sessionId":"sess-1","session":{"messages":[]},"settings":{"modelId":"scripted","reasoningEffort":"none","interactionMode":"auto","autonomyLevel":"off","tags":[{"name":"sdk","metadata":{"language":"typescript","version":"unknown"}}]}}}
            """#, DroidHouse(ScriptedModel()), keys: Self.keys)
    }

    private static let opening = #"""
        → {"type":"request","id":"open","method":"daemon.initialize_session","params":{"machineId":"default","cwd":"/w/p","sessionId":"sess-1","token":"k"}}
        ← {"type":"response","id":"open","result":{"sessionId":"sess-1","session":{"messages":[]},"settings":{"modelId":"scripted","reasoningEffort":"none","interactionMode":"auto","autonomyLevel":"off"}}}

        """#

    private static let turn = #"""
        → {"type":"request","id":"uuid-d","method":"daemon.add_user_message","params":{"sessionId":"sess-1","text":"tool list files","messageId":"my-msg-1"}}
        ← {"type":"response","id":"uuid-d","result":{}}
        ← N{"type":"create_message","message":{"id":"my-msg-1","role":"user","content":[{"type":"text","text":"tool list files"}],"createdAt":1700000000000,"updatedAt":1700000000000}}
        ← N{"type":"droid_working_state_changed","newState":"streaming_assistant_message"}
        ← N{"type":"session_title_updated","title":"tool list files"}
        ← N{"type":"assistant_text_delta","messageId":"uuid-1","blockIndex":0,"textDelta":"Listing."}
        ← N{"type":"assistant_text_complete","messageId":"uuid-1","blockIndex":0}
        ← N{"type":"tool_call","toolUse":{"type":"tool_use","id":"toolu_1","name":"Execute","input":{"command":"ls"}}}
        ← N{"type":"create_message","message":{"id":"uuid-1","role":"assistant","content":[{"type":"text","text":"Listing."},{"type":"tool_use","id":"toolu_1","name":"Execute","input":{"command":"ls"}}],"createdAt":1700000000000,"updatedAt":1700000000000}}
        ← N{"type":"droid_working_state_changed","newState":"waiting_for_tool_confirmation"}
        ← {"type":"request","id":"perm-1","method":"daemon.request_permission","params":{"sessionId":"sess-1","toolUses":[{"toolUse":{"type":"tool_use","id":"toolu_1","name":"Execute","input":{"command":"ls"}},"confirmationType":"exec","details":{"type":"exec","fullCommand":"ls","command":"ls","extractedCommands":["ls"],"impactLevel":"low","riskLevelReason":"it runs a command"}}],"options":[{"label":"Yes, this once","value":"proceed_once"},{"label":"Yes, and do not ask again for calls of this kind in this session","value":"proceed_always"},{"label":"Yes, and do not ask again for this tool in this session","value":"proceed_always_tools"},{"label":"Yes, and raise this session to the level that this needs","value":"proceed_auto_run"},{"label":"Yes, and raise this session to low","value":"proceed_auto_run_low"},{"label":"Yes, and raise this session to medium","value":"proceed_auto_run_medium"},{"label":"Yes, and raise this session to high","value":"proceed_auto_run_high"},{"label":"No","value":"cancel"}]}}
        → {"type":"response","id":"perm-1","result":{"selectedOption":"proceed_once","comment":"fine"}}
        ← N{"type":"permission_resolved","requestId":"perm-1","toolUseIds":["toolu_1"],"selectedOption":"proceed_once"}
        ← N{"type":"droid_working_state_changed","newState":"executing_tool"}
        ← N{"type":"tool_progress_update","toolUseId":"toolu_1","toolName":"Execute","update":{"type":"status","status":"running"}}
        ← N{"type":"tool_result","messageId":"uuid-1","toolUseId":"toolu_1","content":"a.txt\n\n[The user's comment: fine]","isError":false}
        ← N{"type":"droid_working_state_changed","newState":"streaming_assistant_message"}
        ← N{"type":"assistant_text_delta","messageId":"uuid-2","blockIndex":0,"textDelta":"Hel"}
        ← N{"type":"assistant_text_delta","messageId":"uuid-2","blockIndex":0,"textDelta":"lo"}
        ← N{"type":"assistant_text_complete","messageId":"uuid-2","blockIndex":0}
        ← N{"type":"create_message","message":{"id":"uuid-2","role":"assistant","content":[{"type":"text","text":"Hello"}],"createdAt":1700000000000,"updatedAt":1700000000000}}
        ← N{"type":"session_token_usage_changed","sessionId":"sess-1","tokenUsage":{"inputTokens":100,"outputTokens":20,"cacheCreationTokens":0,"cacheReadTokens":5,"thinkingTokens":0}}
        ← N{"type":"droid_working_state_changed","newState":"idle"}
        ← N{"type":"agent_turn_completed","reason":"completed","turnId":"my-msg-1","tokenUsage":{"inputTokens":100,"outputTokens":20,"cacheCreationTokens":0,"cacheReadTokens":5,"thinkingTokens":0},"cumulativeTokenUsage":{"inputTokens":100,"outputTokens":20,"cacheCreationTokens":0,"cacheReadTokens":5,"thinkingTokens":0},"durationMs":0}

        """#

    private static func listing() -> DroidHouse {
        DroidHouse(
            ScriptedModel(
                .init(.text(["Listing."]), .call("toolu_1", "Execute", ["command": "ls"])),
                .init(.text(["Hel", "lo"]), .usage(Usage(inputTokens: 100, outputTokens: 20, cacheReadTokens: 5)))),
            tools: [.execute()], policy: .askingAboutCommands)
    }

    @Test func aTurnWithAToolAndAPermissionRequest() async throws {
        try await hold(Self.opening + Self.turn, Self.listing())
    }

    @Test func theSameTurnOverAPipe() async throws {
        let text = (Self.opening + Self.turn).replacing("\"daemon.", with: "\"droid.").replacing(",\"token\":\"k\"", with: "")
            .replacing(#""params":{"sessionId":"sess-1","text""#, with: #""params":{"text""#)
        try await hold(
            text + #"""
                → {"type":"request","id":"uuid-z","method":"droid.close_session","params":{"reason":"other"}}
                ← {"type":"response","id":"uuid-z","result":{}}
                """#, Self.listing(), .exec)
    }

    @Test func anInterrupt() async throws {
        let gate = Gate()
        let house = DroidHouse(ScriptedModel(.init(.event(.itemStarted(index: 0, .text)), .event(.delta(index: 0, ".")), .stand(gate))))
        try await hold(
            Self.opening + #"""
                → {"type":"request","id":"uuid-e","method":"daemon.add_user_message","params":{"sessionId":"sess-1","text":"slow essay","messageId":"m"}}
                ← {"type":"response","id":"uuid-e","result":{}}
                ← N{"type":"create_message","message":{"id":"m","role":"user","content":[{"type":"text","text":"slow essay"}],"createdAt":1700000000000,"updatedAt":1700000000000}}
                ← N{"type":"droid_working_state_changed","newState":"streaming_assistant_message"}
                ← N{"type":"session_title_updated","title":"slow essay"}
                ← N{"type":"assistant_text_delta","messageId":"uuid-1","blockIndex":0,"textDelta":"."}
                → {"type":"request","id":"uuid-f","method":"daemon.interrupt_session","params":{"sessionId":"sess-1"}}
                ← {"type":"response","id":"uuid-f","result":{}}
                ← N{"type":"assistant_text_complete","messageId":"uuid-1","blockIndex":0}
                ← N{"type":"session_token_usage_changed","sessionId":"sess-1","tokenUsage":{"inputTokens":0,"outputTokens":0,"cacheCreationTokens":0,"cacheReadTokens":0,"thinkingTokens":0}}
                ← N{"type":"droid_working_state_changed","newState":"idle"}
                ← N{"type":"agent_turn_completed","reason":"cancelled","turnId":"m","tokenUsage":{"inputTokens":0,"outputTokens":0,"cacheCreationTokens":0,"cacheReadTokens":0,"thinkingTokens":0},"cumulativeTokenUsage":{"inputTokens":0,"outputTokens":0,"cacheCreationTokens":0,"cacheReadTokens":0,"thinkingTokens":0},"durationMs":0}
                """#, house)
    }

    @Test func resumeForkCompactMissingInterruptSpecAndClose() async throws {
        try await hold(
            Self.opening + #"""
                → {"type":"request","id":"g","method":"daemon.load_session","params":{"sessionId":"sess-1","token":"k"}}
                ← {"type":"response","id":"g","result":{"sessionId":"sess-1","session":{"messages":[]},"settings":{"modelId":"scripted","reasoningEffort":"none","interactionMode":"auto","autonomyLevel":"off"},"cwd":"/w/p","pendingPermissions":[],"pendingAskUserRequests":[],"isAgentLoopInProgress":false,"workingState":"idle","queuedMessages":[],"tokenUsage":{"inputTokens":0,"outputTokens":0,"cacheCreationTokens":0,"cacheReadTokens":0,"thinkingTokens":0}}}
                → {"type":"request","id":"h","method":"daemon.fork_session","params":{"sessionId":"sess-1"}}
                ← {"type":"response","id":"h","result":{"newSessionId":"uuid-1"}}
                → {"type":"request","id":"i","method":"daemon.compact_session","params":{"sessionId":"sess-1","customInstructions":"keep decisions"}}
                ← N{"type":"droid_working_state_changed","newState":"compacting_conversation"}
                ← N{"type":"droid_working_state_changed","newState":"idle"}
                ← {"type":"response","id":"i","result":{"newSessionId":"compacted","removedCount":4}}
                → {"type":"request","id":"j","method":"daemon.load_session","params":{"sessionId":"missing-9","token":"k"}}
                ← {"type":"response","id":"j","error":{"code":-32004,"message":"Session not found","data":{"sessionId":"missing-9"}}}
                → {"type":"request","id":"k","method":"daemon.interrupt_session","params":{"sessionId":"sess-1"}}
                ← {"type":"response","id":"k","result":{}}
                → {"type":"request","id":"l","method":"daemon.update_session_settings","params":{"sessionId":"sess-1","interactionMode":"spec","specModeModelId":"scripted"}}
                ← N{"type":"settings_updated","settings":{"modelId":"scripted","reasoningEffort":"none","interactionMode":"spec","autonomyLevel":"off","specModeModelId":"scripted"}}
                ← {"type":"response","id":"l","result":{}}
                → {"type":"request","id":"m","method":"daemon.close_session","params":{"sessionId":"sess-1","reason":"other"}}
                ← {"type":"response","id":"m","result":{}}
                """#, DroidHouse(ScriptedModel()))
    }
}
