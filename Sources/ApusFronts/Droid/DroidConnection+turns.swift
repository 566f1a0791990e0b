import ApusBase
import ApusCore
import DroidWire

/// Prompts and their end (`droid.md` §3.2, §2.5).
extension DroidConnection {
    /// The answer comes first, and the turn a moment later (§0, 9).
    func addUserMessage(_ request: DroidRequest, _ client: ClientIdentity) async throws(DroidFailure) -> DroidReply {
        let call: DroidCall<AddUserMessageParams> = try request.call(family)
        let session = try session(call.sessionId)
        let prompt = try DroidPrompt(call.params)
        let settings = try await opened(session).settings
        // Whoever asks wants to hear: also a client that has not loaded the session here, after a restart of the daemon.
        if view(session) == nil { await (try await look(at: session)).begin() }
        let turn = TurnID(call.params.messageId ?? randomUUIDText())
        let origin = TurnOrigin(
            front: .droid, writer: id, approvals: settings.refusesApprovals ? .refuse : .ask(TurnOrigin.ApprovalTerms()))
        let input = TurnInput(
            turn: turn, prompt: prompt.text, origin: origin, idempotencyKey: call.params.messageId, outputSchema: prompt.schema)
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
                // A cancelled connection says nothing more.
                try? await self.services.time.sleep(for: Self.breath)
                view?.release()
            }
        }
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
