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

    private static let names = ["127.0.0.1", "localhost", "[::1]", "host.docker.internal"]

    /// Pages of this very listener. No other page may ask for anything.
    private static func isOwn(_ origin: String, _ port: Int) -> Bool {
        names.contains { name in
            let own = "http://" + name
            return origin == "\(own):\(port)" || (port == 80 && origin == own)
        }
    }

    private func isOurs(_ hosts: [String], _ port: Int) -> Bool {
        // The address that it was told to listen on is one, too.
        HostWall.admits(hosts, names: Self.names + [setting.hostname], port: port)
    }

    /// `nil` for who may not call at all. The listener's token and any key count; on an open listener nothing is needed.
    private func identity(_ head: HTTPHead) async -> ClientIdentity? {
        if let secret = ListenerAccess.bearer(head.values("authorization")) {
            if let token, token.matches(secret) { return ListenerAccess.tokenHolder }
            if let client = await access.client(for: secret) { return client }
            if !setting.isOpen, let remark = refusedKeys.remark(on: secret, of: head.peer, at: services.time.now) { log(remark) }
        }
        return setting.isOpen ? Self.open : nil
    }
}
