import ApusBase
import ApusTransport
import DroidWire
import Synchronization

/// How a connection that was lost is opened again, on a server that can go on at an event.
struct DroidReconnecting: Sendable {
    /// How long it is tried, from the loss on.
    let limit: Duration
    /// A transport that is not connected yet.
    let transport: @Sendable () async throws -> any DroidClientTransport
    let credential: DaemonCredential

    static let pause = Duration.seconds(1)
    /// A server that accepts and then says nothing does not use up the whole time.
    static let longestAttempt = Duration.seconds(20)
}

extension DroidRouter {
    var isResumable: Bool { state.withLock { $0.reconnecting != nil && $0.end == nil } }

    /// Asks the server whether it can; if it cannot, a lost connection stays lost.
    func resumeWhenLost(_ reconnecting: DroidReconnecting) async throws {
        let reply = Reply<Bool>()
        let id = send(DroidCall(EnableEventCursorsParams())) { outcome in
            reply.resolve(outcome.map { response in if case .success = response.outcome { true } else { false } })
        }
        defer { forget(id) }
        let canResume = try await reply.value(within: DroidTimeout.request, of: "daemon.enable_event_cursors", clock)
        if canResume { state.withLock { $0.reconnecting = reconnecting } }
    }

    /// Everything about the session up to there has come.
    func note(_ cursor: DroidCursor?, of session: String) {
        guard let cursor else { return }
        state.withLock { state in if state.reconnecting != nil { state.cursors[session] = cursor } }
    }

    // MARK: The writer

    /// Where a message may be sent; `nil` for one that belongs to a connection that is gone. Waits while none stands.
    func transport(for message: Outgoing) async -> (any DroidClientTransport)? {
        await withCheckedContinuation { (waiting: CheckedContinuation<Void, Never>) in
            let mayGoOn = state.withLock { state in
                if state.isStanding || state.end != nil { return true }
                state.waitingWriter = waiting
                return false
            }
            if mayGoOn { waiting.resume() }
        }
        return state.withLock { state in
            state.end == nil && state.isStanding && state.generation == message.generation ? state.transport : nil
        }
    }

    func wakeWriter() {
        state.withLock { state in
            defer { state.waitingWriter = nil }
            return state.waitingWriter
        }?.resume()
    }

    // MARK: Resuming

    /// Opens the connection again and goes on where each session stood. Returns why it is lost for good; `nil` when all goes on.
    func resume(after loss: any Error) async -> (any Error)? {
        guard let reconnecting = state.withLock({ $0.end == nil ? $0.reconnecting : nil }) else { return loss }
        pause(loss)
        let deadline = clock.now() + reconnecting.limit
        while clock.now() < deadline, isResumable, !Task.isCancelled {
            do {
                try await attempt(reconnecting, within: min(deadline - clock.now(), DroidReconnecting.longestAttempt))
                proceed()
                return nil
            } catch let refusal as Refusal {
                return refusal.error
            } catch {
                do { try await clock.sleep(DroidReconnecting.pause) } catch { return loss }
            }
        }
        return loss
    }

    /// The server has answered, and a further attempt will not be answered better.
    private struct Refusal: Error { let error: any Error }

    /// What cannot be repeated has failed; questions come again with their session.
    private func pause(_ loss: any Error) {
        let (failed, questions) = state.withLock { state -> ([Open], [Task<Void, Never>]) in
            state.isStanding = false
            state.generation += 1
            let failed = state.open.filter { $0.value.repeatable == nil }
            for id in failed.keys { state.open[id] = nil }
            defer { state.questions = [:] }
            return (Array(failed.values), Array(state.questions.values))
        }
        let error = ConnectionError("Transport error: \(DroidRouter.text(of: loss))", cause: loss)
        for entry in failed { entry.complete(.failure(error)) }
        for question in questions { question.cancel() }
    }

    private func proceed() {
        state.withLock { $0.isStanding = true }
        wakeWriter()
    }

