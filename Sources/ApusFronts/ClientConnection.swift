package import ApusCore

/// Who stands behind a credential. Found by the daemon, never told by the client.
package struct ClientIdentity: Hashable, Sendable {
    /// The name of the key, for people and for the record.
    package var name: String
    package var scopes: Set<ClientScope>

    package init(name: String, scopes: Set<ClientScope>) {
        self.name = name
        self.scopes = scopes
    }

    /// For the owner of the process itself: the other end of a pipe.
    package static let local = ClientIdentity(name: "local", scopes: Set(ClientScope.allCases))
}

/// The keys of a daemon.
package protocol Credentials: Sendable {
    /// `nil` for a secret that is none of ours. Looked up anew with every call.
    func client(for secret: String) async -> ClientIdentity?

    /// Returns when the key of that name is revoked, or the task is cancelled.
    func revocation(of name: String) async
}

/// The sending end of one connection.
package protocol FrameSink: Sendable {
    /// Hands over whole frames, in order, each sent as one message; waits while the peer is slower than its bound allows.
    /// Throws when the connection is over: nothing is sent any more.
    func send(_ frames: [[UInt8]]) async throws(ConnectionOver)
}

/// The peer is gone, was too slow for too long, or the connection was closed.
package struct ConnectionOver: Error, Hashable, Sendable {
    package init() {}
}
