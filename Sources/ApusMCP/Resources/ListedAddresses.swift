import ApusBase
import Synchronization

/// What a server has said, in its present connection, that there is to read, and where its lists go on. Asking for that tells it nothing new;
/// an address that a model makes up may carry anything out.
///
/// Bounded: what is beyond counts as not said. Compared byte by byte.
final class ListedAddresses: Sendable {
    private struct State {
        var addresses: Set<[UInt8]> = []
        var cursors: Set<[UInt8]> = []
        var bytes = 0
    }

    private static let maximumBytes = 4 << 20
    /// What an entry takes beside its text.
    private static let overhead = 64

    private let state = Mutex(State())

    /// Takes a page of `resources/list`.
    func add(_ page: JSONValue) {
        state.withLock { state in
            for resource in page["resources"]?.arrayValue ?? [] {
                if let address = resource["uri"]?.stringValue { Self.put(address, into: \.addresses, of: &state) }
            }
            if let cursor = page["nextCursor"]?.stringValue { Self.put(cursor, into: \.cursors, of: &state) }
        }
    }

    func contains(address: String) -> Bool { state.withLock { $0.addresses.contains(Array(address.utf8)) } }
    func contains(cursor: String) -> Bool { state.withLock { $0.cursors.contains(Array(cursor.utf8)) } }

    /// The server is connected anew.
    func forget() { state.withLock { $0 = State() } }

    private static func put(_ text: String, into list: WritableKeyPath<State, Set<[UInt8]>>, of state: inout State) {
        let cost = text.utf8.count + overhead
        guard state.bytes + cost <= maximumBytes, state[keyPath: list].insert(Array(text.utf8)).inserted else { return }
        state.bytes += cost
    }
}
