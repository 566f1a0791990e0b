import ApusBase
import ApusCore

/// The member `oauth` of a server's configuration (`droid-exec.md` §5.11).
extension MCPServerEntry {
    static func signIn(_ value: JSONValue?, _ variables: inout MCPVariables) throws(Fault) -> MCPSignInSetting {
        guard let value, !value.isNull, value != true else { return .automatic }
        if value == false { return .never }
        guard value.objectValue != nil else { throw Fault(complaint: "has \"oauth\" that is neither false nor an object") }
        var options = MCPSignInOptions()
        func text(_ key: String) throws(Fault) -> String? {
            guard let member = value[key], !member.isNull else { return nil }
            guard let text = member.stringValue, !text.isEmpty else { throw Fault(complaint: "has \"oauth.\(key)\" that is no text") }
            return variables.expand(text)
        }
        options.scopes = try texts(value, "scopes")
        options.resource = value["resource"] == false ? .none : try text("resource").map { .given($0) } ?? .discovered
        options.issuer = try text("authorizationServerIssuer")
        options.clientID = try text("clientId")
        options.clientSecret = try text("clientSecret")
        options.clientMetadataURL = try text("clientMetadataUrl")
        if let method = try text("tokenEndpointAuthMethod") {
            guard let known = MCPSignInOptions.ClientAuthentication(rawValue: method) else {
                throw Fault(
                    complaint: "has \"oauth.tokenEndpointAuthMethod\" that is none of none, client_secret_basic and client_secret_post")
            }
            options.authentication = known
        }
        if let member = value["callbackPort"], !member.isNull {
            guard let port = member.integerValue, (1...65_535).contains(port) else {
                throw Fault(complaint: "has \"oauth.callbackPort\" that is no whole number from 1 to 65535")
            }
            options.callbackPort = Int(port)
        }
        return .asked(options)
    }

    /// `nil` for what is the default.
    static func json(_ setting: MCPSignInSetting) -> JSONValue? {
        guard case .asked(let options) = setting else { return false }
        var object = JSONObject()
        if let scopes = options.scopes { object["scopes"] = .array(scopes.map { .string($0) }) }
        switch options.resource {
        case .discovered: break
        case .none: object["resource"] = false
        case .given(let text): object["resource"] = .string(text)
        }
        let texts = [
            ("authorizationServerIssuer", options.issuer), ("clientId", options.clientID), ("clientSecret", options.clientSecret),
            ("clientMetadataUrl", options.clientMetadataURL), ("tokenEndpointAuthMethod", options.authentication?.rawValue),
        ]
        for (key, text) in texts { object[key] = text.map { .string($0) } }
        if options.callbackPort != 0 { object["callbackPort"] = .integer(Int64(options.callbackPort)) }
        return object.isEmpty ? nil : .object(object)
    }
}

extension MCPSignInOptions {
    /// What does not go together, without subject and full stop; `nil` when all does.
    var complaint: String? {
        if clientID != nil || clientSecret != nil {
            if clientMetadataURL != nil { return "a clientMetadataUrl excludes clientId and clientSecret" }
            if issuer == nil { return "clientId and clientSecret need an authorizationServerIssuer" }
            if clientID == nil { return "a clientSecret needs a clientId" }
        }
        if let issuer, OAuthAddress(issuer)?.isSafe != true { return "the authorizationServerIssuer is no https:// address" }
        if case .given(let resource) = resource, OAuthAddress(resource)?.hasFragment != false {
            return "the resource is no absolute address without a fragment"
        }
        if let document = clientMetadataURL {
            if let authentication, authentication != ClientAuthentication.none {
                return "a clientMetadataUrl needs the tokenEndpointAuthMethod none"
            }
            if !Self.isDocument(document) { return "the clientMetadataUrl is no https:// address with a plain path" }
        }
        return nil
    }

    private static func isDocument(_ text: String) -> Bool {
        guard let address = OAuthAddress(text), address.scheme == "https", address.query == nil, !address.hasFragment, !address.hasUser,
            address.path.count > 1
        else { return false }
        let segments = address.path.split(separator: "/", omittingEmptySubsequences: false).map {
            $0.lowercased().replacing("%2e", with: ".")
        }
        return !segments.contains(".") && !segments.contains("..")
    }
}
