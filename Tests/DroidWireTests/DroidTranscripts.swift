/// The conversations of `droid.md` §9, frame by frame, without the members that every frame begins with. `N(…)` is a session notification
/// of the daemon family; where the document leaves something out (`…`), something is put in.
enum DroidTranscripts {
    static let usage =
        #"{"inputTokens":100,"outputTokens":20,"cacheCreationTokens":0,"cacheReadTokens":5,"thinkingTokens":0}"#

    static func n(_ notification: String, family: String = "daemon") -> String {
        #"{"type":"notification","method":"\#(family).session_notification","params":{"sessionId":"sess-1","notification":\#(notification)}}"#
    }

    static let connect = [
        #"{"type":"request","id":"uuid-1","method":"daemon.authenticate","params":{"caller":"droid-sdk"}}"#,
        #"{"type":"response","id":"uuid-1","error":{"code":-32700,"message":"Parse error"}}"#,
        #"{"type":"request","id":"uuid-2","method":"daemon.authenticate","params":{"apiKey":"fk-123","caller":"droid-sdk"}}"#,
        #"{"type":"response","id":"uuid-2","result":{"userId":"u1","orgId":"o1"}}"#,
    ]

    static let create = [
        #"{"type":"request","id":"uuid-3","method":"daemon.initialize_session","params":{"machineId":"default","cwd":"/home/p","modelId":"m1","tags":[{"name":"sdk","metadata":{"language":"typescript","version":"unknown"}}],"token":"fk-123"}}"#,
        #"{"type":"response","id":"uuid-3","result":{"sessionId":"sess-1","session":{"messages":[]},"settings":{"modelId":"m1","reasoningEffort":"medium","interactionMode":"auto","autonomyLevel":"off"}}}"#,
    ]

