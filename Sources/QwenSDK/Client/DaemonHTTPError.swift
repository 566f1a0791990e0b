/// The daemon answered, and not with a success (`qwen-serve.md` §2.2, §5.2).
///
/// Also thrown for a stream of events that is none (``status`` is then what came, 200 say, and the content type stands in ``body``), and for a
/// turn that failed after a 202 (``status`` is 500, ``body`` and ``code`` are the turn's).
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
    }

    /// Daemons say what went wrong with a word, such as `session_limit_exceeded`; agents behind them with a number of JSON-RPC.
    public enum Code: Sendable, Hashable, CustomStringConvertible, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
        /// A word of the daemon.
        case string(String)
        /// A number of the agent's JSON-RPC.
        case number(Double)

        /// As a literal.
        public init(stringLiteral value: String) { self = .string(value) }
        /// As a literal.
        public init(integerLiteral value: Int) { self = .number(Double(value)) }

        /// For people.
        public var description: String {
            switch self {
            case .string(let text): text
            case .number(let number): Int(exactly: number).map { "\($0)" } ?? "\(number)"
            }
        }

        init?(_ json: JSON?) {
            if let text = json?.stringValue {
                self = .string(text)
            } else if let number = json?.doubleValue {
                self = .number(number)
            } else {
                return nil
            }
        }
    }

    /// As on the wire.
    public let status: Int
    /// `nil` for an answer without a body.
    public let body: Body?
    /// Method, route and what the daemon said: `POST /session/:id/prompt: No session with id "x"`, or `GET /health: HTTP 503`.
    public let message: String
    /// The body's `code`.
    public let code: Code?
    /// How long to wait before the next try, from the header `Retry-After` in seconds.
    public let retryAfter: Duration?

    /// From its parts.
    public init(status: Int, body: Body? = nil, message: String, code: Code? = nil, retryAfter: Duration? = nil) {
        self.status = status
        self.body = body
        self.message = message
        self.code = code ?? Code(body?.jsonValue?["code"])
        self.retryAfter = retryAfter
    }

    init(_ call: String, _ answer: DaemonAnswer) {
        let body = Body(answer.text)
        self.init(
            status: answer.status, body: body, message: "\(call): \(body?.jsonValue?["error"]?.stringValue ?? "HTTP \(answer.status)")",
            retryAfter: answer.retryAfter)
    }
}

extension DaemonHTTPError.Body {
    init?(_ text: String) {
        if text.isEmpty { return nil }
        // What is no JSON is kept as it came.
        self = (try? JSON(parsing: text)).map(Self.json) ?? .text(text)
    }
}
