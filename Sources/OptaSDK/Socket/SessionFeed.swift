import ApusTransport
import Synchronization

/// Keeps one session's events coming to the readers of a ``DaemonWebSocket``: opens its socket again when it is lost, asks the log when there is no
/// socket to be had, and gives every reader every event once (`opta-v3.md` §5 rows 9, 10, 18 to 20).
final class SessionFeed: Sendable {
    /// Why a connection ended.
    enum Ending: Sendable {
        /// Nobody wants this session any more.
        case stopped
        /// A reader that was behind has room again.
        case replay
        /// 4000 or 4001.
        case refused(code: Int, reason: String)
        case lost(DaemonDisconnect, isOpened: Bool)
    }

    /// What a feed does when it is woken.
    enum Word: Sendable { case stop, replay }

    let sessionID: String
    let port = CommandPort()
    private let tools: FeedTools
    private let hub: any FeedReaders
    private let word = Latch<Word>()
    private let state: Mutex<State>

    private struct State {
        var views: [Int: SessionView] = [:]
        /// Where the session is followed from.
        let first: Int64
        /// The highest number that came, and where readers begin that come later.
        var newest: Int64
        /// The number of the event that is being given.
        var taking: Int64?
        var isStopped = false

        /// The place of a reader, or where it begins.
        func view(of reader: SocketReader) -> SessionView {
            views[reader.id] ?? SessionView(cursor: reader.beginsAtStart ? first : newest)
        }
    }

    init(sessionID: String, afterSeq: Int64, tools: FeedTools, hub: any FeedReaders) {
        self.sessionID = sessionID
        self.tools = tools
        self.hub = hub
        state = Mutex(State(first: afterSeq, newest: afterSeq))
    }

    /// The last event that every reader was given: every one that is there, and those of the end when none is any more.
    var cursor: Int64 {
        let present = Set(hub.readers.map(\.id))
        return state.withLock { state in
            state.views.filter { present.isEmpty || present.contains($0.key) }.values.map(\.cursor).min() ?? state.newest
        }
    }

    /// Where the session is to be read from: readers that are behind come later.
    private var readingCursor: Int64 {
        state.withLock { state in state.views.values.filter { !$0.isBehind }.map(\.cursor).min() ?? state.newest }
    }

    /// A reader that wants everything from the start, which others may have had.
    func begin(_ reader: SocketReader) {
        state.withLock { state in
            guard state.views[reader.id] == nil, max(state.newest, state.taking ?? 0) > state.first else { return }
            var view = state.view(of: reader)
            view.isBehind = true
            state.views[reader.id] = view
        }
        readAgain()
    }

    /// The feed ends; what its readers have not read stays.
    func stop() {
        state.withLock { $0.isStopped = true }
        word.say(.stop)
    }

    /// A reader has room again.
    func readAgain() {
        if state.withLock({ $0.views.values.contains { $0.isBehind } }) { word.say(.replay) }
    }

    /// The present connection is of no use: another one is opened, from the cursor.
    func connectAgain() { word.say(.replay) }

    func run() async {
        var failures = 0
        while !Task.isCancelled, !state.withLock({ $0.isStopped }) {
            let access = tools.http.endpoint.current
            let began = tools.clock.now()
            let ending = await connection(access)
            switch ending {
            case .stopped: return
            case .replay: failures = 0
            case .refused(let code, let reason):
                if code == 4_001, tools.http.endpoint.refresh(after: access) { continue }
                let error = DaemonRefusedError(code: code, reason: reason)
                hub.tell(DaemonDisconnect(sessionID: sessionID, code: code, reason: reason, willReconnect: false))
                return hub.fail(error)
            case .lost(let disconnect, let isOpened):
                if isOpened {
                    hub.tell(disconnect)
                    if tools.clock.now() - began >= ReconnectSchedule.stands || heardSomething { failures = 0 }
                } else if tools.http.endpoint.refresh(after: access) {
                    // The daemon began anew somewhere else.
                    continue
                } else if await pollWhileItWorks() {
                    failures = 0
                    continue
                }
                await sleep(tools.schedule.pause(failures))
                failures += 1
            }
        }
    }

