import ApusBase
import ApusCore

/// Prompts, their end, and what stops them (§2.6–2.8, §4.2, §4.3).
extension QwenFront {
    func prompt(_ request: QwenRequest) async throws(QwenFailure) -> HTTPAnswer {
        let prompt = try QwenPrompt(request.body)
        let limits = try limits(request)
        let room = try await known(request.session).room
        let client = try client(of: request, in: room)
        if life.hasStopped { throw .shuttingDown }
        let state: SessionState
        do throws(SessionError) {
            state = try await services.attendance.enter(room.session)
        } catch {
            throw failure(error, of: room.session)
        }
        await services.attendance.attach(nil, to: room.session)
        registry.revive(room.session)
        let answer: Result<HTTPAnswer, QwenFailure>
        if setting.isNonBlocking {
            answer = await submitted(prompt, limits, client, state, request.client)
        } else {
            answer = await life.counted { await answered(prompt, client, state, request.client) }
        }
        await services.attendance.leave(room.session)
        return try answer.get()
    }

    private func limits(_ request: QwenRequest) throws(QwenFailure) -> TurnLimits {
        guard setting.isNonBlocking, let deadline = request.body["deadlineMs"] else { return TurnLimits() }
        guard let milliseconds = deadline.integerValue, milliseconds > 0, let limit = Int(exactly: milliseconds) else {
            throw QwenFailure(400, "`deadlineMs` must be a positive integer", ["code": "invalid_deadline_ms"])
        }
        return TurnLimits(milliseconds: limit)
    }

    /// A prompt whose client waits for its answer ends with the process: by the next start the client has lost its connection, and nobody could
    /// hang up any more. Whoever may not answer permission requests does not use a level that somebody else has given a session (threat S5).
    private func origin(_ writer: String, _ absence: TurnOrigin.Absence, _ caller: ClientIdentity) -> TurnOrigin {
        let deadline = setting.permissionDeadline.map { Int($0 / .milliseconds(1)) }
        return TurnOrigin(
            front: .qwen, writer: writer,
            approvals: .ask(TurnOrigin.ApprovalTerms(deadlineMilliseconds: deadline, afterCancel: .goOn, afterDeadline: .goOn)),
            onOriginGone: absence, onOwnerDeath: absence == .interrupt ? .end : .goOn,
            maximumAutonomy: caller.mayApprove ? nil : defaults.autonomy)
    }

    /// 202: the end comes as an event, and hanging up changes nothing.
    private func submitted(
        _ prompt: QwenPrompt, _ limits: TurnLimits, _ client: String?, _ state: SessionState, _ caller: ClientIdentity
    ) async -> Result<HTTPAnswer, QwenFailure> {
        let session = state.header.id
        if Task.isCancelled { return .failure(.lost(session)) }
        let input = TurnInput(
            prompt: prompt.text, origin: origin((client ?? "") + "/", .goOn, caller), limits: limits)
        do throws(SessionError) {
            let turn = try await services.sessions.submit(input, with: prompt.media, to: session)
            return .success(
                .json(
                    202,
                    [
                        "promptId": .string(turn.rawValue), "lastEventId": .integer(QwenMapper.ending(after: state.lastEvent)),
                        // Numbers never begin anew, so there is one epoch.
                        "eventEpoch": .string(session.rawValue),
                    ]))
        } catch {
            return .failure(failure(error, of: session))
        }
    }

    private enum Outcome: Sendable {
        case ended(QwenEnding)
        case lost, stopped, hungUp
    }

    /// 200 when the turn ends. Who hangs up before takes the prompt back: one that waits never starts, one that runs is interrupted. The
    /// end of the daemon is no hanging up.
    private func answered(
        _ prompt: QwenPrompt, _ client: String?, _ state: SessionState, _ caller: ClientIdentity
    ) async -> Result<HTTPAnswer, QwenFailure> {
        let session = state.header.id
        if Task.isCancelled { return .failure(.lost(session)) }
        let writer = TurnOrigin.qwenWriter(client)
        let input = TurnInput(prompt: prompt.text, origin: origin(writer, .interrupt, caller))
        let outcome: Outcome
        do throws(SessionError) {
            let follower = try await services.sessions.follow(session, after: state.lastEvent)
            let turn = try await services.sessions.submit(input, with: prompt.media, to: session)
            outcome = await wait(for: turn, follower, access.revocation(of: caller))
        } catch {
            await release(writer)
            return .failure(failure(error, of: session))
        }
        switch outcome {
        case .ended(let ending):
            await release(writer)
            return .success(ending.answer(to: input.turn))
        case .hungUp, .lost:
            await release(writer)
            return .failure(.lost(session))
        // The turn is the engine's, which ends it or goes on with it after the next start.
        case .stopped: return .failure(.lost(session))
        }
    }

