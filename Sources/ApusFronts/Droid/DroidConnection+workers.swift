import ApusBase
import ApusCore
import DroidWire

extension DroidConnection {
    /// `kill_worker_session` (`droid.md` §3.2): ends the newest run of a subagent of this session, and answers when its end is stored. The
    /// call that it worked for gets its result, and the session goes on. A run that has ended already is no error; a session that is no
    /// subagent of this one is not found.
    func killWorker(
        _ call: DroidCall<KillWorkerSessionParams>, _ client: ClientIdentity
    ) async throws(DroidFailure) -> DroidAcknowledgement {
        let session = try session(call.sessionId)
        _ = try await opened(session)
        let worker = call.params.workerSessionId
        guard let run = await services.children.runs(of: session).last(where: { $0.session.rawValue == worker }) else {
            throw .sessionNotFound(worker)
        }
        if run.end == nil { await services.children.stop(run, in: session) }
        return DroidAcknowledgement()
    }
}
