import ApusTransport
import DroidWire

/// One running turn between the task that reads frames and the one that reads messages.
///
/// It outlives its reader: a turn that was left goes on in the daemon, is followed here without being kept, and holds the next one back.
final class TurnStream: Sendable {
    private enum End {
        case finished
        case failed(any Error)
    }

    private struct State {
        var tracker: TurnTracker
        var buffer = MessageBuffer()
        var end: End?
        var hasReader = true
        var isAcknowledged = false
        var isInterrupted = false
        var stopObserving: (@Sendable () -> Void)?
        /// Counts changes, so that one between a look and a wait is not missed.
        var version = 0
        var seen = 0
        /// Those that wait for the turn to be over.
        var watchers: [Reply<Void>] = []
    }

    private let client: DaemonClient
    private let wantsPartial: Bool
    /// Its one reader waits for it to change.
    private let state: SingleWaiter<State>

    init(_ client: DaemonClient, sessionId: String, params: AddUserMessageParams, messageId: String, wantsPartial: Bool) {
        self.client = client
        self.wantsPartial = wantsPartial
        let tracker = TurnTracker(
            messageId: messageId, sessionId: sessionId, hasOutputFormat: params.outputFormat != nil, start: client.router.clock.now())
        state = SingleWaiter(State(tracker: tracker))
    }

    /// Whether the daemon is believed to work on it.
    var isRunning: Bool { state.withLock { $0.tracker.phase == .running } }
    var isInterrupted: Bool { state.withLock { $0.isInterrupted } }

    /// An interrupt was sent: from now on idle means the end, even if work was never seen to begin.
    func markInterrupted() {
        state.withLock { state in
            state.isInterrupted = true
            state.tracker.interrupted()
        }
    }

    /// Sends the message; the turn must be the client's by now, or the first frames would be missed.
    func start(_ params: AddUserMessageParams, sessionId: String, abort: DroidAbortSignal?) {
        if let abort {
            let stop = abort.observe { [weak self] reason in self?.abort(reason) }
            state.withLock { $0.stopObserving = stop }
            if abort.isAborted { return client.finished(self) }
        }
        // The server takes a message of one id once.
        client.router.send(DroidCall(params.wire, sessionId: sessionId), isRepeatable: true) { [weak self] outcome in
            let result = DaemonClient.result(outcome, of: DroidWire.AddUserMessageParams.self, session: sessionId)
            if case .failure(let error) = result { self?.fail(error) } else { self?.acknowledged() }
        }
    }

    // MARK: From the connection

    func receive(_ notification: DroidWire.SessionNotification) {
        let now = client.router.clock.now()
        wake { state in
            put(state.tracker.receive(notification, now: now), &state)
        }
        settle()
    }

    func fail(_ error: any Error) { end(.failed(error)) }
    /// Without a result.
    func end() { end(.finished) }

    private func acknowledged() { wake { $0.isAcknowledged = true } }

    private func abort(_ reason: any Error) {
        let isOpen = state.withLock { $0.end == nil && $0.tracker.phase != .finished }
        guard isOpen else { return }
        markInterrupted()
        client.interruptWithoutWaiting()
        wake { state in
            state.buffer = MessageBuffer()
            state.end = state.end ?? .failed(reason)
        }
        // The daemon may need a moment to stop; the next turn waits for that, so this one keeps its place in the client.
    }

    private func put(_ messages: [DroidMessage], _ state: inout State) {
        guard state.hasReader, state.end == nil else { return }
        for message in messages where wantsPartial || message.isComplete {
            if !state.buffer.append(message) {
                state.end = .failed(SessionError.overflow)
                return
            }
        }
    }

    private func end(_ end: End) {
        wake { $0.end = $0.end ?? end }
        client.finished(self)
        settle(isOver: true)
    }

    /// Tells those who wait when the turn is over.
    private func settle(isOver: Bool = false) {
        let (watchers, stop, isThrough) = state.withLock { state -> ([Reply<Void>], (@Sendable () -> Void)?, Bool) in
            let phase = state.tracker.phase
            guard isOver || phase != .running else { return ([], nil, false) }
            let isThrough = isOver || phase == .finished || !state.hasReader
            defer {
                state.watchers = []
                if isThrough { state.stopObserving = nil }
            }
            return (state.watchers, isThrough ? state.stopObserving : nil, isThrough)
        }
        stop?()
        for watcher in watchers { watcher.resolve(.success(())) }
        if isThrough { client.finished(self) }
    }

    private func wake(_ change: (inout State) -> Void) {
        state.change { state in
            change(&state)
            state.version += 1
        }
    }

    // MARK: From the reader

    /// The next message; `nil` after the result, and when the session was closed.
    func next() async throws -> DroidMessage? {
        try await withTaskCancellationHandler {
            while true {
                switch step() {
                case .message(let message): return message
                case .end(nil): return nil
                case .end(let error?): throw error
                case .wait(nil): await wait()
                case .wait(let limit?): await wait(limit)
                }
            }
        } onCancel: {
            abort(CancellationError())
        }
    }

    /// Nobody reads any more. The turn goes on.
    func leave() {
        let stop = state.withLock { state -> (@Sendable () -> Void)? in
            state.hasReader = false
            state.buffer = MessageBuffer()
            defer { state.stopObserving = nil }
            return state.stopObserving
        }
        stop?()
        settle()
    }

    /// Waits until the daemon is through with it; whether it was within the limit.
    func isOver(within limit: Duration) async throws -> Bool {
        let reply = Reply<Void>()
        let isOver = state.withLock { state -> Bool in
            if state.tracker.phase != .running { return true }
            state.watchers.append(reply)
            return false
        }
        if isOver { return true }
        do {
            try await reply.value(within: limit, of: "", client.router.clock)
            return true
        } catch is TimeoutError {
            return false
        }
    }

    private enum Step {
        case message(DroidMessage)
        case end((any Error)?)
        /// For the next change, at most so long.
        case wait(Deadline?)
    }

    private struct Deadline {
        let limit: Duration
        let isGrace: Bool
    }

    private func step() -> Step {
        state.withLock { state in
            state.seen = state.version
            if let message = state.buffer.pop() { return .message(message) }
            switch state.end {
            case .failed(let error):
                state.end = .finished
                return .end(error)
            case .finished: return .end(nil)
            case nil: break
            }
            switch state.tracker.phase {
            case .finished: return .end(nil)
            case .grace: return .wait(Deadline(limit: DroidTimeout.completionGrace, isGrace: true))
            case .running:
                return .wait(state.isAcknowledged ? nil : Deadline(limit: DroidTimeout.request, isGrace: false))
            }
        }
    }

    private func wait(_ deadline: Deadline) async {
        let clock = client.router.clock
        let isTimeout = await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await self.wait()
                return false
            }
            group.addTask {
                do {
                    try await clock.sleep(deadline.limit)
                    return true
                } catch {
                    return false
                }
            }
            let first = await group.next() ?? false
            group.cancelAll()
            return first
        }
        guard isTimeout else { return }
        let now = clock.now()
        if deadline.isGrace {
            wake { state in
                let messages = state.tracker.graceEnded(now: now)
                put(messages, &state)
            }
            settle()
        } else if !state.withLock({ $0.isAcknowledged }) {
            let method = DroidMethod.addUserMessage.wireName(client.router.family)
            fail(TimeoutError(method: method, timeout: deadline.limit))
        }
    }

    private func wait() async { await state.wait { $0.version != $0.seen } }
}
