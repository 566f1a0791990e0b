/// What a session does at one moment. Asked for often: unlike a ``SessionState`` it shares nothing that grows.
package struct SessionGlance: Hashable, Sendable {
    package var session: SessionID
    package var lastEvent: EventNumber
    package var running: TurnID?
    /// Turns that wait.
    package var queued: Int
    /// Calls that run.
    package var busyTools: Int
    package var lastTurn: TurnEnd?
    package var archivedAt: Timestamp?

    package init(_ state: SessionState) {
        session = state.header.id
        lastEvent = state.lastEvent
        running = state.running?.input.turn
        queued = state.queue.count
        busyTools = state.openIntents.count
        lastTurn = state.lastTurn
        archivedAt = state.archivedAt
    }
}
