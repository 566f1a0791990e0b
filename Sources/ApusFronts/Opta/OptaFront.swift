import ApusBase
package import ApusCore

/// The Opta protocol of one listener (`opta-v3.md`).
package final class OptaFront: HTTPService {
    let services: ClientServices
    let setting: OptaSetting
    let access: ListenerAccess
    let version: String
    let log: @Sendable (FrontRemark) -> Void
    let refusedKeys = RefusedKeys()
    /// Of a new session, before its client has said what it wants.
    let defaults: SessionSettings
    let token: ListenerToken?
    let modelCache = OptaModelCache()
    let examination = OptaExamination()
    let life = FrontLife()

    package init(
        _ services: ClientServices, setting: OptaSetting, access: ListenerAccess, version: String,
        log: @escaping @Sendable (FrontRemark) -> Void = { _ in },
        defaults: SessionSettings = SessionSettings()
    ) {
        self.services = services
        self.setting = setting
        self.access = access
        self.version = version
        self.log = log
        self.defaults = defaults
        token = setting.token.map { ListenerToken($0) }
    }

    var registry: OptaRegistry { services.opta }

    package func respond(to head: HTTPHead, body: HTTPBody, from client: ClientIdentity) async -> HTTPAnswer {
        do throws(OptaFailure) {
            switch OptaRoute.match(head.method, head.path) {
            case .none: throw .noRoute(head)
            case .undecodable: throw .undecodable(head.path)
            case .route(let route, let parameters):
                let answer = try await answer(try OptaRequest(head, route, parameters, body, client))
                return shared(answer, with: head)
            }
        } catch {
            return shared(error.answer, with: head)
        }
    }

    private func answer(_ request: OptaRequest) async throws(OptaFailure) -> HTTPAnswer {
        switch request.route.endpoint {
        case .probe: probe()
        case .health: await health()
        case .healthStream: healthStream(request)
        case .metrics: await metrics()
        case .createSession: try await create(request)
        case .session: try await session(request)
        case .submit: try await submit(request)
        case .events: try await events(request)
        case .cancel: try await cancel(request)
        case .resolvePermission: try await resolve(request)
        case .eventStream: try await eventStream(request)
        case .listProcesses, .startProcess, .processStatus, .processOutput, .killProcess: try await background(request)
        case .listOperations, .runOperation: try await operations(request)
        case .modelStatus, .modelDiscovery, .models, .modelMemory, .availableModels, .modelAction: try await models(request)
        case .bridgeStatus, .notOffered: try bridge(request)
        }
    }

    // MARK: The end

    /// Ends every socket with 1001 and every stream. Returns when all have ended, or after two seconds.
    package func shutDown() async { await life.stop(services.time) }

    // MARK: Sessions

    /// Any session of the log, opened or not.
    func known(_ session: SessionID) async throws(OptaFailure) -> SessionState {
        let state: SessionState
        do throws(SessionError) {
            state = try await services.maintenance.peek(session)
        } catch {
            throw failure(error)
        }
        if state.lastEvent == 0 { throw .noSession }
        registry.use(session, at: services.time.now)
        return state
    }

    /// The one place where faults of the engine get the words of the protocol.
    func failure(_ error: SessionError) -> OptaFailure {
        switch error {
        case .log(.notFound): .noSession
        case .log(.store(let sentence)) where Self.isDiskFull(sentence): OptaFailure(507, sentence)
        case .log(.store): unexpected(error)
        case .tooManyQueued, .closing: OptaFailure(503, error.description)
        case .badIdentifier, .conflict, .log(.exists), .log(.inUse), .log(.fenced): OptaFailure(500, error.description)
        }
    }

    /// The client gets a sentence, the log everything.
    func unexpected(_ error: any Error) -> OptaFailure {
        log(.failed("\(error)"))
        return OptaFailure(500, "Internal Server Error")
    }

    /// By the words, as the store says it: there is one error for all that a disk can do.
    private static func isDiskFull(_ sentence: String) -> Bool {
        let words = sentence.lowercased()
        return ["cannot grow", "disk is full", "no space left", "enospc", "edquot", "quota exceeded"].contains { words.contains($0) }
    }
}
