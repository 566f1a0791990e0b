import Synchronization

/// Counts the connections of all listeners of a daemon, so that none of them can be drowned by one address.
package final class ConnectionTable: Sendable {
    private struct State {
        var open = 0
        var unauthenticated: [String: Int] = [:]
        /// Those without a place that still get to read why.
        var heardOut = 0
    }

    private let limits: ListenerLimits
    private let state = Mutex(State())

    package init(limits: ListenerLimits = ListenerLimits()) { self.limits = limits }

    package var open: Int { state.withLock { $0.open } }

    /// `nil` when there is no room; the place is given back with ``Place/leave()``.
    func enter(from address: String) -> Place? {
        state.withLock { state in
            guard state.open < limits.connections, state.unauthenticated[address, default: 0] < limits.unauthenticatedPerAddress else {
                return nil
            }
            state.open += 1
            state.unauthenticated[address, default: 0] += 1
            return Place(table: self, address: address)
        }
    }

    /// Whether one without a place may stay for as long as it takes to read the answer.
    func hearOut() -> Bool {
        state.withLock { state in
            guard state.heardOut < 64 else { return false }
            state.heardOut += 1
            return true
        }
    }

    func heardOut() { state.withLock { $0.heardOut -= 1 } }

    /// One connection's.
    final class Place: Sendable {
        private enum Stage { case strange, known, left }

        private let table: ConnectionTable
        private let address: String
        private let stage = Mutex(Stage.strange)

        fileprivate init(table: ConnectionTable, address: String) {
            self.table = table
            self.address = address
        }

        /// It has shown a key that counts.
        func authenticated() {
            let changed = stage.withLock { stage in
                guard stage == .strange else { return false }
                stage = .known
                return true
            }
            if changed { table.count(address, open: 0) }
        }

        func leave() {
            let before = stage.withLock { stage in
                defer { stage = .left }
                return stage
            }
            switch before {
            case .strange: table.count(address, open: -1)
            case .known: table.count(nil, open: -1)
            case .left: break
            }
        }
    }

    private func count(_ address: String?, open: Int) {
        state.withLock { state in
            state.open += open
            guard let address else { return }
            let rest = state.unauthenticated[address, default: 1] - 1
            state.unauthenticated[address] = rest > 0 ? rest : nil
        }
    }
}
