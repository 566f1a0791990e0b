import ApusCore
import ApusFronts
import ApusServer
import ApusTestServer
import Synchronization
import Testing

/// A key that counts opens a connection, and closes it again when it is revoked.
@Suite struct GuardedCredentialsTests {
    /// Two keys that can be revoked.
    private final class Keys: Credentials {
        private let (revoked, revoke) = AsyncStream<Void>.makeStream()

        func client(for secret: String) async -> ClientIdentity? {
            secret == "good" ? ClientIdentity(name: "one", scopes: [.observer]) : nil
        }
        func revocation(of name: String) async { for await _ in revoked { return } }
        func revokeNow() { revoke.yield() }
    }

    private static func serve(
        _ keys: Keys, _ refused: @escaping @Sendable (String) -> Void = { _ in }, limits: ListenerLimits = ListenerLimits()
    ) -> @Sendable (WebSocketConnection, @escaping @Sendable () -> Void) async -> Void {
        { connection, accept in
            let credentials = GuardedCredentials(keys, for: connection, limits: limits, accept: accept, refused: refused)
            await withDiscardingTaskGroup { group in
                group.addTask { await credentials.watch() }
                for await frame in connection.frames {
                    let client = await credentials.client(for: String(decoding: frame, as: UTF8.self))
                    // A connection that is over gets no answer.
                    _ = try? await connection.send([Array((client?.name ?? "no").utf8)])
                }
                group.cancelAll()
            }
        }
    }

    @Test func aRevokedKeyClosesItsConnections() async throws {
        let keys = Keys()
        try await SocketListenerTests.withListener(serve: Self.serve(keys)) { listener in
            let peer = try await WebSocketPeer.open(port: listener.port)
            try await peer.send("good")
            #expect(try await peer.next()?.text == "one")
            keys.revokeNow()
            #expect(try await peer.closeCode() == 1008)
        }
    }

    @Test func tooManyKeysThatDoNotCountCloseTheConnection() async throws {
        let refused = Mutex<[String]>([])
        let serve = Self.serve(Keys(), { secret in refused.withLock { $0.append(secret) } })
        try await SocketListenerTests.withListener(serve: serve) { listener in
            let peer = try await WebSocketPeer.open(port: listener.port)
            for number in 1...5 {
                try await peer.send("bad \(number)")
                #expect(try await peer.next()?.text == "no")
            }
            try await peer.send("good")
            #expect(try await peer.closeCode() == 1008)
        }
        #expect(refused.withLock { $0 } == (1...5).map { "bad \($0)" })
    }
}
