package import ApusFronts
import Synchronization

/// The keys of a daemon as one connection sees them: a key that counts opens the connection, too many that do not close it, and a key
/// that is revoked closes it too.
package final class GuardedCredentials: Credentials {
    private let keys: any Credentials
    private let connection: WebSocketConnection
    private let limit: Int
    private let accept: @Sendable () -> Void
    private let refused: @Sendable (String) -> Void
    private let failures = Mutex(0)
    private let names: AsyncStream<String>
    private let addName: AsyncStream<String>.Continuation

    /// - Parameters:
    ///   - accept: told once a key counts.
    ///   - refused: told each secret that does not; it must not be logged as it is.
    package init(
        _ keys: any Credentials, for connection: WebSocketConnection, limits: ListenerLimits, accept: @escaping @Sendable () -> Void,
        refused: @escaping @Sendable (String) -> Void
    ) {
        self.keys = keys
        self.connection = connection
        limit = limits.refusedKeys
        self.accept = accept
        self.refused = refused
        // A connection shows one key, perhaps twice.
        (names, addName) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(16))
    }

    package func client(for secret: String) async -> ClientIdentity? {
        if failures.withLock({ $0 >= limit }) {
            connection.close(.policy("Too many keys that do not count."))
            return nil
        }
        guard let client = await keys.client(for: secret) else {
            refused(secret)
            failures.withLock { $0 += 1 }
            return nil
        }
        accept()
        addName.yield(client.name)
        return client
    }

    package func revocation(of name: String) async { await keys.revocation(of: name) }

    /// Watches the keys that were shown, until it is cancelled.
    package func watch() async {
        await withDiscardingTaskGroup { group in
            var known: Set<String> = []
            for await name in names where known.insert(name).inserted {
                group.addTask {
                    await self.keys.revocation(of: name)
                    if !Task.isCancelled { self.connection.close(.policy("The key was revoked.")) }
                }
            }
            group.cancelAll()
        }
    }
}
