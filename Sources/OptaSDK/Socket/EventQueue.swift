import ApusTransport

/// What waits for one reader of a socket.
enum SocketItem: Sendable {
    case event(DaemonEvent)
    case disconnect(DaemonDisconnect)
}

/// The bounded buffer between the sessions of a socket and one reader. Who fills it asks for room first; when there is none he is told so, and
/// later, once, that there is again.
final class EventQueue: Sendable {
    private struct State: Sendable {
        var items: [SocketItem] = []
        var head = 0
        var reserved = 0
        var hasRefused = false
        var end: End?

        var count: Int { items.count - head }

        /// Whether somebody who found no room has to be told that there is.
        mutating func takeRefusal(_ limit: Int) -> Bool {
            guard hasRefused, count + reserved <= limit / 2 else { return false }
            hasRefused = false
            return true
        }

        mutating func pop() -> SocketItem {
            let item = items[head]
            head += 1
            if head == items.count || head >= 1_024 {
                items.removeFirst(head)
                head = 0
            }
            return item
        }
    }

    private enum End: Sendable {
        case closed
        case failed(any Error)
    }

    private let limit: Int
    private let onRoom: @Sendable () -> Void
    private let state = SingleWaiter(State())

    /// - Parameter onRoom: Half of it is empty again, after somebody found it full.
    init(limit: Int, onRoom: @escaping @Sendable () -> Void) {
        self.limit = max(limit, 1)
        self.onRoom = onRoom
    }

    /// Room for one event, to be used or released.
    func reserve() -> Bool {
        state.withLock { state in
            if state.count + state.reserved >= limit {
                state.hasRefused = true
                return false
            }
            state.reserved += 1
            return true
        }
    }

    /// Whether somebody who found it full may go on; if not, he is told later.
    func hasRoom() -> Bool {
        state.withLock { state in
            state.hasRefused = state.count + state.reserved > limit / 2
            return !state.hasRefused
        }
    }

    func release() {
        let hasRoom = state.withLock { state -> Bool in
            state.reserved -= 1
            return state.takeRefusal(limit)
        }
        if hasRoom { onRoom() }
    }

    func fill(_ event: DaemonEvent) {
        add(.event(event)) { $0.reserved -= 1 }
    }

    /// For what is rare and must not get lost: notices, not events of a daemon.
    func push(_ item: SocketItem) { add(item) { _ in } }

    private func add(_ item: SocketItem, _ change: (inout State) -> Void) {
        state.change { state in
            change(&state)
            if state.end == nil { state.items.append(item) }
        }
    }

    /// The first end counts; what waits is still given.
    func finish(_ error: (any Error)? = nil) {
        state.change { if $0.end == nil { $0.end = error.map(End.failed) ?? .closed } }
    }

    /// The next item; `nil` at the end and when the task is cancelled.
    func next() async throws -> SocketItem? {
        while true {
            if Task.isCancelled { return nil }
            let (item, end, hasRoom) = state.withLock { state -> (SocketItem?, End?, Bool) in
                guard state.count > 0 else { return (nil, state.end, false) }
                let item = state.pop()
                return (item, nil, state.takeRefusal(limit))
            }
            if hasRoom { onRoom() }
            if let item { return item }
            switch end {
            case .closed: return nil
            case .failed(let error): throw error
            case nil: await state.wait { $0.count > 0 || $0.end != nil }
            }
        }
    }
}
