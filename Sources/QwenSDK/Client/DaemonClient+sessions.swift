extension DaemonClient {
    /// `POST /session`: the session of a workspace, new or shared (§2.4).
    ///
    /// Of calls for one workspace at the same time exactly one gets ``DaemonSession/attached`` `false`.
    ///
    /// - Parameters:
    ///   - workspaceCwd: An absolute path. `nil` is the workspace that the daemon is bound to; one that is bound to none refuses that.
    ///   - modelServiceId: A model to switch to. The call succeeds also when the switch does not: read the events from 0 for
    ///     ``DaemonEventKind/modelSwitched(_:)`` or ``DaemonEventKind/modelSwitchFailed(_:)``.
    ///   - sessionScope: `.thread` for a session of one's own. `nil` is the daemon's default, `.single`.
    ///   - clientId: An id that this daemon gave to this client earlier.
    /// - Throws: ``DaemonHTTPError``: 503 `session_limit_exceeded` with ``DaemonHTTPError/retryAfter``, 400 `workspace_mismatch`.
    public func createOrAttachSession(
        workspaceCwd: String? = nil, modelServiceId: String? = nil, sessionScope: SessionScope? = nil, clientId: String? = nil
    ) async throws -> DaemonSession {
        var body = JSONMembers()
        body["cwd"] = workspaceCwd.map(JSON.string)
        body["modelServiceId"] = modelServiceId.map(JSON.string)
        body["sessionScope"] = sessionScope.map { .string($0.rawValue) }
        return try DaemonSession(try await object(of: DaemonCall("POST", "/session", clientId: clientId, body: .object(body))))
    }

    /// `GET /workspace/:cwd/sessions`: the live sessions of a workspace (§2.5). None is no error.
    ///
    /// - Parameter workspaceCwd: An absolute path.
    public func listWorkspaceSessions(_ workspaceCwd: String) async throws -> [DaemonSessionSummary] {
        try await object(of: DaemonCall("GET", "/workspace/:cwd/sessions", [workspaceCwd])).list("sessions")
            .map(DaemonSessionSummary.init)
    }

    /// `POST /session/:id/load`: makes a session of the past live again and puts its history into its stream (§2.10): read the events from 0.
    ///
    /// - Parameters:
    ///   - sessionId: What a session was called when it was made.
    ///   - workspaceCwd: Where it was; `nil` is the workspace that the daemon is bound to.
    ///   - clientId: An id that this daemon gave to this client earlier.
    /// - Throws: ``DaemonHTTPError``: 404 when there is none, 409 `restore_in_progress` while it is being resumed.
    public func loadSession(_ sessionId: String, workspaceCwd: String? = nil, clientId: String? = nil) async throws -> DaemonSession {
        try await restore("load", sessionId, workspaceCwd, clientId)
    }

    /// `POST /session/:id/resume`: as ``loadSession(_:workspaceCwd:clientId:)``, without the history.
    public func resumeSession(_ sessionId: String, workspaceCwd: String? = nil, clientId: String? = nil) async throws -> DaemonSession {
        try await restore("resume", sessionId, workspaceCwd, clientId)
    }

    private func restore(_ action: String, _ sessionId: String, _ cwd: String?, _ clientId: String?) async throws -> DaemonSession {
        var body = JSONMembers()
        body["cwd"] = cwd.map(JSON.string)
        return try DaemonSession(
            try await object(of: DaemonCall("POST", "/session/:id/\(action)", [sessionId], clientId: clientId, body: .object(body))))
    }

    /// `DELETE /session/:id`: ends a session for all its clients (§2.11). What was said is kept by the daemon. A session that is not there is no error.
    public func closeSession(_ sessionId: String, clientId: String? = nil) async throws {
        let call = DaemonCall("DELETE", "/session/:id", [sessionId], clientId: clientId)
        let answer = try await answer(to: call, timeout: fetchTimeout)
        guard answer.status == 204 || answer.status == 404 else { throw DaemonHTTPError(call.name, answer) }
    }

    /// `PATCH /session/:id/metadata`: names a session (§2.11).
    ///
    /// - Parameters:
    ///   - sessionId: The session to name.
    ///   - displayName: At most 256 characters, no control characters; the empty text takes the name away, `nil` changes nothing.
    ///   - clientId: Who does it, for the others.
    /// - Returns: What holds now.
    /// - Throws: ``DaemonHTTPError`` 400 `invalid_metadata`.
    public func updateSessionMetadata(_ sessionId: String, displayName: String?, clientId: String? = nil) async throws
        -> DaemonSessionMetadata
    {
        var body = JSONMembers()
        body["displayName"] = displayName.map(JSON.string)
        return try DaemonSessionMetadata(
            try await object(of: DaemonCall("PATCH", "/session/:id/metadata", [sessionId], clientId: clientId, body: .object(body))))
    }

    /// `POST /session/:id/heartbeat`: tells the daemon that this client is there (§2.11).
    public func heartbeat(_ sessionId: String, clientId: String? = nil) async throws -> DaemonHeartbeat {
        try DaemonHeartbeat(try await object(of: DaemonCall("POST", "/session/:id/heartbeat", [sessionId], clientId: clientId, body: [:])))
    }

    /// `POST /session/:id/model`: switches the model (§2.8). Changes of one session are made one after another.
    ///
    /// - Returns: The agent's own answer, an object of whatever members.
    /// - Throws: ``DaemonHTTPError`` with the agent's ``DaemonHTTPError/code``, a number usually, when it refuses.
    @discardableResult
    public func setSessionModel(_ sessionId: String, modelId: String, clientId: String? = nil) async throws -> JSON {
        try await object(
            of: DaemonCall("POST", "/session/:id/model", [sessionId], clientId: clientId, body: ["modelId": .string(modelId)])
        ).json
    }

    /// `GET /session/:id/context`: models, modes and options of a session.
    public func context(_ sessionId: String, clientId: String? = nil) async throws -> DaemonSessionContext {
        DaemonSessionContext(try await object(of: DaemonCall("GET", "/session/:id/context", [sessionId], clientId: clientId)).json)
    }

    /// `GET /session/:id/supported-commands`: the slash commands and skills that a prompt of this session may name.
    public func supportedCommands(_ sessionId: String, clientId: String? = nil) async throws -> DaemonSupportedCommands {
        DaemonSupportedCommands(
            try await object(of: DaemonCall("GET", "/session/:id/supported-commands", [sessionId], clientId: clientId)).json)
    }
}
