import ApusBase
import ApusCore
import Crypto

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// One sign-in: what is asked and what comes back. Needs nobody but the authorization server; the person in between is somebody else's.
struct OAuthFlow: Sendable {
    let http: OAuthHTTP
    let address: OAuthAddress
    let options: MCPSignInOptions

    /// A sign-in that waits for its code.
    struct Prepared: Sendable {
        var server: OAuthServer
        var identity: OAuthIdentity
        var resource: String?
        var redirect: String
        var verifier: String
        var state: String
        /// What the person opens.
        var url: String
    }

    /// What the browser brings back.
    struct Callback: Hashable, Sendable {
        var code: String?
        var state: String?
        var issuer: String?
        var error: String?
        var errorDescription: String?
        /// Only a code: whoever pasted it left the rest away.
        var isBare = false

        init(query: some StringProtocol) {
            let members = OAuthForm.decode(query)
            code = members["code"]
            state = members["state"]
            issuer = members["iss"]
            error = members["error"]
            errorDescription = members["error_description"]
        }

        /// A code, or the whole address in which it came.
        init(pasted text: String, state: String) {
            let text = String(text.drop(while: \.isWhitespace))
            if let address = OAuthAddress(String(text.prefix { !$0.isWhitespace })), let query = address.query {
                self.init(query: query)
            } else {
                self.init(query: "")
                isBare = true
                code = String(text.prefix { !$0.isWhitespace })
                self.state = state
            }
        }
    }

    // MARK: Before

    /// - Parameters:
    ///   - known: who we were when we signed in last: kept where the callback has a fixed place.
    func prepare(_ challenge: OAuthChallenge, redirect: String, known: OAuthTokens?) async throws(OAuthFault) -> Prepared {
        guard address.isSafe else {
            throw OAuthFault("Tokens do not travel by plain HTTP: give the server's address with https://.")
        }
        let discovery = OAuthDiscovery(http: http, server: address)
        let described = try await discovery.resource(challenge, issuer: options.issuer)
        let server = try await discovery.authorizationServer(of: described)
        let identity = try await identity(at: server, redirect: redirect, known: known)
        let resource: String? =
            switch options.resource {
            case .none: nil
            case .given(let text): text
            case .discovered: described.resource ?? address.canonical
            }
        let verifier = randomToken(length: 64)
        let state = randomToken(length: 32)
        var members = [
            ("response_type", "code"), ("client_id", identity.id), ("redirect_uri", redirect), ("state", state),
            ("code_challenge", Self.challenge(of: verifier)), ("code_challenge_method", "S256"),
        ]
        let scope = options.scopes?.joined(separator: " ") ?? challenge.scope ?? described.scopes?.joined(separator: " ")
        if let scope, !scope.isEmpty { members.append(("scope", scope)) }
        if let resource { members.append(("resource", resource)) }
        return Prepared(
            server: server, identity: identity, resource: resource, redirect: redirect, verifier: verifier, state: state,
            url: server.authorization.adding(members))
    }

    /// RFC 7636.
    static func challenge(of verifier: String) -> String {
        Data(SHA256.hash(data: Data(verifier.utf8))).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
            .replacing("=", with: "")
    }

    private func identity(at server: OAuthServer, redirect: String, known: OAuthTokens?) async throws(OAuthFault) -> OAuthIdentity {
        if let id = options.clientID {
            return OAuthIdentity(id: id, secret: options.clientSecret, authentication: authentication(options.clientSecret, at: server))
        }
        if let document = options.clientMetadataURL {
            guard server.takesMetadataDocuments else {
                throw OAuthFault("\(MCPFault.shown(server.issuer)) takes no clientMetadataUrl; configure a clientId there.")
            }
            return OAuthIdentity(id: document, secret: nil, authentication: .none)
        }
        // One that was registered for another redirect would be refused in the browser, where we never learn of it.
        if options.callbackPort != 0, let known, known.identity.redirect == redirect, OAuthDiscovery.isSame(known.issuer, server.issuer) {
            return known.identity
        }
        guard let place = server.registration else {
            throw OAuthFault(
                "\(MCPFault.shown(server.issuer)) does not let clients register by themselves; give the server a clientId and an "
                    + "authorizationServerIssuer in its configuration.")
        }
        return try await register(at: place, server, redirect)
    }

