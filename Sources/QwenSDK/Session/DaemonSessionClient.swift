import Synchronization

/// One session of a daemon, as one of its clients: sends the client's id, and knows how far its events were read (`qwen-serve.md` §5.5).
///
/// Letting go of it changes nothing in the daemon. Calls throw what those of ``DaemonClient`` throw.
public final class DaemonSessionClient: Sendable {
    struct State {
        var clientId: String?
        var lastEventID: Int64?
        var isSubscribed = false
        var healing: Task<String, any Error>?
    }

    /// What its calls are made with.
    public let client: DaemonClient
    /// What the daemon gave.
    public let session: DaemonSession
    let state: Mutex<State>

    /// What the daemon calls the session.
    public var sessionId: String { session.sessionId }
    /// Where the session works, as the daemon spells it.
    public var workspaceCwd: String { session.workspaceCwd }

    /// What the daemon calls this client; changes when it has forgotten it, see ``prompt(_:meta:)``.
    public var clientId: String? { state.withLock { $0.clientId } }

    /// The largest id of an event that was read and left behind by asking for the next one. Never goes back. `nil` before the first event of
    /// a session that was attached to; 0 for one that is to be read from its start.
    public var lastEventID: Int64? { state.withLock { $0.lastEventID } }

    /// - Parameters:
    ///   - client: What its calls are made with.
    ///   - session: What ``DaemonClient/createOrAttachSession(workspaceCwd:modelServiceId:sessionScope:clientId:)`` and its like gave.
    ///   - lastEventID: Where the first subscription begins; `nil` is with what happens from then on.
    public init(client: DaemonClient, session: DaemonSession, lastEventID: Int64? = nil) {
        self.client = client
        self.session = session
        state = Mutex(State(clientId: session.clientId, lastEventID: lastEventID))
    }

    /// Makes a session or attaches to the one of the workspace. The events of a new one, and of one whose model is to be switched, are read from
    /// their start. See ``DaemonClient/createOrAttachSession(workspaceCwd:modelServiceId:sessionScope:clientId:)``.
    public static func createOrAttach(
        _ client: DaemonClient, workspaceCwd: String? = nil, modelServiceId: String? = nil, sessionScope: SessionScope? = nil
    ) async throws -> DaemonSessionClient {
        let session = try await client.createOrAttachSession(
            workspaceCwd: workspaceCwd, modelServiceId: modelServiceId, sessionScope: sessionScope)
        return DaemonSessionClient(client: client, session: session, lastEventID: session.attached && modelServiceId == nil ? nil : 0)
    }

    /// Loads a session of the past, whose history is the beginning of its events. See ``DaemonClient/loadSession(_:workspaceCwd:clientId:)``.
    public static func load(_ client: DaemonClient, _ sessionId: String, workspaceCwd: String? = nil) async throws -> DaemonSessionClient {
        let session = try await client.loadSession(sessionId, workspaceCwd: workspaceCwd)
        return DaemonSessionClient(client: client, session: session, lastEventID: 0)
    }

    /// Resumes a session of the past. See ``DaemonClient/resumeSession(_:workspaceCwd:clientId:)``.
    public static func resume(_ client: DaemonClient, _ sessionId: String, workspaceCwd: String? = nil) async throws -> DaemonSessionClient
    {
        let session = try await client.resumeSession(sessionId, workspaceCwd: workspaceCwd)
        return DaemonSessionClient(client: client, session: session, lastEventID: 0)
    }

    // MARK: calls

    /// Asks and waits for the end of the turn: see ``DaemonClient/prompt(_:prompt:meta:clientId:)``.
    ///
    /// A daemon that has forgotten this client (400 `invalid_client_id`) is asked once for a new id, by resuming the session; the prompt is
    /// then sent again, once. Where events are read stays as it was.
    @discardableResult
    public func prompt(_ prompt: [ContentBlock], meta: JSON? = nil) async throws -> PromptResult {
        try await healed { [client, sessionId] in try await client.prompt(sessionId, prompt: prompt, meta: meta, clientId: $0) }
    }

    /// Asks a daemon that answers at once: see ``DaemonClient/submitPrompt(_:prompt:meta:clientId:)``, and ``prompt(_:meta:)`` about the client's id.
    public func submitPrompt(_ prompt: [ContentBlock], meta: JSON? = nil) async throws -> AcceptedPrompt {
        try await healed { [client, sessionId] in try await client.submitPrompt(sessionId, prompt: prompt, meta: meta, clientId: $0) }
    }

    /// See ``DaemonClient/cancel(_:clientId:)``.
    public func cancel() async throws { try await client.cancel(sessionId, clientId: clientId) }

    /// See ``DaemonClient/setSessionModel(_:modelId:clientId:)``.
    @discardableResult
    public func setModel(_ modelId: String) async throws -> JSON {
        try await client.setSessionModel(sessionId, modelId: modelId, clientId: clientId)
    }

    /// Votes on a request of this session: see ``DaemonClient/respondToSessionPermission(_:_:_:clientId:)``.
    @discardableResult
    public func respondToPermission(_ requestId: String, _ response: PermissionResponse) async throws -> Bool {
        try await client.respondToSessionPermission(sessionId, requestId, response, clientId: clientId)
    }

    /// See ``DaemonClient/heartbeat(_:clientId:)``.
    @discardableResult
    public func heartbeat() async throws -> DaemonHeartbeat { try await client.heartbeat(sessionId, clientId: clientId) }

    /// See ``DaemonClient/updateSessionMetadata(_:displayName:clientId:)``.
    @discardableResult
    public func updateMetadata(displayName: String?) async throws -> DaemonSessionMetadata {
        try await client.updateSessionMetadata(sessionId, displayName: displayName, clientId: clientId)
    }

    /// See ``DaemonClient/context(_:clientId:)``.
    public func context() async throws -> DaemonSessionContext { try await client.context(sessionId, clientId: clientId) }

    /// See ``DaemonClient/supportedCommands(_:clientId:)``.
    public func supportedCommands() async throws -> DaemonSupportedCommands {
        try await client.supportedCommands(sessionId, clientId: clientId)
    }

    /// Ends the session for all its clients: see ``DaemonClient/closeSession(_:clientId:)``.
    public func close() async throws { try await client.closeSession(sessionId, clientId: clientId) }

    // MARK: the client's id

    private func healed<Result: Sendable>(_ call: @Sendable (String?) async throws -> Result) async throws -> Result {
        let used = clientId
        do {
            return try await call(used)
        } catch let error as DaemonHTTPError where error.status == 400 && error.code == "invalid_client_id" {
            return try await call(try await heal(used))
        }
    }

    /// A new id in place of `used`; callers at the same time share one request.
    private func heal(_ used: String?) async throws -> String {
        let task = state.withLock { state -> Task<String, any Error>? in
            // Somebody else was told already.
            if state.clientId != used { return nil }
            if let healing = state.healing { return healing }
            let task = Task { [client, session] in
                let resumed = try await client.resumeSession(session.sessionId, workspaceCwd: session.workspaceCwd)
                guard let id = resumed.clientId else {
                    throw DaemonAnswerError("POST /session/:id/resume: the answer has no \"clientId\", which the daemon asked for")
                }
                return id
            }
            state.healing = task
            return task
        }
        guard let task else { return clientId ?? "" }
        let result = await task.result
        state.withLock { state in
            if state.healing == task { state.healing = nil }
            if case .success(let id) = result, state.clientId == used { state.clientId = id }
        }
        return try result.get()
    }
}
