import ApusBase
import ApusCore

/// An answer that is no success (`qwen-serve.md` §2.2): its body always has a string `error`.
struct QwenFailure: Error, Sendable {
    var status: Int
    var body: JSONObject
    /// Seconds, for those that may be tried again.
    var retryAfter: Int?

    init(_ status: Int, _ error: String, _ more: JSONObject = [:], retryAfter: Int? = nil) {
        self.status = status
        self.retryAfter = retryAfter
        body = ["error": .string(error)]
        for (key, value) in more { body[key] = value }
    }

    var answer: HTTPAnswer {
        .json(status, .object(body), fields: retryAfter.map { [("retry-after", "\($0)")] } ?? [])
    }

    // MARK: Walls

    static let foreignOrigin = QwenFailure(403, "Request denied by CORS policy")
    static let badHost = QwenFailure(403, "Invalid Host header")
    static let unauthorized = QwenFailure(401, "Unauthorized")

    static func lacksScope(_ client: ClientIdentity, _ scope: ClientScope, _ route: QwenRoute) -> QwenFailure {
        QwenFailure(
            403, "\"\(client.name)\" may not call \(route.method) \(route.pattern): it needs the scope \(scope.rawValue)",
            ["code": "insufficient_scope", "scope": .string(scope.rawValue)])
    }

    static func noRoute(_ head: HTTPHead) -> QwenFailure {
        QwenFailure(404, "Cannot \(head.method) \(String(escapedForDisplay(head.path, keepingNewlines: false).prefix(200)))")
    }

    static func undecodable(_ segment: String) -> QwenFailure { QwenFailure(400, "Failed to decode param '\(segment.prefix(200))'") }

    // MARK: Bodies

    static let badJSON = QwenFailure(400, "Invalid JSON in request body")
    static let bodyTooLarge = QwenFailure(413, "Request body too large (max 10 MB)")

    // MARK: Sessions

    static func unknownSession(_ session: SessionID) -> QwenFailure {
        QwenFailure(404, "No session with id \"\(session)\"", ["sessionId": .string(session.rawValue)])
    }

    static func tooManySessions(_ limit: Int) -> QwenFailure {
        QwenFailure(
            503, "Session limit reached (\(limit))", ["code": "session_limit_exceeded", "limit": .integer(Int64(limit))], retryAfter: 5)
    }

    static func otherWorkspace(_ bound: String, _ asked: String) -> QwenFailure {
        QwenFailure(
            400,
            "Workspace mismatch: daemon is bound to \"\(bound)\" but request asked for \"\(asked)\". "
                + "Leave `cwd` out, or start another daemon for that workspace.",
            ["code": "workspace_mismatch", "boundWorkspace": .string(bound), "requestedWorkspace": .string(asked)])
    }

    static let shuttingDown = QwenFailure(500, "HttpAcpBridge is shutting down")

    static func lost(_ session: SessionID) -> QwenFailure { QwenFailure(500, "agent channel closed mid-request (session \(session))") }

    // MARK: Clients

    static let malformedClient = QwenFailure(
        400, "`X-Qwen-Client-Id` must be a non-empty token of 128 characters or fewer", ["code": "invalid_client_id"])

    static func unknownClient(_ client: String, _ session: SessionID) -> QwenFailure {
        QwenFailure(
            400, "Client id \"\(client)\" is not registered for session \(session)",
            ["code": "invalid_client_id", "sessionId": .string(session.rawValue), "clientId": .string(client)])
    }
}
