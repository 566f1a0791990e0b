import ApusBase
import ApusCore
import ApusSettings

/// Writes a request for the Messages API.
///
/// The end of the tools, of the system prompt and of the newest message of the user's role are marked for prompt caching, so that the
/// next request of the same conversation pays a tenth for what it repeats. `cache_control` in `extraArgs` takes the marks' place:
/// `null` switches caching off, an object is sent as the API's own top-level member, which marks by itself.
struct MessagesRequest {
    private let request: ModelRequest
    private let endpoint: ModelEndpoint

    /// What is asked for when nobody configured a limit, thinking not counted.
    private static let defaultOutputTokens = 16_384
    /// What most models accept, where nothing better is known; only a configured limit goes beyond.
    private static let outputCeiling = 64_000
    /// The least thinking budget the API takes, and what must be left for the answer.
    private static let smallestBudget = 1_024
    private static let smallestAnswer = 1_024

    init(_ request: ModelRequest, to endpoint: ModelEndpoint) {
        self.request = request
        self.endpoint = endpoint
    }

    func http() -> HTTPStream.Request {
        var headers = [("content-type", "application/json"), ("accept", "text/event-stream"), ("anthropic-version", "2023-06-01")]
        if let key = endpoint.key { headers.append(("x-api-key", key.reveal())) }
        let url = ModelEndpoint.url(endpoint.baseURL, completing: ["v1", "messages"])
        return HTTPStream.Request(url: url, headers: endpoint.headers(headers), body: body())
    }

    func body() -> [UInt8] {
        let messages = MessagesHistory(request.messages)
        let (limit, thinking, effort) = limits(allowingThinking: messages.allowsThinking)
        var body = RequestBody(extra: endpoint.extraArguments)
        body.member("model", .string(endpoint.model))
        body.member("max_tokens", .integer(Int64(limit)))
        body.member("stream", true)
        if let thinking { body.member("thinking", thinking) }
        if let effort { body.member("output_config", ["effort": .string(effort.rawValue)]) }
        if !request.system.isEmpty { body.member("system", writeSystem) }
        body.member("messages") { messages.write(marking: marksCache, into: &$0) }
        if !request.tools.isEmpty { body.member("tools", writeTools) }
        return body.bytes()
    }

    private var marksCache: Bool { endpoint.extraArguments["cache_control"] == nil }

    /// A block may carry a mark, plain text may not.
    private func writeSystem(into writer: inout JSONWriter) {
        guard marksCache else { return writer.string(request.system) }
        writer.beginArray()
        writer.beginObject()
        writer.field("type", "text")
        writer.field("text", request.system)
        Self.writeCacheMark(into: &writer)
        writer.endObject()
        writer.endArray()
    }

    /// Kept for five minutes from its last use.
    static func writeCacheMark(into writer: inout JSONWriter) {
        writer.key("cache_control")
        writer.object(["type": "ephemeral"])
    }

    private func writeTools(into writer: inout JSONWriter) {
        writer.beginArray()
        for (place, tool) in request.tools.enumerated() {
            writer.beginObject()
            writer.field("name", tool.name)
            writer.field("description", tool.summary)
            writer.field("input_schema", tool.inputSchema)
            if marksCache && place == request.tools.count - 1 { Self.writeCacheMark(into: &writer) }
            writer.endObject()
        }
        writer.endArray()
    }

    /// `max_tokens` counts thinking and answer together, so the budget comes on top of the default and out of a configured limit.
    private func limits(allowingThinking isAllowed: Bool) -> (tokens: Int, thinking: JSONValue?, effort: ReasoningEffort?) {
        let configured = endpoint.outputLimit(for: request)
        let ceiling = min(endpoint.description.maximumOutputTokens ?? Self.outputCeiling, Self.outputCeiling)
        let usual = min(Self.defaultOutputTokens, ceiling)
        let effort = endpoint.effort(for: request)
        if endpoint.refusesBudget { return adaptive(effort, configured, ceiling: ceiling, usual: usual) }
        if isAllowed && effort == .dynamic { return (configured ?? usual, ["type": "adaptive"], nil) }
        guard isAllowed, var budget = Self.budget(effort, of: endpoint) else { return (configured ?? usual, nil, nil) }
        let limit = configured ?? min(budget + usual, ceiling)
        budget = min(budget, limit - (configured == nil ? usual / 2 : Self.smallestAnswer))
        guard budget >= Self.smallestBudget else { return (limit, nil, nil) }
        return (limit, ["type": "enabled", "budget_tokens": .integer(Int64(budget))], nil)
    }

    /// Models that plan their thinking themselves take an effort, and show a summary only when asked for one.
    private func adaptive(
        _ effort: ReasoningEffort?, _ configured: Int?, ceiling: Int, usual: Int
    ) -> (tokens: Int, thinking: JSONValue?, effort: ReasoningEffort?) {
        let thinking: JSONValue = ["type": "adaptive", "display": "summarized"]
        switch effort {
        case nil: return endpoint.enablesThinking ? (configured ?? ceiling, thinking, nil) : (configured ?? usual, nil, nil)
        case .off, .none?: return (configured ?? usual, nil, nil)
        case .dynamic: return (configured ?? ceiling, thinking, nil)
        case .minimal, .low, .medium, .high, .xhigh, .max: return (configured ?? ceiling, thinking, effort)
        }
    }

    private static func budget(_ effort: ReasoningEffort?, of endpoint: ModelEndpoint) -> Int? {
        let tokens: Int
        switch effort {
        case nil: return endpoint.enablesThinking && endpoint.reasons ? endpoint.maximumThinkingTokens ?? 12_288 : nil
        case .off, .none?: return nil
        case .minimal: tokens = 1_024
        case .low: tokens = 4_096
        case .medium, .dynamic: tokens = 12_288
        case .high: tokens = 24_576
        case .xhigh: tokens = 32_768
        case .max: tokens = 65_536
        }
        return min(tokens, endpoint.maximumThinkingTokens ?? tokens)
    }
}
