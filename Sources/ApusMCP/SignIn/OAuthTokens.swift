import ApusBase

/// Who we are to an authorization server.
struct OAuthIdentity: Hashable, Sendable {
    var id: String
    var secret: String?
    /// How we show it to the token endpoint.
    var authentication: Authentication
    /// What it was registered with; `nil` when somebody else registered it.
    var redirect: String?

    enum Authentication: String, Hashable, Sendable {
        case none
        case basic = "client_secret_basic"
        case post = "client_secret_post"
    }
}

/// What a sign-in brought, and what renewing it needs.
struct OAuthTokens: Hashable, Sendable {
    var access: String
    /// Without it, only a person can sign in again.
    var refresh: String?
    /// Seconds since 1970; `nil` when the server did not say.
    var expiresAt: Int64?
    var scope: String?
    var resource: String?
    var issuer: String
    /// Where tokens are renewed.
    var endpoint: String
    var identity: OAuthIdentity
    /// The refusal of a call that needs more rights than these give; the next sign-in asks for them.
    var wanted: OAuthChallenge?

    /// - Parameters:
    ///   - answer: of a token endpoint.
    ///   - now: seconds since 1970.
    init?(
        _ answer: JSONValue, resource: String?, issuer: String, endpoint: String, identity: OAuthIdentity, over old: OAuthTokens? = nil,
        now: Int64
    ) {
        guard let access = answer["access_token"]?.stringValue, Self.isToken(access),
            answer["token_type"]?.stringValue.map({ $0.lowercased() == "bearer" }) ?? true
        else { return nil }
        self.access = access
        // An authorization server may keep the old one valid by not sending another.
        refresh = answer["refresh_token"]?.stringValue ?? old?.refresh
        let lifetime = answer["expires_in"]?.integerValue ?? answer["expires_in"]?.stringValue.flatMap(Int64.init)
        expiresAt = lifetime.map { now + min(max($0, 0), 10 * 366 * 86_400) }
        scope = answer["scope"]?.stringValue ?? old?.scope
        self.resource = resource
        self.issuer = issuer
        self.endpoint = endpoint
        self.identity = identity
        wanted = old?.wanted
    }

    /// What fits into a header.
    private static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.count <= 64 << 10 && text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F }
    }

    /// Whether it is time for new ones, a little early.
    func isStale(now: Int64) -> Bool { expiresAt.map { $0 - 30 <= now } ?? false }

    /// All in it that must not be seen.
    var secrets: [String] { [access] + [refresh, identity.secret].compactMap(\.self) }

    // MARK: As stored

    var json: JSONValue {
        var object: JSONObject = [
            "accessToken": .string(access), "issuer": .string(issuer), "tokenEndpoint": .string(endpoint), "clientId": .string(identity.id),
            "authentication": .string(identity.authentication.rawValue),
        ]
        if let refresh { object["refreshToken"] = .string(refresh) }
        if let expiresAt { object["expiresAt"] = .integer(expiresAt) }
        if let scope { object["scope"] = .string(scope) }
        if let resource { object["resource"] = .string(resource) }
        if let secret = identity.secret { object["clientSecret"] = .string(secret) }
        if let redirect = identity.redirect { object["redirectUri"] = .string(redirect) }
        if let wanted {
            var refusal = JSONObject()
            if let scope = wanted.scope { refusal["scope"] = .string(scope) }
            if let metadata = wanted.metadata { refusal["resourceMetadata"] = .string(metadata) }
            if let error = wanted.error { refusal["error"] = .string(error) }
            object["wanted"] = .object(refusal)
        }
        return .object(object)
    }

    init?(stored value: JSONValue) {
        guard let access = value["accessToken"]?.stringValue, Self.isToken(access), let issuer = value["issuer"]?.stringValue,
            let endpoint = value["tokenEndpoint"]?.stringValue, let id = value["clientId"]?.stringValue,
            let authentication = value["authentication"]?.stringValue.flatMap(OAuthIdentity.Authentication.init(rawValue:))
        else { return nil }
        self.access = access
        self.issuer = issuer
        self.endpoint = endpoint
        refresh = value["refreshToken"]?.stringValue
        expiresAt = value["expiresAt"]?.integerValue
        scope = value["scope"]?.stringValue
        resource = value["resource"]?.stringValue
        identity = OAuthIdentity(
            id: id, secret: value["clientSecret"]?.stringValue, authentication: authentication,
            redirect: value["redirectUri"]?.stringValue)
        if let refusal = value["wanted"], refusal.objectValue != nil {
            var challenge = OAuthChallenge()
            challenge.scope = refusal["scope"]?.stringValue
            challenge.metadata = refusal["resourceMetadata"]?.stringValue
            challenge.error = refusal["error"]?.stringValue
            wanted = challenge
        }
    }
}
