import OptaWire

extension DaemonHTTPClient {
    /// `POST /v3/sessions` (`opta-v3.md` §2.4 #5). A session that is there already is returned unchanged.
    public func createSession(_ session: NewDaemonSession = NewDaemonSession()) async throws -> DaemonSession {
        try DaemonSession(try await object(of: DaemonCall("POST", "/v3/sessions", body: session.json)), mode: session.mode)
    }

    /// `GET /v3/sessions/:sessionId` (§2.4 #6): the session and its messages.
    ///
    /// - Throws: ``DaemonHTTPError`` with status 404 when there is none.
    public func session(_ id: String) async throws -> DaemonSession {
        try DaemonSession(try await object(of: DaemonCall("GET", "/v3/sessions/:sessionId", [id])), mode: nil)
    }

    /// `POST /v3/sessions/:sessionId/turns` (§2.4 #7). Turns of a session run one after another.
    ///
    /// - Throws: ``DaemonHTTPError``: 404 no such session, 409 when events after ``DaemonTurnRequest/lastSeenSeq`` happened, 507 disk full.
    public func submitTurn(_ sessionID: String, _ turn: DaemonTurnRequest) async throws -> DaemonTurn {
        try DaemonTurn(
            try await object(of: DaemonCall("POST", "/v3/sessions/:sessionId/turns", [sessionID], body: .object(turn.members))))
    }

    /// `GET /v3/sessions/:sessionId/events` (§2.4 #8): what the daemon has logged after `afterSeq`, rising. None, and no such session, are no errors.
    /// A cancel by writer names the turns that are known from the events of this answer.
    ///
    /// - Parameters:
    ///   - sessionID: Whose events.
    ///   - afterSeq: 0 is from the start.
    public func events(_ sessionID: String, afterSeq: Int64 = 0) async throws -> [DaemonEvent] {
        let call = DaemonCall("GET", "/v3/sessions/:sessionId/events", [sessionID], query: [("afterSeq", "\(max(afterSeq, 0))")])
        var rules = TurnRules()
        return try await object(of: call).list("events").compactMap { entry in
            OptaEnvelope(entry.json.value).map { rules.marked(DaemonEvent($0, sessionID: sessionID)) }
        }
    }

    /// `POST /v3/sessions/:sessionId/cancel` (§2.4 #9): the running turn if it is `turnID`, or `writerID`'s; from the queue `turnID`, or else all of
    /// `writerID`'s. With neither nothing happens, which is no error.
    public func cancel(_ sessionID: String, turnID: String? = nil, writerID: String? = nil) async throws -> CancelResult {
        var body = JSONMembers()
        body["turnId"] = turnID.map(JSON.string)
        body["writerId"] = writerID.map(JSON.string)
        return CancelResult(
            try await object(of: DaemonCall("POST", "/v3/sessions/:sessionId/cancel", [sessionID], body: .object(body))).json)
    }

    /// `POST /v3/sessions/:sessionId/permissions/:requestId` (§2.4 #10): answers what a turn asks. The first answer counts.
    ///
    /// - Returns: Whether this answer was the one; a conflict (409) and an unknown request (404) are results, not errors.
    public func resolvePermission(
        _ sessionID: String, requestID: String, _ decision: PermissionDecision, decidedBy: String
    ) async throws -> PermissionResult {
        let call = DaemonCall(
            "POST", "/v3/sessions/:sessionId/permissions/:requestId", [sessionID, requestID],
            body: ["requestId": .string(requestID), "decision": .string(decision.rawValue), "decidedBy": .string(decidedBy)])
        let answer = try await answer(to: call)
        // What has no JSON is judged by its status.
        if let json = try? JSON(parsing: answer.text), json["ok"]?.boolValue != nil, [200, 404, 409].contains(answer.status) {
            return PermissionResult(json)
        }
        throw DaemonHTTPError(call.name, answer)
    }
}
