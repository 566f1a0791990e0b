import ApusBase
import ApusCore

/// One owned session: admits turns, starts them one after the other, ends them.
actor SessionActor {
    nonisolated let log: SessionLog
    nonisolated let questions: SessionQuestions
    private let id: SessionID
    private let services: EngineServices
    private let writer: any SessionWriter
    private let approvals: SessionApprovals
    private let children: any ChildSessions
    /// False when nothing is run any more.
    private let launch: @Sendable (@escaping @Sendable () async -> Void) -> Bool
    private var machine: SessionStateMachine
    /// The handle of the running turn, or of the one that is about to run.
    private var current: TurnHandle?
    private var currentOrigin: TurnOrigin?
    /// Handles of the turns that wait.
    private var waiting: [TurnID: TurnHandle] = [:]
    private var isReleased = false
    /// Others wait for the end: the engine's, or whoever opens the session next.
    private var isClosing = false
    /// Of the last turn that began here.
    private var currentFront: TurnOrigin.Front?
    private var exporting: OneShot<Bool>?
    private var changing: OneShot<Bool>?
    private var snapshotAt: EventNumber
    /// Hooks have heard of its start here, and shall hear of its end.
    private var hasStarted = false

    /// A snapshot saves folding this many events at the next load.
    private static let eventsPerSnapshot: EventNumber = 512
    /// Hooks have so long to hear of the end of a session that somebody wants to be over.
    private static let farewellLimit = Duration.seconds(2)
    /// Without a prompt for so long, people who sit before it are told.
    private static let idleLimit = Duration.seconds(60)
    /// A turn that is cancelled runs on so long, at most, until its followers are told of that.
    private static let noticeLimit = Duration.seconds(1)

    init(
        id: SessionID, log: SessionLog, services: EngineServices, writer: any SessionWriter,
        children: any ChildSessions,
        launch: @escaping @Sendable (@escaping @Sendable () async -> Void) -> Bool
    ) {
        self.id = id
        self.log = log
        self.services = services
        self.writer = writer
        self.children = children
        self.launch = launch
        approvals = SessionApprovals(log: log, writer: writer)
        questions = SessionQuestions(log: log, writer: writer)
        machine = SessionStateMachine(resuming: log.folded)
        snapshotAt = log.folded.lastEvent
    }

    func change(_ settings: SessionSettings) async throws(SessionError) {
        try await change { $0.settings == settings ? [] : [.settingsChanged(settings)] }
    }

    /// Nothing but the model, whatever was changed a moment before.
    func chooseModel(_ model: String, by client: String?) async throws(SessionError) {
        try await change { state in
            var settings = state.settings
            settings.model = model
            let notice = EventKind.noticed(.modelChosen(model, by: client))
            return settings == state.settings ? [notice] : [notice, .settingsChanged(settings)]
        }
    }

    /// One change at a time, each with what the one before has left.
    private func change(_ facts: (SessionState) -> [EventKind]) async throws(SessionError) {
        while let earlier = changing { _ = await earlier.given() }
        let done = OneShot<Bool>()
        changing = done
        defer {
            changing = nil
            done.give(true)
        }
        let facts = facts(log.folded)
        if !facts.isEmpty { try await record(facts) }
    }

    func record(_ facts: [EventKind]) async throws(SessionError) {
        do { _ = try await writer.commit(facts) } catch { throw .log(error) }
        // Notices leave nothing in what is exported, and some come often.
        let isNoted = facts.allSatisfy { if case .noticed = $0 { true } else { false } }
        if current == nil, !isNoted { await export() }
    }

    /// One at a time, each with what the session is when it begins.
    private func export() async {
        // A session without a prompt is none for people.
        guard let exports = services.exports, !log.folded.transcript.isEmpty else { return }
        while let earlier = exporting { _ = await earlier.given() }
        let done = OneShot<Bool>()
        exporting = done
        await exports.export(log.folded)
        exporting = nil
        done.give(true)
    }

    func submit(_ given: TurnInput) async throws(SessionError) -> TurnID {
        var input = given
        // Whoever comes after a process that keeps no turns has nothing to do with them.
        if !services.resumesTurns { input.origin.onOwnerDeath = .end }
        switch machine.submit(input) {
        case .refuse(let error): throw error
        case .repeated(let turn): return turn
        case .wait:
            let handle = TurnHandle()
            waiting[input.turn] = handle
            try await accept(input, handle)
        case .start:
            let handle = TurnHandle()
            let isLaunched = start(input, handle)
            do throws(SessionError) {
                try await accept(input, handle)
            } catch {
                if !isLaunched { await abandon() }
                throw error
            }
            if !isLaunched { await abandon() }
        }
        return input.turn
    }

    /// Goes on with the turn of a dead process that was left running, and with those that waited for their turn.
    func resume() async {
        let state = log.folded
        guard current == nil else { return }
        var queue = state.queue
        let running = state.running?.input
        guard let next = running ?? (queue.isEmpty ? nil : queue.removeFirst()) else { return }
        machine = SessionStateMachine(resuming: state, running: next.turn, queue: queue)
        for input in queue { waiting[input.turn] = TurnHandle(isAccepted: true) }
        if !start(next, TurnHandle(isAccepted: true), isResumed: running != nil) { await abandon() }
    }

    func answer(
        _ id: ApprovalID, _ answer: ApprovalAnswer, by voter: ApprovalVoter, isSubmitterPresent: Bool
    ) async throws(ApprovalError) -> ApprovalReceipt {
        let gate = AccessGate(session: self.id, services: services, writer: writer)
        return try await Ballot(gate: gate, approvals: approvals, log: log).cast(
            id, answer, by: voter, isSubmitterPresent: isSubmitterPresent)
    }

    /// Ends what the connection submitted and wanted ended with it.
    func originGone(_ writer: String) async {
        let isOver: @Sendable (TurnOrigin) -> Bool = { $0.writer == writer && $0.onOriginGone == .interrupt }
        await end(machine.removeWaiting { isOver($0.origin) })
        if let currentOrigin, isOver(currentOrigin) { await interrupt() }
    }

    func cancel(turn: TurnID?, writer: String?) async throws(SessionError) -> TurnCancellation {
        let removed = machine.removeWaiting { input in turn.map { input.turn == $0 } ?? (input.origin.writer == writer) }
        var cancelled = TurnCancellation(queued: removed.map(\.turn), active: nil)
        var told: OneShot<Bool>?
        var stopped: TurnHandle?
        if let running = machine.running, running == turn || (writer != nil && currentOrigin?.writer == writer), let current {
            told = current.seal.cancel()
            if told != nil {
                cancelled.active = machine.interrupt()
                stopped = current
            }
        }
        // The end comes also when nobody can be told.
        defer { told?.give(true) }
        if cancelled == .none { return cancelled }
        let notice = EventKind.noticed(.turnsCancelled(cancelled, turn: turn, writer: writer))
        let result: Result<Void, SessionError> = await storing(beforeTheStopOf: stopped) {
            do throws(SessionError) {
                // Together, so that nobody sees the ends without the reason.
                try await record([notice] + (await ends(of: removed)))
                return .success(())
            } catch {
                return .failure(error)
            }
        }
        try result.get()
        return cancelled
    }

    /// Returns when the end of the turn is stored, or at once when nothing runs.
    func interrupt(_ reason: TurnEndReason = .interrupted) async {
        guard let handle = current else { return }
        let turn = machine.interrupt()
        if let turn, reason == .interrupted { await note(interruptOf: turn, handle) }
        handle.stop.give(reason)
        _ = await handle.ended.wait()
    }

    /// Stored before the turn ends, so that no process goes on with what somebody has stopped, should this one die until then.
    private func note(interruptOf turn: TurnID, _ handle: TurnHandle) async {
        guard services.resumesTurns else { return }
        let state = log.folded
        if let running = state.running {
            guard services.takeOver != nil, currentOrigin?.onOwnerDeath == .goOn, !running.isCancelled else { return }
        } else if state.stoppedEarly == turn {
            return
        }
        let notice = EventKind.noticed(.turnsCancelled(TurnCancellation(queued: [], active: turn), turn: nil, writer: nil))
        // A log that cannot be written keeps no turn from being stopped.
        await storing(beforeTheStopOf: handle) { _ = try? await writer.commit([notice]) }
    }

    /// What tells of the stop comes first, but a log that takes its time keeps nothing running.
    private func storing<Value: Sendable>(beforeTheStopOf handle: TurnHandle?, _ store: () async -> Value) async -> Value {
        await withTaskGroup(of: Void.self) { group in
            if let handle {
                group.addTask { [time = services.time] in
                    try? await time.sleep(for: Self.noticeLimit)
                    handle.stop.give(.interrupted)
                }
            }
            // Which ends the sleep.
            defer { group.cancelAll() }
            return await store()
        }
    }

    /// Returns when nothing runs.
    func rest() async {
        while let handle = current { _ = await handle.ended.given() }
    }

    /// - Parameter mayGoOnLater: A turn that waits for answers is left as it is, with those behind it, if processes go on with such turns.
    func close(mayGoOnLater: Bool = false) async {
        let (unstarted, _) = machine.close()
        isClosing = mayGoOnLater
        if mayGoOnLater, services.resumesTurns, let handle = current, Recovery.canGoOn(log.folded) {
            handle.suspension.give(true)
            handle.stop.give(.interrupted)
            _ = await handle.ended.given()
            return await release(leaving: true)
        }
        if let handle = current {
            handle.stop.give(.interrupted)
            // Leaving earlier would take the log from a turn that has its end still to store.
            _ = await handle.ended.given()
        }
        // Turns that never began do so in the next process.
        let areLeft = mayGoOnLater && services.resumesTurns && !unstarted.isEmpty
        if !areLeft { await end(unstarted) }
        await release(leaving: areLeft)
    }

    /// Gives the session up unless something runs, waits or is asked in it. False when it stays.
    func retire() async -> Bool {
        let state = log.folded
        guard machine.state == .idle, machine.queue.isEmpty, current == nil else { return false }
        guard state.queue.isEmpty, state.openApprovals.isEmpty, state.openQuestions.isEmpty else { return false }
        _ = machine.close()
        isClosing = true
        await release()
        return true
    }

    /// The turn may have been called up already: it begins when this is done.
    private func accept(_ input: TurnInput, _ handle: TurnHandle) async throws(SessionError) {
        do {
            _ = try await writer.commit([.turnQueued(input)])
            handle.accepted.give(true)
        } catch {
            machine.withdraw(input)
            waiting[input.turn] = nil
            handle.accepted.give(false)
            throw .log(error)
        }
    }

    /// Ends turns that never began.
    private func end(_ unstarted: [TurnInput]) async {
        let ends = await ends(of: unstarted)
        // A log that cannot be written keeps the turns queued; the next open ends them.
        if !ends.isEmpty { _ = try? await writer.commit(ends) }
    }

    /// Of those that were accepted.
    private func ends(of unstarted: [TurnInput]) async -> [EventKind] {
        var ends: [EventKind] = []
        for input in unstarted where await waiting.removeValue(forKey: input.turn)?.accepted.given() ?? false {
            ends.append(.turnFinished(TurnEnd(turn: input.turn, reason: .interrupted, detail: "Interrupted.")))
        }
        return ends
    }

    /// The writer first: it may have something to show yet.
    private func release(leaving: Bool = false) async {
        if isReleased { return }
        isReleased = true
        if !leaving { await bidFarewell() }
        await services.hooks.forget(id)
        if leaving { await writer.leave() } else { await writer.close() }
        log.close()
    }

    /// False when nothing is run any more; then the turn is `current` and waits for `abandon`.
    private func start(_ input: TurnInput, _ handle: TurnHandle, isResumed: Bool = false) -> Bool {
        current = handle
        currentOrigin = input.origin
        currentFront = input.origin.front
        let runner = TurnRunner(
            input: input, session: id, services: services, writer: writer, log: log, approvals: approvals, questions: questions,
            stop: handle.stop,
            isResumed: isResumed, suspension: handle.suspension, seal: handle.seal, startsSession: !hasStarted && !isResumed,
            isSubagent: log.folded.header.caller != nil, children: children)
        if !isResumed { hasStarted = true }
        let spent = isResumed ? log.folded.running.map { services.time.now - $0.startedAt } ?? 0 : 0
        return launch { [services, log] in
            let failure = OneShot<EventLogError>()
            if await handle.accepted.given() {
                let vacate = await Self.occupy(log.folded.directory, services, unless: handle.stop)
                defer { vacate() }
                await withTaskGroup(of: Void.self) { group in
                    // Stopped while it waited, it only stores its end.
                    if handle.stop.value != nil { group.cancelAll() }
                    group.addTask {
                        do throws(EventLogError) { try await runner.run() } catch { failure.give(error) }
                    }
                    group.addTask { _ = await handle.stop.wait() }
                    if let milliseconds = input.limits.milliseconds.map({ max(0, $0 - Int(spent)) }) {
                        group.addTask {
                            do throws(CancellationError) {
                                try await services.time.sleep(for: .milliseconds(milliseconds))
                                handle.stop.give(.timeLimit)
                            } catch {
                                // The turn ended first.
                            }
                            _ = await handle.stop.wait()
                        }
                    }
                    await group.next()
                    group.cancelAll()
                }
            }
            await self.ended(input.turn, handle, failure.value)
        }
    }

    /// Waits no longer than until the turn is stopped: a lock that comes later than that is given up at once.
    private static func occupy(
        _ directory: String, _ services: EngineServices, unless stop: OneShot<TurnEndReason>
    ) async -> @Sendable () -> Void {
        let given = OneShot<@Sendable () -> Void>()
        let attempt = Task {
            let vacate = await services.occupy(directory)
            // Taken by whoever is first: the turn, or nobody when it has gone on without.
            if !given.give(vacate) { vacate() }
        }
        return await withTaskGroup(of: Void.self) { group in
            group.addTask { _ = await given.wait() }
            group.addTask { _ = await stop.wait() }
            await group.next()
            group.cancelAll()
            attempt.cancel()
            _ = given.give({})
            return given.value ?? {}
        }
    }

    private func ended(_ turn: TurnID, _ handle: TurnHandle, _ failure: EventLogError?) async {
        if let failure { await mend(turn, failure) }
        var isLaunched = true
        if let next = machine.finished(turn) {
            isLaunched = start(next, waiting.removeValue(forKey: next.turn) ?? TurnHandle())
        } else {
            current = nil
            currentOrigin = nil
        }
        handle.ended.give(true)
        if !isLaunched { await abandon() }
        if current == nil { await export() }
        await snapshotIfDue()
        await watchForIdleness()
    }

    // MARK: Hooks

    private var hooks: HookDesk { HookDesk(services: services, writer: isReleased ? nil : writer, state: { [log] in log.folded }) }

    func fire(_ occasion: HookOccasion) async throws(SessionError) -> HookVerdict {
        do { return try await hooks.fire(occasion) } catch { throw .log(error) }
    }

    /// As long as they want, unless somebody waits for the end.
    private func bidFarewell() async {
        guard hasStarted else { return }
        let isHurried = isClosing || log.folded.lastTurn?.reason == .interrupted
        let desk = HookDesk(services: services, writer: writer, state: { [log] in log.folded })
        // A log that cannot be written any more takes nothing else either.
        _ = try? await desk.fire(.sessionEnd, within: isHurried ? Self.farewellLimit : nil)
    }

    /// Where people sit before the session, hooks are told once when it has waited for them long enough.
    private func watchForIdleness() async {
        guard current == nil, !isReleased, let last = log.folded.lastTurn?.turn, currentFront != .exec else { return }
        let occasion = HookOccasion.notification("Apus is waiting for your input")
        guard await hooks.plan(for: occasion) != nil else { return }
        _ = launch { [services] in
            // Cancelled when the engine ends.
            try? await services.time.sleep(for: Self.idleLimit)
            if !Task.isCancelled { await self.tellIdle(since: last, occasion) }
        }
    }

    private func tellIdle(since turn: TurnID, _ occasion: HookOccasion) async {
        guard current == nil, !isReleased, log.folded.lastTurn?.turn == turn else { return }
        // Nothing depends on it.
        _ = try? await hooks.fire(occasion)
    }

    /// Followers wait for an end: they get the turn's, or the log's when not even that can be stored.
    private func mend(_ turn: TurnID, _ failure: EventLogError) async {
        do throws(EventLogError) {
            _ = try await writer.commit(Recovery.end(turn, in: log.folded, because: failure, at: services.time.now))
        } catch {
            _ = machine.close()
            await release()
        }
    }

    /// The engine runs nothing any more: what was accepted ends without having begun.
    private func abandon() async {
        let (unstarted, running) = machine.close()
        let ends = running.map { EventKind.turnFinished(TurnEnd(turn: $0, reason: .interrupted, detail: "Interrupted.")) }
        // A log that cannot be written keeps the turn queued; the next open ends it.
        if let ends { _ = try? await writer.commit([ends]) }
        await end(unstarted)
        current?.ended.give(true)
        current = nil
    }

    private func snapshotIfDue() async {
        let state = log.folded
        guard state.running == nil, state.lastEvent - snapshotAt >= Self.eventsPerSnapshot else { return }
        snapshotAt = state.lastEvent
        // Only a shortcut: without it the next load folds more.
        try? await writer.save(state)
    }
}
