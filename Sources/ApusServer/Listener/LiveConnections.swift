import Synchronization

/// A peer of a listener, as far as its end goes.
protocol LiveConnection: AnyObject, Sendable {
    /// Asks it to end in the protocol's way. Returns at once: ``ended()`` waits.
    func farewell()
    /// Ends it without a word.
    func abort()
    /// Returns when the socket is closed.
    func ended() async
}

/// The connections of one listener that are handed to a front.
final class LiveConnections: Sendable {
    private struct Entry {
        var connection: any LiveConnection
        var place: ConnectionTable.Place
    }

    private struct State {
        var entries: [ObjectIdentifier: Entry] = [:]
        var isAccepting = true
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.entries.count } }
    private var all: [any LiveConnection] { state.withLock { $0.entries.values.map(\.connection) } }

    /// Who comes after the listener was stopped hears farewell.
    func insert(_ connection: any LiveConnection, _ place: ConnectionTable.Place) {
        let isWelcome = state.withLock { state in
            state.entries[ObjectIdentifier(connection)] = Entry(connection: connection, place: place)
            return state.isAccepting
        }
        if !isWelcome { connection.farewell() }
    }

    func remove(_ connection: any LiveConnection) { state.withLock { $0.entries[ObjectIdentifier(connection)] = nil } }
    func stopAccepting() { state.withLock { $0.isAccepting = false } }
    func place(of connection: any LiveConnection) -> ConnectionTable.Place? {
        state.withLock { $0.entries[ObjectIdentifier(connection)]?.place }
    }

    /// Says farewell to all and returns when they are gone; after `limit` they are cut off.
    func drain(within limit: Duration) async {
        let all = all
        for connection in all { connection.farewell() }
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                // Cancelled: all are gone in time.
                guard (try? await Task.sleep(for: limit)) != nil else { return }
                for connection in all { connection.abort() }
            }
            for connection in all { await connection.ended() }
            group.cancelAll()
        }
    }

    /// Ends all of them without a word.
    func abort() { for connection in all { connection.abort() } }
}