    private func register(at place: OAuthAddress, _ server: OAuthServer, _ redirect: String) async throws(OAuthFault) -> OAuthIdentity {
        let wanted: OAuthIdentity.Authentication
        switch options.authentication {
        case .basic: wanted = .basic
        case .post: wanted = .post
        case .some(.none): wanted = .none
        // We keep no secret that others who run the same program do not know; who insists on one gives us our own.
        case nil:
            wanted =
                server.authentications.isEmpty || server.authentications.contains("none")
                ? .none : server.authentications.contains("client_secret_post") ? .post : .basic
        }
        var request: JSONObject = [
            "client_name": "Apus", "redirect_uris": [.string(redirect)], "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"], "token_endpoint_auth_method": .string(wanted.rawValue),
        ]
        if let scopes = options.scopes { request["scope"] = .string(scopes.joined(separator: " ")) }
        let answer = try await http.post(json: .object(request), to: place)
        guard (200..<300).contains(answer.status), let id = answer.json?["client_id"]?.stringValue, !id.isEmpty else {
            throw Self.refusal(answer, "did not register us")
        }
        let secret = answer.json?["client_secret"]?.stringValue
        let given = answer.json?["token_endpoint_auth_method"]?.stringValue.flatMap(OAuthIdentity.Authentication.init(rawValue:)) ?? wanted
        return OAuthIdentity(id: id, secret: secret, authentication: secret == nil ? .none : given, redirect: redirect)
    }

    private func authentication(_ secret: String?, at server: OAuthServer) -> OAuthIdentity.Authentication {
        switch options.authentication {
        case .some(.none): .none
        case .basic: .basic
        case .post: .post
        case nil:
            if secret == nil {
                .none
            } else {
                server.authentications.isEmpty || server.authentications.contains("client_secret_basic") ? .basic : .post
            }
        }
    }

    // MARK: After

    func redeem(_ callback: Callback, _ prepared: Prepared, now: Int64) async throws(OAuthFault) -> OAuthTokens {
        if let issuer = callback.issuer {
            guard OAuthDiscovery.isSame(issuer, prepared.server.issuer) else {
                throw OAuthFault("The answer came from \(MCPFault.shown(issuer)), which is not who was asked. Nothing was told to it.")
            }
        } else if prepared.server.namesItself, !callback.isBare {
            throw OAuthFault("The answer does not say from whom it is, which \(MCPFault.shown(prepared.server.issuer)) always does.")
        }
        guard callback.state == prepared.state else { throw OAuthFault("The answer belongs to another sign-in.") }
        if let error = callback.error {
            let more = callback.errorDescription.map { ": " + MCPFault.shown($0) } ?? ""
            throw OAuthFault("The sign-in was refused (\(MCPFault.shown(error, limit: 80))\(more)).", code: error)
        }
        guard let code = callback.code, !code.isEmpty else { throw OAuthFault("The answer has no code in it.") }
        var form = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", prepared.redirect), ("code_verifier", prepared.verifier),
        ]
        if let resource = prepared.resource { form.append(("resource", resource)) }
        let answer = try await ask(form, as: prepared.identity, at: prepared.server.token)
        guard
            let tokens = OAuthTokens(
                answer, resource: prepared.resource, issuer: prepared.server.issuer, endpoint: prepared.server.token.text,
                identity: prepared.identity, now: now)
        else { throw OAuthFault("\(MCPFault.shown(prepared.server.token.origin)) gave no token that can be used.") }
        return tokens
    }

    func renew(_ tokens: OAuthTokens, now: Int64) async throws(OAuthFault) -> OAuthTokens {
        guard let refresh = tokens.refresh else { throw OAuthFault("There is nothing to renew the tokens with.", code: "invalid_grant") }
        guard let endpoint = OAuthAddress(tokens.endpoint), endpoint.isAcceptable(from: address) else {
            throw OAuthFault("The tokens are renewed at an address that cannot be asked.", code: "invalid_grant")
        }
        var form = [("grant_type", "refresh_token"), ("refresh_token", refresh)]
        if let resource = tokens.resource { form.append(("resource", resource)) }
        let answer = try await ask(form, as: tokens.identity, at: endpoint)
        guard
            let renewed = OAuthTokens(
                answer, resource: tokens.resource, issuer: tokens.issuer, endpoint: tokens.endpoint, identity: tokens.identity,
                over: tokens, now: now)
        else { throw OAuthFault("\(MCPFault.shown(endpoint.origin)) gave no token that can be used.") }
        return renewed
    }

    private func ask(
        _ form: [(String, String)], as identity: OAuthIdentity, at endpoint: OAuthAddress
    ) async throws(OAuthFault) -> JSONValue {
        var form = form
        var credentials: (String, String)?
        switch (identity.authentication, identity.secret) {
        case (.basic, .some(let secret)): credentials = (identity.id, secret)
        case (.post, .some(let secret)): form += [("client_id", identity.id), ("client_secret", secret)]
        case (.none, _), (_, nil): form.append(("client_id", identity.id))
        }
        let answer = try await http.post(form: form, credentials: credentials, to: endpoint)
        guard answer.status == 200, let json = answer.json else { throw Self.refusal(answer, "gave no token") }
        return json
    }

    private static func refusal(_ answer: OAuthHTTP.Answer, _ what: String) -> OAuthFault {
        let code = answer.json?["error"]?.stringValue
        let more = [code, answer.json?["error_description"]?.stringValue].compactMap(\.self).joined(separator: ": ")
        return OAuthFault(
            "The authorization server \(what): HTTP \(answer.status)" + (more.isEmpty ? "." : " (\(MCPFault.shown(more)))."), code: code)
    }
}
