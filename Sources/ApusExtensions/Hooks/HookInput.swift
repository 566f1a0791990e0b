package import ApusBase
package import ApusCore

/// What a hook reads on its stdin: one JSON object (`droid-exec.md` §5.10).
package enum HookInput {
    package static func json(_ plan: HookPlan, transcript: String) -> JSONValue {
        let (state, occasion) = (plan.context.state, plan.occasion)
        var object: JSONObject = [
            "session_id": .string(state.header.id.rawValue), "transcript_path": .string(transcript), "cwd": .string(state.directory),
            "permission_mode": .string(mode(of: plan.context)), "hook_event_name": .string(occasion.event.rawValue),
        ]
        switch occasion {
        case .preToolUse(let call): add(call, to: &object)
        case .postToolUse(let call, let response):
            add(call, to: &object)
            // Pages show an object; programs have always got the text that the model reads.
            object["tool_response"] = .string(response)
        case .userPromptSubmit(let prompt): object["prompt"] = .string(prompt)
        case .sessionStart(let start): object["source"] = .string(start.rawValue)
        case .sessionEnd: object["reason"] = "other"
        case .stop(let isAgain), .subagentStop(let isAgain): object["stop_hook_active"] = .bool(isAgain)
        case .preCompact(let trigger, let instructions):
            object["trigger"] = .string(trigger.rawValue)
            object["custom_instructions"] = .string(instructions)
        case .notification(let message): object["message"] = .string(message)
        }
        return .object(object)
    }

    private static func add(_ call: ToolCall, to object: inout JSONObject) {
        object["tool_name"] = .string(call.name)
        object["tool_input"] = call.input
        object["tool_use_id"] = .string(call.id.rawValue)
    }

    private static func mode(of context: HookContext) -> String {
        if context.isPlanning { return "spec" }
        switch context.level {
        case .off: return "off"
        case .low: return "auto-low"
        case .medium: return "auto-medium"
        // The protocol has no word for no bounds at all.
        case .high, .unrestricted: return "auto-high"
        }
    }
}
