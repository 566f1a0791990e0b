import ApusBase
package import ApusCore

/// One row of the router (`opta-v3.md` §2.3). `docs/protocols/opta.md` has the same rows; a test compares them.
package struct OptaRoute: Hashable, Sendable {
    package enum Endpoint: String, Hashable, Sendable, CaseIterable {
        case probe, health, healthStream, metrics, createSession, session, submit, events, cancel, resolvePermission, eventStream
        case listProcesses, startProcess, processStatus, processOutput, killProcess
        case listOperations, runOperation
        case modelStatus, modelDiscovery, models, modelMemory, availableModels, modelAction
        case bridgeStatus, notOffered
    }

    package var endpoint: Endpoint
    package var method: String
    /// Segments that begin with `:` take anything, also nothing.
    package var pattern: String
    /// `nil` needs no credential; `.observer` any.
    package var scope: ClientScope?

    private init(_ endpoint: Endpoint, _ method: String, _ pattern: String, _ scope: ClientScope?) {
        self.endpoint = endpoint
        self.method = method
        self.pattern = pattern
        self.scope = scope
    }

    /// Without the upgrade of `/v3/ws`, and without OPTIONS, which is answered everywhere.
    package static let all: [OptaRoute] = [
        OptaRoute(.probe, "GET", "/health", nil),
        OptaRoute(.health, "GET", "/v3/health", .observer),
        OptaRoute(.healthStream, "GET", "/v3/health/stream", .observer),
        OptaRoute(.metrics, "GET", "/v3/metrics", .observer),
        OptaRoute(.createSession, "POST", "/v3/sessions", .prompter),
        OptaRoute(.session, "GET", "/v3/sessions/:sessionId", .observer),
        OptaRoute(.submit, "POST", "/v3/sessions/:sessionId/turns", .prompter),
        OptaRoute(.events, "GET", "/v3/sessions/:sessionId/events", .observer),
        OptaRoute(.cancel, "POST", "/v3/sessions/:sessionId/cancel", .prompter),
        OptaRoute(.resolvePermission, "POST", "/v3/sessions/:sessionId/permissions/:requestId", .approver),
        OptaRoute(.eventStream, "GET", "/v3/sse/events", .observer),
        // A command of the caller's runs unasked: more than a prompt may do.
        OptaRoute(.listProcesses, "GET", "/v3/background", .observer),
        OptaRoute(.startProcess, "POST", "/v3/background/start", .admin),
        OptaRoute(.processStatus, "GET", "/v3/background/:processId/status", .observer),
        OptaRoute(.processOutput, "GET", "/v3/background/:processId/output", .observer),
        OptaRoute(.killProcess, "POST", "/v3/background/:processId/kill", .prompter),
        OptaRoute(.listOperations, "GET", "/v3/operations", .observer),
        // Each operation names what it needs.
        OptaRoute(.runOperation, "POST", "/v3/operations/:id", .observer),
        OptaRoute(.modelStatus, "GET", "/v3/lmx/status", .observer),
        OptaRoute(.modelDiscovery, "GET", "/v3/lmx/discovery", .observer),
        OptaRoute(.models, "GET", "/v3/lmx/models", .observer),
        OptaRoute(.modelMemory, "GET", "/v3/lmx/memory", .observer),
        OptaRoute(.availableModels, "GET", "/v3/lmx/models/available", .observer),
        OptaRoute(.modelAction, "POST", "/v3/lmx/models/load", .admin),
        OptaRoute(.modelAction, "POST", "/v3/lmx/models/load/confirm", .admin),
        OptaRoute(.modelAction, "POST", "/v3/lmx/models/unload", .admin),
        OptaRoute(.modelAction, "DELETE", "/v3/lmx/models/:modelId", .admin),
        OptaRoute(.modelAction, "POST", "/v3/lmx/models/download", .admin),
        OptaRoute(.modelAction, "GET", "/v3/lmx/models/downloads", .observer),
        OptaRoute(.modelAction, "GET", "/v3/lmx/models/download/:downloadId/progress", .observer),
        OptaRoute(.bridgeStatus, "GET", "/v3/bridge/status", .observer),
        OptaRoute(.notOffered, "POST", "/v3/bridge/connect", .admin),
        OptaRoute(.notOffered, "POST", "/v3/bridge/disconnect", .admin),
        OptaRoute(.notOffered, "POST", "/v3/device/bootstrap", .admin),
        OptaRoute(.notOffered, "POST", "/v3/device/execute", .admin),
    ]

    package enum Match: Hashable, Sendable {
        /// - parameters: Decoded, in the order of the pattern; they may be empty.
        case route(OptaRoute, parameters: [String])
        case none
        /// The path is not the percent-encoding of UTF-8.
        case undecodable
    }

    /// A longer parameter matches nothing.
    private static let parameterCharacters = 100

    /// - Parameters:
    ///   - method: In capitals. HEAD is answered where GET is.
    ///   - path: As it came: what is encoded in a segment stays in it. A slash at its end is one more, empty segment.
    package static func match(_ method: String, _ path: String) -> Match {
        guard percentDecoded(path[...]) != nil else { return .undecodable }
        var segments = path.split(separator: "/", omittingEmptySubsequences: false)
        guard segments.first?.isEmpty == true else { return .none }
        segments.removeFirst()
        let method = method == "HEAD" ? "GET" : method
        for route in all where route.method == method {
            if let parameters = route.parameters(in: segments) { return .route(route, parameters: parameters) }
        }
        return .none
    }

    private func parameters(in segments: [Substring]) -> [String]? {
        let words = pattern.dropFirst().split(separator: "/")
        guard words.count == segments.count else { return nil }
        var parameters: [String] = []
        for (word, segment) in zip(words, segments) {
            if word.hasPrefix(":") {
                guard let text = percentDecoded(segment), text.utf16.count <= Self.parameterCharacters else { return nil }
                parameters.append(text)
            } else if word != segment {
                return nil
            }
        }
        return parameters
    }
}
