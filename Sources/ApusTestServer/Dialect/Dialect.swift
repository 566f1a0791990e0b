import ApusBase

/// The wire formats the server speaks; the path of a request decides.
package enum Dialect: String, Hashable, Sendable, CaseIterable {
    case messages
    case chatCompletions
    case responses

    /// Any prefix is allowed before the last words of the path, so that base addresses with a path work too.
    init?(path: String) {
        if path.hasSuffix("/messages") {
            self = .messages
        } else if path.hasSuffix("/chat/completions") {
            self = .chatCompletions
        } else if path.hasSuffix("/responses") {
            self = .responses
        } else {
            return nil
        }
    }

    /// The body of an error response.
    func errorBody(type: String, message: String, status: Int) -> JSONValue {
        switch self {
        case .messages: ["type": "error", "error": ["type": .string(type), "message": .string(message)]]
        case .chatCompletions, .responses:
            ["error": ["message": .string(message), "type": .string(type), "param": nil, "code": .integer(Int64(status))]]
        }
    }

    /// The provider's usual word for a status.
    func errorType(for status: Int) -> String {
        switch (self, status) {
        case (_, 401): self == .messages ? "authentication_error" : "invalid_request_error"
        case (_, 403): "permission_error"
        case (_, 404): "not_found_error"
        case (.messages, 429): "rate_limit_error"
        case (.chatCompletions, 429), (.responses, 429): "rate_limit_exceeded"
        case (.messages, 529): "overloaded_error"
        case (_, 400..<500): "invalid_request_error"
        case (.messages, _): "api_error"
        case (.chatCompletions, _), (.responses, _): "server_error"
        }
    }

    func renderer(_ facts: ReplyFacts) -> any StreamRenderer {
        switch self {
        case .messages: MessagesRenderer(facts: facts)
        case .chatCompletions: ChatCompletionsRenderer(facts: facts)
        case .responses: ResponsesRenderer(facts: facts)
        }
    }
}

/// What a rendered reply says about itself.
struct ReplyFacts: Sendable {
    /// The number of the request; ids in the reply are made from it.
    var number: Int
    var model: String
    var usage: TokenCounts?
    var stop: StreamedReply.Stop
    var shape: StreamShape
}

/// A step of a reply, before any dialect has put it into words. Blocks are numbered from 0 in the order of their start.
enum ReplyEvent: Hashable, Sendable {
    enum Kind: Hashable, Sendable {
        case text
        case reasoning(signature: String?)
        case redactedReasoning(String)
        case toolCall(id: String, name: String)
    }

    case started
    case blockStarted(Int, Kind)
    case delta(Int, Kind, String)
    case blockFinished(Int, Kind)
    case finished
    case error(type: String, message: String)
}

/// Puts reply events into server-sent events of one dialect; several, one or none for each.
protocol StreamRenderer {
    mutating func events(for event: ReplyEvent) -> [WireEvent]
}

/// One server-sent event; chat completions have no names.
struct WireEvent: Hashable, Sendable {
    var name: String?
    var data: String

    init(name: String? = nil, data: JSONValue) {
        self.name = name
        self.data = data.serialized()
    }

    init(data: String) { self.data = data }

    func bytes(_ ending: StreamShape.LineEnding) -> [UInt8] {
        let end = ending.rawValue
        let head = name.map { "event: \($0)\(end)" } ?? ""
        return Array("\(head)data: \(data)\(end)\(end)".utf8)
    }
}
