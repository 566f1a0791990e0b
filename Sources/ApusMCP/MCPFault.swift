import ApusBase

/// Why a server gave no answer. The descriptions are predicates of "The MCP server …".
enum MCPFault: Error, Hashable, Sendable, CustomStringConvertible {
    case cancelled
    /// No connection; what the system said.
    case unreachable(String)
    /// The connection or the program ended in the middle; how.
    case lost(String)
    /// A program that could not be started; a sentence.
    case notStarted(String)
    case timedOut(String, Duration)
    /// An answer of HTTP that is none of the protocol, with the beginning of its text.
    case status(Int, String)
    case needsSignIn
    /// The token is good for less than this; the scopes that are wanted.
    case needsScope(String)
    /// The session id we were given is not known any more.
    case sessionGone
    case tooLarge(String, limit: Int)
    /// Small, and yet more than anybody should have to hold.
    case tooManyValues(limit: Int)
    /// Something that the protocol does not allow.
    case malformed(String)
    case answeredError(code: Int64, message: String)
    /// What the configuration asks for is not there in this version; a sentence.
    case unsupported(String)

    var description: String {
        switch self {
        case .cancelled: "was not waited for any longer"
        case .unreachable(let detail): "cannot be reached: \(detail)"
        case .lost(let detail): "ended the connection before it answered: \(detail)"
        case .notStarted(let detail): "could not be started: \(detail)"
        case .timedOut(let what, let limit): "did not answer \(what) within \(Self.words(limit))"
        case .status(let status, let text): "answered HTTP \(status)" + (text.isEmpty ? "" : ": \(text)")
        case .needsSignIn:
            "wants a sign-in (HTTP 401): run apus mcp auth with its name, or give it an \"Authorization\" header in its configuration"
        case .needsScope(let scope): "wants a sign-in with more rights (\(scope)): run apus mcp auth with its name"
        case .sessionGone: "does not know its own session any more"
        case .tooLarge(let what, let limit): "sent \(what) larger than \(limit) bytes, which was not read"
        case .tooManyValues(let limit): "sent a message of more than \(limit) values, which was not read"
        case .malformed(let detail): "does not keep to the protocol: \(detail)"
        case .answeredError(let code, let message): "answered error \(code): \(message)"
        case .unsupported(let sentence): sentence
        }
    }

    /// Whether the way to the server is gone, so that it must be opened anew.
    var endsConnection: Bool {
        switch self {
        case .unreachable, .lost, .notStarted, .sessionGone: true
        case .cancelled, .timedOut, .status, .needsSignIn, .needsScope, .tooLarge, .tooManyValues, .malformed, .answeredError,
            .unsupported:
            false
        }
    }

    /// Text of a server in a message of ours: one line, short, safe to show.
    static func shown(_ text: String, limit: Int = 300) -> String {
        let line = escapedForDisplay(String(text.unicodeScalars.prefix(limit + 1)), keepingNewlines: false)
        return line.count > limit ? line.prefix(limit) + "…" : line
    }

    private static func words(_ limit: Duration) -> String {
        let (seconds, rest) = limit.components
        if seconds == 0 { return "\(rest / 1_000_000_000_000_000) ms" }
        return seconds % 60 == 0 && seconds >= 120 ? "\(seconds / 60) min" : "\(seconds) s"
    }
}

/// Runs `body` for `limit` at most. Whoever is too slow is cancelled; what it still gives back counts for nothing.
func within<Value: Sendable>(
    _ limit: Duration, _ what: String, _ body: @escaping @Sendable () async throws -> Value
) async throws(MCPFault) -> Value {
    do {
        return try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await body() }
            group.addTask {
                try await Task.sleep(for: limit)
                throw MCPFault.timedOut(what, limit)
            }
            defer { group.cancelAll() }
            // Two children: there is a first.
            guard let value = try await group.next() else { throw MCPFault.cancelled }
            return value
        }
    } catch {
        if Task.isCancelled { throw .cancelled }
        throw error as? MCPFault ?? .cancelled
    }
}
