import ApusBase
package import ApusCore

/// `json`: one object at the end (`droid-exec.md` §2.2).
package struct JSONOutput: ExecOutput {
    package init() {}

    package mutating func begin(_ preamble: ExecPreamble) -> [UInt8] { [] }
    package mutating func receive(_ event: Event) -> [UInt8] { [] }

    package mutating func end(_ result: ExecResult, at time: Timestamp) -> [UInt8] {
        ExecResultObject.line(result)
    }
}

/// The `result` object, shared by `json` and the failures of `stream-json`.
enum ExecResultObject {
    static func line(_ result: ExecResult) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 512 + result.text.utf8.count)
        writer.beginObject()
        writer.field("type", "result")
        writer.field("subtype", result.isError ? "failure" : "success")
        writer.field("is_error", result.isError)
        writer.field("duration_ms", result.durationMilliseconds)
        writer.field("num_turns", result.turns)
        writer.field("result", result.text)
        if let session = result.session { writer.field("session_id", session.rawValue) }
        if let usage = result.usage {
            writer.key("usage")
            write(usage, firstDelta: result.firstDeltaMilliseconds, into: &writer)
        }
        writeSubagents(result, into: &writer)
        if let model = result.model { writer.field("model", model) }
        // Fractions of a cent count, those of a billionth are noise of the arithmetic.
        if let cost = result.cost { writer.field("total_cost_usd", (cost * 1e9).rounded() / 1e9) }
        writer.field("stop_reason", result.stopReason)
        if let value = result.structuredOutput { writer.field("structured_output", value) }
        write(result.worktree, into: &writer)
        if !result.denials.isEmpty {
            writer.key("permission_denials")
            writer.beginArray()
            for denial in result.denials { write(denial, into: &writer) }
            writer.endArray()
        }
        writer.endObject()
        writer.newline()
        return writer.bytes
    }

    static func write(_ usage: Usage, firstDelta: Double?, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("input_tokens", usage.inputTokens)
        writer.field("output_tokens", usage.outputTokens)
        writer.field("cache_read_input_tokens", usage.cacheReadTokens)
        writer.field("cache_creation_input_tokens", usage.cacheCreationTokens)
        // Providers differ in saying that there were none.
        if let reasoning = usage.reasoningTokens, reasoning > 0 { writer.field("thinking_tokens", reasoning) }
        if let firstDelta { writer.field("ttft_ms", firstDelta) }
        writer.endObject()
    }

    /// An extension: the part of `usage` that is the subagents'.
    static func writeSubagents(_ result: ExecResult, into writer: inout JSONWriter) {
        guard let usage = result.subagentUsage else { return }
        writer.key("subagent_usage")
        write(usage, firstDelta: nil, into: &writer)
    }

    static func write(_ worktree: ExecWorktree?, into writer: inout JSONWriter) {
        guard let worktree else { return }
        writer.key("worktree")
        writer.beginObject()
        writer.field("path", worktree.path)
        writer.field("branch", worktree.branch)
        writer.field("kept", worktree.isKept)
        writer.endObject()
    }

    private static func write(_ denial: AccessDenial, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.field("tool_name", denial.tool)
        writer.field("tool_use_id", denial.call.rawValue)
        writer.field("tool_input", denial.input)
        writer.field("risk_level", denial.risk)
        if let required = denial.required, required != .unrestricted { writer.field("required_autonomy", required.rawValue) }
        writer.field("reason", denial.reason)
        writer.endObject()
    }
}
