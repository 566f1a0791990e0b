package import ApusCore
import Synchronization

extension MCPPool: MCPSignIns {
    package func signIn(to server: String, in session: SessionID) async throws(MCPServersError) -> MCPSignInOutcome {
        let (address, options) = try place(server, session)
        return await signIns.signIn(address, options)
    }

    package func cancelSignIn(to server: String, in session: SessionID) async throws(MCPServersError) {
        signIns.cancel(try place(server, session).address)
    }

    package func signOut(of server: String, in session: SessionID) async throws(MCPServersError) {
        let address = try place(server, session).address
        do throws(OAuthFault) { try await signIns.forget(address) } catch { throw .file(error.sentence) }
        reopen(address, closing: true)
    }

    package func answerSignIn(
        to server: String, state: String, _ answer: MCPSignInAnswer, in session: SessionID
    ) async throws(MCPServersError) {
        let address = try place(server, session).address
        var callback: OAuthFlow.Callback
        switch answer {
        case .code(let text): callback = OAuthFlow.Callback(pasted: text, state: state)
        case .refused(let error, let description):
            callback = OAuthFlow.Callback(query: "")
            (callback.error, callback.errorDescription, callback.state) = (error, description, state)
            // The client says it, not the authorization server, whose name it need not know.
            callback.isBare = true
        }
        guard signIns.answer(address, state: state, callback) else {
            throw .unusable("No sign-in to the MCP server \"\(server)\" waits for this answer: begin it anew.")
        }
    }

    package func signInNews(of session: SessionID) -> AsyncStream<MCPSignInNews> {
        let seen = watch.revision
        let (begun, last) = signIns.underWay
        let reader = SignInReader(seen: seen, number: last, begun: begun, wasAttached: isAttached(session))
        return AsyncStream { [self] in
            while !Task.isCancelled {
                if let next = reader.next() { return next }
                guard let bound = bound(session) else {
                    // Whoever looks at a session may come before its servers.
                    if reader.wasAttached || signIns.isClosed { return nil }
                    reader.seen = await watch.change(after: reader.seen)
                    continue
                }
                reader.wasAttached = true
                let news = reader.takeBegun() + signIns.news(after: reader.number)
                if let last = news.last {
                    reader.take(last.number, news.flatMap { one in Self.told(one, bound.map(\.binding)) })
                    continue
                }
                reader.seen = await watch.change(after: reader.seen)
            }
            return nil
        }
    }

    /// Opens connections anew to which somebody signed in, whether the one who asked for it waited or not.
    func followSignIns() async {
        var (seen, number) = (signIns.revision, signIns.lastNews)
        while !Task.isCancelled, !signIns.isClosed {
            for one in signIns.news(after: number) {
                number = one.number
                if one.kind == .completed(.succeeded) { reopen(one.address, closing: false) }
            }
            seen = await signIns.change(after: seen)
        }
    }

    /// By all names that the session has for that address.
    private static func told(_ news: MCPSignInHouse.News, _ bindings: [MCPBinding]) -> [MCPSignInNews] {
        bindings.filter { $0.key?.address == news.address && $0.key?.signInOptions != nil }.map { binding in
            switch news.kind {
            case .required(let url, let state): .required(MCPSignInHouse.pending(binding.name, url, state))
            case .completed(let outcome): .completed(server: binding.name, outcome)
            }
        }
    }

    /// Tells the person once of each server that failed: its tools are missing, and the run goes on.
    func announceFailures(of session: SessionID) {
        for status in statuses(of: session) ?? [] where status.phase == .failed && isNews(status.name) {
            files.announce(
                status.needsSignIn
                    ? "The MCP server \"\(status.name)\" wants a sign-in; its tools are missing. Run: apus mcp auth \(status.name)"
                    : "\(status.error ?? "The MCP server \"\(status.name)\" failed.") Its tools are missing.")
        }
    }

    private func place(_ server: String, _ session: SessionID) throws(MCPServersError) -> (address: String, options: MCPSignInOptions) {
        guard let binding = (bound(session) ?? []).first(where: { $0.binding.name == server })?.binding else {
            throw .unknownServer(server)
        }
        if let obstacle = binding.obstacle { throw .unusable(obstacle) }
        if binding.isDisabled { throw .unusable("The MCP server \"\(server)\" is switched off.") }
        guard let key = binding.key, let address = key.address else {
            throw .unusable("The MCP server \"\(server)\" is a program: nobody signs in to it.")
        }
        guard let options = key.signInOptions else {
            throw .unusable("The configuration of the MCP server \"\(server)\" says by itself who you are: nobody signs in to it.")
        }
        return (address, options)
    }
}

/// What one reader of sign-ins has seen.
private final class SignInReader: Sendable {
    private struct Look {
        var seen: Int
        var number: Int
        /// Of before it came.
        var begun: [MCPSignInHouse.News]
        /// Whether the session had servers.
        var wasAttached: Bool
        var waiting: [MCPSignInNews] = []
    }

    private let look: Mutex<Look>

    init(seen: Int, number: Int, begun: [MCPSignInHouse.News], wasAttached: Bool) {
        look = Mutex(Look(seen: seen, number: number, begun: begun, wasAttached: wasAttached))
    }

    var number: Int { look.withLock { $0.number } }

    var seen: Int {
        get { look.withLock { $0.seen } }
        set { look.withLock { $0.seen = newValue } }
    }

    var wasAttached: Bool {
        get { look.withLock { $0.wasAttached } }
        set { look.withLock { $0.wasAttached = newValue } }
    }

    func next() -> MCPSignInNews? { look.withLock { $0.waiting.isEmpty ? nil : $0.waiting.removeFirst() } }

    func takeBegun() -> [MCPSignInHouse.News] {
        look.withLock { look in
            defer { look.begun = [] }
            return look.begun
        }
    }

    func take(_ number: Int, _ news: [MCPSignInNews]) {
        look.withLock { look in
            look.number = max(number, look.number)
            look.waiting += news
        }
    }
}
