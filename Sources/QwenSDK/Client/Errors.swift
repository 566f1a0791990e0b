/// What all errors of this library have in common: a sentence that names the call, the value seen and the way out.
///
/// Cancelling a task throws `CancellationError`, as everywhere in Swift, except in streams of events, which just end.
public protocol DaemonError: Error, Sendable, CustomStringConvertible {
    var message: String { get }
}

extension DaemonError {
    /// For people.
    public var description: String { message }
}

/// No connection, or one that ended before the answer was whole. The call may have had its effect, unless ``wasSent`` is `false`.
public struct DaemonConnectionError: DaemonError, Hashable {
    /// A sentence for people.
    public let message: String
    /// Whether the daemon may have got the call. `false` when no connection came about.
    public let wasSent: Bool

    /// From its parts.
    public init(_ message: String, wasSent: Bool = true) {
        self.message = message
        self.wasSent = wasSent
    }
}

/// The daemon was silent for the client's `fetchTimeout` (`qwen-serve.md` §5.2). The call may have had its effect.
public struct DaemonTimeoutError: DaemonError, Hashable {
    /// Method and route, such as `GET /session/:id/events`.
    public let call: String
    /// How long was waited.
    public let timeout: Duration
    /// A sentence for people.
    public var message: String { "\(call): no whole answer within \(timeout)" }

    /// From its parts.
    public init(call: String, timeout: Duration) {
        self.call = call
        self.timeout = timeout
    }
}

/// A success whose body is not what the route answers.
public struct DaemonAnswerError: DaemonError, Hashable {
    /// A sentence for people.
    public let message: String
    /// From its parts.
    public init(_ message: String) { self.message = message }
}

/// A stream had no end of a frame within 16 Mi UTF-16 code units (`qwen-serve.md` §5.3). The connection was closed.
public struct SSEFramingError: DaemonError, Hashable {
    /// In UTF-16 code units.
    public let limit: Int
    /// A sentence for people.
    public var message: String { "The event stream has a frame of more than \(limit) UTF-16 code units: this is no stream of a daemon." }

    /// From its parts.
    public init(limit: Int) { self.limit = limit }
}

/// A ``DaemonSessionClient`` has one subscription at a time (`qwen-serve.md` §5.5), and another one is being read.
public struct DaemonSubscriptionError: DaemonError, Hashable {
    /// The session it is about.
    public let sessionId: String
    /// A sentence for people.
    public var message: String {
        "Events of session \(sessionId) are being read already. Leave that loop first, or use DaemonClient.subscribeEvents for a second stream."
    }

    /// From its parts.
    public init(sessionId: String) { self.sessionId = sessionId }
}

/// Too many prompts wait in a session: 503 with the code `prompt_queue_full` (`qwen-serve.md` §2.6). None was added.
public struct DaemonPendingPromptLimitError: DaemonError, Hashable {
    /// The session it is about.
    public let sessionId: String
    /// How many may wait, when the daemon told.
    public let limit: Int?
    /// How many do.
    public let pendingCount: Int?
    /// The answer itself.
    public let http: DaemonHTTPError
    /// A sentence for people.
    public var message: String { http.message }

    /// From its parts.
    public init(sessionId: String, limit: Int?, pendingCount: Int?, http: DaemonHTTPError) {
        self.sessionId = sessionId
        self.limit = limit
        self.pendingCount = pendingCount
        self.http = http
    }
}
