/// What ``DaemonClient`` and ``DaemonHTTPClient`` have in common: the calls that concern no turn.
///
/// They throw as ``DaemonHTTPClient`` says, and end at once when their task is cancelled.
public protocol DaemonService: Sendable {
    /// What carries the calls.
    var http: DaemonHTTPClient { get }
}

extension DaemonService {
    /// `GET /v3/health`: whether the daemon is there and speaks this protocol (`opta-v3.md` §2.4 #2).
    ///
    /// - Throws: ``DaemonContractError`` when it speaks another one; ``DaemonHTTPError`` with status 401 when the token is wrong.
    public func health() async throws -> DaemonHealth {
        try DaemonHealth(try await http.object(of: DaemonCall("GET", "/v3/health")))
    }

    /// `GET /v3/metrics`: what the daemon is doing (§2.5 #4).
    public func metrics() async throws -> DaemonMetrics {
        try DaemonMetrics(try await http.object(of: DaemonCall("GET", "/v3/metrics")))
    }

    // MARK: background processes

    /// `POST /v3/background/start`: a command that outlives its turn (§2.5 #14). It is run without a shell: no pipes, globs or variables.
    ///
    /// - Parameters:
    ///   - sessionID: Whose it is.
    ///   - command: Words and quotes.
    ///   - label: A name for people.
    ///   - cwd: Where it runs; `nil` is the daemon's choice.
    ///   - timeout: Up to a day; zero is no limit, `nil` the daemon's default.
    /// - Throws: ``DaemonHTTPError``: 404 no such session, 409 too many run, 500 it could not be started.
    public func startBackground(
        _ sessionID: String, command: String, label: String? = nil, cwd: String? = nil, timeout: Duration? = nil
    ) async throws -> BackgroundProcess {
        var body: JSONMembers = ["sessionId": .string(sessionID), "command": .string(command)]
        body["label"] = label.map(JSON.string)
        body["cwd"] = cwd.map(JSON.string)
        body["timeoutMs"] = timeout.map { .integer(Int64($0 / .milliseconds(1))) }
        let call = DaemonCall("POST", "/v3/background/start", body: .object(body))
        return try BackgroundProcess(try await http.object(of: call).object("process"))
    }

    /// `GET /v3/background`: by their start (§2.5 #13).
    ///
    /// - Parameter sessionID: Only this one's; `nil` is all.
    public func listBackground(_ sessionID: String? = nil) async throws -> [BackgroundProcess] {
        try await http.object(of: DaemonCall("GET", "/v3/background", query: [("sessionId", sessionID)])).list("processes")
            .map(BackgroundProcess.init)
    }

    /// `GET /v3/background/:processId/status` (§2.5 #15).
    public func backgroundStatus(_ processID: String) async throws -> BackgroundProcess {
        let call = DaemonCall("GET", "/v3/background/:processId/status", [processID])
        return try BackgroundProcess(try await http.object(of: call).object("process"))
    }

    /// `GET /v3/background/:processId/output` (§2.5 #16). The oldest output is forgotten beyond 1 MiB or so.
    ///
    /// - Parameters:
    ///   - processID: Which process.
    ///   - afterSeq: ``BackgroundOutput/nextSeq`` of the call before; 0 is from the start.
    ///   - limit: Of pieces, 1 to 500.
    ///   - stream: Which output.
    public func backgroundOutput(
        _ processID: String, afterSeq: Int64 = 0, limit: Int = 200, stream: BackgroundStream = .both
    ) async throws -> BackgroundOutput {
        let call = DaemonCall(
            "GET", "/v3/background/:processId/output", [processID],
            query: [("afterSeq", "\(afterSeq)"), ("limit", "\(limit)"), ("stream", stream.rawValue)])
        return try BackgroundOutput(try await http.object(of: call))
    }

    /// `POST /v3/background/:processId/kill` (§2.5 #17).
    ///
    /// - Returns: Whether it ran; `false` when it had ended already.
    @discardableResult
    public func killBackground(_ processID: String, signal: KillSignal = .terminate) async throws -> Bool {
        let call = DaemonCall("POST", "/v3/background/:processId/kill", [processID], body: ["signal": .string(signal.rawValue)])
        return try await http.object(of: call).json["killed"]?.boolValue ?? false
    }

    // MARK: operations

    /// `GET /v3/operations`: what the daemon can do beside sessions (§2.5 #18).
    public func listOperations() async throws -> [DaemonOperation] {
        try await http.object(of: DaemonCall("GET", "/v3/operations")).list("operations").map(DaemonOperation.init)
    }

    /// `POST /v3/operations/:id` (§2.5 #19). May take 120 s.
    ///
    /// - Parameters:
    ///   - id: One of ``listOperations()``.
    ///   - input: What the operation takes; keys that it does not know are refused. `nil` is nothing.
    ///   - confirmDangerous: Somebody has agreed to an operation of ``OperationSafety/dangerous``.
    /// - Returns: The `result` of the answer.
    /// - Throws: ``DaemonHTTPError`` with its ``DaemonHTTPError/code``: 403 `dangerous_confirmation_required`, 400 with
    ///   ``DaemonHTTPError/issues``, and others.
    public func runOperation(_ id: String, input: JSON? = nil, confirmDangerous: Bool = false) async throws -> JSON {
        var body = JSONMembers()
        body["input"] = input
        if confirmDangerous { body["confirmDangerous"] = true }
        let call = DaemonCall("POST", "/v3/operations/:id", [id], body: .object(body), deadline: .long)
        return try await http.object(of: call).json["result"] ?? nil
    }
}
