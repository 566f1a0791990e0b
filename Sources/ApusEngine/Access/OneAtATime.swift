import ApusBase
import ApusCore
import Synchronization

/// Lets one piece of work at a time through for each key; who comes meanwhile waits, also when its task is cancelled.
final class OneAtATime<Key: Hashable & Sendable>: Sendable {
    private let claims = Mutex<[Key: OneShot<Bool>]>([:])

    func run<Value>(_ key: Key, _ body: () async throws(EventLogError) -> Value) async throws(EventLogError) -> Value {
        let mine = OneShot<Bool>()
        while let other = claim(key, mine) { _ = await other.given() }
        defer {
            claims.withLock { $0[key] = nil }
            mine.give(true)
        }
        return try await body()
    }

    /// Who has the key; `nil` when it is ours now.
    private func claim(_ key: Key, _ mine: OneShot<Bool>) -> OneShot<Bool>? {
        claims.withLock { claims -> OneShot<Bool>? in
            if let other = claims[key] { return other }
            claims[key] = mine
            return nil
        }
    }
}
