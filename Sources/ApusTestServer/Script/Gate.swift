/// A door in a script: a reply that arrives at a closed gate goes no further until a test opens it.
///
/// Tests wait for a state, not for a time: ``reached(within:)`` says that a reply stands at the gate, ``open()`` lets it and every
/// later one through. Opening twice is the same as opening once; an open gate stays open.
package final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var arrivals = 0
        var waiting: [@Sendable () -> Void] = []
    }

    private let state = Watched(State())

    package init() {}

    /// Lets everything that waits go on.
    package func open() {
        let waiting = state.update { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for body in waiting { body() }
    }

    package var isOpen: Bool { state.value.isOpen }

    /// Returns when as many replies have arrived at the gate, open or closed; throws ``ScriptTimeout`` after `limit`.
    package func reached(by count: Int = 1, within limit: Duration = .seconds(60)) async throws {
        try await state.wait(within: limit, "no \(count) replies arrived at the gate") { $0.arrivals >= count }
    }

    /// Calls `body` once, when the gate is open; right away when it is open already. The caller's thread or the opener's runs it.
    func whenOpen(_ body: @escaping @Sendable () -> Void) {
        let runsNow = state.update { state in
            state.arrivals += 1
            if !state.isOpen { state.waiting.append(body) }
            return state.isOpen
        }
        if runsNow { body() }
    }
}

extension Gate: Hashable {
    package static func == (left: Gate, right: Gate) -> Bool { left === right }
    package func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}
