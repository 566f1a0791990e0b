import ApusBase
import ApusCore
import DroidWire
import Synchronization

/// Resuming a lost connection at an event. No method of the original: a client learns by `enable_event_cursors` that this server has it, and
/// one that never asks sees nothing of it.
extension DroidConnection {
    func enableEventCursors(
        _ call: DroidCall<EnableEventCursorsParams>, _ client: ClientIdentity
    ) async throws(DroidFailure) -> DroidAcknowledgement {
        let isEarly = state.withLock { state in
            if state.views.isEmpty { state.wantsCursors = true }
            return state.wantsCursors
        }
        // What was told before could not be resumed at.
        if !isEarly { throw .invalidRequest("enable_event_cursors must come before the first session of a connection") }
        return DroidAcknowledgement()
    }

    func resumeEvents(_ request: DroidRequest, _ client: ClientIdentity) async throws(DroidFailure) -> DroidReply {
        let call: DroidCall<ResumeEventsParams> = try request.call(family)
        guard state.withLock({ $0.wantsCursors }) else { throw .invalidRequest("send enable_event_cursors first") }
        let (session, cursor) = (SessionID(call.params.sessionId), call.params.after)
        let servers = try Self.servers(call.params.mcpServers, client)
        if view(session) != nil { throw .invalidRequest("session \(session) is followed on this connection already") }
        let opened: SessionState
        do throws(SessionError) { opened = try await front.attendance.enter(session) } catch { throw failure(error, of: session) }
        let past: Past
        do throws(DroidFailure) {
            guard cursor.event <= opened.lastEvent else {
                throw DroidFailure(.invalidParams, "Invalid params for \(request.method): \"after\" is beyond the end of the session")
            }
            // An event that was told in part is told again, and its first notifications are left out.
            past = try await self.past(of: session, upTo: cursor.notification == nil ? cursor.event : cursor.event - 1)
        } catch {
            await front.attendance.leave(session)
            throw error
        }
        let sight = try await look(at: session, from: past, counting: .again(after: cursor, in: opened))
        await front.attendance.attach(servers, to: session)
        return reply(request, ResumeEventsResult(sessionId: session.rawValue, cursor: cursor), afterwards: sight.begin)
    }

    /// From where on a client is told what happens.
    func cursor(of sight: Sight) -> DroidCursor? {
        state.withLock { $0.wantsCursors } ? DroidCursor(event: sight.state.lastEvent) : nil
    }

    /// The session as it was, folded from its log.
    private func past(of session: SessionID, upTo number: EventNumber) async throws(DroidFailure) -> Past {
        var past = Past(SessionState(id: session))
        do throws(SessionError) {
            let follower = try await services.sessions.follow(session, after: 0)
            var last: EventNumber = 0
            while last < number {
                let events: [Event]
                do throws(EventLogError) { events = try await follower.next(limit: 1_024) } catch { throw SessionError.log(error) }
                guard let end = events.last else { throw SessionError.closing }
                last = end.number
                // Numbers have gaps.
                past.add(events.prefix { $0.number <= number })
            }
        } catch {
            throw failure(error, of: session)
        }
        return past
    }

    /// A state between two turns, and what happened since: what is told of a turn depends on how it began.
    struct Past {
        private(set) var state: SessionState
        private(set) var events: [Event] = []

        init(_ state: SessionState) { self.state = state }

        mutating func add(_ more: some Sequence<Event>) {
            for event in more {
                events.append(event)
                guard case .turnFinished = event.kind else { continue }
                state.reduce(events)
                events = []
            }
        }

        var present: SessionState {
            var present = state
            present.reduce(events)
            return present
        }
    }
}
