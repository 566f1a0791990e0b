import ApusBase
package import ApusCore

/// The sessions this process owns. Turns run as children of `run()`: nothing runs before it was called, and everything has ended
/// when it returns.
package actor Engine: SessionService, ApprovalDesk {
    let services: EngineServices
    private(set) var sessions: [SessionID: SessionActor] = [:]
    /// Sessions that are being opened: a second caller waits for the first.
    private var opening: [SessionID: OneShot<Bool>] = [:]
    /// Connections that have submitted a turn and are open.
    private(set) var writers: Set<String> = []
    private(set) var isClosing = false
    /// Sessions whose summary is being written.
    var compacting: Set<SessionID> = []
    private let jobs: AsyncStream<@Sendable () async -> Void>
    private let addJob: AsyncStream<@Sendable () async -> Void>.Continuation

    package init(services: EngineServices) {
        self.services = services
        // At most one job a session: each session starts its next turn when the last one has ended.
        (jobs, addJob) = AsyncStream.makeStream()
    }

    /// Runs turns until the task is cancelled, then ends them.
    package func run() async {
        await withDiscardingTaskGroup { group in
            for await job in jobs { group.addTask { await job() } }
            group.cancelAll()
        }
    }

    /// Ends turns that dead processes left behind, but for those that wait for an answer or for their turn: they go on here, or are left
    /// to a process where they can. Returns what kept a session from being mended; one that another process took meanwhile is that process's
    /// business.
    package func recover() async throws(SessionError) -> [SessionError] {
        let orphans: [SessionID]
        do { orphans = try await services.log.orphans() } catch { throw .log(error) }
        var obstacles: [SessionError] = []
        for session in orphans {
            do throws(SessionError) {
                if !services.resumesTurns, try await Recovery.isForOthers(peek(session)) { continue }
                _ = try await open(session)
                if let state = sessions[session]?.log.folded, state.running == nil, state.queue.isEmpty { await close(session) }
            } catch {
                switch error {
                case .log(.inUse), .log(.fenced), .log(.notFound): continue
                case .log, .badIdentifier, .conflict, .tooManyQueued, .closing: obstacles.append(error)
                }
            }
        }
        return obstacles
    }

    package func create(_ request: NewSession) async throws(SessionError) -> SessionID {
        if isClosing { throw .closing }
        let id = request.id ?? .unique()
        guard Self.isValid(id) else { throw .badIdentifier(id.rawValue) }
        let log = SessionLog(resuming: SessionState(id: id))
        let header = SessionHeader(id: id, createdAt: services.time.now, workingDirectory: request.workingDirectory)
        let writer: any SessionWriter
        do { writer = try await services.log.create(id) { log.absorb($0) } } catch { throw .log(error) }
        do {
            _ = try await writer.commit([.sessionCreated(header, request.settings)])
        } catch {
            await writer.close()
            throw .log(error)
        }
        try await keep(id, log, writer)
        return id
    }

    package func open(_ session: SessionID) async throws(SessionError) -> SessionState { try await open(session, isFork: false) }

    private func open(_ session: SessionID, isFork: Bool) async throws(SessionError) -> SessionState {
        while let first = opening[session] { _ = await first.given() }
        // A session whose log broke is opened anew.
        if let actor = sessions[session], !actor.log.isClosed { return actor.log.folded }
        if isClosing { throw .closing }
        let done = OneShot<Bool>()
        opening[session] = done
        defer {
            opening[session] = nil
            done.give(true)
        }
        let loaded: (log: SessionLog, writer: any SessionWriter)
        do { loaded = try await load(session, resumes: services.resumesTurns && !isFork) } catch { throw .log(error) }
        try await keep(session, loaded.log, loaded.writer)
        let mayRun = loaded.log.folded.running != nil || services.resumesTurns && !isFork && !loaded.log.folded.queue.isEmpty
        if mayRun { await sessions[session]?.resume() }
        return loaded.log.folded
    }

    package func fork(_ session: SessionID) async throws(SessionError) -> SessionID { try await copy(session, upTo: nil) }

    /// A copy of a session as it was at the event `end`, and `facts` that make it another.
    func copy(_ session: SessionID, upTo end: EventNumber?, with facts: [EventKind] = []) async throws(SessionError) -> SessionID {
        if isClosing { throw .closing }
        let id = SessionID.unique()
        do {
            try await services.log.copy(session, to: id, upTo: end)
        } catch {
            throw .log(error)
        }
        let state = try await open(id, isFork: true)
        let header = SessionHeader(
            id: id, createdAt: services.time.now, workingDirectory: state.header.workingDirectory, parent: session)
        guard let actor = sessions[id] else { throw .closing }
        try await actor.record([.sessionForked(header)] + facts)
        return id
    }

    package func change(_ session: SessionID, settings: SessionSettings) async throws(SessionError) {
        try await owned(session).change(settings)
    }

    package func submit(_ input: TurnInput, with media: [Media], to session: SessionID) async throws(SessionError) -> TurnID {
        let actor = try owned(session)
        writers.insert(input.origin.writer)
        if media.isEmpty { return try await actor.submit(input) }
        let keeping = MediaKeeping(services)
        var input = input
        do { input.media = try await keeping.keep(media) } catch { throw .log(error) }
        do throws(SessionError) {
            let turn = try await actor.submit(input)
            // Told twice: the first time's media are kept already.
            if turn != input.turn { await keeping.release(input.media) }
            return turn
        } catch {
            await keeping.release(input.media)
            throw error
        }
    }

    package func interrupt(_ session: SessionID) async {
        await sessions[session]?.interrupt()
    }

    package func openApprovals(in session: SessionID) async -> [ApprovalRequest] { sessions[session]?.log.folded.openApprovals ?? [] }

    package func answer(
        _ id: ApprovalID, in session: SessionID?, with answer: ApprovalAnswer, by voter: ApprovalVoter
    ) async throws(ApprovalError) -> ApprovalReceipt {
        let candidates = session.map { sessions[$0].map { [$0] } ?? [] } ?? Array(sessions.values)
        let actor = candidates.first { candidate in
            let state = candidate.log.folded
            return state.openApproval(id) != nil || state.decision(id) != nil
        }
        guard let actor else {
            if voter.scopes.isDisjoint(with: [.approver, .admin]) { throw .notPermitted(identity: voter.identity) }
            throw .unknown(id)
        }
        let writer = actor.log.folded.running?.input.origin.writer
        return try await actor.answer(
            id, answer, by: voter, isSubmitterPresent: writer.map { writers.contains($0) } ?? false)
    }

    package func originGone(_ writer: String) async {
        writers.remove(writer)
        let all = Array(sessions.values)
        await withDiscardingTaskGroup { group in
            for actor in all { group.addTask { await actor.originGone(writer) } }
        }
    }

    package func follow(_ session: SessionID, after cursor: EventNumber) async throws(SessionError) -> any EventFollower {
        EventReader(session: session, after: cursor, store: services.log, live: try owned(session).log)
    }

    package func close(_ session: SessionID) async {
        guard let actor = sessions.removeValue(forKey: session) else { return }
        await actor.close()
    }

    package func retire(_ session: SessionID) async {
        // Whoever opens it meanwhile waits for the end of this, and then takes it anew.
        guard opening[session] == nil, let actor = sessions[session] else { return }
        let done = OneShot<Bool>()
        opening[session] = done
        if await actor.retire(), sessions[session] === actor { sessions[session] = nil }
        opening[session] = nil
        done.give(true)
    }

    /// Ends every turn, but for those that wait for an answer where a later process goes on with them; gives up every session, and lets `run()` return.
    package func shutdown() async {
        isClosing = true
        for first in opening.values { _ = await first.given() }
        let all = sessions
        sessions = [:]
        await withDiscardingTaskGroup { group in
            for actor in all.values { group.addTask { await actor.close(mayGoOnLater: true) } }
        }
        addJob.finish()
    }

    func owned(_ session: SessionID) throws(SessionError) -> SessionActor {
        guard let actor = sessions[session], !actor.log.isClosed else { throw isClosing ? .closing : .log(.notFound(session)) }
        return actor
    }

    /// Unless a shutdown came in between, which has closed what it saw.
    private func keep(_ id: SessionID, _ log: SessionLog, _ writer: any SessionWriter) async throws(SessionError) {
        if isClosing {
            await writer.close()
            log.close()
            throw .closing
        }
        sessions[id] = SessionActor(id: id, log: log, services: services, writer: writer) { [addJob] job in
            if case .enqueued = addJob.yield(job) { true } else { false }
        }
    }

    /// Claims first, then folds: nobody else can write in between.
    private func load(_ session: SessionID, resumes: Bool) async throws(EventLogError) -> (log: SessionLog, writer: any SessionWriter) {
        let early = EarlyEvents()
        let writer = try await services.log.open(session) { early.take($0) }
        do {
            let state = try await fold(session)
            let log = SessionLog(resuming: state)
            early.hand(to: log)
            let repairs = resumes && Recovery.canGoOn(state) ? [] : Recovery.mend(state, at: services.time.now, keepsQueue: resumes)
            if !repairs.isEmpty { _ = try await writer.commit(repairs) }
            return (log, writer)
        } catch {
            await writer.close()
            throw error
        }
    }

    package func peek(_ session: SessionID) async throws(SessionError) -> SessionState {
        if let actor = sessions[session], !actor.log.isClosed { return actor.log.folded }
        do { return try await fold(session) } catch { throw .log(error) }
    }

    private func fold(_ session: SessionID) async throws(EventLogError) -> SessionState {
        var state = try await services.index.snapshot(of: session) ?? SessionState(id: session)
        while true {
            let events = try await services.log.events(in: session, after: state.lastEvent, limit: 4_096)
            if events.isEmpty { return state }
            state.reduce(events)
        }
    }

    private static func isValid(_ id: SessionID) -> Bool {
        (1...64).contains(id.rawValue.utf8.count)
            && id.rawValue.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }
}
