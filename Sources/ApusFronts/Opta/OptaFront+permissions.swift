import ApusBase
import ApusCore

/// Answers to permission requests (§2.4 #10, §4.3).
extension OptaFront {
    enum Decision: String, CaseIterable {
        case allow, deny
    }

    /// What came of an answer.
    enum Resolution: Hashable {
        case recorded
        /// Somebody was first.
        case conflict
        case unknown
        case noSession

        var json: JSONObject {
            switch self {
            case .recorded: ["ok": true, "conflict": false]
            case .conflict: ["ok": false, "conflict": true, "message": "Permission request already resolved"]
            case .unknown: ["ok": false, "conflict": false, "message": "Unknown permission request"]
            case .noSession: ["ok": false, "conflict": false, "message": "Session not found"]
            }
        }

        var status: Int {
            switch self {
            case .recorded: 200
            case .conflict: 409
            case .unknown, .noSession: 404
            }
        }
    }

    func resolve(_ request: OptaRequest) async throws(OptaFailure) -> HTTPAnswer {
        let session = try request.session()
        var form = OptaForm(request.body, "Invalid body")
        let (id, decision) = Self.answer(&form)
        let named = request.parameters.last ?? ""
        if form.issues.isEmpty, id != named {
            form.add(.custom([.key("requestId")], "The path names the request \"\(named)\""))
        }
        try form.check()
        let resolution = try await resolve(id, decision, in: session, by: request.client)
        return .json(resolution.status, .object(resolution.json))
    }

    /// - Returns: the request and the decision, of use when the form has no issues.
    static func answer(_ form: inout OptaForm) -> (id: String, decision: Decision) {
        let id = form.required("requestId")
        let decision = form.choice("decision", Decision.self, isRequired: true)
        // Who decided is known by the credential; what a client says of itself is not kept.
        _ = form.required("decidedBy")
        return (id, decision ?? .deny)
    }

    func resolve(
        _ id: String, _ decision: Decision, in session: SessionID, by client: ClientIdentity
    ) async throws(OptaFailure) -> Resolution {
        guard let state = try await stored(session) else { return .noSession }
        if let earlier = state.decision(ApprovalID(id)) { return standing(earlier) }
        let voter = ApprovalVoter(identity: client.name, front: .opta, connection: "", scopes: client.scopes)
        let answer = ApprovalAnswer(decision == .allow ? .proceedOnce : .cancel)
        do throws(ApprovalError) {
            _ = try await services.approvals.answer(ApprovalID(id), in: session, with: answer, by: voter)
            return .recorded
        } catch {
            switch error {
            case .unknown: return .unknown
            case .decided(let earlier): return standing(earlier)
            case .notPermitted: throw .lacksScope(client, .approver)
            case .notOffered, .badInput: throw OptaFailure(500, error.description)
            case .log(let fault): throw failure(.log(fault))
            }
        }
    }

    /// Remembered for a while; what nobody has answered was never resolved.
    private func standing(_ decision: ApprovalDecision) -> Resolution {
        switch decision.decider {
        case .deadline, .turnEnd: return .unknown
        case .voter, .session:
            let age = Duration.milliseconds(services.time.now - decision.decidedAt)
            return age < setting.permissionMemory ? .conflict : .unknown
        }
    }
}
