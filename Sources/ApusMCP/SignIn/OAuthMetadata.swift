import ApusBase

/// What an authorization server says of itself (RFC 8414, OpenID Connect Discovery).
struct OAuthServer: Hashable, Sendable {
    var issuer: String
    var authorization: OAuthAddress
    var token: OAuthAddress
    var registration: OAuthAddress?
    var takesMetadataDocuments = false
    /// Whether its callbacks always name it (RFC 9207).
    var namesItself = false
    var authentications: [String] = []
    var scopes: [String] = []
}

/// What an MCP server says of where its tokens come from (RFC 9728).
struct OAuthResource: Hashable, Sendable {
    /// What tokens are for; `nil` when the server does not describe itself.
    var resource: String?
    var issuer: String
    var scopes: [String]?
    /// The server describes nothing: the rules of revision 2025-03-26 count.
    var isAssumed = false
}

/// Finds out where one signs in to a server.
struct OAuthDiscovery: Sendable {
    let http: OAuthHTTP
    let server: OAuthAddress

    // MARK: The server

    func resource(_ challenge: OAuthChallenge, issuer wanted: String?) async throws(OAuthFault) -> OAuthResource {
        for candidate in try resourcePlaces(challenge) {
            let answer = try await http.get(candidate)
            guard answer.status == 200, let json = answer.json, json.objectValue != nil else { continue }
            return try read(json, wanted)
        }
        return OAuthResource(issuer: wanted ?? server.origin, isAssumed: wanted == nil)
    }

    private func resourcePlaces(_ challenge: OAuthChallenge) throws(OAuthFault) -> [OAuthAddress] {
        if let text = challenge.metadata {
            guard let address = OAuthAddress(text), address.isAcceptable(from: server) else {
                throw OAuthFault("The server describes itself at \"\(MCPFault.shown(text))\", which is not an address to ask.")
            }
            return [address]
        }
        let wellKnown = "/.well-known/oauth-protected-resource"
        let path = server.path == "/" ? "" : server.path
        return Self.addresses(path.isEmpty ? [wellKnown] : [wellKnown + path, wellKnown], at: server.origin)
    }

    private func read(_ json: JSONValue, _ wanted: String?) throws(OAuthFault) -> OAuthResource {
        guard let resource = json["resource"]?.stringValue, let named = OAuthAddress(resource), covers(named) else {
            throw OAuthFault(
                "The server describes itself as \"\(MCPFault.shown(json["resource"]?.stringValue ?? "nothing"))\", which is another one.")
        }
        let issuers = json["authorization_servers"]?.arrayValue?.compactMap(\.stringValue) ?? []
        if let wanted, !issuers.isEmpty, !issuers.contains(where: { Self.isSame($0, wanted) }) {
            throw OAuthFault("The server does not name \(MCPFault.shown(wanted)), which its configuration wants, among those it trusts.")
        }
        guard let issuer = wanted ?? issuers.first else {
            return OAuthResource(resource: resource, issuer: server.origin, scopes: Self.texts(json["scopes_supported"]), isAssumed: true)
        }
        return OAuthResource(resource: resource, issuer: issuer, scopes: Self.texts(json["scopes_supported"]))
    }

    /// Tokens for one server must not be got for another: its own address, or one above it.
    private func covers(_ resource: OAuthAddress) -> Bool {
        guard resource.origin == server.origin, !resource.hasFragment else { return false }
        let above = resource.path.hasSuffix("/") ? String(resource.path.dropLast()) : resource.path
        let path = server.path.hasSuffix("/") ? String(server.path.dropLast()) : server.path
        return path == above || path.hasPrefix(above + "/")
    }

    // MARK: The authorization server

    func authorizationServer(of resource: OAuthResource) async throws(OAuthFault) -> OAuthServer {
        guard let issuer = OAuthAddress(resource.issuer), issuer.isAcceptable(from: server), issuer.query == nil else {
            throw OAuthFault("The server wants a sign-in at \"\(MCPFault.shown(resource.issuer))\", which is not an address to ask.")
        }
        for candidate in Self.metadataPlaces(of: issuer) {
            let answer = try await http.get(candidate)
            guard answer.status == 200, let json = answer.json, json.objectValue != nil else { continue }
            return try self.server(json, resource.issuer)
        }
        guard resource.isAssumed else {
            throw OAuthFault("\(MCPFault.shown(issuer.text)) does not describe itself as an authorization server.")
        }
        return try assumed()
    }

    private static func metadataPlaces(of issuer: OAuthAddress) -> [OAuthAddress] {
        let (plain, open) = ("/.well-known/oauth-authorization-server", "/.well-known/openid-configuration")
        let path = issuer.path.hasSuffix("/") ? String(issuer.path.dropLast()) : issuer.path
        return addresses(path.isEmpty ? [plain, open] : [plain + path, open + path, path + open], at: issuer.origin)
    }

    private func server(_ json: JSONValue, _ issuer: String) throws(OAuthFault) -> OAuthServer {
        guard let named = json["issuer"]?.stringValue, Self.isSame(named, issuer) else {
            throw OAuthFault("The authorization server \(MCPFault.shown(issuer)) calls itself by another name, so it is not trusted.")
        }
        guard json["code_challenge_methods_supported"]?.arrayValue?.contains("S256") == true else {
            throw OAuthFault(
                "The authorization server \(MCPFault.shown(issuer)) does not say that it does PKCE with S256, which is needed.")
        }
        guard let authorization = try endpoint(json, "authorization_endpoint"), let token = try endpoint(json, "token_endpoint") else {
            throw OAuthFault("The authorization server \(MCPFault.shown(issuer)) names no place to sign in or none for tokens.")
        }
        return OAuthServer(
            issuer: named, authorization: authorization, token: token, registration: try endpoint(json, "registration_endpoint"),
            takesMetadataDocuments: json["client_id_metadata_document_supported"]?.boolValue ?? false,
            namesItself: json["authorization_response_iss_parameter_supported"]?.boolValue ?? false,
            authentications: Self.texts(json["token_endpoint_auth_methods_supported"]) ?? [],
            scopes: Self.texts(json["scopes_supported"]) ?? [])
    }

    private func endpoint(_ json: JSONValue, _ name: String) throws(OAuthFault) -> OAuthAddress? {
        guard let text = json[name]?.stringValue else { return nil }
        guard let address = OAuthAddress(text), address.isAcceptable(from: server) else {
            throw OAuthFault("The authorization server has \"\(MCPFault.shown(text))\" as its \(name), which is not an address to ask.")
        }
        return address
    }

    /// Of a server of revision 2025-03-26 that describes nothing.
    private func assumed() throws(OAuthFault) -> OAuthServer {
        let made = Self.addresses(["/authorize", "/token", "/register"], at: server.origin)
        guard made.count == 3 else { throw OAuthFault("The server's address cannot be used for a sign-in.") }
        return OAuthServer(issuer: server.origin, authorization: made[0], token: made[1], registration: made[2])
    }

    // MARK: Small things

    private static func addresses(_ paths: [String], at origin: String) -> [OAuthAddress] { paths.compactMap { OAuthAddress(origin + $0) } }

    /// A slash at the end is the one thing that may differ: libraries add it by themselves.
    static func isSame(_ one: String, _ other: String) -> Bool {
        func bare(_ text: String) -> Substring { text.hasSuffix("/") ? text.dropLast() : text[...] }
        return bare(one) == bare(other)
    }

    private static func texts(_ value: JSONValue?) -> [String]? {
        value?.arrayValue.map { $0.prefix(256).compactMap(\.stringValue).filter { $0.utf8.count <= 512 } }
    }
}
