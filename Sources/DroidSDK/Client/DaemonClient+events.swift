import ApusBase
import DroidWire
import Synchronization

/// What comes to a client by itself.
extension DaemonClient {
    /// Calls back for every notification of the session, in their order, of one type or of all. Malformed ones and those of types that this
    /// version does not know come as `.unknown`.
    ///
    /// The callback runs where frames are read: it must be quick and never wait, or everything on the connection does.
    ///
    /// - Returns: What ends the subscription; the connection's end does so too.
    @discardableResult
    public func onNotification(
        _ type: SessionNotificationType? = nil, _ callback: @escaping @Sendable (SessionNotification) -> Void
    ) -> @Sendable () -> Void {
        let id = state.withLock { state -> Int in
            state.nextSubscriber += 1
            state.subscribers.append((state.nextSubscriber, type, callback))
            return state.nextSubscriber
        }
        return { [weak self] in self?.state.withLock { $0.subscribers.removeAll { $0.id == id } } }
    }

    func receive(_ notification: DroidWire.SessionNotification) {
        let (subscribers, turn) = state.withLock { state in
            switch notification {
            case .droidWorkingStateChanged(let change) where change.newState == .idle: state.hasOwnTurn = false
            case .agentTurnCompleted: state.hasOwnTurn = false
            default: break
            }
            return (state.subscribers, state.turn)
        }
        if !subscribers.isEmpty {
            let value = SessionNotification(notification)
            for subscriber in subscribers where subscriber.filter == nil || subscriber.filter == value.type { subscriber.callback(value) }
        }
        turn?.receive(notification)
    }

    func transportFailed(_ error: any Error) {
        let turn = state.withLock { state -> TurnStream? in
            state.subscribers = []
            state.hasOwnTurn = false
            defer { state.turn = nil }
            return state.turn
        }
        turn?.fail(error)
    }

    // MARK: Questions

    var hasOwnTurn: Bool { state.withLock { $0.hasOwnTurn && !$0.isClosed } }

    func answers(_ method: DroidMethod) -> Bool {
        state.withLock { state in
            method == .requestPermission ? state.permissionHandler != nil : state.askUserHandler != nil
        }
    }

    func answer(_ request: DroidRequest, _ method: DroidMethod) async -> QuestionAnswer {
        let (permission, askUser) = state.withLock { ($0.permissionHandler, $0.askUserHandler) }
        do {
            if method == .requestPermission {
                guard let permission else { return .permission(DroidWire.RequestPermissionResult(selectedOption: .cancel)) }
                let params = try request.question(DroidWire.RequestPermissionParams.self)
                let result = try await permission(RequestPermissionParams(params)).wire
                return Task.isCancelled ? .silence : .permission(result)
            } else {
                guard let askUser else { return .askUser(.cancelled) }
                let params = try request.question(DroidWire.AskUserParams.self)
                let result = try await askUser(AskUserParams(params)).wire
                return Task.isCancelled ? .silence : .askUser(result)
            }
        } catch {
            if Task.isCancelled { return .silence }
            let text = method == .requestPermission ? "Failed to handle permission request" : "Failed to handle ask-user request"
            return .failure(DroidFailure(.internalError, text, data: .string(DroidRouter.text(of: error))))
        }
    }

    // MARK: Turns

    /// Makes the turn the client's own.
    ///
    /// One that was interrupted is given a moment to stop; then the server may queue the next behind it.
    ///
    /// - Throws: ``SessionError`` while another turn of this client runs.
    func begin(_ turn: TurnStream) async throws {
        if let running = currentTurn, running.isRunning, running.isInterrupted {
            if try await !running.isOver(within: DroidTimeout.close) { finished(running) }
        }
        try check()
        try state.withLock { state in
            if let running = state.turn, running.isRunning { throw SessionError.busy }
            state.turn = turn
            state.hasOwnTurn = true
        }
    }

    func beginSending() { state.withLock { $0.hasOwnTurn = true } }

    func finished(_ turn: TurnStream) {
        state.withLock { state in
            if state.turn === turn { state.turn = nil }
        }
    }

    var currentTurn: TurnStream? { state.withLock { $0.turn } }

    /// Sends an interrupt and does not wait for what becomes of it.
    func interruptWithoutWaiting() {
        guard let sessionId else { return }
        router.send(DroidCall(DroidWire.InterruptSessionParams(), sessionId: sessionId)) { _ in }
    }
}
