import ApusBase
package import ApusCore

/// One row of the router. `docs/protocols/qwen.md` has the same rows; a test compares them.
package struct QwenRoute: Hashable, Sendable {
    package enum Endpoint: String, Hashable, Sendable, CaseIterable {
        case health, capabilities, createSession, listSessions, prompt, cancel, setModel, events, vote, sessionVote, load, resume, close,
            metadata, heartbeat, context, commands
    }

    package var endpoint: Endpoint
    package var method: String
    /// Segments that begin with `:` take anything.
    package var pattern: String
    /// Beyond having a credential; `nil` needs nothing more.
    package var scope: ClientScope?
    /// What `/capabilities` calls it.
    package var tag: String

    private init(_ endpoint: Endpoint, _ method: String, _ pattern: String, _ scope: ClientScope?, _ tag: String) {
        self.endpoint = endpoint
        self.method = method
        self.pattern = pattern
        self.scope = scope
        self.tag = tag
    }

    package static let all: [QwenRoute] = [
        QwenRoute(.health, "GET", "/health", nil, "health"),
        QwenRoute(.capabilities, "GET", "/capabilities", nil, "capabilities"),
        QwenRoute(.createSession, "POST", "/session", .prompter, "session_create"),
        QwenRoute(.listSessions, "GET", "/workspace/:cwd/sessions", nil, "session_list"),
        QwenRoute(.prompt, "POST", "/session/:id/prompt", .prompter, "session_prompt"),
        QwenRoute(.cancel, "POST", "/session/:id/cancel", .prompter, "session_cancel"),
        QwenRoute(.setModel, "POST", "/session/:id/model", .prompter, "session_set_model"),
        QwenRoute(.events, "GET", "/session/:id/events", nil, "session_events"),
        QwenRoute(.vote, "POST", "/permission/:requestId", .approver, "permission_vote"),
        QwenRoute(.sessionVote, "POST", "/session/:id/permission/:requestId", .approver, "session_permission_vote"),
        QwenRoute(.load, "POST", "/session/:id/load", .prompter, "session_load"),
        QwenRoute(.resume, "POST", "/session/:id/resume", .prompter, "unstable_session_resume"),
        QwenRoute(.close, "DELETE", "/session/:id", .prompter, "session_close"),
        QwenRoute(.metadata, "PATCH", "/session/:id/metadata", .prompter, "session_metadata"),
        QwenRoute(.heartbeat, "POST", "/session/:id/heartbeat", .prompter, "client_heartbeat"),
        QwenRoute(.context, "GET", "/session/:id/context", nil, "session_context"),
        QwenRoute(.commands, "GET", "/session/:id/supported-commands", nil, "session_supported_commands"),
    ]

    package enum Match: Hashable, Sendable {
        /// - parameters: Decoded, in the order of the pattern.
        case route(QwenRoute, parameters: [String])
        case none
        /// A segment is not the percent-encoding of UTF-8.
        case undecodable(String)
    }

    /// - Parameters:
    ///   - method: In capitals. HEAD is answered where GET is.
    ///   - path: As it came: what is encoded in a segment stays in it.
    package static func match(_ method: String, _ path: String) -> Match {
        var segments = path.split(separator: "/", omittingEmptySubsequences: false)
        guard segments.first?.isEmpty == true else { return .none }
        segments.removeFirst()
        if segments.count > 1, segments.last?.isEmpty == true { segments.removeLast() }
        let method = method == "HEAD" ? "GET" : method
        for route in all where route.method == method {
            guard let encoded = route.parameters(in: segments) else { continue }
            var parameters: [String] = []
            for segment in encoded {
                guard let text = percentDecoded(segment) else { return .undecodable(String(segment)) }
                parameters.append(text)
            }
            return .route(route, parameters: parameters)
        }
        return .none
    }

    private func parameters(in segments: [Substring]) -> [Substring]? {
        let words = pattern.dropFirst().split(separator: "/")
        guard words.count == segments.count else { return nil }
        var parameters: [Substring] = []
        for (word, segment) in zip(words, segments) {
            if word.hasPrefix(":") {
                if segment.isEmpty { return nil }
                parameters.append(segment)
            } else if word != segment {
                return nil
            }
        }
        return parameters
    }
}
