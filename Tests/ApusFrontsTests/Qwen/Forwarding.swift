import ApusCore
import ApusEngine
import ApusTesting

/// The engine's sessions behind hooks that can hold or fail what makes and opens them.
struct ForwardedSessions: SessionService {
    let engine: Engine
    var beforeCreate: @Sendable () async throws(SessionError) -> Void = {}
    var beforeOpen: @Sendable () async throws(SessionError) -> Void = {}
    var beforeFollow: @Sendable (SessionID) async -> Void = { _ in }

    init(
        _ engine: Engine, beforeCreate: @escaping @Sendable () async throws(SessionError) -> Void = {},
        beforeOpen: @escaping @Sendable () async throws(SessionError) -> Void = {},
        beforeFollow: @escaping @Sendable (SessionID) async -> Void = { _ in }
    ) {
        self.engine = engine
        self.beforeFollow = beforeFollow
        self.beforeCreate = beforeCreate
        self.beforeOpen = beforeOpen
    }

    func create(_ request: NewSession) async throws(SessionError) -> SessionID {
        try await beforeCreate()
        return try await engine.create(request)
    }
    func open(_ session: SessionID) async throws(SessionError) -> SessionState {
        try await beforeOpen()
        return try await engine.open(session)
    }
    func fork(_ session: SessionID) async throws(SessionError) -> SessionID { try await engine.fork(session) }
    func change(_ session: SessionID, settings: SessionSettings) async throws(SessionError) {
        try await engine.change(session, settings: settings)
    }
    func submit(_ input: TurnInput, with media: [Media], to session: SessionID) async throws(SessionError) -> TurnID {
        try await engine.submit(input, with: media, to: session)
    }
    func interrupt(_ session: SessionID) async { await engine.interrupt(session) }
    func follow(_ session: SessionID, after cursor: EventNumber) async throws(SessionError) -> any EventFollower {
        await beforeFollow(session)
        return try await engine.follow(session, after: cursor)
    }
    func close(_ session: SessionID) async { await engine.close(session) }
}

/// The engine's maintenance, which counts how often it is asked for a state.
struct CountedMaintenance: SessionMaintenance {
    let engine: Engine
    let peeks = Watched(0)

    init(_ engine: Engine) { self.engine = engine }

    func peek(_ session: SessionID) async throws(SessionError) -> SessionState {
        peeks.change { $0 += 1 }
        return try await engine.peek(session)
    }
    func glance(at session: SessionID) async throws(SessionError) -> SessionGlance { try await engine.glance(at: session) }
    func glances() async -> [SessionGlance] { await engine.glances() }
    func events(in session: SessionID, after cursor: EventNumber, limit: Int) async throws(SessionError) -> [Event] {
        try await engine.events(in: session, after: cursor, limit: limit)
    }
    func opened() async -> [SessionID] { await engine.opened() }
    func opened(since change: Int?) async -> OpenedSessions { await engine.opened(since: change) }
    func cancel(turn: TurnID?, writer: String?, in session: SessionID) async throws(SessionError) -> TurnCancellation {
        try await engine.cancel(turn: turn, writer: writer, in: session)
    }
    func retire(_ session: SessionID) async { await engine.retire(session) }
    func rename(_ session: SessionID, to title: String) async throws(SessionError) { try await engine.rename(session, to: title) }
    func archive(_ session: SessionID, _ isArchived: Bool) async throws(SessionError) -> Timestamp? {
        try await engine.archive(session, isArchived)
    }
    func note(_ notice: SessionNotice, in session: SessionID) async throws(SessionError) { try await engine.note(notice, in: session) }
    func holding(_ session: SessionID, _ body: @concurrent @Sendable () async -> Void) async throws(SessionError) {
        try await engine.holding(session, body)
    }
    func chooseModel(_ model: String, by client: String?, in session: SessionID) async throws(SessionError) {
        try await engine.chooseModel(model, by: client, in: session)
    }
    func compact(
        _ session: SessionID, instructions: String?
    ) async throws(MaintenanceError) -> (copy: SessionID, compaction: Compaction) {
        try await engine.compact(session, instructions: instructions)
    }
    func contextUsage(of session: SessionID) async throws(SessionError) -> ContextUsage { try await engine.contextUsage(of: session) }
    func rewindPlan(in session: SessionID, before message: MessageID) async throws(MaintenanceError) -> RewindPlan {
        try await engine.rewindPlan(in: session, before: message)
    }
    func rewind(
        _ session: SessionID, before message: MessageID, _ files: RewindChoice, title: String
    ) async throws(MaintenanceError) -> RewindResult {
        try await engine.rewind(session, before: message, files, title: title)
    }
}
