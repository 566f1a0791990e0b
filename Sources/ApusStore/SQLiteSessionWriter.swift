import ApusBase
import ApusCore

/// The writing end of one session: hands everything to the writing thread.
final class SQLiteSessionWriter: SessionWriter {
    private let session: OwnedSession
    private let inbox: Inbox

    init(_ session: OwnedSession, _ inbox: Inbox) {
        self.session = session
        self.inbox = inbox
    }

    /// No facts at all is lawful: it waits for what was handed over and returns the last number given. When a delta was lost the
    /// commit throws that loss and stores nothing; the next one goes on.
    func commit(_ facts: [EventKind]) async throws(EventLogError) -> EventNumber {
        let encoded = facts.map { EncodedFact($0) }
        let result: Result<EventNumber, EventLogError> = await withCheckedContinuation { continuation in
            if inbox.put(.facts(session, encoded, continuation)) == .closed { continuation.resume(returning: .failure(.closed)) }
        }
        return try result.get()
    }

    func show(_ delta: Delta) async {
        if inbox.put(.delta(session, delta)) == .full { await inbox.drained() }
    }

    func save(_ state: SessionState) async throws(EventLogError) {
        let payload = state.encoded().serialized()
        let result: Result<Void, EventLogError> = await withCheckedContinuation { continuation in
            let admission = inbox.put(.snapshot(session, state.lastEvent, payload, continuation))
            if admission == .closed { continuation.resume(returning: .failure(.closed)) }
        }
        return try result.get()
    }

    func close() async { await close(leaving: false) }
    func leave() async { await close(leaving: true) }

    private func close(leaving: Bool) async {
        do throws(EventLogError) {
            try await inbox.perform { [session] writer throws(EventLogError) in writer.close(session, leaving: leaving) }
        } catch {
            // The whole log was closed, and the session with it.
        }
    }
}
