import ApusBase
public import ApusTransport

/// The routes of the daemon, one method each, with nothing filled in (`opta-v3.md` §2). ``DaemonClient`` is what programs use.
///
/// One client serves any number of tasks at the same time. Every call is sent once, and ends at once when its task is cancelled: the connection is
/// closed and `CancellationError` thrown. Only after a 401, or when no connection came about, of which nothing can have come, and when the state file
/// has since got another address or token, it is sent again, once. Redirects are not followed, and the token stands in a header, so that it goes to the configured host and nowhere else.
///
/// All calls throw ``DaemonHTTPError`` for an answer that is no success, ``DaemonConnectionError`` when there is none,
/// ``DaemonTimeoutError`` after 8 s (120 s for operations, and for loading and unloading models), and ``DaemonAnswerError`` when a success is not
/// understood. Answers may have 64 MiB.
public final class DaemonHTTPClient: DaemonService, CustomStringConvertible {
    let endpoint: DaemonEndpoint
    let transport: any HTTPTransport
    let clock: TransportClock

    /// - Parameters:
    ///   - host: A name or an address, without scheme and path; what only listens (`0.0.0.0`) is dialled as loopback.
    ///   - port: 1 to 65535. What is none fails the calls.
    ///   - token: The daemon's token, or any key that it takes. It stands in no description and no error.
    ///   - tls: Whose certificates count, of a daemon that speaks TLS; `nil` is without, for one on this machine.
    public convenience init(host: String = "127.0.0.1", port: Int = 9_999, token: String, tls: ServerTrust? = nil) {
        self.init(endpoint: DaemonEndpoint(DaemonAccess(host: host, port: port, token: token, tls: tls)))
    }

    init(endpoint: DaemonEndpoint, transport: (any HTTPTransport)? = nil, clock: TransportClock = .system) {
        self.endpoint = endpoint
        self.transport = transport ?? HTTPClientTransport(trust: endpoint.current.tls ?? .system)
        self.clock = clock
    }

    /// Itself.
    public var http: DaemonHTTPClient { self }
    /// Host and port.
    public var address: String { endpoint.current.authority }
    /// For people.
    public var description: String { "DaemonHTTPClient(\(address))" }

    /// Ends all calls and closes the connections. Calls after it fail. Again is no error.
    public func close() async { await transport.close() }

    /// The JSON of a success.
    func json(of call: DaemonCall) async throws -> JSON {
        let answer = try await answer(to: call)
        guard answer.isSuccess else { throw DaemonHTTPError(call.name, answer) }
        do {
            return try JSON(parsing: answer.text)
        } catch {
            throw DaemonAnswerError("\(call.name): HTTP \(answer.status) without JSON: \(answer.text.prefix(200).debugDescription)")
        }
    }

    /// The JSON object of a success.
    func object(of call: DaemonCall) async throws -> AnswerObject {
        let json = try await json(of: call)
        guard json.objectValue != nil else { throw DaemonAnswerError("\(call.name): no JSON object: \(json.text.prefix(200))") }
        return AnswerObject(call.name, json)
    }

    /// The whole answer, whatever its status.
    func answer(to call: DaemonCall) async throws -> DaemonAnswer {
        let access = endpoint.current
        do {
            let answer = try await answer(to: call, access)
            guard answer.status == 401, endpoint.refresh(after: access) else { return answer }
        } catch let error as DaemonConnectionError {
            // A daemon that began anew may have another port.
            guard !error.wasSent, endpoint.refresh(after: access) else { throw error }
        }
        return try await answer(to: call, endpoint.current)
    }

    private func answer(to call: DaemonCall, _ access: DaemonAccess) async throws -> DaemonAnswer {
        if let problem = access.problem { throw DaemonConnectionError("\(call.name): \(problem)", wasSent: false) }
        var headers = [HTTPRequest.Header("Authorization", "Bearer " + access.token)]
        if call.body != nil { headers.append(HTTPRequest.Header("Content-Type", "application/json")) }
        let request = HTTPRequest(
            method: call.method, url: access.httpURL + call.path, headers: headers,
            body: call.body.map { Array($0.text.utf8) })
        return try await within(call.deadline.limit, call.name) { [transport] in
            let response = try await transport.send(request)
            let bytes = try await response.body.bytes(limit: ByteLimit.jsonBytes)
            return DaemonAnswer(status: response.status, text: String(decoding: bytes, as: UTF8.self))
        }
    }

    /// Runs `work` and gives it up when it takes longer.
    func within<Result: Sendable>(
        _ limit: Duration, _ call: String, _ work: @escaping @Sendable () async throws -> Result
    ) async throws -> Result {
        do {
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
            switch error {
            case .cancelled: throw CancellationError()
            case .invalidRequest, .connectFailed, .closed: throw DaemonConnectionError("\(call): \(error)", wasSent: false)
            case .connectionLost: throw DaemonConnectionError("\(call): \(error)")
            case .bodyTooLong: throw DaemonAnswerError("\(call): \(error)")
            }
        }
    }
}
