import ApusBase
import ApusCore
import ApusSettings

/// Writes a request for a Chat Completions API. Only members that every server takes, unless asked for.
struct ChatRequest {
    private let request: ModelRequest
    private let endpoint: ModelEndpoint

    init(_ request: ModelRequest, to endpoint: ModelEndpoint) {
        self.request = request
        self.endpoint = endpoint
    }

    func http() -> HTTPStream.Request { endpoint.bearerRequest("chat/completions", body: body()) }

    func body() -> [UInt8] {
        var body = RequestBody(extra: endpoint.extraArguments)
        body.member("model", .string(endpoint.model))
        body.member("messages") { ChatHistory(request, model: endpoint.model).write(into: &$0) }
        if !request.tools.isEmpty { body.member("tools", writeTools) }
        body.member("stream", true)
        body.member("stream_options", ["include_usage": true])
        if let limit = endpoint.outputLimit(for: request) {
            body.member(endpoint.isOpenAI ? "max_completion_tokens" : "max_tokens", .integer(Int64(limit)))
        }
        if let effort = effortWord { body.member("reasoning_effort", .string(effort)) }
        return body.bytes()
    }

    /// Nothing is sent unless somebody asked: servers refuse the member for models that do not reason.
    private var effortWord: String? {
        switch endpoint.effort(for: request, whenThinking: .medium) {
        case nil, .dynamic: nil
        case .off, .none?: "none"
        case .minimal: "minimal"
        case .low: "low"
        case .medium: "medium"
        case .high: "high"
        case .xhigh, .max: "xhigh"
        }
    }

    private func writeTools(into writer: inout JSONWriter) {
        writer.beginArray()
        for tool in request.tools {
            writer.beginObject()
            writer.field("type", "function")
            writer.key("function")
            writer.beginObject()
            writer.field("name", tool.name)
            writer.field("description", tool.summary)
            writer.field("parameters", tool.inputSchema)
            writer.endObject()
            writer.endObject()
        }
        writer.endArray()
    }
}
