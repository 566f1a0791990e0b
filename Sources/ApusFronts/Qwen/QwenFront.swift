import ApusBase
package import ApusCore

/// The qwen protocol of one listener (`qwen-serve.md`).
package final class QwenFront: HTTPService {
    let services: ClientServices
    let setting: QwenSetting
    let access: ListenerAccess
    let version: String
    let log: @Sendable (FrontRemark) -> Void
    /// Of a new session, before its client has said what it wants.
    let defaults: SessionSettings
    let probe: QwenProbe
    let refusedKeys = RefusedKeys()
    let token: ListenerToken?
    let life = FrontLife()

    package init(
        _ services: ClientServices, setting: QwenSetting, access: ListenerAccess, version: String,
        log: @escaping @Sendable (FrontRemark) -> Void = { _ in },
        defaults: SessionSettings = SessionSettings()
    ) {
        self.services = services
        self.setting = setting
        self.access = access
        self.version = version
        self.log = log
        self.defaults = defaults
        probe = QwenProbe(services)
        token = setting.token.map { ListenerToken($0) }
    }

    var registry: QwenRegistry { services.qwen }
    /// Bound to a workspace, answers have the shapes that came with that; otherwise those of before (`settled.md` 12).
    var isBound: Bool { setting.workspace != nil }

    package func respond(to head: HTTPHead, body: HTTPBody, from client: ClientIdentity) async -> HTTPAnswer {
        do throws(QwenFailure) {
            switch QwenRoute.match(head.method, head.path) {
            case .none: throw .noRoute(head)
            case .undecodable(let segment): throw .undecodable(segment)
            case .route(let route, let parameters):
                return try await answer(try QwenRequest(head, route, parameters, body, client))
            }
        } catch {
            return error.answer
        }
    }

    private func answer(_ request: QwenRequest) async throws(QwenFailure) -> HTTPAnswer {
        switch request.route.endpoint {
        case .health: await health(request)
        case .capabilities: capabilities()
        case .createSession: try await create(request)
        case .listSessions: try await list(request)
        case .prompt: try await prompt(request)
        case .cancel: try await cancel(request)
        case .setModel: try await setModel(request)
        case .events: try await events(request)
        case .vote, .sessionVote: try await vote(request)
        case .load, .resume: try await restore(request)
        case .close: try await close(request)
        case .metadata: try await metadata(request)
        case .heartbeat: try await heartbeat(request)
        case .context: try await context(request)
        case .commands: try await supportedCommands(request)
        }
    }

    // MARK: The end

    /// Tells every stream that the daemon stops, and ends it. What is told is not stored. Prompts that are waited for are answered. Returns
    /// when all have been told, or after two seconds.
    package func shutDown() async { await life.stop(services.time) }

    // MARK: Sessions

    /// A session of the log, opened or not, with what is known of it here. One that was deleted is none until it is loaded.
    func known(_ session: SessionID) async throws(QwenFailure) -> (state: SessionState, room: QwenRoom) {
        let state: SessionState
        do throws(SessionError) {
            state = try await services.maintenance.peek(session)
        } catch {
            throw failure(error, of: session)
        }
        if state.archivedAt != nil || state.lastEvent == 0 || !serves(state) { throw .unknownSession(session) }
        return (state, registry.room(of: state))
    }

    /// A bound listener has the sessions of its workspace, and no others.
    func serves(_ state: SessionState) -> Bool { setting.workspace.map { $0 == state.directory } ?? true }

    /// The client behind a request, if it says so; one that the session has not attached is refused.
    func client(of request: QwenRequest, in room: QwenRoom) throws(QwenFailure) -> String? {
        guard isBound, let client = try request.clientID() else { return nil }
        if !room.knows(client) { throw .unknownClient(client, room.session) }
        return client
    }

    func failure(_ error: SessionError, of session: SessionID) -> QwenFailure {
        switch error {
        case .log(.notFound): .unknownSession(session)
        case .closing: .shuttingDown
        case .log(.inUse):
            QwenFailure(500, error.description, ["code": "session_in_use", "sessionId": .string(session.rawValue)])
        case .log(.fenced): .lost(session)
        case .badIdentifier, .conflict, .log(.exists): QwenFailure(500, error.description, ["code": .integer(-32602)])
        case .tooManyQueued(let limit):
            QwenFailure(
                503, error.description,
                [
                    "code": "prompt_queue_full", "sessionId": .string(session.rawValue), "limit": .integer(Int64(limit)),
                    "pendingCount": .integer(Int64(limit)),
                ], retryAfter: 5)
        case .log(.store): unexpected(error)
        }
    }

    /// The client gets a sentence, the log everything.
    func unexpected(_ error: any Error) -> QwenFailure {
        log(.failed("\(error)"))
        return QwenFailure(500, "Internal server error")
    }
}
