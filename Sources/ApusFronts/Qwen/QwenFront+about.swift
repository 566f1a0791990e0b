import ApusBase
import ApusCore

/// What the daemon is and how it does (§2.1, §2.3).
extension QwenFront {
    func health(_ request: QwenRequest) async -> HTTPAnswer {
        guard let deep = request.query("deep"), ["", "1", "true"].contains(deep) else { return .json(200, ["status": "ok"]) }
        guard let finding = await probe.look() else { return .json(503, ["status": "degraded"]) }
        return .json(
            200,
            [
                "status": "ok", "sessions": .integer(Int64(finding.sessions)),
                "pendingPermissions": .integer(Int64(finding.pendingPermissions)),
            ])
    }

    /// Without a workspace exactly what the first version said; with one what the second said, of which only what works here.
    func capabilities() -> HTTPAnswer {
        var body: JSONObject = ["v": 1]
        if isBound { body["protocolVersions"] = ["current": "v1", "supported": ["v1"]] }
        body["mode"] = "http-bridge"
        body["features"] = .array(features.map { .string($0) })
        body["modelServices"] = []
        if let workspace = setting.workspace {
            body["workspaceCwd"] = .string(workspace)
            body["qwenCodeVersion"] = .string("apus-" + version)
        }
        return .json(200, .object(body))
    }

    /// Of the first version.
    static let firstFeatures = [
        "health", "capabilities", "session_create", "session_list", "session_prompt", "session_cancel", "session_events",
        "session_set_model", "permission_vote",
    ]

    /// Of the second version, in its order.
    static let secondFeatures = [
        "health", "capabilities", "session_create", "session_scope_override", "session_load", "unstable_session_resume", "session_list",
        "session_prompt", "session_cancel", "session_events", "slow_client_warning", "typed_event_schema", "session_set_model",
        "client_identity", "client_heartbeat", "session_permission_vote", "permission_vote", "session_context",
        "session_supported_commands", "session_close", "session_metadata",
    ]

    private var features: [String] {
        guard isBound else { return Self.firstFeatures }
        return Self.secondFeatures + (setting.requiresAuth ? ["require_auth"] : [])
            + (setting.isNonBlocking ? ["non_blocking_prompt"] : [])
    }
}
