import ApusCore
import DroidWire
import Synchronization

extension DroidConnection {
    /// Who stands behind the connection now: a key that was taken back is none (`security.md` S6).
    func client() async throws(DroidFailure) -> ClientIdentity {
        switch access {
        case .open(let identity): return identity
        case .credentials(let credentials):
            guard let secret = state.withLock({ $0.secret }) else {
                throw .notAuthenticated("Not authenticated: call daemon.authenticate first")
            }
            guard let identity = await credentials.client(for: secret) else {
                throw .notAuthenticated("The key of this connection is not valid any more")
            }
            return identity
        }
    }

    /// A key that is missing is told in the words of the original (§0, 22). An empty one is missing.
    func authenticate(_ request: DroidRequest) async throws(DroidFailure) -> DroidReply {
        let params: AuthenticateParams
        do throws(DroidFailure) {
            let call: DroidCall<AuthenticateParams> = try request.call(family)
            params = call.params
        } catch {
            throw .parseError
        }
        guard let secret = params.apiKey ?? params.token, !secret.isEmpty else { throw .parseError }
        switch access {
        case .open(let identity): return reply(request, AuthenticateResult(userId: identity.name, orgId: Self.organisation))
        case .credentials(let credentials):
            guard let identity = await credentials.client(for: secret) else {
                front.log("A droid client was refused: its key is none of this daemon's. Make one with: apus keys add")
                throw .notAuthenticated("Invalid API key")
            }
            let isKnown = state.withLock { state in
                defer { state.secret = secret }
                return state.secret == secret
            }
            // Somebody waits for its end already.
            if isKnown { return reply(request, AuthenticateResult(userId: identity.name, orgId: Self.organisation)) }
            start {
                await credentials.revocation(of: identity.name)
                // Logged out, or in as somebody else.
                if Task.isCancelled || self.state.withLock({ $0.secret }) != secret { return }
                self.end()
            }
            return reply(request, AuthenticateResult(userId: identity.name, orgId: Self.organisation))
        }
    }

    /// There is one organisation: whoever runs this daemon.
    private static let organisation = "local"

    func logout(_ call: DroidCall<LogoutParams>, _ client: ClientIdentity) async throws(DroidFailure) -> DroidAcknowledgement {
        let views = state.withLock { state in
            state.secret = nil
            return Array(state.views.keys)
        }
        for session in views { await leave(session) }
        return DroidAcknowledgement(accepted: true)
    }

    static func demand(_ scope: ClientScope, of client: ClientIdentity, for what: DroidMethod) throws(DroidFailure) {
        try demand(scope, of: client, to: "call " + what.rawValue)
    }

    /// Admin is enough for everything.
    static func demand(_ scope: ClientScope, of client: ClientIdentity, to what: String) throws(DroidFailure) {
        if client.scopes.contains(scope) || client.scopes.contains(.admin) { return }
        throw .notAuthenticated("\"\(client.name)\" may not \(what): it needs the scope \(scope.rawValue)")
    }

    /// What a key needs beyond being one. Methods that are not here only look.
    static let scopes: [DroidMethod: ClientScope] = [
        .initializeSession: .prompter, .addUserMessage: .prompter, .interruptSession: .prompter, .updateSessionSettings: .prompter,
        .forkSession: .prompter, .compactSession: .prompter, .renameSession: .prompter, .executeRewind: .prompter,
        .archiveSession: .prompter, .unarchiveSession: .prompter, .killWorkerSession: .prompter,
        .setSkillDisabled: .admin, .addMcpServer: .admin, .removeMcpServer: .admin, .toggleMcpServer: .admin, .toggleMcpTool: .admin,
        .authenticateMcpServer: .admin, .cancelMcpAuth: .admin, .clearMcpAuth: .admin, .submitMcpAuthCode: .admin,
        .submitMcpAuthError: .admin, .updateMcpConfig: .admin,
        // What stands in those files may be secret.
        .getMcpConfig: .admin,
    ]
}

extension ClientIdentity {
    /// May answer questions, and so raise what runs without one.
    var mayApprove: Bool { !scopes.isDisjoint(with: [.approver, .admin]) }
}