    static let turn = [
        #"{"type":"request","id":"uuid-4","method":"daemon.add_user_message","params":{"sessionId":"sess-1","text":"tool list files","messageId":"my-msg-1"}}"#,
        #"{"type":"response","id":"uuid-4","result":{}}"#,
        n(
            #"{"type":"create_message","message":{"id":"my-msg-1","role":"user","content":[{"type":"text","text":"tool list files"}],"createdAt":1795248047235,"updatedAt":1795248047235}}"#
        ),
        n(#"{"type":"droid_working_state_changed","newState":"streaming_assistant_message"}"#),
        n(#"{"type":"tool_call","toolUse":{"type":"tool_use","id":"toolu_1","name":"Execute","input":{"command":"ls"}}}"#),
        n(
            #"{"type":"create_message","message":{"id":"msg-3","role":"assistant","content":[{"type":"text","text":"Listing."},{"type":"tool_use","id":"toolu_1","name":"Execute","input":{"command":"ls"}}],"createdAt":1795248047300,"updatedAt":1795248047300}}"#
        ),
        n(#"{"type":"droid_working_state_changed","newState":"waiting_for_tool_confirmation"}"#),
        #"{"type":"request","id":"srv-4","method":"daemon.request_permission","params":{"sessionId":"sess-1","toolUses":[{"toolUse":{"type":"tool_use","id":"toolu_1","name":"Execute","input":{"command":"ls"}},"confirmationType":"exec","details":{"type":"exec","fullCommand":"ls","command":"ls","extractedCommands":["ls"],"impactLevel":"low"}}],"options":[{"label":"Yes","value":"proceed_once"},{"label":"No","value":"cancel"}]}}"#,
        #"{"type":"response","id":"srv-4","result":{"selectedOption":"proceed_once","comment":"fine"}}"#,
        n(#"{"type":"permission_resolved","requestId":"srv-4","toolUseIds":["toolu_1"],"selectedOption":"proceed_once"}"#),
        n(#"{"type":"droid_working_state_changed","newState":"executing_tool"}"#),
        n(
            #"{"type":"tool_progress_update","toolUseId":"toolu_1","toolName":"Execute","update":{"type":"status","status":"running"}}"#),
        n(#"{"type":"tool_result","messageId":"msg-3","toolUseId":"toolu_1","content":"a.txt","isError":false}"#),
        n(#"{"type":"droid_working_state_changed","newState":"streaming_assistant_message"}"#),
        n(#"{"type":"assistant_text_delta","messageId":"msg-5","blockIndex":0,"textDelta":"Hel"}"#),
        n(#"{"type":"assistant_text_delta","messageId":"msg-5","blockIndex":0,"textDelta":"lo"}"#),
        n(#"{"type":"assistant_text_complete","messageId":"msg-5","blockIndex":0}"#),
        n(
            #"{"type":"create_message","message":{"id":"msg-5","role":"assistant","content":[{"type":"text","text":"Hello"}],"createdAt":1795248047400,"updatedAt":1795248047400}}"#
        ),
        n(#"{"type":"session_token_usage_changed","sessionId":"sess-1","tokenUsage":\#(usage)}"#),
        n(#"{"type":"droid_working_state_changed","newState":"idle"}"#),
        n(#"{"type":"agent_turn_completed","reason":"completed","turnId":"my-msg-1","tokenUsage":\#(usage),"durationMs":5}"#),
    ]

    static let interrupt = [
        #"{"type":"request","id":"uuid-5","method":"daemon.add_user_message","params":{"sessionId":"sess-1","text":"slow essay"}}"#,
        #"{"type":"response","id":"uuid-5","result":{}}"#,
        n(
            #"{"type":"create_message","message":{"id":"x-user","role":"user","content":[{"type":"text","text":"slow essay"}],"createdAt":1795248047500,"updatedAt":1795248047500}}"#
        ),
        n(#"{"type":"droid_working_state_changed","newState":"streaming_assistant_message"}"#),
        n(#"{"type":"assistant_text_delta","messageId":"x","blockIndex":0,"textDelta":"."}"#),
        #"{"type":"request","id":"uuid-6","method":"daemon.interrupt_session","params":{"sessionId":"sess-1"}}"#,
        #"{"type":"response","id":"uuid-6","result":{}}"#,
        n(#"{"type":"droid_working_state_changed","newState":"idle"}"#),
        n(#"{"type":"agent_turn_completed","reason":"cancelled","turnId":"x-user","tokenUsage":\#(usage)}"#),
    ]

    static let others = [
        #"{"type":"request","id":"uuid-7","method":"daemon.load_session","params":{"sessionId":"sess-old","token":"fk-123"}}"#,
        #"{"type":"response","id":"uuid-7","result":{"sessionId":"sess-old","session":{"messages":[]},"settings":{"modelId":"m1","reasoningEffort":"medium","interactionMode":"auto","autonomyLevel":"off"},"cwd":"/tmp"}}"#,
        #"{"type":"request","id":"uuid-8","method":"daemon.fork_session","params":{"sessionId":"sess-1"}}"#,
        #"{"type":"response","id":"uuid-8","result":{"newSessionId":"sess-fork"}}"#,
        #"{"type":"request","id":"uuid-9","method":"daemon.compact_session","params":{"sessionId":"sess-1","customInstructions":"keep decisions"}}"#,
        #"{"type":"response","id":"uuid-9","result":{"newSessionId":"sess-compact","removedCount":4}}"#,
        #"{"type":"request","id":"uuid-10","method":"daemon.load_session","params":{"sessionId":"missing-9","token":"fk-123"}}"#,
        #"{"type":"response","id":"uuid-10","error":{"code":-32004,"message":"Session not found","data":{"sessionId":"missing-9"}}}"#,
        #"{"type":"request","id":"uuid-11","method":"daemon.load_session","params":{"sessionId":"sess-1","token":"fk-123"}}"#,
        #"{"type":"response","id":"uuid-11","result":{"sessionId":"sess-1","session":{"messages":[]},"settings":{"modelId":"m1","reasoningEffort":"medium"}}}"#,
        #"{"type":"request","id":"uuid-12","method":"daemon.interrupt_session","params":{"sessionId":"sess-1"}}"#,
        #"{"type":"response","id":"uuid-12","result":{}}"#,
        #"{"type":"request","id":"uuid-13","method":"daemon.update_session_settings","params":{"sessionId":"sess-1","interactionMode":"spec","specModeModelId":"m2"}}"#,
        n(
            #"{"type":"settings_updated","settings":{"modelId":"m1","reasoningEffort":"medium","interactionMode":"spec","autonomyLevel":"off","specModeModelId":"m2"}}"#
        ),
        #"{"type":"response","id":"uuid-13","result":{}}"#,
        #"{"type":"request","id":"uuid-14","method":"daemon.close_session","params":{"sessionId":"sess-1","reason":"other"}}"#,
        #"{"type":"response","id":"uuid-14","result":{}}"#,
    ]

    static let exec = [
        #"{"type":"request","id":"uuid-1","method":"droid.initialize_session","params":{"machineId":"default","cwd":"/tmp/lab","sessionOriginHint":"sdk","tags":[{"name":"sdk","metadata":{"language":"python","version":"0.5.0"}}]},"_meta":{"requestAttribution":{"client":"sdk","sdk":{"language":"python","version":"0.5.0"}}}}"#,
        #"{"type":"response","id":"uuid-1","result":{"sessionId":"sess-1","session":{"messages":[]},"settings":{"modelId":"m1","reasoningEffort":"medium","interactionMode":"auto","autonomyLevel":"off"}}}"#,
        #"{"type":"request","id":"uuid-2","method":"droid.add_user_message","params":{"messageId":"uuid-3","text":"hi","userMessageSource":"sdk"}}"#,
        #"{"type":"response","id":"uuid-2","result":{}}"#,
        #"{"type":"request","id":"uuid-5","method":"droid.request_permission","params":{"sessionId":"sess-1","toolUses":[{"toolUse":{"type":"tool_use","id":"t","name":"Edit","input":{}},"confirmationType":"edit","details":{"type":"edit","filePath":"/tmp/a","fileName":"a"}}],"options":[{"label":"Yes","value":"proceed_once"}]}}"#,
        #"{"type":"response","id":"uuid-5","result":{"selectedOption":"proceed_once"}}"#,
        n(
            #"{"type":"agent_turn_completed","reason":"completed","turnId":"uuid-3","tokenUsage":\#(usage),"durationMs":1234}"#,
            family: "droid"),
        #"{"type":"request","id":"uuid-7","method":"droid.close_session","params":{"reason":"other"}}"#,
        #"{"type":"response","id":"uuid-7","result":{}}"#,
    ]
}
