/// What all errors of this library have in common: a sentence that names the thing, the value seen and the way out.
///
/// Cancelling a task throws `CancellationError`, as everywhere in Swift; a handler's own errors stay in the handler.
public protocol DroidError: Error, Sendable, CustomStringConvertible {
    var message: String { get }
}

extension DroidError {
    public var description: String { message }
}

/// No connection, no daemon, refused credentials, or a connection that ended (`droid.md` §7.1).
public struct ConnectionError: DroidError {
    public let message: String
    /// What lies behind it, as far as it is known.
    public let cause: (any Error)?
    /// Where a program was started, when one was.
    public let cwd: String?
    /// The program that was to be started.
    public let execPath: String?

    public init(_ message: String, cause: (any Error)? = nil, cwd: String? = nil, execPath: String? = nil) {
        self.message = message
        self.cause = cause
        self.cwd = cwd
        self.execPath = execPath
    }
}

/// The server answered a request with an error (`droid.md` §1.5), or with something that is not what the method answers.
public struct ProtocolError: DroidError, Hashable {
    /// As on the wire; −32700 for a malformed answer.
    public let code: Int
    public let message: String
    public let data: JSON?

    public init(code: Int, message: String, data: JSON? = nil) {
        self.code = code
        self.message = message
        self.data = data
    }

    /// The codes that the protocol names.
    public enum Code {
        public static let parseError = -32_700
        public static let invalidRequest = -32_600
        public static let methodNotFound = -32_601
        public static let invalidParams = -32_602
        public static let internalError = -32_603
        public static let authenticationError = -32_001
        public static let entityNotFound = -32_004
        public static let sessionDisconnected = -32_005
    }
}

/// A session cannot do what was asked of it now.
public struct SessionError: DroidError, Hashable {
    public enum Reason: Sendable, Hashable {
        /// No session was opened by this client.
        case noActiveSession
        /// A turn runs; one stream at a time.
        case busy
        /// The reader of a stream was so far behind that its buffer was full.
        case overflow
        /// A turn ended without a result.
        case incomplete
    }

    public let reason: Reason
    public let message: String

    public init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    static let noActiveSession = SessionError(
        .noActiveSession, "No active session. Call initializeSession or loadSession first.")
    static let busy = SessionError(
        .busy, "A turn is running on this session. Read its stream to the end, or call interrupt(), before the next one.")
    static let overflow = SessionError(
        .overflow,
        "The stream was read too slowly: its buffer is full. The turn goes on; read faster, or without partial messages.")
    static let incomplete = SessionError(.incomplete, "Stream completed without a result message")
}

/// The server knows no session by that id; −32004 on any method.
public struct SessionNotFoundError: DroidError, Hashable {
    public let sessionId: String
    public var message: String { "Session not found: \(sessionId)" }

    public init(sessionId: String) { self.sessionId = sessionId }
}

/// A request was not answered in time. It may still have had its effect.
public struct TimeoutError: DroidError, Hashable {
    public let method: String
    public let timeout: Duration
    public var message: String { "Request \(method) timed out after \(timeout.wholeMilliseconds)ms" }

    public init(method: String, timeout: Duration) {
        self.method = method
        self.timeout = timeout
    }
}

/// The program of a session in exec mode ended while it was needed, with whatever code.
public struct ProcessExitError: DroidError, Hashable {
    public let exitCode: Int32?
    /// The number of the signal that ended it.
    public let signal: Int32?
    /// The end of what it wrote to its standard error, secrets taken out.
    public let standardError: String

    public init(exitCode: Int32?, signal: Int32?, standardError: String = "") {
        self.exitCode = exitCode
        self.signal = signal
        self.standardError = standardError
    }

    public var message: String {
        if let signal { return "Droid process was killed (\(SignalName.of(signal)))" }
        guard let exitCode, exitCode != 0 else { return "Droid process exited normally" }
        return "Droid process exited unexpectedly (exit code \(exitCode))"
    }
}

/// A turn was given up through its ``DroidAbortSignal``.
public struct AbortError: DroidError, Hashable {
    public let message: String
    public init(_ message: String = "Operation aborted") { self.message = message }
}

/// A file that cannot be sent along, with the reason.
public struct InvalidAttachmentError: DroidError, Hashable {
    public let message: String
    public init(_ message: String) { self.message = message }
}

/// A structured answer was asked for and none came that fits.
public struct StructuredOutputError: DroidError, Hashable {
    /// The server's code, or `local_schema_missing`, `local_output_missing` and `local_validation_failed` for what was found here.
    public let code: String
    public let message: String
    /// What came, when something came.
    public let output: JSON?

    public init(code: String, message: String, output: JSON? = nil) {
        self.code = code
        self.message = message
        self.output = output
    }
}

extension Duration {
    var wholeMilliseconds: Int64 { components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000 }
}
