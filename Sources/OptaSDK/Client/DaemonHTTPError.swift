/// The daemon answered, and not with a success (`opta-v3.md` §2.2).
public struct DaemonHTTPError: DaemonError, Hashable {
    /// What an answer carried.
    public enum Body: Sendable, Hashable, CustomStringConvertible {
        /// A JSON value, an object usually.
        case json(JSON)
        /// What is no JSON: a proxy's page, say.
        case text(String)

        /// The JSON, or `nil` for text.
        public var jsonValue: JSON? { if case .json(let json) = self { json } else { nil } }

        /// For people.
        public var description: String {
            switch self {
            case .json(let json): json.text
            case .text(let text): text
            }
        }

        init?(_ text: String) {
            if text.isEmpty { return nil }
            // What is no JSON is kept as it came.
            self = (try? JSON(parsing: text)).map(Self.json) ?? .text(text)
        }
    }

    /// 400 invalid, 401 wrong token, 404 no such thing, 409 conflict, 507 disk full, and others as in HTTP.
    public let status: Int
    /// `nil` for an answer without a body.
    public let body: Body?
    /// The body's `code`, or that of the `error` in it: `dangerous_confirmation_required`, `FST_ERR_CTP_BODY_TOO_LARGE`.
    public let code: String?
    /// What the daemon found wrong with which member of the request; empty when it says nothing of the kind.
    public let issues: [DaemonIssue]
    /// Method, route and what the daemon said: `POST /v3/sessions/:sessionId/turns: Session not found: x`.
    public let message: String

    /// From its parts.
    public init(status: Int, body: Body? = nil, message: String) {
        self.status = status
        self.body = body
        self.message = message
        let json = body?.jsonValue
        code = json?["code"]?.stringValue ?? json?["error"]?["code"]?.stringValue
        issues = DaemonIssue.list(json?["details"] ?? json?["error"]?["details"])
    }

    init(_ call: String, _ answer: DaemonAnswer) {
        let body = Body(answer.text)
        let json = body?.jsonValue
        let said =
            json?["message"]?.stringValue ?? json?["error"]?.stringValue ?? json?["error"]?["message"]?.stringValue
            ?? "HTTP \(answer.status)"
        let issues = DaemonIssue.list(json?["details"])
        self.init(status: answer.status, body: body, message: "\(call): \(said)" + issues.map { "; \($0)" }.joined())
    }
}

/// What is wrong with one member of a request (`opta-v3.md` §2.2).
public struct DaemonIssue: Sendable, Hashable, CustomStringConvertible {
    /// The kind: `invalid_type`, `too_small`.
    public let code: String
    /// Keys and indexes down to the member.
    public let path: [String]
    /// A sentence of the daemon.
    public let message: String
    /// All of it.
    public let json: JSON

    /// For people.
    public var description: String { (path.isEmpty ? "" : path.joined(separator: ".") + ": ") + message }

    static func list(_ json: JSON?) -> [DaemonIssue] {
        (json?.arrayValue ?? []).compactMap { issue in
            guard issue.objectValue != nil else { return nil }
            let path = (issue["path"]?.arrayValue ?? []).map { $0.stringValue ?? $0.text }
            return DaemonIssue(
                code: issue["code"]?.stringValue ?? "", path: path, message: issue["message"]?.stringValue ?? "", json: issue)
        }
    }
}
