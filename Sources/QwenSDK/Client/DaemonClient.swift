import ApusBase
public import ApusTransport
import Foundation

/// Speaks to a `qwen serve` daemon over HTTP and server-sent events (`qwen-serve.md`): Apus's, or the original one.
///
/// One client serves any number of sessions and of tasks at the same time. It keeps connections for reuse; ``close()`` ends them, and so
/// does letting go of the client, a little later.
///
/// Every call is sent once and never repeated by itself (but see ``EventResume``), and ends at once when its task is cancelled: the
/// connection is closed and `CancellationError` thrown. Redirects are not followed, so that the token goes to ``baseURL`` and nowhere else.
///
/// All calls throw ``DaemonHTTPError`` for an answer that is no success, ``DaemonConnectionError`` when there is none,
/// ``DaemonTimeoutError`` when it is late, and ``DaemonAnswerError`` when a success is not understood.
public final class DaemonClient: Sendable, CustomStringConvertible {
    /// Without trailing slashes.
    public let baseURL: String
    /// How long the daemon may take to answer a call, headers and body, and to open a stream of events. `nil` is no limit. Prompts have
    /// none, and streams that are open.
    public let fetchTimeout: Duration?

    let transport: any HTTPTransport
    let clock: TransportClock
    private let token: Token

    /// - Parameters:
    ///   - baseURL: Where the daemon listens, such as `http://127.0.0.1:4170`, and a path if it is behind one. Trailing slashes are taken away. What
    ///     is no URL fails the calls.
    ///   - token: The daemon's bearer token, or any key that it takes; white space around it is taken away. `nil` means that of the
    ///     environment variable `QWEN_SERVER_TOKEN`, if there is one; the empty text means none. It stands in no description of this client
    ///     and in no error.
    ///   - fetchTimeout: See ``fetchTimeout``; 0 and less is no limit.
    ///   - trust: Whose certificates count for a `https` URL.
    public convenience init(
        baseURL: String, token: String? = nil, fetchTimeout: Duration? = .seconds(30), trust: ServerTrust = .system
    ) {
        self.init(
            baseURL: baseURL, token: token ?? ProcessInfo.processInfo.environment["QWEN_SERVER_TOKEN"], fetchTimeout: fetchTimeout,
            transport: HTTPClientTransport(trust: trust))
    }

    /// - Parameter token: As given; the environment is not looked at.
    init(
        baseURL: String, token: String?, fetchTimeout: Duration? = .seconds(30), transport: any HTTPTransport,
        clock: TransportClock = .system
    ) {
        var baseURL = baseURL
        while baseURL.hasSuffix("/") { baseURL.removeLast() }
        self.baseURL = baseURL
        self.token = Token(text: token?.trimmingCharacters(in: .whitespacesAndNewlines) ?? "")
        self.fetchTimeout = fetchTimeout.flatMap { $0 > .zero ? $0 : nil }
        self.transport = transport
        self.clock = clock
    }

    /// Ends all calls and streams of this client and closes its connections; sessions go on. Calls after it fail. Again is no error.
    public func close() async { await transport.close() }

    /// For people.
    public var description: String { "DaemonClient(\(baseURL))" }

    // MARK: calls

    func request(_ call: DaemonCall) -> HTTPRequest {
        var headers = call.headers
        if !token.text.isEmpty { headers.append(HTTPRequest.Header("Authorization", "Bearer " + token.text)) }
        return HTTPRequest(method: call.method, url: baseURL + call.path, headers: headers, body: call.body.map { Array($0.text.utf8) })
    }

    /// The whole answer, whatever its status.
    func answer(to call: DaemonCall, timeout: Duration?) async throws -> DaemonAnswer {
        let request = request(call)
        return try await within(timeout, call.name) { [transport] in
            let response = try await transport.send(request)
            let bytes = try await response.body.bytes(limit: ByteLimit.jsonBytes)
            return DaemonAnswer(response, text: String(decoding: bytes, as: UTF8.self))
        }
    }

    /// The answer to a call that any 2xx is a success of.
    func success(of call: DaemonCall, timeout: Duration?) async throws -> DaemonAnswer {
        let answer = try await answer(to: call, timeout: timeout)
        guard answer.isSuccess else { throw DaemonHTTPError(call.name, answer) }
        return answer
    }

    /// The JSON body of a success.
    func object(of call: DaemonCall) async throws -> AnswerObject {
        try AnswerObject(call.name, try await success(of: call, timeout: fetchTimeout))
    }

    /// Runs `work` and gives it up when it takes longer.
    func within<Result: Sendable>(
        _ limit: Duration?, _ call: String, _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        do {
            guard let limit else { return try await work() }
            return try await withThrowingTaskGroup(of: Result.self) { group in
                group.addTask { try await work() }
                group.addTask { [clock] in
                    try await clock.sleep(limit)
                    throw DaemonTimeoutError(call: call, timeout: limit)
                }
                defer { group.cancelAll() }
                guard let result = try await group.next() else { throw CancellationError() }
                return result
            }
        } catch let error as HTTPTransportError {
            throw Self.told(error, call)
        }
    }

    /// What a caller is told of a failed connection.
    static func told(_ error: HTTPTransportError, _ call: String) -> any Error {
        switch error {
        case .cancelled: CancellationError()
        case .invalidRequest, .connectFailed, .closed: DaemonConnectionError("\(call): \(error)", wasSent: false)
        case .connectionLost: DaemonConnectionError("\(call): \(error)")
        case .bodyTooLong: DaemonAnswerError("\(call): \(error)")
        }
    }
}

/// Hides what it holds from whoever prints it.
private struct Token: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let text: String
    var description: String { "***" }
    var debugDescription: String { "***" }
    var customMirror: Mirror { Mirror(self, children: []) }
}

/// Makes a ``DaemonClient`` for the length of `body` and closes it, also when that throws. Its parameters are the client's.
///
/// - Throws: What `body` throws.
public func withDaemonClient<Result>(
    baseURL: String, token: String? = nil, fetchTimeout: Duration? = .seconds(30), trust: ServerTrust = .system,
    _ body: (DaemonClient) async throws -> Result
) async throws -> Result {
    let client = DaemonClient(baseURL: baseURL, token: token, fetchTimeout: fetchTimeout, trust: trust)
    do {
        let result = try await body(client)
        await client.close()
        return result
    } catch {
        await client.close()
        throw error
    }
}
