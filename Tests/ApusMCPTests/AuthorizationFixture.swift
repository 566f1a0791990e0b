import ApusBase
import Synchronization

@testable import ApusMCP

/// An MCP server that takes only the tokens of the authorization server beside it, both small and strict.
final class AuthorizationFixture: Sendable {
    /// What is unlike a proper server.
    enum Flaw: Sendable, CaseIterable {
        case none
        /// Describes another server.
        case otherResource
        /// The authorization server calls itself otherwise.
        case otherIssuer
        case noPKCE
        /// Its token endpoint is somewhere that must not be asked.
        case plainEndpoint
        case noRegistration
        /// Describes nothing, as servers of revision 2025-03-26.
        case silent
        case endlessMetadata
    }

    struct State {
        var origin = ""
        var accesses: Set<String> = []
        var refreshes: Set<String> = []
        /// What each token is for.
        var audiences: [String: String] = [:]
        var number = 0
        /// By code: the challenge and the resource of its request.
        var codes: [String: (challenge: String, resource: String?)] = [:]
        var scope: String?
        var lifetime: Int64 = 3_600
        /// A call needs this.
        var wantedScope: String?
        var failsRenewals = false
        /// Done while a renewal is under way.
        var atRenewal: (@Sendable () -> Void)?
    }

    let state = Mutex(State())
    let flaw: Flaw

    init(_ flaw: Flaw = .none) { self.flaw = flaw }

    static func with<Value>(
        _ flaw: Flaw = .none, _ body: (AuthorizationFixture, HTTPFixture) async throws -> Value
    ) async throws -> Value {
        let fixture = AuthorizationFixture(flaw)
        return try await HTTPFixture.with({ fixture.answer($0) }) { http in
            fixture.state.withLock { $0.origin = "http://127.0.0.1:\(http.port)" }
            return try await body(fixture, http)
        }
    }

    /// Nobody's token counts any more; what renews them does.
    func expireAll() { state.withLock { $0.accesses = [] } }

    /// Neither the tokens nor what renews them count any more.
    func revokeAll() { state.withLock { ($0.accesses, $0.refreshes) = ([], []) } }

    /// What a person who agrees is sent back with.
    func agree(to url: String) -> [String: String] {
        let asked = OAuthForm.decode(url.drop { $0 != "?" }.dropFirst())
        return state.withLock { state in
            state.number += 1
            let code = "code-\(state.number)"
            state.codes[code] = (asked["code_challenge"] ?? "", asked["resource"])
            state.scope = asked["scope"]
            return ["code": code, "state": asked["state"] ?? "", "redirect": asked["redirect_uri"] ?? "", "iss": state.origin]
        }
    }

    private func answer(_ request: HTTPFixture.Request) -> HTTPFixture.Reply {
        let origin = state.withLock { $0.origin }
        switch request.path {
        case "/mcp": return serve(request, origin)
        case "/.well-known/oauth-protected-resource/mcp" where flaw != .silent:
            if flaw == .endlessMetadata { return .endless(type: "application/json") }
            let resource = flaw == .otherResource ? "https://elsewhere.test/mcp" : origin + "/mcp"
            return .json(["resource": .string(resource), "authorization_servers": [.string(origin)], "scopes_supported": ["tools"]])
        case "/.well-known/oauth-authorization-server" where flaw != .silent:
            var metadata: JSONObject = [
                "issuer": .string(flaw == .otherIssuer ? "https://elsewhere.test" : origin),
                "authorization_endpoint": .string(origin + "/authorize"),
                "token_endpoint": .string(flaw == .plainEndpoint ? "http://elsewhere.test/token" : origin + "/token"),
                "authorization_response_iss_parameter_supported": true,
            ]
            if flaw != .noPKCE { metadata["code_challenge_methods_supported"] = ["S256"] }
            if flaw != .noRegistration { metadata["registration_endpoint"] = .string(origin + "/register") }
            return .json(.object(metadata))
        case "/register": return .whole(status: 201, headers: [], body: #"{"client_id":"registered"}"#)
        case "/introspect": return introspection(OAuthForm.decode(String(decoding: request.body, as: UTF8.self)))
        case "/token": return token(OAuthForm.decode(String(decoding: request.body, as: UTF8.self)))
        default: return .status(404)
        }
    }

    /// What a server elsewhere is told of a token (RFC 7662).
    private func introspection(_ form: [String: String]) -> HTTPFixture.Reply {
        state.withLock { state in
            guard let token = form["token"], state.accesses.contains(token) else { return .json(["active": false]) }
            return .json([
                "active": true, "client_id": "registered", "scope": .string(state.scope ?? ""),
                "aud": .string(state.audiences[token] ?? ""),
            ])
        }
    }

    private func serve(_ request: HTTPFixture.Request, _ origin: String) -> HTTPFixture.Reply {
        let given = request.headers["authorization"]?.split(separator: " ").last.map(String.init)
        let (isKnown, wanted) = state.withLock { state in
            (given.map(state.accesses.contains) ?? false, state.wantedScope == state.scope ? nil : state.wantedScope)
        }
        let place = flaw == .silent ? "" : " resource_metadata=\"\(origin)/.well-known/oauth-protected-resource/mcp\""
        if !isKnown { return .whole(status: 401, headers: [("www-authenticate", "Bearer\(place)")], body: "") }
        if request.rpc == "tools/call", let wanted {
            let challenge = "Bearer error=\"insufficient_scope\", scope=\"\(wanted)\",\(place)"
            return .whole(status: 403, headers: [("www-authenticate", challenge)], body: "")
        }
        return plainServer(request)
    }

    private func token(_ form: [String: String]) -> HTTPFixture.Reply {
        state.withLock { state in
            switch form["grant_type"] {
            case "authorization_code":
                // A code is good for once.
                guard let code = form["code"], let asked = state.codes.removeValue(forKey: code),
                    asked.challenge == OAuthFlow.challenge(of: form["code_verifier"] ?? ""), asked.resource == form["resource"]
                else { return Self.refusal }
            case "refresh_token":
                state.atRenewal?()
                guard let refresh = form["refresh_token"], !state.failsRenewals, state.refreshes.remove(refresh) != nil else {
                    return Self.refusal
                }
            default: return Self.refusal
            }
            state.number += 1
            let (access, refresh) = ("access-\(state.number)", "refresh-\(state.number)")
            state.accesses.insert(access)
            state.refreshes.insert(refresh)
            state.audiences[access] = form["resource"]
            return .json([
                "access_token": .string(access), "token_type": "Bearer", "refresh_token": .string(refresh),
                "expires_in": .integer(state.lifetime),
            ])
        }
    }

    private static let refusal = HTTPFixture.Reply.whole(status: 400, headers: [], body: #"{"error":"invalid_grant"}"#)
}
