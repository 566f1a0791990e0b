import ApusBase
import ApusCore
import DroidWire
import Synchronization

extension DroidConnection {
    func view(_ session: SessionID) -> DroidView? { state.withLock { $0.views[session] } }

    /// Stops looking at a session. It goes on without this connection.
    func leave(_ session: SessionID) async {
        let view = state.withLock { state in
            if state.current == session { state.current = nil }
            state.asked = state.asked.filter { $0.value.session != session }
            return state.views.removeValue(forKey: session)
        }
        guard let view else { return }
        view.end()
        await front.attendance.leave(session)
    }

    /// Waits until what has happened in a session by now is told.
    func catchUp(_ session: SessionID) async {
        guard let view = view(session) else { return }
        do throws(SessionError) {
            await view.told(upTo: try await services.sessions.open(session).lastEvent)
        } catch {
            // Then nothing more will be told.
        }
    }

    func receive(_ response: DroidResponse) {}
}

extension DroidConnection.Asked {
    var session: SessionID {
        switch self {
        case .permission(_, let session), .question(_, let session): session
        }
    }
}
