import ApusCore
import DroidWire

/// Signing in to MCP servers (`droid.md` §3.4, §5.3).
extension DroidConnection {
    /// Answers when the sign-in is over. Its address went to all who look at the session before.
    func authenticateServer(
        _ call: DroidCall<AuthenticateMcpServerParams>, _ client: ClientIdentity
    ) async throws(DroidFailure) -> DroidSuccess {
        let session = try await attended(call.sessionId)
        do throws(MCPServersError) {
            return DroidSuccess(success: try await services.signIns.signIn(to: call.params.serverName, in: session) == .succeeded)
        } catch {
            throw failure(error)
        }
    }

    func cancelServerSignIn(_ call: DroidCall<CancelMcpAuthParams>, _ client: ClientIdentity) async throws(DroidFailure) -> DroidSuccess {
        let session = try await attended(call.sessionId)
        do throws(MCPServersError) {
            try await services.signIns.cancelSignIn(to: call.params.serverName, in: session)
        } catch {
            throw failure(error)
        }
        return DroidSuccess(success: true)
    }

    func clearServerSignIn(_ call: DroidCall<ClearMcpAuthParams>, _ client: ClientIdentity) async throws(DroidFailure) -> DroidSuccess {
        let session = try await attended(call.sessionId)
        do throws(MCPServersError) {
            try await services.signIns.signOut(of: call.params.serverName, in: session)
        } catch {
            throw failure(error)
        }
        return DroidSuccess(success: true)
    }

    func submitSignInCode(_ call: DroidCall<SubmitMcpAuthCodeParams>, _ client: ClientIdentity) async throws(DroidFailure) -> DroidSuccess {
        let params = call.params
        return try await submit(.code(params.code), to: params.serverName, state: params.state, try await attended(call.sessionId))
    }

    func submitSignInError(
        _ call: DroidCall<SubmitMcpAuthErrorParams>, _ client: ClientIdentity
    ) async throws(DroidFailure) -> DroidSuccess {
        let params = call.params
        return try await submit(
            .refused(error: params.error, description: params.errorDescription), to: params.serverName, state: params.state,
            try await attended(call.sessionId))
    }

    private func submit(
        _ answer: MCPSignInAnswer, to server: String, state: String, _ session: SessionID
    ) async throws(DroidFailure) -> DroidSuccess {
        do throws(MCPServersError) {
            try await services.signIns.answerSignIn(to: server, state: state, answer, in: session)
        } catch {
            throw failure(error)
        }
        return DroidSuccess(success: true)
    }

    private func attended(_ name: String?) async throws(DroidFailure) -> SessionID {
        let session = try session(name)
        _ = try await opened(session)
        return session
    }

    /// Tells whoever looks at a session of its sign-ins, until cancelled.
    func tellSignIns(_ view: DroidView) async {
        for await news in services.signIns.signInNews(of: view.session) {
            guard await view.mayTell() else { return }
            switch news {
            case .required(let pending):
                await notify(
                    view.session,
                    .mcpAuthRequired(
                        McpAuthRequired(
                            serverName: pending.server, authUrl: pending.url, message: pending.message, state: pending.state)))
            case .completed(let server, let outcome):
                await notify(view.session, .mcpAuthCompleted(McpAuthCompleted(server, outcome)))
            }
        }
        await view.ended()
    }
}

extension McpAuthCompleted {
    fileprivate init(_ server: String, _ outcome: MCPSignInOutcome) {
        switch outcome {
        case .succeeded: self.init(serverName: server, outcome: .success, message: "Signed in to the MCP server \"\(server)\".")
        case .cancelled:
            self.init(serverName: server, outcome: .cancelled, message: "The sign-in to the MCP server \"\(server)\" was given up.")
        case .failed(let sentence): self.init(serverName: server, outcome: .failed, message: sentence)
        }
    }
}

extension MCPSignInSetting {
    init(_ wire: DroidMcpOAuth?) {
        switch wire {
        case nil: self = .automatic
        case .first: self = .never
        case .second(let options): self = .asked(MCPSignInOptions(options))
        }
    }
}

extension MCPSignInOptions {
    fileprivate init(_ wire: DroidMcpOAuthOptions) {
        self.init()
        scopes = wire.scopes
        switch wire.resource {
        case nil: resource = .discovered
        case .first: resource = .none
        case .second(let text): resource = .given(text)
        }
        issuer = wire.authorizationServerIssuer
        clientID = wire.clientId
        clientSecret = wire.clientSecret
        clientMetadataURL = wire.clientMetadataUrl
        authentication = wire.tokenEndpointAuthMethod.flatMap { ClientAuthentication(rawValue: $0.rawValue) }
        callbackPort = wire.callbackPort?.number ?? 0
    }
}