    /// What was sent and not answered before the loss, in its order; what was made since then waits behind it.
    private var repeated: [String] {
        state.withLock { state in
            state.open.values.filter { $0.generation < state.generation }.sorted { $0.number < $1.number }.compactMap(\.repeatable)
        }
    }

    private func attempt(_ reconnecting: DroidReconnecting, within limit: Duration) async throws {
        let attempt = Attempt()
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let transport = try await reconnecting.transport()
                    attempt.transport.withLock { $0 = transport }
                    // Too late: nobody else closes it any more.
                    try Task.checkCancellation()
                    try await self.open(transport, reconnecting.credential)
                }
                group.addTask {
                    // Cancelled: it is open.
                    do { try await self.clock.sleep(limit) } catch { return }
                    // Ends a wait for a message, too.
                    await attempt.transport.withLock { $0 }?.close()
                    throw TimeoutError(method: "daemon.resume_events", timeout: limit)
                }
                defer { group.cancelAll() }
                try await group.next()
            }
        } catch {
            await attempt.transport.withLock { $0 }?.close()
            throw error
        }
    }

    private func open(_ transport: any DroidClientTransport, _ credential: DaemonCredential) async throws {
        try await transport.connect()
        // What the server sends from now on is about this connection.
        let isWanted = state.withLock { state in
            if state.end == nil { state.transport = transport }
            return state.end == nil
        }
        guard isWanted else { throw CancellationError() }
        let answer = try await exchange(DroidCall(credential.params), over: transport)
        if case .failure(let failure) = answer.outcome {
            throw Refusal(error: ConnectionError("Daemon authentication failed: \(failure.message)"))
        }
        if case .failure(let failure) = try await exchange(DroidCall(EnableEventCursorsParams()), over: transport).outcome {
            throw Refusal(error: ConnectionError("The daemon cannot resume the connection: \(failure.message)"))
        }
        let sessions = Dictionary(grouping: state.withLock { $0.clients }) { $0.sessionId ?? "" }
        for (session, clients) in sessions where !session.isEmpty { try await resume(session, clients, over: transport) }
        for text in repeated { try await transport.send(text) }
    }

    /// Turns of the session go on, or fail when there is no such session any more.
    private func resume(_ session: String, _ clients: [DaemonClient], over transport: any DroidClientTransport) async throws {
        guard let cursor = state.withLock({ $0.cursors[session] }) else {
            let error = ConnectionError("The connection was lost before session \(session) was open")
            for client in clients { client.transportFailed(error) }
            return
        }
        var params = ResumeEventsParams(sessionId: session, after: cursor)
        params.mcpServers = clients.compactMap(\.mcpServers).last
        let answer = try await exchange(DroidCall(params), over: transport)
        guard case .failure(let failure) = answer.outcome else { return }
        let error = ProtocolError(code: failure.code.number, message: failure.message, data: failure.data.map(JSON.init))
        for client in clients { client.transportFailed(error) }
    }

    /// Sends a request and reads until it is answered; what else comes goes its way.
    private func exchange<Params: DroidParams>(
        _ call: DroidCall<Params>, over transport: any DroidClientTransport
    ) async throws -> DroidResponse {
        let id = randomUUIDText()
        let slot = Slot()
        state.withLock { $0.open[id] = Open { slot.fill($0) } }
        defer { forget(id) }
        try await transport.send(String(decoding: frames.bytes { $0.request(id: id, call, into: &$1) }, as: UTF8.self))
        while slot.value == nil {
            guard let message = try await transport.messages.next() else {
                throw ConnectionError("WebSocket closed (code: 1000, reason: )")
            }
            receive(Array(message.utf8))
        }
        guard let value = slot.value else { throw CancellationError() }
        return try value.get()
    }
}

/// What one attempt has come to.
private final class Attempt: Sendable {
    let transport = Mutex<(any DroidClientTransport)?>(nil)
}

/// Where one answer is put.
private final class Slot: Sendable {
    private let content = Mutex<Result<DroidResponse, any Error>?>(nil)

    var value: Result<DroidResponse, any Error>? { content.withLock { $0 } }
    func fill(_ value: Result<DroidResponse, any Error>) { content.withLock { $0 = value } }
}
