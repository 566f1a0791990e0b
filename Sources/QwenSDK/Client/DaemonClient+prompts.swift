extension DaemonClient {
    /// `POST /session/:id/prompt`: asks, and waits for the end of the turn, which may take many minutes (§2.6). There is no time-out.
    ///
    /// Prompts of one session run one after another, in the order in which they arrive. A daemon that answers at once (202) is understood as well: the end of the turn is then
    /// read from the session's events, over lost connections too.
    ///
    /// Cancelling the task cancels the turn: a waiting prompt is never started, a running one ends (§4.2). After a 202 the daemon
    /// is asked to cancel what the session is running (§5.4).
    ///
    /// - Parameters:
    ///   - sessionId: The session to ask.
    ///   - prompt: At least one block; texts may be written as they are: `["What is this?"]`.
    ///   - meta: Sent as `_meta`, for the agent.
    ///   - clientId: Who asks, for the others.
    /// - Throws: ``DaemonHTTPError`` when the turn failed, with the agent's ``DaemonHTTPError/code``; ``DaemonPendingPromptLimitError``.
    @discardableResult
    public func prompt(_ sessionId: String, prompt: [ContentBlock], meta: JSON? = nil, clientId: String? = nil) async throws -> PromptResult
    {
        let (call, answer) = try await post(sessionId, prompt, meta, clientId)
        let object = try AnswerObject(call.name, answer)
        if answer.status != 202 { return try PromptResult(object) }
        let accepted = try AcceptedPrompt(object)
        do {
            return try await end(of: accepted, sessionId, clientId: clientId)
        } catch is CancellationError {
            await withdraw(sessionId, clientId: clientId)
            throw CancellationError()
        }
    }

    /// As ``prompt(_:prompt:meta:clientId:)``, for a daemon that answers at once (feature `non_blocking_prompt`): the end of the turn comes as
    /// ``DaemonEventKind/turnComplete(_:)`` or ``DaemonEventKind/turnError(_:)`` with the id that is returned, and a lost connection cancels nothing.
    ///
    /// - Throws: ``DaemonHTTPError`` with the status 200 when the daemon is of those that wait: the turn is over then.
    public func submitPrompt(_ sessionId: String, prompt: [ContentBlock], meta: JSON? = nil, clientId: String? = nil) async throws
        -> AcceptedPrompt
    {
        let (call, answer) = try await post(sessionId, prompt, meta, clientId)
        guard answer.status == 202 else { throw DaemonHTTPError(call.name, answer) }
        return try AcceptedPrompt(try AnswerObject(call.name, answer))
    }

    private func post(_ sessionId: String, _ prompt: [ContentBlock], _ meta: JSON?, _ clientId: String?) async throws -> (
        DaemonCall, DaemonAnswer
    ) {
        var body: JSONMembers = ["prompt": .array(prompt.map(\.json))]
        body["_meta"] = meta
        let call = DaemonCall("POST", "/session/:id/prompt", [sessionId], clientId: clientId, body: .object(body))
        do {
            return (call, try await success(of: call, timeout: nil))
        } catch let error as DaemonHTTPError where error.status == 503 && error.code == "prompt_queue_full" {
            let body = error.body?.jsonValue
            throw DaemonPendingPromptLimitError(
                sessionId: sessionId, limit: body?["limit"]?.intValue, pendingCount: body?["pendingCount"]?.intValue, http: error)
        }
    }

    /// Waits for the turn in a stream of its own, so that it depends on no other reader.
    private func end(of accepted: AcceptedPrompt, _ sessionId: String, clientId: String?) async throws -> PromptResult {
        let call = "POST /session/:id/prompt"
        let request = EventRequest(
            sessionId: sessionId, lastEventID: accepted.lastEventId, epoch: accepted.eventEpoch, clientId: clientId, resume: .automatic,
            continues: true)
        for try await event in DaemonEventStream(client: self, request: request) {
            switch event.kind {
            case .turnComplete(let turn) where turn.promptId == accepted.promptId: return PromptResult(turn)
            case .turnError(let turn) where turn.promptId == accepted.promptId: throw turn.httpError
            case .sessionDied(let end):
                throw DaemonConnectionError("\(call): session \(sessionId) died before the turn ended: \(end.reason)")
            case .sessionClosed(let end):
                throw DaemonConnectionError("\(call): session \(sessionId) was closed before the turn ended: \(end.reason)")
            default: break
            }
        }
        try Task.checkCancellation()
        throw DaemonConnectionError("\(call): SSE stream ended before the turn of prompt \(accepted.promptId)")
    }

    /// Tells the daemon that the turn is not wanted, although the caller's task is cancelled.
    private func withdraw(_ sessionId: String, clientId: String?) async {
        let limit = min(fetchTimeout ?? .seconds(5), .seconds(5))
        // Nobody is left who could do something about a failure.
        await Task { _ = try? await self.answer(to: Self.cancelCall(sessionId, clientId), timeout: limit) }.value
    }

    /// `POST /session/:id/cancel`: ends the turn that runs (§2.7, §4.3). Its ``prompt(_:prompt:meta:clientId:)`` returns with
    /// ``StopReason/cancelled``; its open permission requests are resolved as cancelled; prompts that wait still run. Nothing running is no error.
    public func cancel(_ sessionId: String, clientId: String? = nil) async throws {
        _ = try await success(of: Self.cancelCall(sessionId, clientId), timeout: fetchTimeout)
    }

    private static func cancelCall(_ sessionId: String, _ clientId: String?) -> DaemonCall {
        DaemonCall("POST", "/session/:id/cancel", [sessionId], clientId: clientId, body: [:])
    }

    /// `POST /permission/:requestId`: votes on what an agent asks (§2.9). The first vote counts.
    ///
    /// - Returns: Whether this vote was the one; `false` when somebody else was first, or nothing is asked any more.
    /// - Throws: ``DaemonHTTPError`` for every status but 200 and 404: 400 `invalid_option_id` for an option that was not offered, after which the
    ///   request is still open.
    @discardableResult
    public func respondToPermission(_ requestId: String, _ response: PermissionResponse, clientId: String? = nil) async throws -> Bool {
        try await vote(DaemonCall("POST", "/permission/:requestId", [requestId], clientId: clientId, body: response.json))
    }

    /// `POST /session/:id/permission/:requestId`: as ``respondToPermission(_:_:clientId:)``, for requests of this session only.
    @discardableResult
    public func respondToSessionPermission(
        _ sessionId: String, _ requestId: String, _ response: PermissionResponse, clientId: String? = nil
    ) async throws -> Bool {
        try await vote(
            DaemonCall("POST", "/session/:id/permission/:requestId", [sessionId, requestId], clientId: clientId, body: response.json))
    }

    private func vote(_ call: DaemonCall) async throws -> Bool {
        let answer = try await answer(to: call, timeout: fetchTimeout)
        switch answer.status {
        case 200: return true
        case 404: return false
        default: throw DaemonHTTPError(call.name, answer)
        }
    }
}
