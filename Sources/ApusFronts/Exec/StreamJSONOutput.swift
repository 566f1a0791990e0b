import ApusBase
package import ApusCore

/// `stream-json`: one object a line, whole blocks, in the order of `droid-exec.md` R-SJ-01. Field names mix two styles because
/// the original's do.
package struct StreamJSONOutput: ExecOutput {
    private let terminal: ExecDefaults.StreamTerminal
    private var session = ""
    private var toolNames: [CallID: String] = [:]
    private var callMessages: [CallID: MessageID] = [:]
    /// Messages whose id a block of this kind has used already: a second block gets its own, or readers would drop it.
    private var namedTexts: Set<MessageID> = []
    private var namedReasoning: Set<MessageID> = []

    package init(_ terminal: ExecDefaults.StreamTerminal = .automatic) {
        self.terminal = terminal
    }

    package mutating func begin(_ preamble: ExecPreamble) -> [UInt8] {
        session = preamble.session.rawValue
        var writer = JSONWriter()
        writer.beginObject()
        writer.field("type", "system")
        writer.field("subtype", "init")
        writer.field("cwd", preamble.workingDirectory)
        writer.field("session_id", session)
        writer.key("tools")
        writer.beginArray()
        for tool in preamble.tools { writer.string(tool) }
        writer.endArray()
        writer.field("model", preamble.model)
        writer.field("reasoning_effort", preamble.effort)
        writer.endObject()
        writer.newline()
        return writer.bytes
    }

    package mutating func receive(_ event: Event) -> [UInt8] {
        switch event.kind {
        case .userMessage(let message, _, let text, _): return userMessage(message, text, event.time)
        case .itemFinished(let item): return block(item, isInterrupted: false, event.time)
        case .itemInterrupted(let item): return block(item, isInterrupted: true, event.time)
        case .toolFinished(let outcome): return toolResult(outcome, event.time)
        case .sessionCreated, .sessionForked, .settingsChanged, .titleChanged, .turnQueued, .turnStarted, .contextAdded,
            .responseStarted, .delta, .responseFinished, .retrying, .toolIntended, .approvalAsked, .approvalAnswered, .accessGranted,
            .questionAsked, .questionAnswered, .filesSaved, .contextCompacted, .sessionArchived, .todosChanged, .processStarted,
            .turnFinished, .noticed:
            return []
        }
    }

    package mutating func end(_ result: ExecResult, at time: Timestamp) -> [UInt8] {
        if session.isEmpty { session = result.session?.rawValue ?? "" }
        var bytes = result.isError ? error(result, time) : []
        let usual: ExecDefaults.StreamTerminal = result.isError ? .result : .completion
        let chosen = terminal == .automatic ? usual : terminal
        if chosen != .result { bytes += completion(result, time) }
        if chosen != .completion { bytes += ExecResultObject.line(result) }
        return bytes
    }

    private func error(_ result: ExecResult, _ time: Timestamp) -> [UInt8] {
        line { writer in
            writer.field("type", "error")
            writer.field("source", "cli")
            writer.field("message", result.text)
            writer.field("timestamp", time)
            if result.session != nil { writer.field("session_id", session) }
        }
    }

    private func completion(_ result: ExecResult, _ time: Timestamp) -> [UInt8] {
        line { writer in
            writer.field("type", "completion")
            writer.field("finalText", result.text)
            writer.field("numTurns", result.turns)
            writer.field("durationMs", result.durationMilliseconds)
            writer.field("session_id", session)
            writer.field("timestamp", time)
            writer.key("usage")
            ExecResultObject.write(result.usage ?? .zero, firstDelta: result.firstDeltaMilliseconds, into: &writer)
            ExecResultObject.writeSubagents(result, into: &writer)
            if let value = result.structuredOutput { writer.field("structured_output", value) }
            ExecResultObject.write(result.worktree, into: &writer)
        }
    }

    private func userMessage(_ message: MessageID, _ text: String, _ time: Timestamp) -> [UInt8] {
        line { writer in
            writer.field("type", "message")
            writer.field("role", "user")
            writer.field("id", message.rawValue)
            writer.field("text", text)
            stamp(time, into: &writer)
        }
    }

    private mutating func block(_ item: Item, isInterrupted: Bool, _ time: Timestamp) -> [UInt8] {
        switch item.content {
        case .text(let text):
            let id = namedTexts.insert(item.message).inserted ? item.message.rawValue : item.id.rawValue
            return line { writer in
                writer.field("type", "message")
                writer.field("role", "assistant")
                writer.field("id", id)
                writer.field("text", text)
                stamp(time, into: &writer)
                if isInterrupted { writer.field("interrupted", true) }
            }
        case .reasoning(let text, _):
            if text.isEmpty { return [] }
            let id = namedReasoning.insert(item.message).inserted ? item.message.rawValue : item.id.rawValue
            return line { writer in
                writer.field("type", "reasoning")
                writer.field("id", id)
                writer.field("text", text)
                stamp(time, into: &writer)
            }
        case .toolCall(let call):
            // A call that was cut off never ran and gets no result.
            if isInterrupted { return [] }
            toolNames[call.id] = call.name
            callMessages[call.id] = item.message
            return line { writer in
                writer.field("type", "tool_call")
                writer.field("id", call.id.rawValue)
                writer.field("messageId", item.message.rawValue)
                writer.field("toolId", call.name)
                writer.field("toolName", call.name)
                writer.field("parameters", call.input)
                stamp(time, into: &writer)
            }
        }
    }

    private func toolResult(_ outcome: ToolOutcome, _ time: Timestamp) -> [UInt8] {
        line { writer in
            writer.field("type", "tool_result")
            writer.field("id", outcome.call.rawValue)
            writer.field("messageId", (callMessages[outcome.call]?.rawValue ?? "") + "-results")
            writer.field("toolId", toolNames[outcome.call] ?? "")
            writer.field("isError", outcome.isError)
            if outcome.isError {
                writer.key("error")
                writer.beginObject()
                writer.field("type", "tool_error")
                writer.field("message", outcome.text)
                writer.endObject()
            } else {
                writer.field("value", outcome.text)
            }
            stamp(time, into: &writer)
        }
    }

    private func stamp(_ time: Timestamp, into writer: inout JSONWriter) {
        writer.field("timestamp", time)
        writer.field("session_id", session)
    }

    private func line(_ members: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        members(&writer)
        writer.endObject()
        writer.newline()
        return writer.bytes
    }
}
