import ApusBase
import ApusCore
import DroidWire
import Synchronization

/// Prompts and their end (`droid.md` §3.2, §2.5).
extension DroidConnection {
    /// The answer comes first, and the turn a moment later (§0, 9).
    func addUserMessage(_ request: DroidRequest, _ client: ClientIdentity) async throws(DroidFailure) -> DroidReply {
        let call: DroidCall<AddUserMessageParams> = try request.call(family)
        let session = try session(call.sessionId)
        let prompt = try DroidPrompt(call.params)
        // Whoever asks wants to hear: also a client that has not loaded the session here, after a restart of the daemon.
        if view(session) == nil { await (try await look(at: session)).begin() }
        // Behind the beginning of the view: an end that is not in here is told by that.
        let state = try await opened(session)
        let turn = TurnID(call.params.messageId ?? randomUUIDText())
        let origin = TurnOrigin(
            front: .droid, writer: id, approvals: state.settings.refusesApprovals ? .refuse : .ask(TurnOrigin.ApprovalTerms()),
            onOwnerDeath: .goOn, maximumAutonomy: client.mayApprove ? nil : front.defaults.autonomy)
        let input = TurnInput(
            turn: turn, prompt: prompt.text, origin: origin, idempotencyKey: call.params.messageId, outputSchema: prompt.schema)
        let retold = call.params.messageId.flatMap { state.receipts[$0] }.flatMap { state.isOver($0.turn) ? $0.turn : nil }
        let view = view(session)
        view?.hold()
        do throws(SessionError) {
            _ = try await services.sessions.submit(input, with: prompt.media, to: session)
        } catch {
            view?.release()
            throw failure(error, of: session)
        }
        return reply(request, DroidAcknowledgement()) {
            self.start {
                await self.front.pause(Self.breath)
                if let retold { await self.tellAgain(retold, in: state) }
                view?.release()
            }
        }
    }

    /// A client that submits a prompt again has not heard of its end, or forgotten it; unless it resumes at events, and so has heard all.
    private func tellAgain(_ turn: TurnID, in state: SessionState) async {
        guard !self.state.withLock({ $0.wantsCursors }), let end = await end(of: turn, in: state) else { return }
        var mapper = DroidMapper(state, frames: frames, defaultModel: "")
        await carryOut(mapper.again(end, at: services.time.now), in: state.header.id)
    }

    /// `nil` when the session cannot be read any more.
    private func end(of turn: TurnID, in state: SessionState) async -> TurnEnd? {
        if let last = state.lastTurn, last.turn == turn { return last }
        // A session that was given up meanwhile, or is broken: its load says so.
        guard let follower = try? await services.sessions.follow(state.header.id, after: 0) else { return nil }
        while let events = try? await follower.next(limit: 1_024), let last = events.last {
            for event in events {
                if case .turnFinished(let end) = event.kind, end.turn == turn { return end }
            }
            if last.number >= state.lastEvent { break }
        }
        return nil
    }

    /// No turn to interrupt is no error. The answer comes before the end of the turn.
    func interrupt(_ request: DroidRequest, _ client: ClientIdentity) async throws(DroidFailure) -> DroidReply {
        let call: DroidCall<InterruptSessionParams> = try request.call(family)
        let session = try session(call.sessionId)
        _ = try await opened(session)
        let view = view(session)
        view?.hold()
        await services.sessions.interrupt(session)
        return reply(request, DroidAcknowledgement()) { view?.release() }
    }
}

extension SessionState {
    fileprivate func isOver(_ turn: TurnID) -> Bool { running?.input.turn != turn && !queue.contains { $0.turn == turn } }
}