    private func wait(
        for turn: TurnID, _ follower: any EventFollower, _ revocation: (@Sendable () async -> Void)?
    ) async -> Outcome {
        let outcome = await withTaskGroup(of: Outcome.self) { group in
            group.addTask { await Self.end(of: turn, follower) }
            if let revocation {
                group.addTask {
                    await revocation()
                    // Whose key is taken back is gone.
                    return .hungUp
                }
            }
            group.addTask {
                await self.life.stopped()
                return .stopped
            }
            let first = await group.next() ?? .lost
            group.cancelAll()
            return first
        }
        if case .ended = outcome { return outcome }
        if life.hasStopped { return .stopped }
        return Task.isCancelled ? .hungUp : outcome
    }

    private static func end(of turn: TurnID, _ follower: any EventFollower) async -> Outcome {
        var stop: StopReason?
        while true {
            let events: [Event]
            do throws(EventLogError) { events = try await follower.next(limit: 256) } catch { return .lost }
            if events.isEmpty { return .lost }
            for event in events {
                switch event.kind {
                case .turnStarted(turn, _): stop = nil
                case .responseFinished(let end): stop = end.stop
                case .turnFinished(let end) where end.turn == turn: return .ended(QwenEnding(end, stop: stop))
                default: continue
                }
            }
        }
    }

    /// The writer of one prompt writes no more: what of it still waits or runs is ended. Also when this task is cancelled, which is when
    /// it matters.
    private func release(_ writer: String) async {
        // SAFETY: waited for right here; a task of its own because the cancellation of this one must not reach what is stored.
        await Task { [services] in await services.approvals.originGone(writer) }.value
    }

    // MARK: Cancelling

    /// Ends the running turn only, with its open questions; what waits still runs.
    func cancel(_ request: QwenRequest) async throws(QwenFailure) -> HTTPAnswer {
        let room = try await known(request.session).room
        _ = try client(of: request, in: room)
        await services.sessions.interrupt(room.session)
        return HTTPAnswer(204)
    }

    // MARK: The model

    func setModel(_ request: QwenRequest) async throws(QwenFailure) -> HTTPAnswer {
        guard let model = request.body["modelId"]?.stringValue, !model.isEmpty else {
            throw QwenFailure(400, "`modelId` is required and must be a non-empty string")
        }
        let room = try await known(request.session).room
        let client = try client(of: request, in: room)
        try await switchModel(of: room, to: model, by: client)
        return .json(200, ["modelId": .string(model)])
    }

    /// One at a time in a session. All who follow it hear of the outcome.
    func switchModel(of room: QwenRoom, to model: String, by client: String?) async throws(QwenFailure) {
        let turn: Bool? = await room.switching.next { isBusy in
            if isBusy { return nil }
            isBusy = true
            return true
        }
        guard turn != nil else { throw .lost(room.session) }
        defer { room.switching.change { $0 = false } }
        let refusal = await refusal(of: model)
        do throws(SessionError) {
            if let refusal {
                try await services.maintenance.note(.modelRefused(model, reason: refusal, by: client), in: room.session)
            } else {
                try await choose(model, by: client, in: room.session)
            }
        } catch {
            throw failure(error, of: room.session)
        }
        if let refusal { throw QwenFailure(500, refusal, ["code": .integer(-32602), "data": ["modelId": .string(model)]]) }
    }

    /// Why there is no such model; `nil` when there is.
    private func refusal(of model: String) async -> String? {
        do throws(ModelLookupError) {
            _ = try await services.models.provider(for: model)
            return nil
        } catch {
            return error.description
        }
    }

    private func choose(_ model: String, by client: String?, in session: SessionID) async throws(SessionError) {
        // So that nobody gives the session up meanwhile.
        _ = try await services.attendance.enter(session)
        let result: Result<Void, SessionError>
        do throws(SessionError) {
            result = .success(try await services.maintenance.chooseModel(model, by: client, in: session))
        } catch {
            result = .failure(error)
        }
        await services.attendance.leave(session)
        try result.get()
    }
}
