import ApusBase
import ApusCore
import DroidWire
import Synchronization

/// The life of a session (`droid.md` §3.2).
extension DroidConnection {
    func initialize(_ request: DroidRequest, _ client: ClientIdentity) async throws(DroidFailure) -> DroidReply {
        let call: DroidCall<InitializeSessionParams> = try request.call(family)
        try await check(token: call.token)
        let params = call.params
        try Self.refuseMissing(params)
        guard let directory = services.directory(params.cwd) else {
            throw DroidFailure(.invalidParams, "No such directory: \(params.cwd)", data: ["cwd": .string(params.cwd)])
        }
        let servers = try Self.servers(params.mcpServers, client)
        var settings = front.defaults
        settings.autonomy = min(settings.autonomy, services.maximumAutonomy)
        try await DroidWish(params).apply(to: &settings, services, client)
        services.planner.fill(&settings)
        settings.attribution = Self.attribution(params)
        if let said = settings.attribution, said.serializedBytes().count > ByteLimit.sessionLabelBytes {
            throw DroidFailure(
                .invalidParams, "sessionSource and sessionLocation are too long: at most \(ByteLimit.sessionLabelBytes) bytes together")
        }
        let session: SessionID
        do throws(SessionError) {
            session = try await services.sessions.create(
                NewSession(id: params.sessionId.map { SessionID($0) }, workingDirectory: directory, settings: settings))
        } catch {
            throw failure(error, of: SessionID(params.sessionId ?? ""))
        }
        let sight = try await makeCurrent(session)
        await front.attendance.attach(servers, to: session)
        var result = InitializeSessionResult(
            sessionId: session.rawValue, session: DroidSessionContent(), settings: sight.settings)
        result.cursor = cursor(of: sight)
        return reply(request, result, afterwards: sight.begin)
    }

    func load(_ request: DroidRequest, _ client: ClientIdentity) async throws(DroidFailure) -> DroidReply {
        let call: DroidCall<LoadSessionParams> = try request.call(family)
        try await check(token: call.token)
        let session = SessionID(call.params.sessionId)
        let servers = try Self.servers(call.params.mcpServers, client)
        try await adjust(session, DroidWish(call.params), client)
        let sight = try await makeCurrent(session)
        await front.attendance.attach(servers, to: session)
        return reply(request, await result(of: sight), afterwards: sight.begin)
    }

    /// In the exec family the one session of the connection.
    func makeCurrent(_ session: SessionID) async throws(DroidFailure) -> Sight {
        let sight = try await look(at: session)
        guard family == .exec else { return sight }
        let former = state.withLock { state in
            defer { state.current = session }
            return state.current
        }
        if let former, former != session { await leave(former) }
        return sight
    }

    private func result(of sight: Sight) async -> LoadSessionResult {
        let state = sight.state
        let isNew = self.state.withLock { $0.isNew }
        let title = state.title.isEmpty ? nil : state.title
        var result = LoadSessionResult(
            sessionId: state.header.id.rawValue,
            session: DroidSessionContent(messages: DroidMessages.all(of: state), title: title), settings: sight.settings)
        result.cursor = cursor(of: sight)
        result.cwd = state.directory
        result.isAgentLoopInProgress = state.running != nil
        result.workingState = state.wireWorkingState
        result.tokenUsage = DroidTokenUsage(state.usage)
        if state.childUsage != .zero { result.inclusiveTokenUsage = DroidTokenUsage(state.usage + state.childUsage) }
        result.callingSessionId = state.header.caller?.session.rawValue
        result.callingToolUseId = state.header.caller?.call.rawValue
        result.pendingPermissions = state.openApprovals.map { request in
            DroidPending(
                DroidPermission.params(for: request, session: state.header.id, isNew: isNew), requestId: request.id.rawValue)
        }
        result.pendingAskUserRequests = state.openQuestions.map { question in
            DroidPending(AskUserParams(question, session: state.header.id), requestId: question.id.rawValue)
        }
        result.queuedMessages = state.queue.map { input in
            var params = AddUserMessageParams(text: input.prompt)
            params.messageId = input.message.rawValue
            return DroidPending(params, requestId: input.turn.rawValue)
        }
        return result
    }

