import ApusBase
package import ApusCore

extension HookAnswer {
    /// What a command said that ended with a code by itself (`droid-exec.md` §5.10): with 2 its stderr is an objection; with 0 a JSON object on
    /// stdout counts, or before a prompt any text there is for the model; every other code says nothing.
    package init(exitCode: Int, stdout: String, stderr: String, to event: HookEvent) {
        self.init()
        switch exitCode {
        case 0: hear(stdout, event)
        case 2:
            decision = .deny
            let words = Self.trimmed(stderr)
            reason = words.isEmpty ? "A hook objected, and gave no reason." : words
        default: break
        }
    }

    private mutating func hear(_ stdout: String, _ event: HookEvent) {
        let text = Self.trimmed(stdout)
        // What is not one whole object is a text: hooks print all kinds of things.
        guard text.hasPrefix("{"), let object = try? JSONValue(parsing: text), object.objectValue != nil else {
            if event == .userPromptSubmit || event == .sessionStart {
                note = text
            } else if text.hasPrefix("{") {
                message = "What a hook of \(event.rawValue) printed begins as a JSON object and is none: it decides nothing."
            }
            return
        }
        if object["continue"]?.boolValue == false { stop = object["stopReason"]?.stringValue ?? "" }
        suppressesOutput = object["suppressOutput"]?.boolValue ?? false
        message = object["systemMessage"]?.stringValue
        reason = object["reason"]?.stringValue
        switch object["decision"]?.stringValue {
        case "block", "deny": decision = .deny
        case "approve", "allow": decision = .allow
        case "ask": decision = .ask
        default: break
        }
        if let specific = object["hookSpecificOutput"] { hear(specific, event) }
        if decision == .deny, reason == nil { reason = "A hook objected, and gave no reason." }
    }

    private mutating func hear(_ specific: JSONValue, _ event: HookEvent) {
        // Meant for another event.
        if let name = specific["hookEventName"]?.stringValue, name != event.rawValue { return }
        note = specific["additionalContext"]?.stringValue
        guard event == .preToolUse else { return }
        if let decision = specific["permissionDecision"]?.stringValue.flatMap(Decision.init(rawValue:)) {
            self.decision = decision
            reason = specific["permissionDecisionReason"]?.stringValue ?? reason
        }
        if let input = specific["updatedInput"], input.objectValue != nil { updatedInput = input }
    }

    private static func trimmed(_ text: String) -> String {
        guard let first = text.firstIndex(where: { !$0.isWhitespace }), let last = text.lastIndex(where: { !$0.isWhitespace }) else {
            return ""
        }
        return String(text[first...last])
    }
}
