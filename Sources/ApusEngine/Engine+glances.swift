package import ApusCore

/// Looks at sessions without a copy of them.
extension Engine {
    package func glance(at session: SessionID) async throws(SessionError) -> SessionGlance {
        if let actor = sessions[session], !actor.log.isClosed { return actor.log.glance }
        return SessionGlance(try await peek(session))
    }

    package func glances() async -> [SessionGlance] { sessions.values.filter { !$0.log.isClosed }.map(\.log.glance) }
}