    func update(_ request: DroidRequest, _ client: ClientIdentity) async throws(DroidFailure) -> DroidReply {
        let call: DroidCall<UpdateSessionSettingsParams> = try request.call(family)
        let session = try session(call.sessionId)
        try await adjust(session, DroidWish(call.params), client)
        await catchUp(session)
        return reply(request, DroidAcknowledgement())
    }

    private func adjust(_ session: SessionID, _ wish: DroidWish, _ client: ClientIdentity) async throws(DroidFailure) {
        let old = try await opened(session).settings
        var settings = old
        try await wish.apply(to: &settings, services, client)
        if settings == old { return }
        // A key that may only look at sessions changes none on the way in.
        try Self.demand(.prompter, of: client, to: "change the settings of a session")
        do throws(SessionError) {
            try await services.sessions.change(session, settings: settings)
        } catch {
            throw failure(error, of: session)
        }
    }

    func close(_ request: DroidRequest, _ client: ClientIdentity) async throws(DroidFailure) -> DroidReply {
        let call: DroidCall<CloseSessionParams> = try request.call(family)
        let session = try session(call.sessionId)
        if view(session) == nil {
            do throws(SessionError) {
                _ = try await services.maintenance.peek(session)
            } catch {
                throw failure(error, of: session)
            }
        }
        await leave(session)
        return reply(request, DroidAcknowledgement())
    }

    func rename(_ request: DroidRequest, _ client: ClientIdentity) async throws(DroidFailure) -> DroidReply {
        let call: DroidCall<RenameSessionParams> = try request.call(family)
        let session = try session(call.sessionId)
        _ = try await opened(session)
        do throws(SessionError) {
            try await services.maintenance.rename(session, to: call.params.title)
        } catch {
            throw failure(error, of: session)
        }
        await catchUp(session)
        return reply(request, DroidSuccess(success: true))
    }

    // MARK: Checks

    /// The key that comes again with init and load must be one, as the first.
    private func check(token: String?) async throws(DroidFailure) {
        guard case .credentials(let credentials) = access, let token else { return }
        if await credentials.client(for: token) == nil { throw .notAuthenticated("Invalid API key") }
    }

    private static func refuseMissing(_ params: InitializeSessionParams) throws(DroidFailure) {
        if params.worktree == true || params.worktreeDir != nil {
            throw DroidFailure(.invalidParams, "Worktrees are not available in this version of Apus: leave \"worktree\" out")
        }
        if params.decompSessionType != nil || params.decompMissionId != nil || params.missionSettings != nil {
            throw DroidFailure(.invalidParams, "Missions are not available in this version of Apus")
        }
    }

    private static func attribution(_ params: InitializeSessionParams) -> JSONValue? {
        var object = JSONObject()
        if let source = params.sessionSource {
            var details: JSONObject = ["platform": .string(source.platform.rawValue)]
            for (key, value) in source.details { details[key] = value }
            object["source"] = .object(details)
        }
        if let origin = params.sessionOriginHint { object["origin"] = .string(origin.rawValue) }
        if let location = params.sessionLocation { object["location"] = .string(location) }
        return object.isEmpty ? nil : .object(object)
    }

    /// A server that is a command runs here, outside of any session's walls: who names one administers this machine (`security.md` S4).
    static func servers(
        _ configurations: [DroidMcpServerConfig]?, _ client: ClientIdentity
    ) throws(DroidFailure) -> [MCPServerConfiguration]? {
        guard let configurations else { return nil }
        // Also to take them away.
        try demand(.prompter, of: client, to: "give a session MCP servers")
        var servers: [MCPServerConfiguration] = []
        for configuration in configurations {
            let server = try MCPServerConfiguration(configuration)
            if case .stdio = server.transport { try demand(.admin, of: client, to: "start a command as an MCP server") }
            servers.append(server)
        }
        return servers
    }
}
