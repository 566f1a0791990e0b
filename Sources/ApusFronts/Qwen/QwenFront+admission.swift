import ApusBase
import ApusCore

/// The walls before every request, in their order (§1.3): pages, names, `/health`, credentials, routes, scopes.
extension QwenFront {
    package func admit(_ head: HTTPHead) async -> HTTPAdmission {
        do throws(QwenFailure) {
            return try await judge(head)
        } catch {
            return .refused(error.answer)
        }
    }

    private func judge(_ head: HTTPHead) async throws(QwenFailure) -> HTTPAdmission {
        if !head.values("origin").allSatisfy({ Self.isOwn($0, head.localPort) }) { throw .foreignOrigin }
        if setting.isLoopback, !isOurs(head.values("host"), head.localPort) { throw .badHost }
        let match = QwenRoute.match(head.method, head.path)
        if setting.isLoopback, !setting.requiresAuth, case .route(let route, _) = match, route.endpoint == .health {
            return .admitted(Self.stranger, bodyBytes: 0)
        }
        guard let client = await identity(head) else { throw .unauthorized }
        switch match {
        case .none: throw .noRoute(head)
        case .undecodable(let segment): throw .undecodable(segment)
        case .route(let route, _):
            if let scope = route.scope, client.scopes.isDisjoint(with: [scope, .admin]) { throw .lacksScope(client, scope, route) }
            return .admitted(client, bodyBytes: route.method == "GET" ? 0 : QwenRequest.bodyBytes)
        }
    }

    /// Asks for nothing but whether the daemon is well.
    private static let stranger = ClientIdentity(name: "anybody", scopes: [])
    /// Whoever can call an open listener.
    private static let open = ClientIdentity(name: "(open)", scopes: [.observer, .prompter, .approver])
    /// Of the listener's own token. No key can have a name with brackets.
    static let tokenName = "(token)"

    private static let names = ["127.0.0.1", "localhost", "[::1]", "host.docker.internal"]

    /// Pages of this very listener. No other page may ask for anything.
    private static func isOwn(_ origin: String, _ port: Int) -> Bool {
        names.contains { name in
            let own = "http://" + name
            return origin == "\(own):\(port)" || (port == 80 && origin == own)
        }
    }

    /// One `Host`, and one of those that mean this machine: a page that gave its own name this machine's address is found out.
    private func isOurs(_ hosts: [String], _ port: Int) -> Bool {
        guard hosts.count == 1, let host = hosts.first?.lowercased() else { return false }
        // The address that it was told to listen on is one, too.
        return (Self.names + [setting.hostname.lowercased()]).contains { host == "\($0):\(port)" || (port == 80 && host == $0) }
    }

    /// `nil` for who may not call at all. The listener's token and any key count; on an open listener nothing is needed.
    private func identity(_ head: HTTPHead) async -> ClientIdentity? {
        let secret = Self.bearer(head.values("authorization"))
        if let secret {
            if isToken(secret) { return ClientIdentity(name: Self.tokenName, scopes: Set(ClientScope.allCases)) }
            if case .keys(let credentials) = access, let client = await credentials.client(for: secret) { return client }
            if !setting.isOpen { log("A qwen client was refused: its key is none of this daemon's. Make one with: apus keys add") }
        }
        return setting.isOpen ? Self.open : nil
    }

    /// The scheme in any case, one space, and perhaps more blanks before the credential.
    private static func bearer(_ fields: [String]) -> String? {
        guard fields.count == 1, let field = fields.first, let space = field.firstIndex(of: " "),
            field[..<space].lowercased() == "bearer"
        else { return nil }
        let secret = field[field.index(after: space)...].drop { $0 == " " || $0 == "\t" }
        return secret.isEmpty ? nil : String(secret)
    }

    /// Returns when the key behind a client is taken back; `nil` for clients that have none.
    func revocation(of client: ClientIdentity) -> (@Sendable () async -> Void)? {
        guard case .keys(let credentials) = access, client.name != Self.tokenName, client.name != Self.open.name else { return nil }
        return { await credentials.revocation(of: client.name) }
    }
}
