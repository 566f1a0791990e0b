import ApusBase
import ApusCore

/// Prompts, what cancels them, and answers to what they ask (§2.4 #7, #9, #10, §4.2, §4.3).
extension OptaFront {
    func submit(_ request: OptaRequest) async throws(OptaFailure) -> HTTPAnswer {
        let session = try request.session()
        var form = OptaForm(request.body)
        var turn = OptaTurn(&form)
        turn.lastSeen = form.integer("lastSeenSeq", in: 0...Int64.max)
        try form.check()
        let (id, queued) = try await submit(turn, to: session, by: request.client)
        return .json(202, ["turnId": .string(id.rawValue), "queued": .integer(Int64(queued))])
    }

    /// Returns when the turn is stored, with the number of those that still wait behind the one that runs.
    func submit(
        _ turn: OptaTurn, to session: SessionID, by client: ClientIdentity
    ) async throws(OptaFailure) -> (turn: TurnID, queued: Int) {
        if life.hasStopped { throw failure(.closing) }
        guard let glance = try await glance(at: session) else { throw .noSession(session.rawValue) }
        registry.note(glance.lastTurn)
        let result: Result<(turn: TurnID, queued: Int), OptaFailure>? = await registry.alone(in: session) {
            do throws(OptaFailure) {
                return .success(try await accept(turn, session, client))
            } catch {
                return .failure(error)
            }
        }
        guard let result else { throw failure(.closing) }
        return try result.get()
    }

    private func accept(
        _ turn: OptaTurn, _ session: SessionID, _ client: ClientIdentity
    ) async throws(OptaFailure) -> (turn: TurnID, queued: Int) {
        let state: SessionState
        do throws(SessionError) {
            state = try await services.attendance.enter(session)
        } catch {
            throw failure(error)
        }
        await services.attendance.attach(nil, to: session)
        let result: Result<(turn: TurnID, queued: Int), OptaFailure>
        do throws(OptaFailure) {
            if let seen = turn.lastSeen, try await isStale(seen, session, upTo: state.lastEvent) { throw .isStale }
            result = .success(try await store(turn, in: session, client))
        } catch {
            result = .failure(error)
        }
        await services.attendance.leave(session)
        return try result.get()
    }

    private func store(
        _ turn: OptaTurn, in session: SessionID, _ client: ClientIdentity
    ) async throws(OptaFailure) -> (turn: TurnID, queued: Int) {
        // Whoever may not answer permission requests raises no level (threat S5).
        let limit = client.mayApprove ? services.maximumAutonomy : min(services.maximumAutonomy, defaults.autonomy)
        var overrides = turn.overrides(upTo: limit)
        if let model = overrides.model { overrides.model = await canonical(model) }
        let deadline = Int(setting.permissionDeadline / .milliseconds(1))
        let origin = TurnOrigin(
            front: .opta, writer: OptaWords.origin(of: turn.writer),
            approvals: .ask(TurnOrigin.ApprovalTerms(deadlineMilliseconds: deadline, afterCancel: .goOn, afterDeadline: .goOn)),
            maximumAutonomy: limit, answersQuestions: false, client: turn.client, mode: turn.mode.rawValue)
        let input = TurnInput(prompt: turn.content, origin: origin, overrides: overrides)
        do throws(SessionError) {
            let id = try await services.sessions.submit(input, to: session)
            registry.accept(id)
            if let model = overrides.model { await keep(model, of: session) }
            let now = try await services.maintenance.glance(at: session)
            // The first of those that wait is about to run when nothing else does.
            let isFree = now.running == nil && now.queued > 0
            return (id, now.queued - (isFree ? 1 : 0))
        } catch {
            if case .log(.notFound) = error { throw .noSession(session.rawValue) }
            throw failure(error)
        }
    }

    /// The model of an accepted turn is its session's from then on, and nothing else of the settings changes. The turn runs with it in any case.
    private func keep(_ model: String, of session: SessionID) async {
        guard await isOffered(model) else { return }
        do throws(SessionError) {
            if try await services.maintenance.peek(session).settings.model == model { return }
            try await services.maintenance.chooseModel(model, by: nil, in: session)
        } catch {
            log(.failed("The model \(model) of a turn could not be made that of session \(session): \(error)"))
        }
    }

    private func isOffered(_ model: String) async -> Bool {
        do throws(ModelLookupError) {
            _ = try await services.models.provider(for: model)
            return true
        } catch {
            return false
        }
    }

    /// Whether clients of an open session could have seen more.
    private func isStale(_ seen: Int64, _ session: SessionID, upTo head: EventNumber) async throws(OptaFailure) -> Bool {
        let replay = await replay()
        if let isTold = replay.room(of: session).isTold(seen, upTo: head) { return !isTold }
        var mapper = replay.start(session, after: seen)
        var isStale = false
        do throws(SessionError) {
            try await replay.run(&mapper, to: head, after: seen) { _ in
                isStale = true
                return false
            }
        } catch {
            throw failure(error)
        }
        return isStale
    }

    // MARK: Cancelling

    func cancel(_ request: OptaRequest) async throws(OptaFailure) -> HTTPAnswer {
        let session = try request.session()
        if try await glance(at: session) == nil { throw .noSession }
        let cancelled = try await cancel(request.body, in: session)
        let active = cancelled.active != nil
        return .json(
            200,
            [
                "ok": true, "cancelled": .integer(Int64(cancelled.queued.count + (active ? 1 : 0))),
                "cancelledQueued": .integer(Int64(cancelled.queued.count)), "cancelledActive": .bool(active),
            ])
    }

    /// What names neither a turn nor a writer cancels nothing; a session that is not there neither.
    func cancel(_ wish: JSONValue, in session: SessionID) async throws(OptaFailure) -> TurnCancellation {
        let turn = wish["turnId"]?.stringValue.flatMap { $0.isEmpty ? nil : TurnID($0) }
        let writer = wish["writerId"]?.stringValue.flatMap { $0.isEmpty ? nil : OptaWords.origin(of: $0) }
        if turn == nil, writer == nil { return .none }
        do throws(SessionError) {
            return try await services.maintenance.cancel(turn: turn, writer: writer, in: session)
        } catch {
            if case .log(.notFound) = error { return .none }
            throw failure(error)
        }
    }
}
