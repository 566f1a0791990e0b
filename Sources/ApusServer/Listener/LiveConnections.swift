import Synchronization

/// The connections of one listener that are handed to a front.
final class LiveConnections<Connection: AnyObject & Sendable>: Sendable {
    private struct Entry {
        var connection: Connection
        var place: ConnectionTable.Place
    }

    private struct State {
        var entries: [ObjectIdentifier: Entry] = [:]
        var isAccepting = true
    }

    private let farewell: @Sendable (Connection) -> Void
    private let state = Mutex(State())

    /// - Parameter farewell: told to those who come after the listener was stopped.
    init(farewell: @escaping @Sendable (Connection) -> Void) { self.farewell = farewell }

    var count: Int { state.withLock { $0.entries.count } }
    var all: [Connection] { state.withLock { $0.entries.values.map(\.connection) } }

    func insert(_ connection: Connection, _ place: ConnectionTable.Place) {
        let isWelcome = state.withLock { state in
            state.entries[ObjectIdentifier(connection)] = Entry(connection: connection, place: place)
            return state.isAccepting
        }
        if !isWelcome { farewell(connection) }
    }

    func remove(_ connection: Connection) { state.withLock { $0.entries[ObjectIdentifier(connection)] = nil } }
    func stopAccepting() { state.withLock { $0.isAccepting = false } }
    func place(of connection: Connection) -> ConnectionTable.Place? {
        state.withLock { $0.entries[ObjectIdentifier(connection)]?.place }
    }
}
