import ApusBase
package import ApusCore

/// The sessions this process owns. Turns run as children of `run()`: nothing runs before it was called, and everything has ended
/// when it returns.
package actor Engine: SessionService, ApprovalDesk {
    let services: EngineServices
    private(set) var sessions: [SessionID: SessionActor] = [:] { didSet { changes.ring() } }
    /// Rings when a session is opened or given up.
    let changes = Bell()
    /// The newest, oldest first, each with the count of the bell behind it.
    private(set) var openings: [(count: Int, opening: OpenedSessions.Opening)] = []
    private static let keptOpenings = 4_096
    /// Sessions that are being opened: a second caller waits for the first.
    private var opening: [SessionID: OneShot<Bool>] = [:]
    private var leases = SessionLeases()
    /// Connections that have submitted a turn and are open: those of fronts that have some.
    private(set) var writers: Set<String> = []
    private(set) var isClosing = false
    /// Subagents that run for sessions of this process.
    var children = ChildTable()
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

    /// Takes over what dead processes left behind: turns go on here as far as ``TakeOverRules`` say, and so do those that wait for an answer or
    /// for their turn; the others end. Where nothing goes on they are left to a process where it does. Returns what kept a session from being mended; one that another process took meanwhile is that process's
    /// business.
    package func recover() async throws(SessionError) -> [SessionError] {
        let orphans: [SessionID]
        do { orphans = try await services.log.orphans() } catch { throw .log(error) }
        var obstacles: [SessionError] = []
        for session in orphans {
            do throws(SessionError) {
                if !services.resumesTurns, Recovery.isForOthers(try await peek(session), services.takeOver, at: services.time.now) {
                    continue
                }
                // Open for as long as something runs in it, unless somebody asks for it.
                leases.begin(session)
                do throws(SessionError) {
                    _ = try await open(session, for: .call, takesOver: true)
                } catch {
                    _ = leases.end(session)
                    throw error
                }
                if leases.end(session) { await retire(session) }
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
        let header = SessionHeader(
            id: id, createdAt: services.time.now, workingDirectory: request.workingDirectory, announcer: request.announcer,
            caller: request.caller)
        let writer: any SessionWriter
        do { writer = try await services.log.create(id) { log.absorb($0) } } catch { throw .log(error) }
        do {
            _ = try await writer.commit([.sessionCreated(header, request.settings)] + request.beginning)
        } catch {
            await writer.close()
            throw .log(error)
        }
        try await keep(id, log, writer, openedAt: 0)
        return id
    }

    package func open(_ session: SessionID) async throws(SessionError) -> SessionState { try await open(session, for: .client) }

    private func open(
        _ session: SessionID, for opener: SessionLeases.Opener, isFork: Bool = false, takesOver: Bool = false
    ) async throws(SessionError) -> SessionState {
        while let first = opening[session] { _ = await first.given() }
        // A session whose log broke is opened anew.
        if let actor = sessions[session], !actor.log.isClosed {
            leases.opened(session, for: opener, isFresh: false)
            return actor.log.folded
        }
        if isClosing { throw .closing }
        let done = OneShot<Bool>()
        opening[session] = done
        defer {
            opening[session] = nil
            done.give(true)
        }
        let loaded: (log: SessionLog, writer: any SessionWriter, place: EventNumber)
        // The processes of a copy are those of the session that it was made of; where one of ours goes on, its desk tells its end.
        let hasProcesses = isFork || leases.isHeld(session)
        do {
            loaded = try await load(
                session, resumes: services.resumesTurns && !isFork, takeOver: takesOver ? services.takeOver : nil,
                hasProcesses: hasProcesses)
        } catch {
            throw .log(error)
        }
        try await keep(session, loaded.log, loaded.writer, openedAt: loaded.place)
        leases.opened(session, for: opener, isFresh: true)
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
        let state = try await open(id, for: .client, isFork: true)
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
        if input.origin.front.hasConnections { writers.insert(input.origin.writer) }
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
        return try await actor.answer(
            id, answer, by: voter, isSubmitterPresent: isPresent(actor.log.folded.running?.input.origin))
    }

    /// Whether who submitted the running turn is there.
    func isPresent(_ origin: TurnOrigin?) -> Bool { origin.map { !$0.front.hasConnections || writers.contains($0.writer) } ?? false }

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
        // Whoever opens it meanwhile waits for the end of this: hooks may take their time.
        while let first = opening[session] { _ = await first.given() }
        guard let actor = sessions.removeValue(forKey: session) else { return }
        leases.closed(session)
        let done = OneShot<Bool>()
        opening[session] = done
        await stopAll(in: session)
        await actor.close()
        opening[session] = nil
        done.give(true)
    }

    package func retire(_ session: SessionID) async {
        // Whoever opens it meanwhile waits for the end of this, and then takes it anew.
        guard opening[session] == nil, let actor = sessions[session], leases.mayGo(session) else { return }
        let done = OneShot<Bool>()
        opening[session] = done
        if await actor.retire(), sessions[session] === actor {
            sessions[session] = nil
            leases.closed(session)
        }
        opening[session] = nil
        done.give(true)
    }

    // MARK: For the time of a call

    /// A session for as long as `body` takes, opened for it where nobody has it, and given up again unless somebody has asked for it by then.
    func withOwned<Value: Sendable>(
        _ session: SessionID, _ body: @Sendable (SessionActor) async throws(SessionError) -> Value
    ) async throws(SessionError) -> Value {
        leases.begin(session)
        let result: Result<Value, SessionError>
        do throws(SessionError) {
            result = .success(try await body(try await borrowed(session)))
        } catch {
            result = .failure(error)
        }
        if leases.end(session) { await retire(session) }
        return try result.get()
    }

    package func holding(
        _ session: SessionID, _ body: @concurrent @Sendable () async -> Void
    ) async throws(SessionError) {
        try await withOwned(session) { (_) async throws(SessionError) in
            await self.hold(session)
            await body()
            await self.release(session)
        }
    }

    private func hold(_ session: SessionID) { leases.hold(session) }
    private func release(_ session: SessionID) { leases.release(session) }

    /// Keeps a session open until ``giveBack(_:)``, whoever else leaves it.
    func borrow(_ session: SessionID) { leases.begin(session) }

    func giveBack(_ session: SessionID) async { if leases.end(session) { await retire(session) } }

    /// A new session that is open for a call alone.
    func createBorrowed(_ request: NewSession) async throws(SessionError) {
        let session = try await create(request)
        leases.begin(session)
        leases.opened(session, for: .call, isFresh: true)
    }

    /// Runs a job until the engine ends. False when nothing is run any more.
    func launch(_ job: @escaping @Sendable () async -> Void) -> Bool {
        if case .enqueued = addJob.yield(job) { true } else { false }
    }

    func borrowed(_ session: SessionID) async throws(SessionError) -> SessionActor {
        // The usual case, without a copy of the state.
        if opening[session] == nil, let actor = sessions[session], !actor.log.isClosed { return actor }
        _ = try await open(session, for: .call)
        return try owned(session)
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
    private func keep(
        _ id: SessionID, _ log: SessionLog, _ writer: any SessionWriter, openedAt place: EventNumber
    ) async throws(SessionError) {
        if isClosing {
            await writer.close()
            log.close()
            throw .closing
        }
        // Noted first: whoever hears the bell finds it.
        openings.append((changes.count + 1, OpenedSessions.Opening(id, at: place)))
        if openings.count > Self.keptOpenings { openings.removeFirst() }
        sessions[id] = SessionActor(id: id, log: log, services: services, writer: writer, children: self) { [addJob] job in
            if case .enqueued = addJob.yield(job) { true } else { false }
        }
    }

    /// Claims first, then folds: nobody else can write in between.
    private func load(
        _ session: SessionID, resumes: Bool, takeOver: TakeOverRules?, hasProcesses: Bool
    ) async throws(EventLogError) -> (log: SessionLog, writer: any SessionWriter, place: EventNumber) {
        let early = EarlyEvents()
        let writer = try await services.log.open(session) { early.take($0) }
        do {
            let state = try await fold(session)
            let log = SessionLog(resuming: state)
            early.hand(to: log)
            var repairs = hasProcesses ? [] : Recovery.lostProcesses(in: state)
            repairs += Recovery.lostChildren(in: state)
            repairs += resumes ? await succession(of: state, takeOver) : Recovery.mend(state, at: services.time.now)
            if !repairs.isEmpty { _ = try await writer.commit(repairs) }
            return (log, writer, state.lastEvent)
        } catch {
            await writer.close()
            throw error
        }
    }

    /// What becomes of the turns of a dead process where turns go on.
    private func succession(of state: SessionState, _ rules: TakeOverRules?) async -> [EventKind] {
        if Recovery.waitsForPeople(state) { return [] }
        let now = services.time.now
        var detail = Recovery.ownerDied
        switch rules.map({ TakeOver.chance(of: state, by: $0, at: now) }) ?? .never {
        case .goOn: return await TakeOver(state: state, files: services.files).facts()
        case .over(let sentence): detail = sentence
        case .never: if Recovery.canGoOn(state) { return [] }
        }
        return Recovery.mend(state, at: now, keepsQueue: state.header.caller == nil, because: detail)
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
