import ApusCore

/// What connections are shared by: servers that are configured alike, whatever they are called.
struct MCPConnectionKey: Hashable, Sendable {
    var transport: MCPServerConfiguration.Transport
    var signIn = MCPSignInSetting.automatic
    /// How long connecting and the handshake may take, where the configuration says so.
    var connectLimit: Duration?

    /// Of a server that is reached by HTTP.
    var address: String? {
        switch transport {
        case .stdio: nil
        case .http(let url, _), .sse(let url, _): url
        }
    }

    /// How to sign in, where that is a question: not where the configuration says by itself who we are.
    var signInOptions: MCPSignInOptions? {
        switch transport {
        case .stdio: return nil
        case .http(_, let headers), .sse(_, let headers):
            guard case .asked(let options) = signIn, !headers.contains(where: { $0.name.lowercased() == "authorization" }) else {
                return nil
            }
            return options
        }
    }
}
