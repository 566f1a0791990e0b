import ApusBase
import ApusCore
import ApusSettings

/// Writes a request for the Responses API.
///
/// Members about reasoning are left out for models known not to reason, which refuse them. A summary of the reasoning is asked for
/// only together with an effort: OpenAI refuses it to organisations that have not been verified, and those must be able to work too.
struct ResponsesRequest {
    private let request: ModelRequest
    private let endpoint: ModelEndpoint

    init(_ request: ModelRequest, to endpoint: ModelEndpoint) {
        self.request = request
        self.endpoint = endpoint
    }

    func http() -> HTTPStream.Request { endpoint.bearerRequest("responses", body: body()) }

    func body() -> [UInt8] {
        var body = RequestBody(extra: endpoint.extraArguments)
        body.member("model", .string(endpoint.model))
        if !request.system.isEmpty { body.member("instructions", .string(request.system)) }
        body.member("input") { ResponsesHistory(request.messages, model: endpoint.model).write(into: &$0) }
        if !request.tools.isEmpty { body.member("tools", writeTools) }
        body.member("stream", true)
        body.member("store", false)
        if let limit = endpoint.outputLimit(for: request) { body.member("max_output_tokens", .integer(Int64(limit))) }
        if endpoint.reasons {
            body.member("include", ["reasoning.encrypted_content"])
            if let reasoning { body.member("reasoning", reasoning) }
        }
        return body.bytes()
    }

    private var reasoning: JSONValue? {
        switch endpoint.effort(for: request, whenThinking: .medium) {
        case nil: nil
        case .dynamic: ["summary": "auto"]
        case .off, .none?: ["effort": "none"]
        case .max: ["effort": "xhigh", "summary": "auto"]
        case .minimal?, .low?, .medium?, .high?, .xhigh?:
            endpoint.effort(for: request, whenThinking: .medium).map { ["effort": .string($0.rawValue), "summary": "auto"] }
        }
    }

    private func writeTools(into writer: inout JSONWriter) {
        writer.beginArray()
        for tool in request.tools {
            writer.beginObject()
            writer.field("type", "function")
            writer.field("name", tool.name)
            writer.field("description", tool.summary)
            writer.field("parameters", tool.inputSchema)
            // Strict is the API's default and refuses schemas with optional members, which ours have.
            writer.field("strict", false)
            writer.endObject()
        }
        writer.endArray()
    }
}
