package import ApusBase

/// What the server does with one request.
package enum Reply: Sendable {
    /// 200 and a stream in the dialect of the request's path.
    case stream(StreamedReply)
    /// An error in the dialect's own body. `type` is the provider's word for it; a fitting one is found for the usual statuses.
    case failure(status: Int, type: String? = nil, message: String, headers: [(String, String)] = [])
    /// Any status with exactly these bytes as body.
    case body(status: Int, headers: [(String, String)], [UInt8])
    /// These bytes on the socket in place of an HTTP response; then the connection is closed.
    case garbage([UInt8])
    /// No response at all.
    case hangUp(ConnectionEnd)
    /// Nothing until the gate opens, then `reply`: a provider that accepts and is silent.
    indirect case after(Gate, Reply)
    /// Decided when the request is there. Runs on the server's thread: quick, and without waiting.
    case computed(@Sendable (RecordedRequest) -> Reply)
}

extension Reply {
    /// One block of text in these pieces.
    package static func text(_ pieces: Fragment..., usage: TokenCounts? = TokenCounts(), shape: StreamShape = StreamShape()) -> Reply {
        .stream(StreamedReply([.text(pieces)], usage: usage, shape: shape))
    }

    package static func blocks(
        _ blocks: Block..., stop: StreamedReply.Stop = .fitting, usage: TokenCounts? = TokenCounts(), shape: StreamShape = StreamShape()
    ) -> Reply {
        .stream(StreamedReply(blocks, stop: stop, usage: usage, shape: shape))
    }

    package static func toolCall(_ name: String, _ input: JSONValue, id: String? = nil, piecesOf characters: Int? = nil) -> Reply {
        .stream(StreamedReply([.toolCall(name, input, id: id, piecesOf: characters)]))
    }

    package static func json(_ value: JSONValue, status: Int = 200, headers: [(String, String)] = []) -> Reply {
        .body(status: status, headers: [("content-type", "application/json")] + headers, value.serializedBytes())
    }

    package static var serverError: Reply { .failure(status: 500, message: "The server had an error while processing the request.") }
    package static var overloaded: Reply { .failure(status: 529, message: "Overloaded") }

    package static func unauthorized(_ message: String = "invalid api key") -> Reply { .failure(status: 401, message: message) }

    package static func rateLimited(retryAfter seconds: Int? = nil, _ message: String = "Too many requests") -> Reply {
        .failure(status: 429, message: message, headers: seconds.map { [("retry-after", "\($0)")] } ?? [])
    }
}
