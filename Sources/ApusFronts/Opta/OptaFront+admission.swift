import ApusBase
import ApusCore

/// The walls before every request, in their order (§2.1, `settled.md` 5): preflights, pages, names, routes, credentials, scopes.
extension OptaFront {
    package func admit(_ head: HTTPHead) async -> HTTPAdmission {
        if head.method == "OPTIONS" { return .refused(shared(HTTPAnswer(204), with: head)) }
        do throws(OptaFailure) {
            return try await judge(head)
        } catch {
            return .refused(shared(error.answer, with: head))
        }
    }

    private func judge(_ head: HTTPHead) async throws(OptaFailure) -> HTTPAdmission {
        try passWalls(head)
        switch OptaRoute.match(head.method, head.path) {
        case .undecodable: throw .undecodable(head.path)
        case .none: throw head.method == "GET" && head.path == Self.socketPath ? .noUpgrade : .noRoute(head)
        case .route(let route, _):
            guard let scope = route.scope else { return .admitted(Self.stranger, bodyBytes: 0) }
            guard let client = await identity(head) else { throw .unauthorized }
            try Self.check(client, scope)
            return .admitted(client, bodyBytes: ["GET", "DELETE"].contains(route.method) ? 0 : OptaRequest.bodyBytes)
        }
    }

    static let socketPath = "/v3/ws"

    /// Any credential is good for reading.
    static func check(_ client: ClientIdentity, _ scope: ClientScope) throws(OptaFailure) {
        if scope != .observer, client.scopes.isDisjoint(with: [scope, .admin]) { throw .lacksScope(client, scope) }
    }

    func passWalls(_ head: HTTPHead) throws(OptaFailure) {
        if !head.values("origin").allSatisfy(Self.isLoopback) { throw .foreignOrigin }
        // Clients that follow `state.json` ask for the address in it, which may be another of this machine's own.
        let names = Self.names + [setting.host].compactMap(\.self) + setting.allowedHosts
        if setting.isLoopback, !HostWall.admits(head.values("host"), names: names, port: nil) {
            throw .foreignHost
        }
    }

    /// Asks for nothing but whether the daemon is there.
    private static let stranger = ClientIdentity(name: "anybody", scopes: [])
    private static let names = ["127.0.0.1", "localhost", "[::1]"]

    /// A page of this machine, on whatever port.
    static func isLoopback(_ origin: String) -> Bool {
        let origin = origin.lowercased()
        guard let scheme = ["http://", "https://"].first(where: origin.hasPrefix) else { return false }
        let rest = origin.dropFirst(scheme.count)
        guard let name = names.first(where: rest.hasPrefix) else { return false }
        let port = rest.dropFirst(name.count)
        if port.isEmpty { return true }
        return port.count > 1 && port.first == ":" && port.dropFirst().utf8.allSatisfy { 0x30...0x39 ~= $0 }
    }

    /// `nil` for who may not call at all. The listener's token and any key count, in the header or, on loopback, in the query.
    ///
    /// - Parameter headerAlone: A credential in the header is not rescued by a right one in the query (§3.1).
    func identity(_ head: HTTPHead, headerAlone: Bool = false) async -> ClientIdentity? {
        let header = ListenerAccess.bearer(head.values("authorization"))
        let query = setting.isLoopback ? OptaRequest.query(head.query)["token"] : nil
        let secrets = headerAlone && header != nil ? [header] : [header, query]
        for secret in secrets.compactMap(\.self) where !secret.isEmpty {
            if let token, token.matches(secret) { return ListenerAccess.tokenHolder }
            if let client = await access.client(for: secret) { return client }
        }
        if let shown = header ?? query, let remark = refusedKeys.remark(on: shown, of: head.peer, at: services.time.now) { log(remark) }
        return nil
    }

    /// What a page of this machine may read, also of a refusal and of a stream (defect C12).
    func shared(_ answer: HTTPAnswer, with head: HTTPHead) -> HTTPAnswer {
        guard let origin = head.value("origin"), Self.isLoopback(origin) else { return answer }
        var answer = answer
        answer.fields += [
            ("access-control-allow-origin", origin), ("access-control-allow-credentials", "true"),
            ("access-control-allow-methods", "GET,POST,PUT,PATCH,DELETE,OPTIONS"),
            ("access-control-allow-headers", "Authorization,Content-Type"), ("vary", "Origin"),
        ]
        return answer
    }
}