    private var heardSomething: Bool { heard.withLock { $0 } }
    private let heard = Mutex(false)
    private let history = Mutex<TurnHistory?>(nil)
    private let logsText = Mutex<Bool?>(nil)

    /// Ends early when the feed is stopped.
    private func sleep(_ time: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            // A sleep that was cancelled is over as well.
            group.addTask { [tools] in try? await tools.clock.sleep(time) }
            group.addTask { [word] in await word.wait() }
            await group.next()
            group.cancelAll()
        }
        // Reading again is what comes next anyway, and a stop is noted elsewhere.
        _ = word.take()
    }

    // MARK: without a socket

    /// The log in place of a socket, until a socket is worth a try again.
    ///
    /// - Returns: Whether the log could be read all the time.
    private func pollWhileItWorks() async -> Bool {
        for _ in 0..<ReconnectSchedule.pollsPerTry {
            guard !Task.isCancelled, !state.withLock({ $0.isStopped }) else { return false }
            beginReading()
            do {
                for event in try await tools.http.events(sessionID, afterSeq: readingCursor) { await take(event) }
            } catch let error as DaemonHTTPError where error.status == 401 {
                hub.tell(DaemonDisconnect(sessionID: sessionID, code: nil, reason: error.message, willReconnect: false))
                hub.fail(error)
                stop()
                return false
            } catch {
                return false
            }
            await sleep(ReconnectSchedule.poll)
        }
        return true
    }

    // MARK: a socket

    private func connection(_ access: DaemonAccess) async -> Ending {
        // An older wish to read again is about to be fulfilled.
        _ = word.take()
        if state.withLock({ $0.isStopped }) { return .stopped }
        beginReading()
        heard.withLock { $0 = false }
        let socket: DaemonWSConnection
        do {
            socket = try await tools.sockets.open(access, sessionID: sessionID, afterSeq: readingCursor)
        } catch {
            if Task.isCancelled { return .stopped }
            return .lost(DaemonDisconnect(sessionID: sessionID, code: nil, reason: error.description, willReconnect: true), isOpened: false)
        }
        port.attach()
        let ending = await withTaskGroup(of: Ending.self) { group in
            group.addTask { await self.read(socket) }
            group.addTask { await self.watch(socket.link) }
            group.addTask { await self.sendCommands(on: socket.link) }
            group.addTask { await self.listen() }
            defer { group.cancelAll() }
            return await group.next() ?? .stopped
        }
        port.detach()
        if case .lost(_, _) = ending {
            // Nobody is there to answer a good-bye: it is not waited for.
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await socket.close() }
                group.cancelAll()
            }
        } else {
            await socket.close()
        }
        return ending
    }

    private func read(_ socket: DaemonWSConnection) async -> Ending {
        await findLostTurns()
        do {
            while let frame = try await socket.receive() {
                switch frame {
                case .event(let event):
                    heard.withLock { $0 = true }
                    await take(event)
                case .ack(let action, let json): port.answered(action, .ack(json))
                // What the replay fails with says so by its cursor, and answers no command.
                case .error(let error, let json): if json["afterSeq"] == nil { port.answered(nil, .refused(error, json)) }
                case .other: break
                }
            }
            if Task.isCancelled { return .stopped }
            return .lost(DaemonDisconnect(sessionID: sessionID, code: 1_006, reason: "", willReconnect: true), isOpened: true)
        } catch .closed(let code, let reason) where code == 4_000 || code == 4_001 {
            return .refused(code: code, reason: reason)
        } catch .closed(let code, let reason) {
            return .lost(DaemonDisconnect(sessionID: sessionID, code: code, reason: reason, willReconnect: true), isOpened: true)
        } catch {
            return .lost(DaemonDisconnect(sessionID: sessionID, code: nil, reason: error.description, willReconnect: true), isOpened: true)
        }
    }

    /// Ends when the socket takes nothing more.
    private func sendCommands(on link: any SocketLink) async -> Ending {
        do {
            try await port.send(on: link)
            return .stopped
        } catch {
            return lost(error)
        }
    }

    private func lost(_ error: any Error) -> Ending {
        if Task.isCancelled { return .stopped }
        return .lost(DaemonDisconnect(sessionID: sessionID, code: nil, reason: "\(error)", willReconnect: true), isOpened: true)
    }

    /// Ends when the other side has been silent for too long.
    private func watch(_ link: any SocketLink) async -> Ending {
        do {
            while true {
                let heard = link.framesHeard
                try await tools.clock.sleep(ReconnectSchedule.silence)
                if link.framesHeard != heard { continue }
                try await link.ping()
                try await tools.clock.sleep(ReconnectSchedule.answer)
                if link.framesHeard != heard { continue }
                let reason = "no frame within \(ReconnectSchedule.silence + ReconnectSchedule.answer)"
                return .lost(DaemonDisconnect(sessionID: sessionID, code: nil, reason: reason, willReconnect: true), isOpened: true)
            }
        } catch {
            return lost(error)
        }
    }

    private func listen() async -> Ending {
        await word.wait()
        guard case .replay? = word.take(), !state.withLock({ $0.isStopped }) else { return .stopped }
        return await withTaskGroup(of: Ending.self) { group in
            group.addTask { [port] in
                await port.drain()
                return .replay
            }
            group.addTask { [word] in
                // To be read again is what is coming anyway.
                while !Task.isCancelled {
                    await word.wait()
                    if case .stop? = word.take() { break }
                }
                return .stopped
            }
            defer { group.cancelAll() }
            return await group.next() ?? .stopped
        }
    }

    // MARK: events

    /// Whoever was behind and has room is not behind any more: what follows begins at its cursor. Who has none is not told again.
    private func beginReading() {
        let readers = hub.readers
        state.withLock { state in
            let present = Set(readers.map(\.id))
            state.views = state.views.filter { present.contains($0.key) }
            for reader in readers {
                if state.views[reader.id] == nil { state.views[reader.id] = state.view(of: reader) }
                if state.views[reader.id]?.isBehind == true, reader.queue.hasRoom() { state.views[reader.id]?.isBehind = false }
            }
        }
    }

    private enum Step: Sendable {
        case nothing
        case text(DaemonEvent, TurnTextKeeper)
    }

    /// Gives one event to every reader that has not had it.
    private func take(_ event: DaemonEvent) async {
        state.withLock { $0.taking = event.seq }
        let readers = hub.readers
        for reader in readers {
            let step = state.withLock { state -> Step in
                var view = state.view(of: reader)
                // Taken out, so that the view is changed in place.
                state.views[reader.id] = nil
                defer { state.views[reader.id] = view }
                if view.isBehind || event.seq <= view.cursor { return .nothing }
                guard reader.queue.reserve() else {
                    view.isBehind = true
                    reader.queue.push(
                        .event(
                            DaemonEvent(
                                local: .clientFellBehind, ["afterSeq": .integer(view.cursor)], sessionID: sessionID, seq: view.cursor)))
                    return .nothing
                }
                switch view.admit(event) {
                case .skip: reader.queue.release()
                case .give(let event): reader.queue.fill(event)
                case .giveAfterText(let event, let keeper): return .text(event, keeper)
                }
                return .nothing
            }
            guard case .text(let admitted, let keeper) = step else { continue }
            if await !isTextLogged(of: keeper), let text = reconciled(admitted, keeper, await history(for: admitted)) {
                reader.queue.push(.event(text))
            }
            reader.queue.fill(admitted)
        }
        state.withLock { state in
            state.newest = max(state.newest, event.seq)
            state.taking = nil
        }
    }

    /// Whether the daemon keeps what a model says in its log, as Apus does: then all of it came, and a gap is only how it counts. Asked once.
    private func isTextLogged(of keeper: TurnTextKeeper) async -> Bool {
        if let known = logsText.withLock({ $0 }) { return known }
        if keeper.countsInSteps {
            logsText.withLock { $0 = true }
            return true
        }
        // Whoever cannot be asked is asked again.
        guard let log = try? await tools.http.events(sessionID, afterSeq: max(0, keeper.start - 1)) else { return false }
        if log.contains(where: { $0.event == .turnToken || $0.event == .turnThinking }) {
            logsText.withLock { $0 = true }
            return true
        }
        if !keeper.segments.allSatisfy(\.isEmpty) { logsText.withLock { $0 = false } }
        return false
    }

    /// The session's messages, and which turns they are of: the last answer is that of the last `turn.done`, and so on backwards. One look serves
    /// all turns that were over by then.
    private func history(for event: DaemonEvent) async -> TurnHistory? {
        if let history = history.withLock({ $0 }), history.ends.contains(event.seq) { return history }
        do {
            var ends = try await self.ends(from: event.seq)
            for _ in 0..<3 {
                let messages = try await tools.http.session(sessionID).messages
                let now = try await self.ends(from: event.seq)
                if ends == now {
                    let found = TurnHistory(messages: messages, ends: ends)
                    history.withLock { $0 = found }
                    return found
                }
                // A turn ended in between.
                ends = now
            }
        } catch {
            // Told as a text that could not be had.
        }
        return nil
    }

    private func ends(from seq: Int64) async throws -> [Int64] {
        try await tools.http.events(sessionID, afterSeq: seq - 1).filter { $0.event == .turnDone }.map(\.seq)
    }

    /// - Returns: `nil` when no text is missing.
    private func reconciled(_ event: DaemonEvent, _ keeper: TurnTextKeeper, _ history: TurnHistory?) -> DaemonEvent? {
        var payload: JSONMembers = ["turnId": .string(event.turnID ?? "")]
        if let history, keeper.isWhole(with: history, end: event.seq) { return nil }
        if let history, let found = keeper.reconciled(with: history, end: event.seq) {
            payload["text"] = .string(found.text)
            payload["missing"] = found.missing.map(JSON.string)
        } else {
            payload["problem"] = .string(
                history == nil ? "the session's messages could not be read" : "no answer of the session has the pieces that came")
        }
        return DaemonEvent(local: .clientTurnText, .object(payload), sessionID: sessionID, seq: event.seq)
    }

    /// A daemon that died says nothing of the turn it ran (§4.4): if it does not know it any more, and its log has no end of it, this is its end.
    private func findLostTurns() async {
        let running = Set(state.withLock { state in state.views.values.filter { !$0.isBehind }.compactMap(\.rules.running) })
        guard !running.isEmpty else { return }
        // Whoever does not answer now leaves it to the events.
        guard let session = try? await tools.http.session(sessionID), session.queuedTurns == 0 else { return }
        let lost = running.subtracting([session.activeTurnID].compactMap { $0 })
        guard !lost.isEmpty, let log = try? await tools.http.events(sessionID, afterSeq: readingCursor) else { return }
        for event in log { await take(event) }
        for reader in hub.readers {
            state.withLock { state in
                guard let view = state.views[reader.id], let turn = view.rules.running, lost.contains(turn), !view.isBehind else { return }
                let end = DaemonEvent(
                    local: .turnError,
                    [
                        "turnId": .string(turn), "code": "turn-lost",
                        "message": "The daemon does not run this turn any more, and its log has no end of it.",
                    ], sessionID: sessionID, seq: view.cursor)
                if let admitted = state.views[reader.id]?.admitLocal(end) { reader.queue.push(.event(admitted)) }
            }
        }
    }
}

/// What feeds work with.
struct FeedTools: Sendable {
    var http: DaemonHTTPClient
    var sockets: DaemonWSClient
    var schedule: ReconnectSchedule
    var clock: TransportClock
}

/// Whom feeds work for.
protocol FeedReaders: AnyObject, Sendable {
    /// Those that want events.
    var readers: [SocketReader] { get }
    /// A connection ended.
    func tell(_ disconnect: DaemonDisconnect)
    /// Nothing more comes.
    func fail(_ error: any Error)
}

/// One loop over events, or all closures together.
struct SocketReader: Sendable {
    let id: Int
    let queue: EventQueue
    /// Wants all that the sessions are followed from, also what others have had.
    let beginsAtStart: Bool
}
