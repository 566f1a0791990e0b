package import ApusFronts
import Synchronization

/// The keys of a daemon as one connection sees them: a key that counts opens the connection, too many that do not close it, and a key
/// that is revoked closes it too. Asked with every request, so a key that is known already costs a look-up and nothing more.
package final class GuardedCredentials: Credentials {
    private struct State {
        var failures = 0
        var names: Set<String> = []
    }

    private let keys: any Credentials
    private let connection: WebSocketConnection
    private let limit: Int
    private let accept: @Sendable () -> Void
    private let refused: @Sendable (String) -> Void
    private let state = Mutex(State())
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
        if state.withLock({ $0.failures >= limit && $0.names.isEmpty }) {
            connection.close(.policy("Too many keys that do not count."))
            return nil
        }
        guard let client = await keys.client(for: secret) else {
            refused(secret)
            state.withLock { $0.failures += 1 }
            return nil
        }
        if state.withLock({ $0.names.insert(client.name).inserted }) {
            accept()
            addName.yield(client.name)
        }
        return client
    }

    /// The connection is closed with its reason before whoever waits can close it without one.
    package func revocation(of name: String) async {
        await keys.revocation(of: name)
        if !Task.isCancelled { connection.close(.policy("The key was revoked.")) }
    }

    /// Watches the keys that were shown, until it is cancelled.
    package func watch() async {
        await withDiscardingTaskGroup { group in
            for await name in names { group.addTask { await self.revocation(of: name) } }
            group.cancelAll()
        }
    }
}
