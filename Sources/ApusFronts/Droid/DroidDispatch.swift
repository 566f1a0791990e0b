import ApusBase
import ApusCore
import DroidWire

extension DroidConnection {
    /// Answers one request. Nothing is done for whom nobody knows.
    func dispatch(_ request: DroidRequest) async throws(DroidFailure) -> DroidReply {
        // Methods of the exec family are answered on a socket too: some clients only change the first word of a name.
        guard let (method, family) = DroidMethod.named(request.method), family == self.family, !method.entry.isOfServer,
            family == .daemon || method.entry.families.contains(family)
        else {
            // Who is not known is not told what there is.
            _ = try await client()
            throw .methodNotFound(request.method)
        }
        if method == .authenticate { return try await authenticate(request) }
        let client = try await client()
        if let scope = Self.scopes[method] { try Self.demand(scope, of: client, for: method) }
        return try await perform(method, request, client)
    }

    func perform(_ method: DroidMethod, _ request: DroidRequest, _ client: ClientIdentity) async throws(DroidFailure) -> DroidReply {
        switch method {
        case .logout: try await answer(request, client, logout)
        case .initializeSession: try await initialize(request, client)
        case .loadSession: try await load(request, client)
        case .addUserMessage: try await addUserMessage(request, client)
        case .interruptSession: try await interrupt(request, client)
        case .closeSession: try await close(request, client)
        case .killWorkerSession: try await answer(request, client, killWorker)
        case .updateSessionSettings: try await update(request, client)
        case .renameSession: try await rename(request, client)
        case .forkSession: try await answer(request, client, fork)
        case .compactSession: try await answer(request, client, compact)
        case .getRewindInfo: try await answer(request, client, rewindInfo)
        case .executeRewind: try await answer(request, client, rewind)
        case .getContextStats: try await answer(request, client, contextStats)
        case .getContextBreakdown: try await answer(request, client, contextBreakdown)
        case .listOpenedSessions: try await answer(request, client, listOpened)
        case .listAvailableSessions: try await answer(request, client, listAvailable)
        case .getSessionMessages: try await answer(request, client, messages)
        case .searchSessions: try await answer(request, client, search)
        case .archiveSession: try await answer(request, client, archive)
        case .unarchiveSession: try await answer(request, client, unarchive)
        case .validateWorkingDirectory: try await answer(request, client, validateDirectory)
        case .listModels: try await answer(request, client, listModels)
        case .listTools: try await answer(request, client, listTools)
        case .listSkills: try await answer(request, client, listSkills)
        case .setSkillDisabled: try await answer(request, client, setSkillDisabled)
        case .listCommands: try await answer(request, client, listCommands)
        case .listMcpServers: try await answer(request, client, listServers)
        case .listMcpTools: try await answer(request, client, listServerTools)
        case .addMcpServer: try await answer(request, client, addServer)
        case .removeMcpServer: try await answer(request, client, removeServer)
        case .toggleMcpServer: try await answer(request, client, toggleServer)
        case .toggleMcpTool: try await answer(request, client, toggleServerTool)
        case .enableEventCursors: try await answer(request, client, enableEventCursors)
        case .resumeEvents: try await resumeEvents(request, client)
        case .authenticateMcpServer: try await answer(request, client, authenticateServer)
        case .cancelMcpAuth: try await answer(request, client, cancelServerSignIn)
        case .clearMcpAuth: try await answer(request, client, clearServerSignIn)
        case .submitMcpAuthCode: try await answer(request, client, submitSignInCode)
        case .submitMcpAuthError: try await answer(request, client, submitSignInError)
        case .listMcpRegistry: try await answer(request, client, listRegistry)
        case .getMcpConfig: try await answer(request, client, serverConfiguration)
        case .updateMcpConfig: try await answer(request, client, updateServerConfiguration)
        // Missions, and what only the original product has.
        default: throw .methodNotFound(request.method)
        }
    }

    func answer<Params: DroidParams>(
        _ request: DroidRequest, _ client: ClientIdentity,
        _ work: (DroidCall<Params>, ClientIdentity) async throws(DroidFailure) -> Params.Result
    ) async throws(DroidFailure) -> DroidReply {
        // Such a client has no session to name before it has one.
        let needsNone = !Params.method.entry.families.contains(.daemon) && request.sessionId == nil
        let result = try await work(try request.call(needsNone ? .exec : family), client)
        return reply(request, result)
    }

    func reply(
        _ request: DroidRequest, _ result: some DroidValue, afterwards: (@Sendable () async -> Void)? = nil
    ) -> DroidReply {
        DroidReply(frame: frames.bytes { $0.success(id: request.id, result, into: &$1) }, afterwards: afterwards)
    }
}
